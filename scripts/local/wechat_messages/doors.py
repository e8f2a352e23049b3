"""The simulator's doors: `/cgi-bin/…`, as the mini-program's server calls it, and `/sim/…` for tests and the demo."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scripts.local.wechat_messages.book import Book, RefusedError

FaultKind = Literal["code", "down", "lost", "garbled", "slow"]
Endpoint = Literal["token", "send", "phone"]
B = TypeVar("B", bound=BaseModel)
_HOLD_LIMIT_S = 60.0


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Fault(_Command):
    """What the next `times` calls meet.

    code: refused with `code`, nothing done. down: a proxy's 503 page, nothing done. lost: done, then the line is cut.
    garbled: done, then an answer that is no JSON. slow: done, and the answer waits for `release`.
    """

    endpoint: Endpoint
    kind: FaultKind
    code: int = -1
    times: int = Field(1, ge=1, le=1000)


class _Templates(_Command):
    templates: dict[str, tuple[str, ...]]


class _Consent(_Command):
    openid: str
    template_id: str
    times: int = Field(1, ge=-100, le=100)


class _PhoneCode(_Command):
    code: str
    number: str


class _Void(_Command):
    newest_too: bool = False


class _Advance(_Command):
    seconds: int = Field(ge=0)


class _Quota(_Command):
    left: int | None


class _TokenBody(BaseModel):
    grant_type: str = ""
    appid: str = ""
    secret: str = ""
    force_refresh: bool = False


class _Value(BaseModel):
    value: str


class _SendBody(BaseModel):
    touser: str = ""
    template_id: str = ""
    page: str = ""
    miniprogram_state: Literal["developer", "trial", "formal"] = "formal"
    lang: str = "zh_CN"
    data: dict[str, _Value] = Field(default_factory=dict)


class _CodeBody(BaseModel):
    code: str = ""


@dataclass
class Doors:
    """Both, over one book."""

    book: Book
    _faults: dict[Endpoint, deque[Fault]] = field(
        default_factory=lambda: {"token": deque(), "send": deque(), "phone": deque()}
    )
    _released: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: int = 0

    def routes(self) -> list[Route]:
        """All that is served."""
        commands: dict[str, Callable[[Request], Awaitable[object]]] = {
            "templates": self._templates,
            "consent": self._consent,
            "phone-code": self._phone_code,
            "void-tokens": self._void,
            "advance": self._advance,
            "quota": self._quota,
            "faults": self._plan,
            "release": self._release,
        }
        send, token = "/cgi-bin/message/subscribe/send", "/cgi-bin/stable_token"
        phone = "/wxa/business/getuserphonenumber"
        return [
            Route(token, self._served("token", self._token), methods=["GET", "POST"]),
            Route(send, self._served("send", self._send), methods=["GET", "POST"]),
            Route(phone, self._served("phone", self._phone), methods=["GET", "POST"]),
            *(Route(f"/sim/{name}", _answering(run), methods=["POST"]) for name, run in commands.items()),
            Route("/sim/taken", _answering(self._taken)),
            Route("/sim/now", _answering(self._now)),
        ]

    async def _token(self, request: Request) -> dict[str, object]:
        body = _read(_TokenBody, await request.body())
        if body.grant_type != "client_credential":
            raise RefusedError(40002, "invalid grant_type")
        text, lives_s = self.book.token(body.appid, body.secret, force=body.force_refresh)
        return {"access_token": text, "expires_in": lives_s}

    async def _send(self, request: Request) -> dict[str, object]:
        self.book.require_token(request.query_params.get("access_token", ""))
        body = _read(_SendBody, await request.body())
        data = {key: one.value for key, one in body.data.items()}
        self.book.send(openid=body.touser, template_id=body.template_id, page=body.page, data=data)
        return {"errcode": 0, "errmsg": "ok"}

    async def _phone(self, request: Request) -> dict[str, object]:
        self.book.require_token(request.query_params.get("access_token", ""))
        number = self.book.phone_of(_read(_CodeBody, await request.body()).code)
        told = {"phoneNumber": number, "purePhoneNumber": number, "countryCode": "86"}
        mark = {"appid": self.book.appid, "timestamp": int(self.book.now().timestamp())}
        return {"errcode": 0, "errmsg": "ok", "phone_info": {**told, "watermark": mark}}

    def _served(
        self, endpoint: Endpoint, act: Callable[[Request], Awaitable[dict[str, object]]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            self.book.asked[endpoint] += 1
            await request.body()
            fault = self._faults[endpoint].popleft() if self._faults[endpoint] else None
            if fault is not None and fault.kind == "down":
                return Response("<html>Service Unavailable</html>", 503, media_type="text/html")
            if fault is not None and fault.kind == "code":
                return JSONResponse({"errcode": fault.code, "errmsg": "planned rid: 0-0-0"})
            try:
                if request.method != "POST":
                    raise RefusedError(43002, "require POST method")
                answer: dict[str, object] = await act(request)
            except RefusedError as error:
                return JSONResponse({"errcode": error.code, "errmsg": f"{error.message} rid: 0-0-0"})
            if fault is not None and fault.kind == "slow":
                await self._hold()
            if fault is not None and fault.kind == "lost":
                # More is promised than comes, so the server cuts the line.
                return Response(b"{", headers={"Content-Length": "100"}, media_type="application/json")
            if fault is not None and fault.kind == "garbled":
                return Response("<html>", media_type="text/html")
            return JSONResponse(answer)

        return serve

    async def _hold(self) -> None:
        self._waiting += 1
        try:
            await asyncio.wait_for(self._released.wait(), _HOLD_LIMIT_S)
        except asyncio.TimeoutError:
            return
        finally:
            self._waiting -= 1

    async def _templates(self, request: Request) -> object:
        self.book.templates |= (await _command(_Templates, request)).templates
        return {}

    async def _consent(self, request: Request) -> object:
        asked = await _command(_Consent, request)
        self.book.consent(asked.openid, asked.template_id, asked.times)
        return {}

    async def _phone_code(self, request: Request) -> object:
        asked = await _command(_PhoneCode, request)
        self.book.phone_codes[asked.code] = asked.number
        return {}

    async def _void(self, request: Request) -> object:
        self.book.void_tokens(newest_too=(await _command(_Void, request)).newest_too)
        return {}

    async def _advance(self, request: Request) -> object:
        self.book.advance(timedelta(seconds=(await _command(_Advance, request)).seconds))
        return {}

    async def _quota(self, request: Request) -> object:
        self.book.quota = (await _command(_Quota, request)).left
        return {}

    async def _plan(self, request: Request) -> object:
        fault = await _command(Fault, request)
        self._faults[fault.endpoint].extend([fault] * fault.times)
        return {}

    async def _release(self, _request: Request) -> object:
        self._released.set()
        self._released = asyncio.Event()
        return {}

    async def _taken(self, _request: Request) -> object:
        return self.book.taken

    async def _now(self, _request: Request) -> object:
        return {"waiting": self._waiting, "asked": dict(self.book.asked), "now": self.book.now().isoformat()}


def _read(kind: type[B], raw: bytes) -> B:
    """As WeChat answers a body it cannot read."""
    try:
        return kind.model_validate_json(raw or b"{}")
    except ValidationError as error:
        raise RefusedError(47001, "data format error") from error


async def _command(kind: type[B], request: Request) -> B:
    return kind.model_validate_json(await request.body() or b"{}")


def _answering(run: Callable[[Request], Awaitable[object]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await run(request))
        except ValidationError as error:
            return JSONResponse({"message": str(error)}, 400)

    return answer
