"""What a function logged: newest last, one line a call, its own lines below."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import BaseModel

from scripts.deploying.cloud import Cloud

_CHINA = timedelta(hours=8)
_NOISE = ("START RequestId", "END RequestId", "Report RequestId", "REPORT RequestId")


class _Log(BaseModel):
    RequestId: str = ""
    StartTime: str = ""
    RetCode: int = 0
    Duration: float = 0
    MemUsage: int = 0
    Log: str | None = ""


class _Logs(BaseModel):
    Data: list[_Log] | None = None


def read_logs(
    cloud: Cloud, env_id: str, function: str, *, now: datetime, minutes: int, limit: int, failed: bool
) -> Iterator[str]:
    """Lines to show, of the last so many minutes (the platform looks back one day at most). Raises CloudRefused."""
    params: dict[str, object] = {
        "Namespace": env_id,
        "FunctionName": function,
        "StartTime": _told(now - timedelta(minutes=minutes)),
        "EndTime": _told(now),
        "Limit": limit,
        "Offset": 0,
        "Order": "desc",
        "OrderBy": "start_time",
    }
    if failed:
        params["Filter"] = {"RetCode": "not0"}
    found = _Logs.model_validate(cloud.scf("GetFunctionLogs", params)).Data or []
    for one in reversed(found):
        sign = "ok" if one.RetCode == 0 else f"failed ({one.RetCode})"
        megabytes = one.MemUsage / 1_048_576
        yield f"{one.StartTime}  {sign}  {one.Duration:.0f} ms  {megabytes:.0f} MB  {one.RequestId}"
        yield from (f"    {line}" for line in (one.Log or "").splitlines() if line and not line.startswith(_NOISE))


def _told(moment: datetime) -> str:
    """The platform's clock: China's time, without a zone."""
    return f"{moment + _CHINA:%Y-%m-%d %H:%M:%S}"
