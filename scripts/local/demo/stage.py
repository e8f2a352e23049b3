"""Where a meal is played: the gateway, the journal, who works in which shop, and how fast it goes."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scripts.local.demo.client import Client
from scripts.local.demo.journal import Entry, Journal, Kind, KnownOrder, Span, milliseconds, now
from scripts.local.wechat_messages.simulator import WechatMessagesSimulator
from scripts.local.wechat_pay.simulator import WechatPaySimulator
from shared.contracts.ordering import OrderView

LIMIT_S = 60.0


class MealFailedError(Exception):
    """Something did not happen; the message says what."""


class MealEndedError(Exception):
    """The demo is ending: nobody begins another step."""


@dataclass(frozen=True)
class Crew:
    """Who works in a shop: name and openid of a cook, a waiter, a cashier, and its manager."""

    shop_title: str
    cook: tuple[str, str]
    waiter: tuple[str, str]
    cashier: tuple[str, str]
    manager: tuple[str, str]


class Stage:
    """What everybody who plays shares; safe to use from any thread.

    `owner` is head office's name and openid.
    `pace_s` is the pause between steps; once `ended` is set nobody begins another. Paper and calls must come within
    `limit_s`.
    """

    def __init__(
        self,
        client: Client,
        journal: Journal,
        *,
        crews: Mapping[str, Crew],
        table_codes: Mapping[tuple[str, str], str],
        owner: tuple[str, str],
        wechat: WechatPaySimulator,
        messages: WechatMessagesSimulator,
        pace_s: float = 0,
        ended: threading.Event | None = None,
        limit_s: float = LIMIT_S,
    ) -> None:
        self.client, self.journal = client, journal
        self._crews, self._codes = crews, table_codes
        self.owner, self.wechat, self.messages = owner, wechat, messages
        self._pace_s, self._ended, self._limit_s = pace_s, ended or threading.Event(), limit_s

    def cook(self, shop_id: str) -> tuple[str, str]:
        """The cook's name and openid."""
        return self._crews[shop_id].cook

    def waiter(self, shop_id: str) -> tuple[str, str]:
        """The waiter's name and openid."""
        return self._crews[shop_id].waiter

    def cashier(self, shop_id: str) -> tuple[str, str]:
        """The cashier's name and openid."""
        return self._crews[shop_id].cashier

    def manager(self, shop_id: str) -> tuple[str, str]:
        """The manager's name and openid."""
        return self._crews[shop_id].manager

    def code(self, shop_id: str, table_id: str) -> str:
        """What the code on the table says."""
        return self._codes[shop_id, table_id]

    def pause(self, at_least_s: float = 0) -> None:
        """Wait until the next step. Raises MealEndedError when there is to be none."""
        if self._ended.wait(max(self._pace_s, at_least_s)):
            raise MealEndedError

    def say(
        self, kind: Kind, shop_id: str, text: str, *, since: datetime | None = None, span: Span | None = None
    ) -> None:
        """Tell what happened now, and how long it took since a moment."""
        at = now()
        self.journal.add(Entry(at, kind, shop_id, text, None if since is None else milliseconds(since, at)), span)

    def follow(self, shop_id: str, order: OrderView) -> None:
        """Return when every ticket of the order is on paper. Raises MealFailedError."""
        order_known = known(order, shop_id=shop_id)
        self.journal.expect_order(order_known)
        self.require_papers(order_known.jobs, of=order.order_no)

    def require_papers(self, jobs: tuple[str, ...], *, of: str) -> None:
        """Return when these are on paper. Raises MealFailedError."""
        self.require(self.journal.wait_papers(jobs, limit_s=self._limit_s), f"no paper for {of}")

    def require_shown(self, call_id: str, *, label: str) -> None:
        """Return when the call is on the screen. Raises MealFailedError."""
        self.journal.expect_call(call_id, now())
        self.require(self.journal.wait_shown(call_id, limit_s=self._limit_s), f"call of {label} not shown")

    def require(self, happened: bool, otherwise: str) -> None:
        """Raises MealFailedError unless it happened."""
        if not happened:
            raise MealFailedError(f"{otherwise} within {self._limit_s:.0f} s")


def require_played(is_so: bool, otherwise: str) -> None:
    """Raises MealFailedError when a function did something else than the play says."""
    if not is_so:
        raise MealFailedError(otherwise)


def known(order: OrderView, *, shop_id: str) -> KnownOrder:
    """What the journal keeps of an order."""
    return KnownOrder(
        order_id=order.order_id,
        shop_id=shop_id,
        label=label_of(order),
        placed_at=order.placed_at,
        jobs=tuple(ticket.ticket_id for ticket in order.tickets),
    )


def label_of(order: OrderView) -> str:
    """Whom the order is for, as everybody calls them: `8号桌`, `Q012`."""
    return order.pickup_no or order.table_name or ""


def yuan(fen: int) -> str:
    """Money as guests read it."""
    return f"￥{fen / 100:.2f}"


def in_words(order: OrderView) -> str:
    """What was ordered and what it costs."""
    names = "、".join(f"{line.name}×{line.quantity}" for line in order.lines)
    return f"{names}，共 {yuan(order.due_fen)}"
