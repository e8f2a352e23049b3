"""The call screen's web pages: the page, its events and clips, the calls as JSON, and whether all is well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge_bridge.screen.board import CallBoard
from edge_bridge.screen.clips import MEDIA_TYPES, find_clip
from edge_bridge.screen.streams import EventStreams, Shop, board_json

STATIC = Path(__file__).parent / "static"
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def screen_app(
    board: CallBoard,
    streams: EventStreams,
    *,
    shop: Shop,
    clips_dir: Path | None = None,
    extra_routes: Sequence[BaseRoute] = (),
) -> Starlette:
    """The application; `extra_routes` come first, under the same headers unless they set their own."""
    pages = _Pages(board=board, streams=streams, shop=shop, clips_dir=clips_dir)
    routes: list[BaseRoute] = [
        *extra_routes,
        Route("/", pages.screen),
        Route("/events", pages.events),
        Route("/clips/{name}", pages.clip),
        Route("/api/calls", pages.calls),
        Route("/health", pages.health),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    return Starlette(routes=routes, middleware=[Middleware(_SafeHeaders)])


@dataclass(frozen=True)
class _Pages:
    board: CallBoard
    streams: EventStreams
    shop: Shop
    clips_dir: Path | None

    async def screen(self, _: Request) -> Response:
        return FileResponse(STATIC / "screen.html")

    async def events(self, _: Request) -> Response:
        return StreamingResponse(self.streams.follow(), media_type="text/event-stream")

    async def clip(self, request: Request) -> Response:
        path = find_clip(request.path_params["name"], self.clips_dir)
        if path is None:
            return PlainTextResponse("没有这段语音", status_code=404)
        return FileResponse(path, media_type=MEDIA_TYPES[path.suffix])

    async def calls(self, _: Request) -> Response:
        return JSONResponse(board_json(self.board.snapshot(), self.shop))

    async def health(self, _: Request) -> Response:
        snapshot = self.board.snapshot()
        return JSONResponse({"ok": True, "screens": self.board.listeners, "shown": snapshot.revision})


class _SafeHeaders:
    """Adds the headers that keep a page to its own files; plain ASGI, since streams must pass unbuffered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_safely)
