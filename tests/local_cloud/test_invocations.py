"""Every way to reach a function builds the event and the context of the platform's table of invocations."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from scripts.local.cloud import LocalCloud
from tests.local_cloud.conftest import GUEST

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ALWAYS = {"TCB_ENV": "test-env", "SCF_NAMESPACE": "test-env", "TENCENTCLOUD_RUNENV": "SCF"}


def variables(context: dict[str, str]) -> dict[str, str]:
    known: dict[str, str] = json.loads(context["environment"])
    return {name: value for name, value in known.items() if name not in ALWAYS}


def secret_of(cloud: LocalCloud) -> str:
    reply: Any = cloud.invoke("echo", {"ask": ["LOCAL_CLOUD_SECRET"]})
    secret: str = reply["os"]["LOCAL_CLOUD_SECRET"]
    return secret


def test_the_context_has_exactly_the_platforms_keys(http: httpx.Client) -> None:
    context = http.post("/v1/functions/echo", json={}, headers=GUEST).json()["context"]
    assert UUID.fullmatch(context.pop("request_id"))
    expected = ALWAYS | {"WX_OPENID": "openid-1", "WX_APPID": "wx-test", "TCB_SOURCE": "wx_client"}
    assert json.loads(context.pop("environment")) == expected
    assert context.pop("environ") == ";".join(f"{name}={value}" for name, value in expected.items())
    assert context == {
        "function_name": "echo",
        "function_version": "$LATEST",
        "namespace": "test-env",
        "memory_limit_in_mb": 512,
        "time_limit_in_ms": 7000,
    }


def test_a_mini_programs_call_carries_user_info_and_the_context_who_it_is(http: httpx.Client) -> None:
    reply = http.post(
        "/v1/functions/echo", json={"dish": "胡辣汤"}, headers={**GUEST, "X-WX-UNIONID": "union-1"}
    ).json()
    info = {"appId": "wx-test", "openId": "openid-1"}
    assert reply["event"] == {"dish": "胡辣汤", "userInfo": info, "tcbContext": {}}
    assert variables(reply["context"]) == {
        "WX_OPENID": "openid-1",
        "WX_APPID": "wx-test",
        "WX_UNIONID": "union-1",
        "TCB_SOURCE": "wx_client",
    }


def test_forged_user_info_does_not_reach_the_context(http: httpx.Client) -> None:
    forged = {"userInfo": {"openId": "someone-else"}, "TCB_SOURCE": "scf"}
    reply = http.post("/v1/functions/echo", json=forged, headers=GUEST).json()
    assert reply["event"]["userInfo"]["openId"] == "openid-1"
    assert variables(reply["context"])["WX_OPENID"] == "openid-1"
    assert variables(reply["context"])["TCB_SOURCE"] == "wx_client"


def test_without_wechats_headers_nobody_is_vouched_for(http: httpx.Client) -> None:
    reply = http.post("/v1/functions/echo", json={"userInfo": {"openId": "someone"}}).json()
    assert variables(reply["context"]) == {"TCB_SOURCE": "web_client"}


def test_another_functions_call_is_the_plain_data_and_the_openid_travels_on(
    echo_cloud: LocalCloud, http: httpx.Client
) -> None:
    internal = {"X-Zaotai-Internal": secret_of(echo_cloud)}
    reply = http.post("/v1/functions/echo", json={"a": 1}, headers={**GUEST, **internal}).json()
    assert reply["event"] == {"a": 1}
    assert variables(reply["context"]) == {
        "WX_OPENID": "openid-1",
        "WX_APPID": "wx-test",
        "TCB_SOURCE": "wx_client,scf",
    }
    alone = http.post("/v1/functions/echo", json={"a": 1}, headers=internal).json()
    assert variables(alone["context"]) == {"TCB_SOURCE": "scf"}


def test_a_timer_fires_with_the_timers_event_and_source(http: httpx.Client) -> None:
    reply = http.post("/local/timers/echo").json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", reply["event"].pop("Time"))
    assert reply["event"] == {"Type": "Timer", "TriggerName": "every", "Message": ""}
    assert variables(reply["context"]) == {"TRIGGER_SRC": "timer"}


def test_a_function_without_timers_cannot_be_fired(http: httpx.Client) -> None:
    reply = http.post("/local/timers/plain")
    assert (reply.status_code, reply.json()["code"]) == (404, "NOT_FOUND")


def test_data_shaped_like_a_timers_event_stays_data(http: httpx.Client) -> None:
    reply = http.post("/v1/functions/echo", json={"Type": "Timer", "TriggerName": "every"}, headers=GUEST).json()
    assert "TRIGGER_SRC" not in variables(reply["context"])


def test_a_route_delivers_the_whole_request_and_vouches_for_nobody(http: httpx.Client) -> None:
    text = '{"名":  "值"}'
    reply = http.put("/echo/deep?a=1&b=二", content=text.encode(), headers={**GUEST, "X-Mixed-Case": "Yes"}).json()
    event = reply["event"]
    assert event["path"] == "/echo/deep"
    assert event["httpMethod"] == "PUT"
    assert event["queryStringParameters"] == {"a": "1", "b": "二"}
    assert event["headers"]["x-mixed-case"] == "Yes"
    assert event["headers"]["x-wx-openid"] == "openid-1"
    assert event["body"] == text
    assert event["isBase64Encoded"] is False
    assert event["requestContext"] == {
        "envId": "test-env",
        "requestId": reply["context"]["request_id"],
        "sourceIp": "127.0.0.1",
    }
    assert variables(reply["context"]) == {}


def test_a_body_that_is_no_text_travels_as_base64(http: httpx.Client) -> None:
    event = http.post("/echo", content=b"\x00\xff", headers={"Content-Type": "application/octet-stream"}).json()[
        "event"
    ]
    assert (event["body"], event["isBase64Encoded"]) == ("AP8=", True)


@pytest.mark.parametrize("proof", [{"Authorization": "Bearer token"}, {"X-Zaotai-Signature": "00"}])
def test_a_session_or_a_signature_makes_it_an_http_access_event(http: httpx.Client, proof: dict[str, str]) -> None:
    reply = http.post("/v1/functions/echo", json={"a": 1}, headers={**GUEST, **proof}).json()
    assert json.loads(reply["event"]["body"]) == {"a": 1}
    assert reply["event"]["path"] == "/v1/functions/echo"
    assert variables(reply["context"]) == {}


def test_an_integrated_reply_is_the_response(http: httpx.Client) -> None:
    reply = http.get("/teapot")
    assert (reply.status_code, reply.content) == (418, b"\x00\xff")
    assert (reply.headers["content-type"], reply.headers["x-kettle"]) == ("image/x-test", "on")


def test_any_other_reply_over_http_is_its_json(http: httpx.Client) -> None:
    reply = http.post("/plain", content="文本", headers={"Content-Type": "text/plain"})
    assert (reply.status_code, reply.json()) == (200, "文本")


def test_health_names_the_functions_and_their_instances(http: httpx.Client) -> None:
    http.post("/v1/functions/echo", json={}, headers=GUEST).raise_for_status()
    health = http.get("/local/health").json()
    assert health["env"] == "test-env"
    assert health["functions"]["echo"] == {"instances": 1, "busy": 0, "timers": ["every"]}
    assert health["routes"] == {"/echo": "echo", "/plain": "plain", "/teapot": "teapot"}
