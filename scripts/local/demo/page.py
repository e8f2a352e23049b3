"""The start page's server: the page, its event stream, the printed pictures, and a form that orders."""

from __future__ import annotations

import re
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from edge_bridge.screen.app import HEADERS
from scripts.local.demo.client import Client, RefusalError
from scripts.local.demo.feed import Feed
from scripts.local.demo.site import Site
from scripts.local.demo.stage import MealFailedError
from scripts.local.demo.tryout import TryOrder, Tryout, TryServe
from scripts.local.process import HOST, StartFailedError, wait_until
from shared.contracts.wire import Wire

_STATIC = Path(__file__).parent / "static"
_START_LIMIT_S = 15.0
_STOP_LIMIT_S = 5.0
Command = TypeVar("Command", bound=Wire)


class StartPage:
    """Serves the page in a thread until stopped."""

    def __init__(self, site: Site, client: Client) -> None:
        names = {shop.id: shop.name for shop in site.dataset.shops}
        self._feed = Feed(site.journal, names)
        self.url = f"http://{HOST}:{site.ports.page}/"
        app = start_app(site, self._feed, Tryout(site, client))
        config = uvicorn.Config(
            app, host=HOST, port=site.ports.page, log_config=None, access_log=False, lifespan="off", ws="none"
        )
        config.timeout_graceful_shutdown = 1
        self._server = _Server(config, self._feed)
        self._thread = threading.Thread(target=self._server.run, name="start-page", daemon=True)

    def __enter__(self) -> StartPage:
        self._thread.start()
        wait_until(lambda: self._server.started or not self._thread.is_alive(), limit_s=_START_LIMIT_S)
        if not self._server.started:
            raise StartFailedError(f"the start page did not come up on {self.url}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(_STOP_LIMIT_S)


class _Server(uvicorn.Server):
    """uvicorn that ends its streams before itself, or it would wait on them."""

    def __init__(self, config: uvicorn.Config, feed: Feed) -> None:
        super().__init__(config)
        self._feed = feed

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._feed.close()
        await super().shutdown(sockets)


def start_app(site: Site, feed: Feed, tryout: Tryout) -> Starlette:
    """The application."""
    pages = _Pages(site, feed, tryout)
    return Starlette(
        routes=[
            Route("/", pages.start),
            Route("/events", pages.events),
            Route("/paper/{printer}/{file}", pages.paper),
            Route("/api/places", pages.places),
            Route("/api/menu", pages.menu),
            Route("/api/order", pages.order, methods=["POST"]),
            Route("/api/serve", pages.serve, methods=["POST"]),
            Mount("/static", StaticFiles(directory=_STATIC)),
        ]
    )


class _Pages:
    def __init__(self, site: Site, feed: Feed, tryout: Tryout) -> None:
        self._site, self._feed, self._tryout = site, feed, tryout

    async def start(self, _: Request) -> Response:
        return FileResponse(_STATIC / "start.html", headers=HEADERS)

    async def events(self, request: Request) -> Response:
        stream = self._feed.follow(request.headers.get("last-event-id", ""))
        return StreamingResponse(stream, media_type="text/event-stream", headers={"cache-control": "no-cache"})

    async def paper(self, request: Request) -> Response:
        folder = self._site.paper_folder(request.path_params["printer"])
        name = request.path_params["file"]
        if folder is None or not re.fullmatch(r"\d{4,}\.png", name) or not (folder / name).exists():
            return JSONResponse({"message": "没有这张小票"}, status_code=404)
        return FileResponse(folder / name)

    async def places(self, _: Request) -> Response:
        return JSONResponse(self._tryout.places())

    async def menu(self, request: Request) -> Response:
        shop_id = request.query_params.get("shopId", "")
        try:
            return JSONResponse(await run_in_threadpool(self._tryout.menu, shop_id))
        except RefusalError as refusal:
            return _refused(refusal.message)

    async def order(self, request: Request) -> Response:
        try:
            wanted = await _command(request, TryOrder)
            return JSONResponse(await run_in_threadpool(self._tryout.order, wanted))
        except RefusalError as refusal:
            return _refused(refusal.message)
        except (ValidationError, LookupError):
            return _refused("请选好门店、桌子和菜品，份数 1 到 99，备注最多 50 个字")

    async def serve(self, request: Request) -> Response:
        try:
            wanted = await _command(request, TryServe)
            return JSONResponse(await run_in_threadpool(self._tryout.serve, wanted))
        except RefusalError as refusal:
            return _refused(refusal.message)
        except (ValidationError, LookupError):
            return _refused("没有找到这个订单")
        except MealFailedError:
            return _refused("小票还没有印出来，请看看打印机")


async def _command(request: Request, kind: type[Command]) -> Command:
    """What a page of ours sent: JSON, which a foreign page cannot send without asking first."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise LookupError("not JSON")
    return kind.model_validate_json(await request.body())


def _refused(message: str) -> Response:
    return JSONResponse({"message": message}, status_code=400)
