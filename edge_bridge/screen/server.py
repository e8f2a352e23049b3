"""The call screen's server: a small web server in a thread of the daemon."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from edge_bridge.screen.app import screen_app
from edge_bridge.screen.board import CallBoard
from edge_bridge.screen.streams import EventStreams, Shop

START_LIMIT_S = 15.0
STOP_LIMIT_S = 5.0


class ScreenServer:
    """Serves one board's screens. `clips_dir` holds the shop's own recordings, which go before the bundled ones."""

    def __init__(
        self,
        board: CallBoard,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        shop_name: str = "",
        zone: str = "Asia/Shanghai",
        clips_dir: Path | None = None,
        extra_routes: Sequence[BaseRoute] = (),
    ) -> None:
        self._board = board
        self._address = (host, port)
        self._shop = Shop(name=shop_name, zone=zone)
        self._clips_dir = clips_dir
        self._extra_routes = tuple(extra_routes)
        self._server: _Server | None = None

    @property
    def port(self) -> int:
        """The port in use; before the first start, the one asked for."""
        return self._address[1]

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the page."""
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Serve from now on; returns once connections are answered. Raises OSError if the port cannot be had.

        A server started again after `stop` takes the port it had before, so that the screens find it.
        """
        if self._server is not None:
            return
        listener = socket.create_server(self._address)
        self._address = (self._address[0], listener.getsockname()[1])
        streams = EventStreams(self._board, self._shop)
        app = screen_app(
            self._board,
            streams,
            shop=self._shop,
            clips_dir=self._clips_dir,
            extra_routes=self._extra_routes,
        )
        self._server = _Server(app, streams, listener)
        if not self._server.start():
            self.stop()
            raise OSError(f"叫号屏没有在 {START_LIMIT_S:.0f} 秒内启动")

    def stop(self) -> None:
        """End every stream and the server, and free the port. Harmless when not running."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()


class _Server(uvicorn.Server):
    """uvicorn in a thread. Tells when it listens; ends the streams before itself, or it would wait on them."""

    def __init__(self, app: Starlette, streams: EventStreams, listener: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                app, log_config=None, access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
            )
        )
        self._streams = streams
        self._listener = listener
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self.run, args=([listener],), name="call-screen", daemon=True)

    def start(self) -> bool:
        """Whether it answers within the limit."""
        self._thread.start()
        return self._listening.wait(START_LIMIT_S)

    def stop(self) -> None:
        self.should_exit = True
        self._thread.join(STOP_LIMIT_S)
        self._listener.close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._streams.close()
        await super().shutdown(sockets)
