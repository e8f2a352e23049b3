"""What the database may do in the middle of a call: one command fails, or the primary steps down."""

from __future__ import annotations

from typing import Any

from pymongo import MongoClient
from pymongo.errors import AutoReconnect

from shared.store.client import Document

STEPPED_DOWN: Document = {"errorCode": 189}
"""PrimarySteppedDown: nothing was done, and another is to be asked."""
INTERRUPTED: Document = {"errorCode": 11602}
"""InterruptedDueToReplStateChange."""
STEP_DOWN_S = 5
CATCH_UP_S = 3


def fails(uri: str, how: dict[str, Any], step: str) -> None:
    """The command that this step is fails once, in this way."""
    with MongoClient[Document](uri) as client:
        data = {"failCommands": [step.split(maxsplit=1)[0]], **how}
        client.admin.command({"configureFailPoint": "failCommand", "mode": {"times": 1}, "data": data})


def steps_down(uri: str, _step: str) -> None:
    """The primary hands over to another member of its set."""
    with MongoClient[Document](uri) as client:
        try:
            client.admin.command("replSetStepDown", STEP_DOWN_S, secondaryCatchUpPeriodSecs=CATCH_UP_S)
        except AutoReconnect:  # it answered by hanging up
            return
