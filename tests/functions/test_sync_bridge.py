"""A store PC is heard only with its own fresh signature, and only about its own shop."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from pymongo.database import Database

from shared.contracts.http import BODY_LIMIT_BYTES
from shared.contracts.signing import SIGNATURE_HEADER, SignedRequest
from shared.runtime.clock import utc_now
from shared.store.client import Document
from tests.support.shops import Reply, TestShop, call, http_call, line, open_shop, request_id

BODY = b'{"acks":[]}'


def signed(
    shop: TestShop, *, body: bytes = BODY, key: str | None = None, device_id: str | None = None, off_s: int = 0
) -> dict[str, str]:
    """The headers of a store PC's request."""
    time_s = int(utc_now().timestamp()) + off_s
    request = SignedRequest("POST", "/syncBridge", time_s, secrets.token_hex(16), body)
    return request.headers(device_id=device_id or f"pc-{shop.shop_id}", key=key or shop.device_key)


def send(headers: dict[str, str], body: bytes = BODY, action: str = "syncBridge") -> Reply:
    return http_call(action, path="/syncBridge", headers=headers, body=body)


def ack_all(shop: TestShop) -> bytes:
    """A body that acknowledges everything the shop waits for."""
    return json.dumps({"acks": [event["eventId"] for event in shop.sync()["data"]["events"]]}).encode()


Forger = Callable[[TestShop, bytes], dict[str, str]]


@pytest.mark.parametrize(
    "forge",
    [
        lambda _shop, _body: {},
        lambda shop, body: {k: v for k, v in signed(shop, body=body).items() if k != SIGNATURE_HEADER},
        lambda shop, body: signed(shop, body=body, key="another key"),
        lambda shop, body: signed(shop, body=body, device_id="pc-nowhere"),
        lambda shop, body: signed(shop, body=body + b" "),
        lambda shop, body: signed(shop, body=body, off_s=600),
        lambda shop, body: signed(shop, body=body, off_s=-600),
    ],
    ids=["unsigned", "no signature", "wrong key", "unknown device", "body changed", "clock fast", "clock slow"],
)
def test_a_call_that_does_not_prove_itself_is_401_and_acknowledges_nothing(shop: TestShop, forge: Forger) -> None:
    shop.submit([line("tea")])
    body = ack_all(shop)
    reply = send(forge(shop, body), body)
    assert (reply["status"], reply["success"], reply["code"]) == (401, False, "UNAUTHENTICATED")
    assert reply["message"].startswith("设备")
    assert len(shop.sync()["data"]["events"]) == 2


def test_an_unknown_device_is_told_the_same_as_a_wrong_key(shop: TestShop) -> None:
    unknown, wrong = send(signed(shop, device_id="pc-nowhere")), send(signed(shop, key="another key"))
    assert (unknown["message"], unknown["details"]) == (wrong["message"], wrong["details"])


def test_a_request_sent_again_as_it_was_is_refused(shop: TestShop) -> None:
    headers = signed(shop)
    assert send(headers)["status"] == 200
    again = send(headers)
    assert (again["status"], again["code"], again["message"]) == (401, "UNAUTHENTICATED", "设备请求重复")


def test_a_clock_that_is_off_is_told_to_be_set(shop: TestShop) -> None:
    assert "校准" in send(signed(shop, off_s=600))["message"]
    assert send(signed(shop, off_s=240))["status"] == 200


def test_a_shops_pc_acknowledges_and_hears_nothing_of_anothers(shop: TestShop, db: Database[Document]) -> None:
    other = open_shop(db)
    shop.submit([line("tea")])
    other.submit([line("tea")])
    theirs = ack_all(other)
    assert send(signed(shop, body=theirs), theirs)["status"] == 200
    assert len(other.sync()["data"]["events"]) == 2
    mine = {event["shopId"] for event in shop.sync()["data"]["events"]}
    assert mine == {shop.shop_id}


def test_a_receipt_for_anothers_ticket_changes_nothing(shop: TestShop, db: Database[Document]) -> None:
    other = open_shop(db)
    ticket = other.submit([line("tea")])["data"]["order"]["tickets"][0]["ticketId"]
    receipt = {"eventId": ticket, "jobId": ticket, "outcome": "printed", "at": utc_now().isoformat()}
    assert shop.sync(receipts=[receipt])["success"]
    (order,) = other.call("listOrders", other.guest("manager"))["data"]["orders"]
    assert [one.get("printedAt") for one in order["tickets"]] == [None, None]


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("submitOrder", {"requestId": request_id(), "lines": [line("tea")]}),
        ("advanceOrder", {"requestId": request_id(), "orderId": "o", "step": "ready"}),
        ("getMenu", {}),
    ],
)
def test_a_pc_does_nothing_but_sync(shop: TestShop, action: str, data: dict[str, Any]) -> None:
    before = shop.counts()
    place = {"shopId": shop.shop_id} if action != "advanceOrder" else {}
    body = json.dumps({**data, **place}).encode()
    reply = send(signed(shop, body=body), body, action)
    assert (reply["status"], reply["code"]) == (403, "PERMISSION_DENIED")
    nonces = 1
    assert shop.counts() == {**before, "commands": before["commands"] + nonces}


@pytest.mark.parametrize("person", ["guest", "owner", "manager"])
def test_people_do_not_sync(shop: TestShop, person: str) -> None:
    shop.submit([line("tea")])
    acks = json.loads(ack_all(shop))["acks"]
    assert shop.call("syncBridge", shop.guest(person), acks=acks)["code"] == "PERMISSION_DENIED"
    assert len(shop.sync()["data"]["events"]) == 2


def test_a_mini_programs_call_in_the_shape_of_http_stays_the_guests(shop: TestShop) -> None:
    event = {"httpMethod": "POST", "path": "/syncBridge", "headers": signed(shop), "body": BODY.decode()}
    reply = call("syncBridge", event, openid=shop.guest())
    assert (reply["success"], reply["code"]) == (False, "INVALID_ARGUMENT")


@pytest.mark.parametrize(
    ("body", "is_base64", "status", "code"),
    [
        ("not json", False, 400, "INVALID_ARGUMENT"),
        ('{"acks": 1', False, 400, "INVALID_ARGUMENT"),
        ("[]", False, 400, "INVALID_ARGUMENT"),
        ("***", True, 400, "INVALID_ARGUMENT"),
        (" " * (BODY_LIMIT_BYTES + 1), False, 413, "EVENT_TOO_LARGE"),
        (base64.b64encode(b" " * 7_000_000).decode(), True, 413, "EVENT_TOO_LARGE"),
    ],
    ids=["text", "cut off", "a list", "not base64", "too large", "7 MB"],
)
def test_a_body_that_is_none_is_told_in_the_status_and_in_the_envelope(
    shop: TestShop, body: str, is_base64: bool, status: int, code: str
) -> None:
    before = shop.counts()
    event = {
        "httpMethod": "POST", "path": "/syncBridge", "headers": signed(shop, body=body.encode()), "body": body,
        "isBase64Encoded": is_base64,
    }  # fmt: skip
    reply = call("syncBridge", event, openid=None)
    envelope = json.loads(reply["body"])
    assert (reply["statusCode"], envelope["success"], envelope["code"]) == (status, False, code)
    assert reply["headers"]["Content-Type"] == "application/json; charset=utf-8"
    assert shop.counts() == before


def test_a_body_in_base64_is_read(shop: TestShop) -> None:
    event = {
        "httpMethod": "POST", "path": "/syncBridge", "headers": signed(shop),
        "body": base64.b64encode(BODY).decode(), "isBase64Encoded": True,
    }  # fmt: skip
    assert call("syncBridge", event, openid=None)["statusCode"] == 200


def test_more_than_two_hundred_waiting_events_come_in_pages(shop: TestShop) -> None:
    for _ in range(101):
        assert shop.submit([line("tea")])["success"]
    first = shop.sync()["data"]
    assert (len(first["events"]), first["more"]) == (200, True)
    ids = [event["eventId"] for event in first["events"]]
    rest = shop.sync(acks=ids)["data"]
    assert (len(rest["events"]), rest["more"]) == (2, False)
    assert not set(ids) & {event["eventId"] for event in rest["events"]}
