"""What stops the command, each with what to do about it.

DeployError
├── ValuesMissing      a value that the command itself needs is not there
├── CloudRefused       the platform said no; `code` is its own
├── EnvironmentLocked  another engineer is at it
├── OlderThanData      the release does not know what the database has become
├── PlanChanged        the environment is not what the shown plan was made for
├── NotConfirmed       production, and nobody said yes
└── StepFailed         one step of an apply did not come off
"""

from __future__ import annotations

from collections.abc import Iterable


class DeployError(Exception):
    """The command stops; the message says why and what to do."""


class ValuesMissing(DeployError):
    """Variables without a value, by name."""

    def __init__(self, names: Iterable[str], source: str) -> None:
        super().__init__(f"no value for {', '.join(sorted(names))} in {source}")


class CloudRefused(DeployError):
    """The platform answered with an error, after retries where they help."""

    def __init__(self, action: str, code: str, message: str, request_id: str = "") -> None:
        self.code = code
        told = f" (request {request_id})" if request_id else ""
        super().__init__(f"{action}: {code}: {message}{told}{_advice(code)}")


class EnvironmentLocked(DeployError):
    """The lock is held."""


class OlderThanData(DeployError):
    """The database has a newer schema than the release knows."""


class PlanChanged(DeployError):
    """What is in the environment changed between the plan and the lock."""


class NotConfirmed(DeployError):
    """Nobody confirmed."""


class StepFailed(DeployError):
    """A step's own end: the platform took it and then reported a failure, or it did not end in time."""


_ADVICE = {
    "AuthFailure.SecretIdNotFound": "the key id is unknown: look at TENCENTCLOUD_SECRET_ID",
    "AuthFailure.SignatureFailure": "the secret key does not fit the key id: look at TENCENTCLOUD_SECRET_KEY",
    "AuthFailure.SignatureExpire": "this machine's clock is more than five minutes off: set it",
    "AuthFailure.TokenFailure": "the session token is over: get new temporary credentials",
    "UnauthorizedOperation": "this key may not do that: grant it QcloudSCFFullAccess and QcloudTCBFullAccess",
    "ResourceNotFound.EnvNotExist": "there is no such environment: look at ENV_ID and REGION",
    "LimitExceeded.Function": "the environment is full of functions: plan --prune shows which nobody needs",
}


def _advice(code: str) -> str:
    found = _ADVICE.get(code) or _ADVICE.get(code.split(".", maxsplit=1)[0])
    return f"\n  → {found}" if found else ""
