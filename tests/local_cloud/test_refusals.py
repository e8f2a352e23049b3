"""What the gateway refuses by itself, in the functions' own envelope, without calling a function."""

from __future__ import annotations

import httpx
import pytest

from scripts.local.gateway import EVENT_LIMIT_BYTES, QUEUED_EVENT_LIMIT_BYTES
from tests.local_cloud.conftest import GUEST


def padded(size: int) -> bytes:
    return b'{"a":"' + b"x" * (size - 8) + b'"}'


def refusal(reply: httpx.Response) -> tuple[int, bool, str, str]:
    envelope = reply.json()
    assert set(envelope) == {"success", "code", "message", "requestId"}
    return reply.status_code, envelope["success"], envelope["code"], envelope["message"]


def test_an_event_of_exactly_six_megabytes_passes_and_one_byte_more_does_not(http: httpx.Client) -> None:
    assert http.post("/v1/functions/plain", content=padded(EVENT_LIMIT_BYTES)).json()["errCode"] == -504002
    too_large = http.post("/v1/functions/plain", content=padded(EVENT_LIMIT_BYTES + 1))
    assert refusal(too_large) == (413, False, "EVENT_TOO_LARGE", "提交的内容过大，请减少后再试")


def test_a_large_body_over_a_route_is_refused_alike(http: httpx.Client) -> None:
    assert refusal(http.post("/echo", content=padded(7_000_000)))[:3] == (413, False, "EVENT_TOO_LARGE")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "提交的内容不是有效的 JSON"),
        (b"\xff\xfe\xfd", "提交的内容不是有效的 JSON"),
        (b"[" * 100_000, "提交的内容不是有效的 JSON"),
        (b"[]", "提交的内容必须是一个 JSON 对象"),
        (b'"text"', "提交的内容必须是一个 JSON 对象"),
    ],
)
def test_what_is_no_json_object_is_an_invalid_argument(http: httpx.Client, body: bytes, message: str) -> None:
    reply = http.post("/v1/functions/echo", content=body, headers=GUEST)
    assert refusal(reply) == (400, False, "INVALID_ARGUMENT", message)


def test_no_body_at_all_is_no_data(http: httpx.Client) -> None:
    assert http.post("/v1/functions/echo").json()["event"] == {"tcbContext": {}}


def test_an_unknown_function_is_not_found(http: httpx.Client) -> None:
    reply = http.post("/v1/functions/nowhere", json={})
    assert refusal(reply) == (404, False, "NOT_FOUND", "没有名为 nowhere 的云函数")


def test_an_unknown_address_is_not_found(http: httpx.Client) -> None:
    assert refusal(http.get("/nowhere")) == (404, False, "NOT_FOUND", "没有这个地址")


@pytest.mark.parametrize("openid", ["a;TCB_SOURCE=scf", "a=b", "x" * 65])
def test_an_openid_that_could_add_variables_is_refused(http: httpx.Client, openid: str) -> None:
    reply = http.post("/v1/functions/echo", json={}, headers={"X-WX-OPENID": openid})
    assert refusal(reply)[:3] == (400, False, "INVALID_ARGUMENT")


@pytest.mark.parametrize("headers", [{"X-Zaotai-Invoke": "event"}, {"X-Zaotai-Internal": "guess"}])
def test_only_a_function_may_call_as_a_function(http: httpx.Client, headers: dict[str, str]) -> None:
    reply = http.post("/v1/functions/echo", json={}, headers={**GUEST, **headers})
    assert refusal(reply)[:3] == (403, False, "PERMISSION_DENIED")


def test_a_queued_event_may_have_128_kilobytes(http: httpx.Client) -> None:
    ask = http.post("/v1/functions/echo", json={"ask": ["LOCAL_CLOUD_SECRET"]}).json()
    internal = {"X-Zaotai-Internal": ask["os"]["LOCAL_CLOUD_SECRET"], "X-Zaotai-Invoke": "event"}
    fits = http.post("/v1/functions/echo", content=padded(QUEUED_EVENT_LIMIT_BYTES), headers=internal)
    assert fits.status_code == 202
    too_large = http.post("/v1/functions/echo", content=padded(QUEUED_EVENT_LIMIT_BYTES + 1), headers=internal)
    assert refusal(too_large)[:3] == (413, False, "EVENT_TOO_LARGE")
