"""The simulator's process, and its commands, from Python."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic.alias_generators import to_camel

from scripts.local.simulated import Simulated

if TYPE_CHECKING:  # the server behind them is for the process, not for whoever commands it
    from scripts.local.wechat_messages.doors import Endpoint, FaultKind


@dataclass(frozen=True)
class TakenMessage:
    """A message that reached a guest's phone."""

    openid: str
    template_id: str
    page: str
    data: Mapping[str, str]


class WechatMessagesSimulator(Simulated):
    """WeChat's messages for one mini-program."""

    module = "scripts.local.wechat_messages"
    title = "the simulator of WeChat's messages"

    @property
    def env(self) -> dict[str, str]:
        """What the functions need to send messages through it."""
        app = json.loads((self._folder / "app.json").read_text())
        return {
            "WECHAT_APP_ID": app["appid"],
            "WECHAT_APP_SECRET": app["secret"],
            "WECHAT_APP_ADDRESS": self.url,
        }

    def agree_to_tell(self, code: str, number: str) -> None:
        """A guest agrees to tell their phone number: `code` is what the mini-program gets."""
        self._do("phone-code", code=code, number=number)

    def add_templates(self, templates: Mapping[str, tuple[str, ...]]) -> None:
        """The mini-program's templates: their ids, and the keys of each."""
        self._do("templates", templates=templates)

    def consent(self, openid: str, template_id: str, *, times: int = 1) -> None:
        """A guest accepts a template so many times on their phone."""
        self._do("consent", openid=openid, template_id=template_id, times=times)

    def void_tokens(self, *, newest_too: bool = False) -> None:
        """Tokens given out are not taken any more; with `newest_too` not even the one it gives out now."""
        self._do("void-tokens", newest_too=newest_too)

    def advance(self, by: timedelta) -> None:
        """Set its clock forward."""
        self._do("advance", seconds=int(by.total_seconds()))

    def set_quota(self, left: int | None) -> None:
        """So many messages until the day's quota is used up; None is no quota."""
        self._do("quota", left=left)

    def plan_fault(self, endpoint: Endpoint, kind: FaultKind, *, code: int = -1, times: int = 1) -> None:
        """What the next calls meet; see `doors.Fault`."""
        self._do("faults", endpoint=endpoint, kind=kind, code=code, times=times)

    def release(self) -> None:
        """Answer all who wait by a fault."""
        self._do("release")

    def waiting(self) -> int:
        """How many calls are held by a fault."""
        found = self._ask("GET", "now", None)
        assert isinstance(found, dict)
        return int(found["waiting"])

    def asked(self, endpoint: Endpoint) -> int:
        """How many calls of a kind there were."""
        found = self._ask("GET", "now", None)
        assert isinstance(found, dict)
        return int(found["asked"].get(endpoint, 0))

    def taken(self, openid: str | None = None) -> list[TakenMessage]:
        """Every message, or a guest's, in the order in which they came."""
        found = self._ask("GET", "taken", None)
        assert isinstance(found, list)
        all_of = [TakenMessage(one["openid"], one["templateId"], one["page"], one["data"]) for one in found]
        return [one for one in all_of if openid is None or one.openid == openid]

    def _do(self, command: str, **fields: object) -> None:
        self._ask("POST", command, {to_camel(name): value for name, value in fields.items()})

    def _ask(self, method: str, command: str, body: object) -> object:
        reply = self._command(method, command, body)
        reply.raise_for_status()
        answer: object = reply.json()
        return answer
