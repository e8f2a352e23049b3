"""What guests are told of their orders, bookings and turns, in the transaction in which it happens (rule 23).

A kind that the brand has no template for costs nothing. Whether the guest consented is asked when the message leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.booking import Reservation
from shared.domain.messages import Message, MessageKind, MessagePolicy, told_amount, told_dishes, told_time
from shared.domain.orders import Order
from shared.domain.waiting import QueueTicket
from shared.store import messages, shops
from shared.store.scope import Shop
from shared.store.shops import ShopSettings
from shared.store.work import Work

_SOON = timedelta(hours=2)
"""Food and turns are told of while they matter."""
_LATER = timedelta(days=3)


@dataclass(frozen=True)
class Notices:
    """What one call tells guests. Each may be told again: a cause is sent once."""

    work: Work
    policy: MessagePolicy

    @classmethod
    def of(cls, work: Work) -> Notices:
        """By the brand's settings now; made before the transaction."""
        return cls(work, messages.policy(work.shop.db, work.now))

    @property
    def near(self) -> int:
        """Who has so many parties ahead is told that their turn is near; -1 when nobody is told."""
        return self.policy.near if "queueNear" in self.policy.templates else -1

    def order_accepted(self, shop: Shop, order: Order) -> None:
        """The kitchen knows of an order that was paid first."""
        facts = {"amount": told_amount(order.due_fen), "note": "已开始制作，请留意取餐通知"}
        self._tell_order(shop, "accepted", order, facts, at=order.placed_at)

    def order_ready(self, shop: Shop, before: Order, after: Order) -> None:
        """A pick-up order has become ready; what is eaten at a table is brought there."""
        if after.state == "ready" != before.state and after.pickup_no:
            self._tell_order(shop, "ready", after, {"note": "餐品已备好，请到取餐口取餐"})

    def refunded(self, shop: Shop, openid: str | None, *, refund_no: str, fen: int) -> None:
        """Money has gone back to who paid."""
        facts = {"number": refund_no, "amount": told_amount(fen), "note": "退款已原路退回，请留意到账"}
        self._tell(shop, "refund", openid, refund_no, facts, until=self.work.now + _LATER, at=self.work.now)

    def booked(self, shop: Shop, reservation: Reservation) -> None:
        """A table is reserved."""
        self._tell_booking(shop, "booked", reservation, "请按时到店，如需取消请提前")

    def reminded(self, shop: Shop, reservation: Reservation) -> None:
        """The reserved time is near."""
        self._tell_booking(shop, "reminder", reservation, "就餐时间快到了，恭候光临")

    def called(self, shop: Shop, ticket: QueueTicket) -> None:
        """It is the party's turn."""
        facts = {"number": ticket.label, "note": "请到前台入座，过号需重新等候"}
        cause = f"{ticket.ticket_id}:{ticket.calls}"
        until = min(self.work.now + _SOON, ticket.ends_at)
        self._tell(shop, "queueCalled", ticket.openid, cause, facts, until=until, ref=ticket.ticket_id)

    def turn_near(self, shop: Shop, ticket: QueueTicket, *, ahead: int) -> None:
        """The party will be called soon."""
        facts = {"number": ticket.label, "ahead": str(ahead), "note": "即将到号，请回到门店附近"}
        until = min(self.work.now + _SOON, ticket.ends_at)
        self._tell(shop, "queueNear", ticket.openid, ticket.ticket_id, facts, until=until)

    def coupon(self, shop: Shop, openid: str, cause: str, *, title: str, until: datetime, note: str) -> None:
        """A coupon has come, or ends soon."""
        facts = {"title": title, "until": told_time(until, self._config().calendar.zone), "note": note}
        self._tell(shop, "coupon", openid, cause, facts, until=min(until, self.work.now + _LATER))

    def _tell_order(
        self, shop: Shop, kind: MessageKind, order: Order, facts: Mapping[str, str], *, at: datetime | None = None
    ) -> None:
        lines = [line for line in order.lines if line.is_wanted]
        about = {
            "number": order.pickup_no or order.table_name or order.order_no,
            "dishes": told_dishes(tuple(line.name for line in lines), sum(line.live_quantity for line in lines)),
        }
        self._tell(shop, kind, order.guest_id, order.order_id, {**about, **facts}, until=self.work.now + _SOON, at=at)

    def _tell_booking(self, shop: Shop, kind: MessageKind, reservation: Reservation, note: str) -> None:
        about = {
            "number": reservation.booking_no,
            "guests": str(reservation.guests),
            "table": reservation.table_name,
            "name": reservation.name,
            "note": note,
        }
        openid, ref = reservation.guest_id, reservation.booking_id
        self._tell(shop, kind, openid, ref, about, until=reservation.held_until, at=reservation.at)

    def _tell(
        self,
        shop: Shop,
        kind: MessageKind,
        openid: str | None,
        cause: str,
        facts: Mapping[str, str],
        *,
        until: datetime,
        at: datetime | None = None,
        ref: str = "",
    ) -> None:
        if not openid or kind not in self.policy.templates:
            return
        config, now = self._config(), self.work.now
        when = {"at": told_time(at, config.calendar.zone)} if at else {}
        told = {"shop": config.name, **when, **facts}
        message = Message(f"{kind}:{cause}", kind, openid, told, due_at=now, ends_at=until, ref=ref or cause)
        messages.enqueue(shop, message, now=now)

    def _config(self) -> ShopSettings:
        return shops.shop_settings(self.work.shop, self.work.now)
