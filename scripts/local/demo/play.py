"""Plays a lunch: guests, cooks and waiters at once, each through the gateway, each waiting for what really happened."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from scripts.local.demo.client import Client, RefusalError
from scripts.local.demo.journal import Entry, Journal, Kind, KnownOrder, Span, milliseconds, now
from scripts.local.demo.lunch import Party, Round, Wish
from shared.contracts.kitchen import CallReply
from shared.contracts.menu import MenuReply
from shared.contracts.ordering import OrderReply, OrderView, SittingReply

_ATTEMPTS = 4
_PARTIES_AT_ONCE = 3


class LunchFailedError(Exception):
    """Something did not happen; the message says what."""


@dataclass(frozen=True)
class Crew:
    """Who works in a shop: name and openid of a cook and of a waiter."""

    shop_title: str
    cook: tuple[str, str]
    waiter: tuple[str, str]


class Lunch:
    """Plays parties. `pace_s` is the pause between a party's steps; once `ended` is set nobody begins another step.

    Paper and calls must come within `limit_s`.
    """

    def __init__(
        self,
        client: Client,
        journal: Journal,
        *,
        crews: Mapping[str, Crew],
        table_codes: Mapping[tuple[str, str], str],
        pace_s: float,
        ended: threading.Event,
        limit_s: float = 60.0,
    ) -> None:
        self._client, self._journal = client, journal
        self._crews, self._codes = crews, table_codes
        self._pace_s, self._ended, self._limit_s = pace_s, ended, limit_s

    def play(self, parties: Sequence[Party]) -> None:
        """Play them all, some at once; returns when the last is served. Raises LunchFailedError, RefusalError."""
        with ThreadPoolExecutor(_PARTIES_AT_ONCE, thread_name_prefix="party") as pool:
            for served in [pool.submit(self._serve, party) for party in parties]:
                served.result()

    def _serve(self, party: Party) -> None:
        for number, round_ in enumerate(party.rounds):
            if self._pause():
                return
            order = self._order(party, round_, is_first=number == 0)
            if self._pause():
                return
            self.cook_and_call(party.shop_id, order)

    def _order(self, party: Party, round_: Round, *, is_first: bool) -> OrderView:
        openid = f"openid-guest-{round_.guest}"
        scanned_at = now()
        place, label = self._sit(party, openid, is_first=is_first)
        menu = self._client.ask("getMenu", openid, MenuReply, **self._where(party))
        order = self._submit(party, round_, label=label, place=place, menu=menu)
        placed_at = now()
        label = order.pickup_no or label
        names = "、".join(f"{line.name}×{line.quantity}" for line in order.lines)
        said = "下单" if is_first else "加菜"
        text = f"{label} {said}：{names}，共 ￥{order.due_fen / 100:.2f}"
        self._say("order", party.shop_id, text, milliseconds(scanned_at, placed_at), "scan_to_order")
        return order

    def _sit(self, party: Party, openid: str, *, is_first: bool) -> tuple[dict[str, object], str]:
        """Where the order goes, in the function's words and in ours."""
        if party.table_id is None:
            return {"shopId": party.shop_id}, "自取"
        code = self._codes[party.shop_id, party.table_id]
        command = {"tableCode": code, **({"guests": party.guests} if is_first and party.guests else {})}
        sitting = self._client.tell("openTable", openid, SittingReply, **command)
        who = f"扫码入座，{party.guests} 位" if is_first else "同桌客人扫码"
        self._say("scan", party.shop_id, f"{sitting.table_name} {who}")
        return {"tableCode": code, "sittingId": sitting.sitting_id}, sitting.table_name

    def _where(self, party: Party) -> dict[str, object]:
        if party.table_id is None:
            return {"shopId": party.shop_id}
        return {"tableCode": self._codes[party.shop_id, party.table_id]}

    def _submit(
        self, party: Party, round_: Round, *, label: str, place: Mapping[str, object], menu: MenuReply
    ) -> OrderView:
        """Order; told that a dish is short, take it off and order the rest, as a guest does."""
        wishes = round_.wishes
        for _ in range(_ATTEMPTS):
            lines = [order_line(wish, number=n, menu=menu) for n, wish in enumerate(wishes, start=1)]
            try:
                reply = self._client.tell(
                    "submitOrder", f"openid-guest-{round_.guest}", OrderReply, **place, lines=lines, note=round_.note
                )
            except RefusalError as refusal:
                self._say("refused", party.shop_id, f"{label} 提示客人：{refusal.message}，客人改点其他菜")
                wishes = tuple(wish for wish in wishes if not _is_about(refusal, wish))
                if len(wishes) in {0, len(lines)}:
                    raise
            else:
                self._journal.expect_order(known(reply.order, shop_id=party.shop_id))
                return reply.order
        raise LunchFailedError(f"{label}: the shop had nothing left of what this party wanted")

    def cook_and_call(self, shop_id: str, order: OrderView) -> None:
        """Once its tickets are on paper, cook the order station by station, then call it to the screen."""
        label = order.pickup_no or order.table_name or ""
        jobs = tuple(ticket.ticket_id for ticket in order.tickets)
        self._require(self._journal.wait_papers(jobs, limit_s=self._limit_s), f"no paper for {order.order_no}")
        crew = self._crews[shop_id]
        name, cook = crew.cook
        for step, text in (("start", f"{name}开始制作"), ("ready", f"{name}出餐")):
            for ticket in order.tickets:
                if not ticket.is_pass:
                    command = {"orderId": order.order_id, "ticketId": ticket.ticket_id, "step": step}
                    self._client.tell("advanceOrder", cook, OrderReply, **command)
            self._say("cook", shop_id, f"{text}：{label}")
            if self._pause():
                return
        self._call(shop_id, order, label=label, ready_at=now())

    def _call(self, shop_id: str, order: OrderView, *, label: str, ready_at: datetime) -> None:
        name, waiter = self._crews[shop_id].waiter
        self._say("call", shop_id, f"{name}叫号：{label}")
        reply = self._client.tell("callGuest", waiter, CallReply, orderId=order.order_id)
        called_at = now()
        self._journal.expect_call(reply.call_id, called_at)
        self._journal.measure("ready_to_call", milliseconds(ready_at, called_at))
        shown = self._journal.wait_shown(reply.call_id, limit_s=self._limit_s)
        self._require(shown, f"call of {label} not shown")

    def _say(self, kind: Kind, shop_id: str, text: str, took_ms: int | None = None, span: Span | None = None) -> None:
        self._journal.add(Entry(now(), kind, shop_id, text, took_ms), span)

    def _pause(self) -> bool:
        """Wait a step's pause; whether the demo is ending."""
        return self._ended.wait(self._pace_s) if self._pace_s else self._ended.is_set()

    def _require(self, happened: bool, otherwise: str) -> None:
        if not happened:
            raise LunchFailedError(f"{otherwise} within {self._limit_s:.0f} s")


def order_line(wish: Wish, *, number: int, menu: MenuReply) -> dict[str, object]:
    """The wish as `submitOrder` takes it."""
    quantity = wish.quantity
    if wish.beyond_left:
        left = next((dish.left for dish in menu.dishes if dish.id == wish.dish_id), None)
        quantity = min((left or 0) + 1, 99)
    return {
        "lineId": f"l{number}",
        "dishId": wish.dish_id,
        "quantity": quantity,
        "specs": dict(wish.specs),
        "modifiers": dict(wish.modifiers),
        "combo": dict(wish.combo),
        "note": wish.note,
    }


def known(order: OrderView, *, shop_id: str) -> KnownOrder:
    """What the journal keeps of an order."""
    return KnownOrder(
        order_id=order.order_id,
        shop_id=shop_id,
        label=order.pickup_no or order.table_name or "",
        placed_at=order.placed_at,
        jobs=tuple(ticket.ticket_id for ticket in order.tickets),
    )


def _is_about(refusal: RefusalError, wish: Wish) -> bool:
    return not {wish.dish_id, *wish.combo.values()}.isdisjoint(refusal.dishes)
