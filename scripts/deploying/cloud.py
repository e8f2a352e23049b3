"""The platform's API: the vendor's SDK, signed, with retries where they help."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.scf.v20180416.scf_client import ScfClient
from tencentcloud.tcb.v20180608.tcb_client import TcbClient

from scripts.deploying.faults import CloudRefused, DeployError
from scripts.deploying.values import Values

ATTEMPTS = 8
LONGEST_WAIT_S = 20
ANSWER_LIMIT_S = 60
_AGAIN = ("RequestLimitExceeded", "ClientNetworkError", "ServerNetworkError", "InternalError")
"""What passes. Each call here may be sent twice: what it makes has a name, and a second one finds it there."""

Reply = dict[str, Any]


class Cloud:
    """The two services that hold an environment: `scf` its functions, `tcb` its routes and rules."""

    def __init__(
        self, values: Values, *, endpoint: str | None, pause: Callable[[float], None], tell: Callable[[str], None]
    ) -> None:
        credential = Credential(
            values.require("TENCENTCLOUD_SECRET_ID"),
            values.require("TENCENTCLOUD_SECRET_KEY"),
            values.get("TENCENTCLOUD_SESSION_TOKEN") or None,
        )
        region, profile = values.require("REGION"), _profile(endpoint)
        self._scf = ScfClient(credential, region, profile)
        self._tcb = TcbClient(credential, region, profile)
        self._pause, self._tell = pause, tell

    def scf(self, action: str, params: Mapping[str, object]) -> Reply:
        """One call of the functions' service. Raises CloudRefused."""
        return self._call(self._scf, action, params)

    def tcb(self, action: str, params: Mapping[str, object]) -> Reply:
        """One call of the environment's service. Raises CloudRefused."""
        return self._call(self._tcb, action, params)

    def _call(self, client: ScfClient | TcbClient, action: str, params: Mapping[str, object]) -> Reply:
        # `call_json` and not the typed methods: these drop what their model does not know, as `Stamp`.
        attempts = Retrying(
            retry=retry_if_exception(_passes),
            wait=wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT_S),
            stop=stop_after_attempt(ATTEMPTS),
            sleep=self._pause,
            before_sleep=self._told(action),
            reraise=True,
        )
        try:
            reply = attempts(client.call_json, action, dict(params))
        except TencentCloudSDKException as error:
            raise CloudRefused(
                action, str(error.get_code()), str(error.get_message()), str(error.get_request_id() or "")
            ) from error
        except ValueError as error:
            raise CloudRefused(action, "UnreadableReply", type(error).__name__) from error
        found: Reply = reply["Response"]
        return found

    def _told(self, action: str) -> Callable[[RetryCallState], None]:
        def tell(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            code = error.get_code() if isinstance(error, TencentCloudSDKException) else type(error).__name__
            self._tell(f"    {action}: {code}, trying again in {state.upcoming_sleep:.1f} s")

        return tell


def parsed(text: str) -> object:
    """JSON inside a reply. Raises DeployError."""
    try:
        found: object = json.loads(text)
    except ValueError as error:
        raise DeployError("the platform answered with what is not JSON") from error
    return found


def _passes(error: BaseException) -> bool:
    return isinstance(error, TencentCloudSDKException) and str(error.get_code()).startswith(_AGAIN)


def _profile(endpoint: str | None) -> ClientProfile:
    if endpoint is None:
        return ClientProfile(httpProfile=HttpProfile(reqTimeout=ANSWER_LIMIT_S))
    scheme, _, host = endpoint.rpartition("://")
    return ClientProfile(httpProfile=HttpProfile(protocol=scheme or "https", endpoint=host, reqTimeout=ANSWER_LIMIT_S))
