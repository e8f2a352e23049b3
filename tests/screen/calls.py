"""Calls to show, and clips short enough for tests."""

from __future__ import annotations

import math
import wave
from array import array
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Literal
from uuid import uuid4

from edge_bridge.screen.speech import every_clip
from shared.contracts.events import Call

TEXTS = {"pickup": "请到取餐口取餐", "table": "服务员请到", "queue": "请到前台入座"}


def make_call(
    label: str,
    *,
    kind: Literal["pickup", "table", "queue"] = "pickup",
    at: datetime | None = None,
    lives_s: float = 120,
    count: int = 1,
    text: str | None = None,
) -> Call:
    """A call made now, under a new id."""
    called_at = at or datetime.now(timezone.utc)
    return Call(
        call_id=uuid4().hex,
        kind=kind,
        label=label,
        text=TEXTS[kind] if text is None else text,
        count=count,
        called_at=called_at,
        expires_at=called_at + timedelta(seconds=lives_s),
    )


def write_clip(path: Path, *, seconds: float) -> None:
    """A quiet tone of that length."""
    rate = 8000
    samples = array("h", (round(2000 * math.sin(i / 3)) for i in range(int(seconds * rate))))
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.tobytes())


def write_short_clips(folder: Path, *, names: Iterable[str] | None = None) -> Path:
    """A shop's own recordings of every clip, a twentieth of a second each."""
    folder.mkdir(exist_ok=True)
    for name in names or every_clip():
        write_clip(folder / f"{name}.wav", seconds=0.05)
    return folder
