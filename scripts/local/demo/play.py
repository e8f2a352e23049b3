"""Plays a lunch: guests, cooks and waiters at once, each through the gateway, each waiting for what really happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from scripts.local.demo.client import RefusalError
from scripts.local.demo.journal import now
from scripts.local.demo.lunch import Party, Round, Wish
from scripts.local.demo.service import cook_and_call, hand_over
from scripts.local.demo.stage import MealFailedError, Stage, in_words, known
from scripts.local.demo.till import Phone, bill_of_order, bill_of_table
from shared.contracts.menu import MenuReply
from shared.contracts.ordering import OrderReply, OrderView
from shared.contracts.sitting import SittingReply

_ATTEMPTS = 4
_PARTIES_AT_ONCE = 3


class Lunch:
    """Plays parties on a stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def play(self, parties: Sequence[Party]) -> None:
        """Play them all, some at once; returns when the last has left.

        Raises MealFailedError, MealEndedError, RefusalError.
        """
        with ThreadPoolExecutor(_PARTIES_AT_ONCE, thread_name_prefix="party") as pool:
            for served in [pool.submit(self._serve, party) for party in parties]:
                served.result()

    def _serve(self, party: Party) -> None:
        stage, orders = self._stage, list[OrderView]()
        for number, round_ in enumerate(party.rounds):
            stage.pause()
            orders.append(self._order(party, round_, is_first=number == 0))
            stage.pause()
            cook_and_call(stage, party.shop_id, orders[-1])
        for order in orders:
            hand_over(stage, party.shop_id, order)
        self._pay(party, orders)

    def _pay(self, party: Party, orders: Sequence[OrderView]) -> None:
        """The party pays by phone: its table is free by that."""
        stage, shop_id = self._stage, party.shop_id
        phone = Phone(stage, stage.wechat, f"openid-guest-{party.rounds[0].guest}")
        sitting_id = orders[0].sitting_id
        if sitting_id is None or party.table_id is None:
            phone.pay(bill_of_order(orders[0], shop_id))
            return
        bill = bill_of_table(stage, shop_id, sitting_id, code=stage.code(shop_id, party.table_id))
        phone.pay(bill)
        stage.say("done", shop_id, f"{bill.label} 客人付清离店，桌台空出")

    def _order(self, party: Party, round_: Round, *, is_first: bool) -> OrderView:
        openid = f"openid-guest-{round_.guest}"
        scanned_at = now()
        place, label = self._sit(party, openid, is_first=is_first)
        menu = self._stage.client.ask("getMenu", openid, MenuReply, **self._where(party))
        order = self._submit(party, round_, label=label, place=place, menu=menu)
        said = "下单" if is_first else "加菜"
        text = f"{order.pickup_no or label} {said}：{in_words(order)}"
        self._stage.say("order", party.shop_id, text, since=scanned_at, span="scan_to_order")
        return order

    def _sit(self, party: Party, openid: str, *, is_first: bool) -> tuple[dict[str, object], str]:
        """Where the order goes, in the function's words and in ours."""
        if party.table_id is None:
            return {"shopId": party.shop_id}, "自取"
        code = self._stage.code(party.shop_id, party.table_id)
        command = {"tableCode": code, **({"guests": party.guests} if is_first and party.guests else {})}
        sitting = self._stage.client.tell("openTable", openid, SittingReply, **command)
        who = f"扫码入座，{party.guests} 位" if is_first else "同桌客人扫码"
        self._stage.say("scan", party.shop_id, f"{sitting.table_name} {who}")
        return {"tableCode": code, "sittingId": sitting.sitting_id}, sitting.table_name

    def _where(self, party: Party) -> dict[str, object]:
        if party.table_id is None:
            return {"shopId": party.shop_id}
        return {"tableCode": self._stage.code(party.shop_id, party.table_id)}

    def _submit(
        self, party: Party, round_: Round, *, label: str, place: Mapping[str, object], menu: MenuReply
    ) -> OrderView:
        """Order; told that a dish is short, take it off and order the rest, as a guest does."""
        stage, wishes = self._stage, round_.wishes
        for _ in range(_ATTEMPTS):
            lines = [order_line(wish, number=n, menu=menu) for n, wish in enumerate(wishes, start=1)]
            try:
                reply = stage.client.tell(
                    "submitOrder", f"openid-guest-{round_.guest}", OrderReply, **place, lines=lines, note=round_.note
                )
            except RefusalError as refusal:
                stage.say("refused", party.shop_id, f"{label} 提示客人：{refusal.message}，客人改点其他菜")
                wishes = tuple(wish for wish in wishes if not _is_about(refusal, wish))
                if len(wishes) in {0, len(lines)}:
                    raise
            else:
                stage.journal.expect_order(known(reply.order, shop_id=party.shop_id))
                return reply.order
        raise MealFailedError(f"{label}: the shop had nothing left of what this party wanted")


def order_line(wish: Wish, *, number: int, menu: MenuReply) -> dict[str, object]:
    """The wish as `submitOrder` takes it."""
    quantity = wish.quantity
    if wish.beyond_left:
        quantity = min(menu.left.get(wish.dish_id, 0) + 1, 99)
    return wished(wish, line_id=f"l{number}", quantity=quantity)


def wished(wish: Wish, *, line_id: str, quantity: int | None = None) -> dict[str, object]:
    """A line of an order or of a cart."""
    return {
        "lineId": line_id,
        "dishId": wish.dish_id,
        "quantity": quantity or wish.quantity,
        "specs": dict(wish.specs),
        "modifiers": dict(wish.modifiers),
        "combo": dict(wish.combo),
        "note": wish.note,
        "course": wish.course,
    }


def _is_about(refusal: RefusalError, wish: Wish) -> bool:
    return not {wish.dish_id, *wish.combo.values()}.isdisjoint(refusal.dishes)
