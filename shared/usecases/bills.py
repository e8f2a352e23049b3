"""Whose bill is paid, and what is on it: one order, or the rounds of a sitting that pays at the end (rules 8, 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from typing_extensions import assert_never

from shared.contracts import payments as wire
from shared.domain import bills
from shared.domain.bills import Evenly, OfGuests, OfLines, Part, Whole
from shared.domain.orders import Order
from shared.domain.payments import Payment
from shared.errors import NotFound, PermissionDenied, StateConflict
from shared.runtime.log import pseudonym
from shared.store import groups, orders, sittings
from shared.store.scope import Shop
from shared.store.sitting_document import Seat, Sitting
from shared.store.work import Work
from shared.usecases.seating import AtTable, seat_of

ROUNDS = 200
"""More rounds than a sitting has."""


class OfBill(AtTable, Protocol):
    """A message about one order's bill, or a sitting's."""

    @property
    def order_id(self) -> str | None: ...


@dataclass(frozen=True)
class Bill:
    """Orders that are paid together, the oldest first, and the sitting whose bill that is."""

    orders: tuple[Order, ...]
    sitting: Sitting | None = None

    @property
    def order_ids(self) -> tuple[str, ...]:
        """The orders on it."""
        return tuple(order.order_id for order in self.orders)

    @property
    def title(self) -> str:
        """What people know it by."""
        return self.sitting.table_name if self.sitting else self.orders[0].order_no

    def without(self, ended: Sequence[Payment]) -> Bill:
        """The bill as it is when these payments claim nothing of it any more."""
        orders = self.orders
        for payment in ended:
            orders = tuple(bills.release(order, payment.shares) for order in orders)
        return Bill(orders, self.sitting)

    def view(self) -> wire.BillView:
        """The bill's sums as the wire shows them."""
        return wire.BillView(
            due_fen=bills.owed_fen(self.orders),
            paid_fen=bills.paid_fen(self.orders),
            open_fen=bills.open_fen(self.orders),
            refunded_fen=bills.refunded_fen(self.orders) or None,
            settled=self.sitting is not None and self.sitting.state == "settled",
        )


def bill_of(shop: Shop, command: OfBill, work: Work) -> Bill:
    """The bill that the command is about, if the caller may pay it.

    Raises NotFound for another guest's, StateConflict or GroupClosed for what cannot be paid, PermissionDenied,
    TableCodeInvalid.
    """
    if command.order_id is None:
        seat = seat_of(command, work)
        assert seat is not None
        bill = bill_of_sitting(shop, sittings.get(shop, seat))
        if not bill.orders:
            raise StateConflict("这一桌还没有要付的菜")
        return bill
    order = orders.get(shop, command.order_id)
    _require_reach(shop, order, work)
    _require_payable(order, work)
    return Bill((order,))


def bill_for(shop: Shop, payment: Payment) -> Bill:
    """The bill that a payment is for."""
    if payment.sitting_id is not None:
        return bill_of_sitting(shop, sittings.get(shop, Seat(payment.sitting_id)))
    return Bill(tuple(orders.several(shop, payment.order_ids)))


def part_of(bill: Bill, part: wire.BillPart, work: Work) -> Part:
    """The part of the bill that is to be paid. Raises PermissionDenied for staff who say "my own"."""
    if isinstance(part, wire.WholeBill):
        return Whole()
    if isinstance(part, wire.LinesOfBill):
        return OfLines(frozenset((one.order_id, one.line_id) for one in part.lines))
    if isinstance(part, wire.ShareOfBill):
        return Evenly(part.of, part.share)
    if isinstance(part, wire.GuestsOfBill):
        if part.guest_ids:
            return OfGuests(_named(bill.orders, part.guest_ids))
        if work.caller.is_staff:
            raise PermissionDenied("请选择要付款的客人")
        return OfGuests(frozenset({work.caller.id}))
    assert_never(part)


def _named(on_bill: Sequence[Order], guest_ids: Sequence[str]) -> frozenset[str]:
    """The openids behind the names that the wire has for guests."""
    known = {line.guest_id or order.guest_id for order in on_bill for line in order.lines}
    return frozenset(openid for openid in known if openid and pseudonym(openid) in guest_ids)


def bill_of_sitting(shop: Shop, sitting: Sitting) -> Bill:
    """What the sitting pays at the end; rounds that are paid one by one are no part of it."""
    rounds = reversed(orders.rounds_of(shop, sitting.all_ids, limit=ROUNDS))
    return Bill(tuple(one for one in rounds if one.payment == "postpay" and one.state != "cancelled"), sitting)


def _require_reach(shop: Shop, order: Order, work: Work) -> None:
    openid = work.caller.id
    if work.caller.is_staff or order.guest_id == openid:
        return
    if order.sitting_id is None or not sittings.seats(shop, order.sitting_id, openid=openid):
        raise NotFound("没有找到这个订单")


def _require_payable(order: Order, work: Work) -> None:
    if order.state == "cancelled":
        raise StateConflict("订单已取消，不用付款")
    if order.sitting_id is not None and order.payment == "postpay":
        raise StateConflict("堂食订单请在桌台账单里付款")
    if order.pay_by is not None and order.pay_by <= work.now:
        raise StateConflict("订单已超时，请重新下单")
    if bills.is_paid((order,)):
        raise StateConflict("订单已付清")
    if order.group_id is not None:
        groups.get(work.shop, order.group_id).require_open(work.now)
