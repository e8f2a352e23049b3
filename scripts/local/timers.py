"""When the timers of `cloudbaserc.json` are due: seven fields, second to year, in China's time, as on the platform."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone

from cronsim import CronSim, CronSimError

from scripts.local.manifest import TimerSpec
from scripts.local.process import StartFailedError

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
_FIELDS = 7
_LATE = timedelta(seconds=5)


def next_due(timer: TimerSpec, after: datetime) -> datetime:
    """The first moment after the given one at which the timer is due. Raises `StartFailedError` for a bad line."""
    fields = timer.cron.split()
    if len(fields) != _FIELDS or fields[6] != "*":
        raise StartFailedError(f"timer {timer.name}: {timer.cron!r} must have seven fields with * for the year")
    # `?` means no rule for this field; the library knows only `*`.
    line = " ".join("*" if field == "?" else field for field in fields[:6])
    try:
        return next(CronSim(line, after.astimezone(CHINA)))
    except (CronSimError, StopIteration) as error:
        raise StartFailedError(f"timer {timer.name}: {timer.cron!r} is no cron line: {error}") from error


async def keep_time(timer: TimerSpec, fire: Callable[[datetime], Awaitable[None]]) -> None:
    """Fire the timer whenever it is due, one run after the other; what came due meanwhile is skipped."""
    while True:
        now = datetime.now(timezone.utc)
        due = next_due(timer, now)
        await asyncio.sleep((due - now).total_seconds())
        now = datetime.now(timezone.utc)
        if due <= now < due + _LATE:
            await fire(due)
