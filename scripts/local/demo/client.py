"""Calls functions through the gateway's HTTP as a mini-program does, and gives typed replies."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TypeVar

import httpx

from shared.contracts.wire import Wire

_TRIES = 8
_LIMIT_S = 60.0
_AGAIN = frozenset({"BUSY", "UNKNOWN"})
Reply = TypeVar("Reply", bound=Wire)


@dataclass(frozen=True)
class RefusalError(Exception):
    """A function said no; `message` is its Chinese sentence, `dishes` the ids of those it is about."""

    code: str
    message: str
    dishes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Client:
    """One connection pool to the gateway; safe to use from any thread."""

    def __init__(self, gateway_url: str) -> None:
        self._http = httpx.Client(base_url=gateway_url, timeout=_LIMIT_S, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, action: str, openid: str, reply: type[Reply], /, **data: object) -> Reply:
        """Call a function that only reads. Raises RefusalError."""
        envelope = self.post(action, openid, data)
        if envelope.get("success") is not True:
            raise _refusal(envelope)
        return reply.model_validate(envelope["data"])

    def tell(self, action: str, openid: str, reply: type[Reply], /, **data: object) -> Reply:
        """Call a function that changes something: the same `requestId` again while the answer is to try again."""
        command = {"requestId": str(uuid.uuid4()), **data}
        for _ in range(_TRIES - 1):
            try:
                return self.ask(action, openid, reply, **command)
            except RefusalError as refusal:
                if refusal.code not in _AGAIN:
                    raise
        return self.ask(action, openid, reply, **command)

    def fire(self, timer: str) -> None:
        """Let a function's timer be due now. Raises RefusalError."""
        envelope: object = self._http.post(f"/local/timers/{timer}").json()
        if not isinstance(envelope, dict) or envelope.get("success") is not True:
            raise _refusal(envelope if isinstance(envelope, dict) else {})

    def post(self, action: str, openid: str, data: Mapping[str, object]) -> dict[str, object]:
        """The bare envelope, whatever it says."""
        headers = {"X-WX-OPENID": openid, "X-WX-APPID": "wx-local"}
        found: object = self._http.post(f"/v1/functions/{action}", json=dict(data), headers=headers).json()
        return found if isinstance(found, dict) else {"success": False, "code": "NOT_AN_OBJECT"}


def _refusal(envelope: Mapping[str, object]) -> RefusalError:
    details = envelope.get("details")
    named = details.get("dishes", ()) if isinstance(details, dict) else ()
    ids = tuple(str(dish["dishId"]) for dish in named if isinstance(dish, dict) and "dishId" in dish)
    code = envelope.get("code", envelope.get("errCode", "NO_ANSWER"))
    return RefusalError(str(code), str(envelope.get("message", envelope)), ids)
