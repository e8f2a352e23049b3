"""One engineer at a time: a function whose creation can succeed only once is the lock."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from scripts.deploying.cloud import Cloud
from scripts.deploying.faults import CloudRefused, DeployError, EnvironmentLocked
from scripts.deploying.present import LOCK, function_reply

_LOOKS = 60
_CODE = "def main(event, context):\n    return {}\n"


@dataclass(frozen=True)
class Holder:
    """Who holds the lock: a person at a machine, since when, by an id of this one run."""

    who: str
    since: datetime
    run: str

    @property
    def text(self) -> str:
        """As the lock's description carries it, in the letters that the platform allows there."""
        who = re.sub(r"[^A-Za-z0-9]+", " ", self.who)
        return f"locked by {who} since {self.since:%Y%m%d %H%M%S} UTC run {self.run}"


@contextmanager
def locked(cloud: Cloud, env_id: str, *, holder: Holder, pause: Callable[[float], None]) -> Iterator[None]:
    """Hold the environment's lock. Raises EnvironmentLocked when another holds it, naming who and since when."""
    _take(cloud, env_id, holder)
    try:
        yield
    finally:
        _wait_made(cloud, env_id, pause)
        unlock(cloud, env_id)


def lock_text(cloud: Cloud, env_id: str) -> str | None:
    """What the lock says about its holder; None when nobody holds it. Raises CloudRefused."""
    try:
        return function_reply(cloud, env_id, LOCK).Description or "locked"
    except CloudRefused as error:
        if error.code.startswith("ResourceNotFound.Function"):
            return None
        raise


def unlock(cloud: Cloud, env_id: str) -> None:
    """Take the lock away, whoever holds it. Raises CloudRefused."""
    try:
        cloud.scf("DeleteFunction", {"Namespace": env_id, "FunctionName": LOCK})
    except CloudRefused as error:
        if not error.code.startswith("ResourceNotFound.Function"):
            raise


def _take(cloud: Cloud, env_id: str, holder: Holder) -> None:
    params = {
        "Namespace": env_id,
        "FunctionName": LOCK,
        "Description": holder.text,
        "Handler": "index.main",
        "Runtime": "Python3.10",
        "MemorySize": 128,
        "Timeout": 1,
        "Role": "TCB_QcsRole",
        "Stamp": "MINI_QCBASE",
        "Code": {"ZipFile": _code()},
    }
    try:
        cloud.scf("CreateFunction", params)
    except CloudRefused as error:
        if not error.code.startswith("ResourceInUse.Function"):
            raise
        held = lock_text(cloud, env_id)
        # Ours, when the answer was lost and the call sent again.
        if held is None or holder.run not in held:
            raise EnvironmentLocked(
                f"{env_id} is {held or 'locked'}: wait until that is done;"
                " if that run is dead for certain: scripts/deploy unlock"
            ) from error


def _wait_made(cloud: Cloud, env_id: str, pause: Callable[[float], None]) -> None:
    """The platform deletes no function that it is still creating."""
    with suppress(DeployError):
        for _ in range(_LOOKS):
            if function_reply(cloud, env_id, LOCK).Status != "Creating":
                return
            pause(1.0)


def _code() -> str:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), _CODE)
    return base64.b64encode(packed.getvalue()).decode()
