"""The call screen's server, over real connections."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from edge_bridge.screen.board import CallBoard
from edge_bridge.screen.server import ScreenServer
from tests.screen.calls import make_call, write_clip


@pytest.fixture
def board() -> CallBoard:
    return CallBoard()


@pytest.fixture
def own_clips(tmp_path: Path) -> Path:
    folder = tmp_path / "clips"
    folder.mkdir()
    return folder


@pytest.fixture
def server(board: CallBoard, own_clips: Path) -> Iterator[ScreenServer]:
    async def hello(_: Request) -> PlainTextResponse:
        return PlainTextResponse("后厨屏")

    server = ScreenServer(board, shop_name="豫味坊", clips_dir=own_clips, extra_routes=[Route("/kitchen", hello)])
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def client(server: ScreenServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, trust_env=False, timeout=30) as client:
        yield client


def next_event(lines: Iterator[str]) -> tuple[str, str, dict[str, object]]:
    """The next event of a stream: its name, id and data."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if name:
            fields[name] = value
        elif "data" in fields:
            return fields["event"], fields["id"], json.loads(fields["data"])
    raise AssertionError("the stream ended before the next event")


def test_the_page_and_its_files_are_kept_to_their_own_origin(client: httpx.Client) -> None:
    paths = ("/", "/static/screen.js", "/static/screen.css", "/clips/chime", "/api/calls", "/health", "/kitchen")
    replies = [client.get(path) for path in paths]
    assert [reply.status_code for reply in replies] == [200] * len(paths)
    for reply in replies:
        assert reply.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; ")
        assert reply.headers["x-content-type-options"] == "nosniff"


def test_the_page_has_no_inline_script_or_style(client: httpx.Client) -> None:
    page = client.get("/").text
    assert page.count("<script") == page.count('<script type="module" src="/static/screen.js">') == 1
    assert "<style" not in page
    assert "style=" not in page


def test_the_calls_are_there_as_json(client: httpx.Client, board: CallBoard) -> None:
    call = make_call("A012")
    board.show(call)
    reply = client.get("/api/calls").json()
    shown = {**call.wire(), "clips": ["qing", "a", "0", "yao", "2", "hao", "dao-qucankou-qucan"]}
    shown |= {"chime": "chime", "times": 2}
    assert (reply["shopName"], reply["revision"], reply["current"], reply["recent"]) == ("豫味坊", 1, shown, [shown])
    assert client.get("/health").json() == {"ok": True, "screens": 0, "shown": 1}


def test_a_stream_starts_with_the_board_and_goes_on_with_each_call(client: httpx.Client, board: CallBoard) -> None:
    first, second = make_call("A012"), make_call("A013")
    board.show(first)
    with client.stream("GET", "/events") as reply:
        lines = reply.iter_lines()
        name, event_id, data = next_event(lines)
        recent = data["recent"]
        assert isinstance(recent, list)
        assert (name, event_id, [call["callId"] for call in recent]) == ("board", "1", [first.call_id])
        board.show(second)
        name, event_id, data = next_event(lines)
        call = data["call"]
        assert isinstance(call, dict)
        assert (name, event_id, call["callId"]) == ("call", "2", second.call_id)


def test_markup_in_a_call_travels_as_text_of_one_event(client: httpx.Client, board: CallBoard) -> None:
    board.show(make_call("A012", text="<script>\n\ndata: 1"))
    with client.stream("GET", "/events") as reply:
        name, _, data = next_event(reply.iter_lines())
    current = data["current"]
    assert isinstance(current, dict)
    assert (name, current["text"]) == ("board", "<script>\n\ndata: 1")


def test_a_screen_that_leaves_is_forgotten(client: httpx.Client, board: CallBoard) -> None:
    with client.stream("GET", "/events") as reply:
        lines = reply.iter_lines()
        next_event(lines)
        here = client.get("/health").json()["screens"]
    give_up = monotonic() + 30
    while client.get("/health").json()["screens"] and monotonic() < give_up:
        pass
    assert (here, board.listeners) == (1, 0)


def test_stopping_ends_open_streams(server: ScreenServer, client: httpx.Client, board: CallBoard) -> None:
    with client.stream("GET", "/events") as reply:
        lines = reply.iter_lines()
        next_event(lines)
        server.stop()
        assert list(lines) == []
    assert board.listeners == 0
    with pytest.raises(httpx.ConnectError):
        client.get("/health")


def test_a_server_started_again_has_its_old_port(server: ScreenServer, client: httpx.Client) -> None:
    port = server.port
    server.stop()
    server.stop()
    server.start()
    server.start()
    assert (server.port, client.get("/health").status_code) == (port, 200)


def test_a_port_in_use_is_an_error(server: ScreenServer, board: CallBoard) -> None:
    second = ScreenServer(board, port=server.port)
    with pytest.raises(OSError, match=r"(?i)in use"):
        second.start()


def test_the_shops_own_recording_goes_before_the_bundled_clip(client: httpx.Client, own_clips: Path) -> None:
    bundled = client.get("/clips/chime")
    write_clip(own_clips / "chime.wav", seconds=0.1)
    own = client.get("/clips/chime")
    assert (bundled.headers["content-type"], own.headers["content-type"]) == ("audio/mpeg", "audio/wav")
    assert own.content == (own_clips / "chime.wav").read_bytes()


@pytest.mark.parametrize(
    "path",
    ["unknown", "..%2Fsecret", "%2E%2E/secret", "..%5Csecret", "README", "chime.mp3", "chime%00", "%2Fetc%2Fpasswd"],
)
def test_no_name_leads_out_of_the_clips(server: ScreenServer, own_clips: Path, path: str) -> None:
    write_clip(own_clips.parent / "secret.wav", seconds=0.1)
    # Over a plain connection: a client library would tidy the path first.
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        line.sendall(f"GET /clips/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        reply = b"".join(iter(lambda: line.recv(65536), b""))
    assert reply.startswith(b"HTTP/1.1 404 ")
