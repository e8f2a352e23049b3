"""The local cloud's front door: the platform's ways to reach a function, over HTTP on 127.0.0.1.

`python -m scripts.local.gateway --config FILE`, with a `GatewayConfig` as JSON; its URL is written to `gateway.url` in
the work folder once it listens.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scripts.local import admin
from scripts.local.invocation import HttpCall, Identity, Invocation, from_function, from_http, from_mini_program
from scripts.local.invoker import Invoker, new_request_id
from scripts.local.manifest import read_manifest
from scripts.local.process import HOST, StartFailedError
from scripts.local.replies import body_of, event_in, integrated, platform_failure, refused
from scripts.local.worker import PlatformError
from shared.errors import EventTooLarge, InvalidArgument, NotFound, PermissionDenied, ZaotaiError

EVENT_LIMIT_BYTES = 6 * 1024 * 1024
QUEUED_EVENT_LIMIT_BYTES = 128 * 1024
URL_FILE = "gateway.url"
_ADMIN_LIMIT_BYTES = 2 * EVENT_LIMIT_BYTES
_IDENTITY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@dataclass(frozen=True)
class GatewayConfig:
    """What a gateway is started with. `prewarm`: instances of each function brought up before it says it is ready."""

    root: str
    layer: str
    work_dir: str
    env: Mapping[str, str]
    port: int = 0
    max_instances: int = 4
    prewarm: int = 0
    timers: bool = True

    def write(self, path: Path) -> None:
        """For `--config`; it may hold credentials."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


class Gateway:
    """The HTTP side; functions are called through the invoker."""

    def __init__(self, config: GatewayConfig, *, bell: socket.socket) -> None:
        manifest = read_manifest(Path(config.root))
        self._config = config
        self._secret = secrets.token_urlsafe(24)
        self._env_id = manifest.env_id
        self._bell = bell
        host, port = bell.getsockname()
        env = {**config.env, "LOCAL_CLOUD_BELL": f"{host}:{port}", "LOCAL_CLOUD_SECRET": self._secret}
        self._invoker = Invoker(
            manifest.functions,
            env_id=manifest.env_id,
            root=Path(config.root),
            layer=Path(config.layer),
            work_dir=Path(config.work_dir),
            env=env,
            max_instances=config.max_instances,
        )
        self._routes = {function.route: function.name for function in manifest.functions if function.route}

    def app(self) -> Starlette:
        """The application, with its routes."""
        return Starlette(
            routes=[
                Route("/v1/functions/{name}", self.call, methods=["POST"]),
                Route("/admin", self.admin, methods=["POST"]),
                Route("/local/timers/{name}", self.timer, methods=["POST"]),
                Route("/local/health", self.health),
                Route("/{path:path}", self.http_access, methods=_METHODS),
            ],
            exception_handlers={ZaotaiError: refused, PlatformError: platform_failure},
            lifespan=self._lifespan,
        )

    async def call(self, request: Request) -> Response:
        """A mini-program's call, another function's, or, with a session or a signature, an HTTP access event."""
        headers, name = request.headers, request.path_params["name"]
        self._require_function(name)
        if "x-zaotai-signature" in headers or headers.get("authorization", "").startswith("Bearer "):
            return await self._access(name, request)
        body = await body_of(request, limit=EVENT_LIMIT_BYTES)
        who, request_id = _identity(request), new_request_id()
        if "x-zaotai-internal" not in headers and "x-zaotai-invoke" not in headers:
            reply = await self._invoker.invoke(name, from_mini_program(event_in(body), who), request_id=request_id)
            return Response(reply, media_type="application/json", headers={"x-request-id": request_id})
        if not secrets.compare_digest(headers.get("x-zaotai-internal", ""), self._secret):
            raise PermissionDenied
        invocation = from_function(event_in(body), who)
        if headers.get("x-zaotai-invoke") != "event":
            return Response(
                await self._invoker.invoke(name, invocation, request_id=request_id), media_type="application/json"
            )
        if len(body) > QUEUED_EVENT_LIMIT_BYTES:
            raise EventTooLarge
        self._invoker.enqueue(name, body, invocation, request_id=request_id)
        return JSONResponse({"requestId": request_id}, status_code=202)

    def on_bell(self, datagram: bytes) -> None:
        """A function asks for another one, as by the platform's asynchronous invocation; anything else is not heard."""
        secret, _, name = datagram.partition(b" ")
        if (
            secrets.compare_digest(secret, self._secret.encode())
            and name.decode(errors="replace") in self._invoker.pools
        ):
            self._invoker.enqueue(name.decode(), b"{}", from_function({}, None), request_id=new_request_id())

    async def admin(self, request: Request) -> Response:
        """A call by the vendor's Node library; WeChat's identity headers are honoured as in any other call."""
        request_id = new_request_id()
        try:
            name, data = admin.read_call(await body_of(request, limit=_ADMIN_LIMIT_BYTES))
            self._require_function(name)
            if len(data) > EVENT_LIMIT_BYTES:
                raise EventTooLarge
            who = _identity(request)
            event = event_in(data)
            invocation = from_mini_program(event, who) if who else Invocation(event)
            reply = await self._invoker.invoke(name, invocation, request_id=request_id)
        except (PlatformError, ZaotaiError, admin.AdminError) as error:
            return JSONResponse({"code": error.code, "message": error.message, "requestId": request_id})
        return JSONResponse(admin.answer(reply, request_id))

    async def http_access(self, request: Request) -> Response:
        """A route declared for a function, or a path below it."""
        path = request.url.path
        for route, name in self._routes.items():
            if path == route or path.startswith(f"{route.rstrip('/')}/"):
                return await self._access(name, request)
        raise NotFound("没有这个地址")

    async def timer(self, request: Request) -> Response:
        """Fire a function's timer now (its first, or `?trigger=`) and give the function's reply."""
        name = request.path_params["name"]
        self._require_function(name)
        timers = [timer.name for timer in self._invoker.pools[name].function.timers]
        trigger = request.query_params.get("trigger", timers[0] if timers else "")
        if trigger not in timers:
            raise NotFound("这个函数没有这样的定时器")
        return Response(
            await self._invoker.fire(name, trigger, datetime.now(timezone.utc)), media_type="application/json"
        )

    async def health(self, _request: Request) -> Response:
        """What is up. Nothing is answered before every function's first instances are."""
        functions = {
            name: {"instances": pool.size, "busy": pool.busy, "timers": [t.name for t in pool.function.timers]}
            for name, pool in self._invoker.pools.items()
        }
        return JSONResponse({"env": self._env_id, "functions": functions, "routes": self._routes})

    async def _access(self, name: str, request: Request) -> Response:
        request_id = new_request_id()
        call = HttpCall(
            path=request.url.path,
            method=request.method,
            headers=dict(request.headers),
            query=dict(request.query_params),
            body=await body_of(request, limit=EVENT_LIMIT_BYTES),
            source_ip=request.client.host if request.client else "",
        )
        invocation = from_http(call, env_id=self._env_id, request_id=request_id)
        return integrated(await self._invoker.invoke(name, invocation, request_id=request_id))

    def _require_function(self, name: str) -> None:
        if name not in self._invoker.pools:
            raise NotFound(f"没有名为 {name[:60]} 的云函数")

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        await self._invoker.prewarm(self._config.prewarm)
        if self._config.timers:
            self._invoker.start_timers()
        bell, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: _Bell(self), sock=self._bell)
        try:
            yield
        finally:
            bell.close()
            self._invoker.close()


class _Bell(asyncio.DatagramProtocol):
    """What comes in by datagram."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def datagram_received(self, data: bytes, _sender: object) -> None:
        """One datagram."""
        self._gateway.on_bell(data)


def _identity(request: Request) -> Identity | None:
    """WeChat's identity headers, as its cloud hosting passes them. A value that no openid can have is refused."""
    values = [request.headers.get(f"x-wx-{name}", "") for name in ("openid", "appid", "unionid")]
    if not values[0]:
        return None
    if not all(_IDENTITY.fullmatch(value) for value in values if value):
        raise InvalidArgument("微信身份信息有误")
    return Identity(openid=values[0], appid=values[1] or "wx-local", unionid=values[2])


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description="Run the local cloud's gateway.")
    parser.add_argument("--config", type=Path, required=True)
    config = GatewayConfig(**json.loads(parser.parse_args().config.read_text(encoding="utf-8")))
    # Named as TCP, or the event loop would leave Nagle's algorithm on and every reply would wait 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, config.port))
    except OSError:
        sys.exit(f"port {config.port} is taken; stop what listens there or choose another port")
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    bell = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bell.bind((HOST, 0))
    try:
        gateway = Gateway(config, bell=bell)
    except StartFailedError as error:
        sys.exit(str(error))
    listener.listen(256)
    note = Path(config.work_dir) / f"{URL_FILE}.new"
    note.write_text(url)
    note.replace(note.with_name(URL_FILE))
    server = uvicorn.Server(
        uvicorn.Config(
            gateway.app(),
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=False,
            ws="none",
            loop="asyncio",
            # Longer than clients keep a connection, so that none reuses one at the moment it is closed here.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=2,
        )
    )
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
