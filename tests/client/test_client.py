"""The published client sends again what may not have arrived, and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.published.files import CLIENT, TYPES
from tests.support.npm import require_node

PLAY = Path(__file__).with_name("play.mjs")
ORDER_ID = "o-1"
REQUEST_ID = "3f0c2d5e-6a1b-4c7d-8e9f-0a1b2c3d4e5f"
DONE = {"result": {"success": True, "data": {"callId": "c-1"}, "requestId": "r-9"}}
LOST = {"error": "request:fail timeout"}


@pytest.fixture(autouse=True, scope="module")
def node() -> None:
    """Without node there is nothing to play."""
    require_node()


def failure(code: str) -> dict[str, Any]:
    """A function's failure."""
    return {"result": {"success": False, "code": code, "message": "说明", "details": {"n": 1}, "requestId": "r-1"}}


@dataclass(frozen=True)
class Play:
    """What came of one call: what was sent, how long was waited, what the page was told, how it ended."""

    calls: list[dict[str, Any]]
    waits: list[float]
    told: list[dict[str, Any]]
    reply: dict[str, Any] | None = None
    error: dict[str, Any] | None = None


def play(answers: list[dict[str, Any]], action: str = "callGuest", **data: object) -> Play:
    """One call that meets these answers in turn."""
    told = {"action": action, "data": {"orderId": ORDER_ID, **data}, "answers": answers}
    done = subprocess.run(["node", PLAY, json.dumps(told)], check=True, capture_output=True, text=True, timeout=60)
    return Play(**json.loads(done.stdout))


def test_a_command_gets_a_uuid_and_its_reply_comes_back_bare() -> None:
    seen = play([DONE])
    (call,) = seen.calls
    assert call["name"] == "callGuest"
    assert uuid.UUID(call["data"].pop("requestId")).version == 4
    assert call["data"] == {"orderId": ORDER_ID}
    assert (seen.reply, seen.waits, seen.told, seen.error) == ({"callId": "c-1"}, [], [], None)


def test_two_calls_of_one_command_are_two_commands() -> None:
    first, second = (play([DONE]).calls[0]["data"]["requestId"] for _ in range(2))
    assert first != second


def test_the_pages_own_request_id_is_kept() -> None:
    assert (
        play([LOST, DONE], requestId=REQUEST_ID).calls
        == [{"name": "callGuest", "data": {"requestId": REQUEST_ID, "orderId": ORDER_ID}}] * 2
    )


def test_a_question_takes_no_request_id_and_is_asked_again_too() -> None:
    seen = play([LOST, DONE], "listOrders")
    assert seen.calls == [{"name": "listOrders", "data": {"orderId": ORDER_ID}}] * 2
    assert seen.told == [{"action": "listOrders", "code": "NO_ANSWER", "afterS": 3}]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (failure("BUSY"), "BUSY"),
        (failure("UNKNOWN"), "UNKNOWN"),
        (LOST, "NO_ANSWER"),
        ({"result": None}, "NO_ANSWER"),
        ({"result": "<html>502</html>"}, "NO_ANSWER"),
    ],
)
def test_what_may_not_have_happened_is_sent_again_as_it_was(answer: dict[str, Any], code: str) -> None:
    seen = play([answer, answer, DONE], requestId=REQUEST_ID)
    assert seen.reply == {"callId": "c-1"}
    assert seen.calls == [{"name": "callGuest", "data": {"requestId": REQUEST_ID, "orderId": ORDER_ID}}] * 3
    assert seen.waits == [3, 6]
    assert seen.told == [
        {"action": "callGuest", "requestId": REQUEST_ID, "code": code, "afterS": wait} for wait in (3, 6)
    ]


def test_after_four_resends_it_gives_up_with_the_last_word() -> None:
    seen = play([LOST, LOST, LOST, LOST, failure("UNKNOWN")])
    assert seen.waits == [3, 6, 12, 20]
    ids = {call["data"]["requestId"] for call in seen.calls}
    assert (len(seen.calls), len(ids)) == (5, 1)
    assert seen.error == {
        "name": "ZaotaiError",
        "code": "UNKNOWN",
        "message": "说明",
        "details": {"n": 1},
        "requestId": ids.pop(),
        "traceId": "r-1",
        "cause": "undefined",
    }


def test_a_line_that_stays_dead_is_said_in_the_guests_words_with_its_cause() -> None:
    seen = play([LOST] * 5, requestId=REQUEST_ID)
    assert seen.error == {
        "name": "ZaotaiError",
        "code": "NO_ANSWER",
        "message": "网络不太好，暂时没有收到回复，请稍后再试",
        "details": {},
        "requestId": REQUEST_ID,
        "cause": "Error: request:fail timeout",
    }


@pytest.mark.parametrize("code", ["STOCK_SHORT", "INVALID_ARGUMENT", "STATE_CONFLICT", "INTERNAL", "NEW_CODE"])
def test_a_refusal_is_final(code: str) -> None:
    seen = play([failure(code), DONE])
    assert (len(seen.calls), seen.waits, seen.told, seen.reply) == (1, [], [], None)
    assert seen.error is not None
    assert (seen.error["code"], seen.error["details"], seen.error["traceId"]) == (code, {"n": 1}, "r-1")


def test_the_client_exports_what_its_types_declare() -> None:
    program = f"console.log(Object.keys(await import({json.dumps(CLIENT.as_uri())})).join(' '))"
    node = ["node", "--input-type=module", "-e", program]
    exported = subprocess.run(node, check=True, capture_output=True, text=True, timeout=60).stdout.split()
    declared = re.findall(r"export declare (?:const|function|class) (\w+)", TYPES.read_text(encoding="utf-8"))
    assert sorted(exported) == sorted(declared)
    assert exported
