"""JSON lines on standard error: what happened, to which job; never notes, names, secrets or received text."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timezone
from typing import TextIO

Field = str | int | float | bool | None
_LOGGER = logging.getLogger("edge_bridge")


def start_log(stream: TextIO) -> None:
    """Write everything said from now on to this stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_JsonLine())
    _LOGGER.handlers = [handler]
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = False


def say(event: str, **fields: Field) -> None:
    """Something that should happen happened."""
    _LOGGER.info(event, extra={"fields": fields})


def warn(event: str, **fields: Field) -> None:
    """Something went wrong and the bridge carries on; `hint` says in Chinese what to do."""
    _LOGGER.warning(event, extra={"fields": fields})


class _JsonLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        return json.dumps(line, ensure_ascii=False)
