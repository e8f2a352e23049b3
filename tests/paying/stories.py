"""Calls that move money, each in the midst of its story, to be broken off anywhere: and how each story must end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Literal

from shared.domain.ledger import earning, topping_up
from shared.domain.loyalty import LoyaltyPolicy, Stored
from shared.runtime.clock import utc_now
from shared.store import members
from tests.support.banking import Bank
from tests.support.desk import CARD, WECHAT, Desk, number_of, sweep
from tests.support.dying import Act
from tests.support.running import Running, run
from tests.support.shops import Reply, call, line, request_id
from tests.support.takings import pass_time

DUE = 4_800
POINTS, PRINCIPAL, BONUS = 2_000, 27_000, 3_000
MIXED: tuple[Reply, ...] = ({"kind": "points", "points": 1_200}, {"kind": "stored", "fen": 1_000}, WECHAT)
OWN: tuple[Reply, ...] = ({"kind": "points", "points": 1_200}, {"kind": "stored"})
TRIES = 20

Ends = Literal["paid", "cancelled", "refunded", "toppedUp"]


@dataclass(frozen=True)
class Story:
    """A guest's story up to the call that is to be broken off. `is_over` is what that call may be told in the end."""

    desk: Desk
    guest: str
    act: Act
    ends: Ends
    order: Running | None = None
    told: tuple[str, ...] = ()

    def again(self) -> Reply:
        """The same call until it has an answer, as a phone or WeChat Pay would."""
        for _ in range(TRIES):
            reply = self.act()
            if reply.get("code") not in ("BUSY", "UNKNOWN", "PAYMENT_UNANSWERED", "PAYMENT_BUSY"):
                break
        assert "code" not in reply or reply["code"] in self.told, reply
        return reply

    def go_on(self, *, is_told: bool) -> None:
        """The guest repeats the call and pays by phone what is to be paid; the notice of that comes, or is lost."""
        reply = self.again()
        if reply.get("data", {}).get("wechat"):
            number = self.desk.tap(reply, guest=self.guest)
            if is_told:
                assert self.desk.hear(number)["status"] == 200

    def end(self) -> None:
        """Time goes by; staff do what the broken call did not, and then all must be as the story wants it."""
        pass_time(self.desk)
        if self.order is not None:
            if self.ends == "paid" and sum(one.paid_fen for one in self.order.now.lines) < DUE:
                reply = self.desk.pay(DUE, guest="cashier", tenders=(CARD,), orderId=self.order.order_id)
                assert reply["success"], reply
                sweep()  # who earned is reviewed: the next story's sweep finds nothing else to do
            if self.ends == "refunded" and self.order.now.state != "cancelled":
                reply = self.desk.refund(self.order.order_id)
                assert reply["success"], reply
                pass_time(self.desk)
            self._require_order(self.order)
        self._require_account()

    def _require_order(self, order: Running) -> None:
        now = order.now
        if self.ends == "paid":
            assert (now.state, [one.paid_fen for one in now.lines]) == ("confirmed", [4_500, 300])
            assert sorted(paper.station for paper in order.papers) == ["cold", "drink", "pass"]
        else:
            kept = sum(one.paid_fen - one.refunded_fen for one in now.lines)
            assert (now.state, kept) == ("cancelled", 0)
        assert [one.claimed_fen for one in now.lines] == [one.paid_fen for one in now.lines]

    def _require_account(self) -> None:
        """The account has what it had, less what stands as paid from it."""
        openid = self.desk.shop.guest(self.guest)
        member = members.find(Bank(self.desk.shop.db, self.desk.shop.shop_id, openid).shop, openid)
        if member is None:
            return
        mine = {"shop_id": self.desk.shop.shop_id, "payer": openid, "state": "paid"}
        principal, bonus = (PRINCIPAL, BONUS) if self.ends != "toppedUp" else (0, 0)
        for payment in self.desk.shop.db["payments"].find(mine):
            principal += payment.get("top_up", {}).get("principal_fen", 0)
            bonus += payment.get("top_up", {}).get("bonus_fen", 0)
            for row in payment["split"]:
                back = row.get("refunded", {})
                principal -= row["legs"].get("principal", 0) - back.get("principal", 0)
                bonus -= row["legs"].get("bonus", 0) - back.get("bonus", 0)
        assert (member.stored.principal_fen, member.stored.bonus_fen) == (principal, bonus)


Begin = Callable[[Desk, str], Story]


def prepared(desk: Desk) -> None:
    """What the stories need of the shop: guests pay first, points pay, and there is a package to buy."""
    desk.shop.change(payment="prepay")
    rule = {"unit_points": 100, "unit_fen": 100, "max_share_bp": 5_000}
    mine = {"kind": "points", "name": "积分抵现", "active": True, "shops": [desk.shop.shop_id]}
    desk.shop.db["campaigns"].insert_one({"_id": f"points-{desk.shop.shop_id}", **mine, **rule})
    desk.shop.change_dish("tea")
    packages = [{"package_id": "p500", "name": "充 500 送 50", "pay_fen": 50_000, "bonus_fen": 5_000}]
    desk.shop.db["brand_settings"].update_one({"_id": "topUp"}, {"$set": {"packages": packages}}, upsert=True)


def _member(desk: Desk, guest: str) -> None:
    """The guest has points, principal and bonus."""
    account = Bank(desk.shop.db, desk.shop.shop_id, desk.shop.guest(guest))
    members.join(account.shop, account.openid, now=utc_now())
    account.post("t", "topUp", topping_up(Stored(PRINCIPAL, BONUS)), now=utc_now())
    ends = LoyaltyPolicy().expiry("2026-11-24")
    account.post("e", "earn", earning(points=POINTS, growth=0), at=ends, now=utc_now())


def _order(desk: Desk, guest: str) -> Running:
    return run(desk.shop, [line("duck"), line("tea")], guest=guest)


def _begun(desk: Desk, guest: str) -> tuple[Running, Reply]:
    """A payment by everything a member has, which waits for the phone."""
    _member(desk, guest)
    order = _order(desk, guest)
    reply = desk.pay(DUE, guest=guest, tenders=MIXED, orderId=order.order_id)
    assert reply["success"], reply
    return order, reply


def _tapped(desk: Desk, guest: str) -> tuple[Running, str]:
    """The same, paid on the phone, and nobody told the shop."""
    order, reply = _begun(desk, guest)
    return order, desk.tap(reply, guest=guest)


def _late(desk: Desk, guest: str) -> tuple[Running, str]:
    """The same, paid after the order was cancelled."""
    order, reply = _begun(desk, guest)
    assert order.cancel(guest)["success"]
    return order, desk.tap(reply, guest=guest)


def _paid(desk: Desk, guest: str, tenders: tuple[Reply, ...] = MIXED) -> Running:
    """The same, all done; or by other tenders."""
    if tenders == MIXED:
        order, number = _tapped(desk, guest)
        assert desk.hear(number)["data"]["outcome"] == "settled"
    else:
        order = _order(desk, guest)
        assert desk.pay(DUE, guest="cashier", tenders=tenders, orderId=order.order_id)["success"]
    return order


def phone(desk: Desk, guest: str) -> Story:
    """The guest pays by WeChat Pay alone."""
    order = _order(desk, guest)
    return Story(desk, guest, desk.paying(DUE, guest=guest, orderId=order.order_id), "paid", order)


def mixed(desk: Desk, guest: str) -> Story:
    """By points, stored value and WeChat Pay."""
    _member(desk, guest)
    order = _order(desk, guest)
    return Story(desk, guest, desk.paying(DUE, guest=guest, tenders=MIXED, orderId=order.order_id), "paid", order)


def own(desk: Desk, guest: str) -> Story:
    """By points and stored value, which is paid at once."""
    _member(desk, guest)
    order = _order(desk, guest)
    return Story(desk, guest, desk.paying(DUE, guest=guest, tenders=OWN, orderId=order.order_id), "paid", order)


def cash(desk: Desk, guest: str) -> Story:
    """A cashier takes cash."""
    order, tenders = _order(desk, guest), ({"kind": "cash", "handedFen": 5_000},)
    return Story(desk, guest, desk.paying(DUE, guest="cashier", tenders=tenders, orderId=order.order_id), "paid", order)


def anew(desk: Desk, guest: str) -> Story:
    """The guest begins anew by WeChat Pay alone, which ends the first payment."""
    order, _ = _begun(desk, guest)
    return Story(desk, guest, desk.paying(DUE, guest=guest, orderId=order.order_id), "paid", order)


def anew_after_paying(desk: Desk, guest: str) -> Story:
    """The guest begins anew, though the first payment was made and its notice is lost."""
    order, _ = _tapped(desk, guest)
    act = desk.paying(DUE, guest=guest, orderId=order.order_id)
    return Story(desk, guest, act, "paid", order, told=("STATE_CONFLICT",))


def till(desk: Desk, guest: str) -> Story:
    """A cashier takes cash for what a phone is about to pay."""
    order, _ = _begun(desk, guest)
    act = desk.paying(DUE, guest="cashier", tenders=({"kind": "cash", "handedFen": DUE},), orderId=order.order_id)
    return Story(desk, guest, act, "paid", order)


def notice(desk: Desk, guest: str) -> Story:
    """WeChat Pay tells of a payment."""
    order, number = _tapped(desk, guest)
    return Story(desk, guest, desk.hearing(number), "paid", order)


def late_notice(desk: Desk, guest: str) -> Story:
    """WeChat Pay tells of a payment whose order was cancelled."""
    order, number = _late(desk, guest)
    return Story(desk, guest, desk.hearing(number), "cancelled", order)


def lost_notice(desk: Desk, guest: str) -> Story:
    """The sweep finds a payment whose notice is lost."""
    order, number = _tapped(desk, guest)
    desk.pass_by(number)
    return Story(desk, guest, sweep, "paid", order)


def given_up(desk: Desk, guest: str) -> Story:
    """The sweep closes a payment that nobody made in its time."""
    order, reply = _begun(desk, guest)
    desk.pass_by(number_of(reply), over=True)
    return Story(desk, guest, sweep, "paid", order)


def expired(desk: Desk, guest: str) -> Story:
    """The sweep ends an order that nobody paid in time, with its payment."""
    order, _ = _begun(desk, guest)
    desk.shop.db["orders"].update_one(order.mine, {"$set": {"pay_by": utc_now() - timedelta(seconds=1)}})
    return Story(desk, guest, sweep, "cancelled", order)


def returning(desk: Desk, guest: str) -> Story:
    """The sweep asks WeChat Pay to give back what came too late."""
    order, number = _late(desk, guest)
    assert desk.hear(number)["data"]["outcome"] == "returned"
    return Story(desk, guest, sweep, "cancelled", order)


def _accepted(desk: Desk, guest: str) -> tuple[Running, str]:
    """What came too late is accepted for its return, and has gone back."""
    order, number = _late(desk, guest)
    desk.hear(number)
    sweep()
    desk.wechat.settle(f"{number}-late", "SUCCESS")
    desk.refund_due(f"{number}-late")
    return order, f"{number}-late"


def returned(desk: Desk, guest: str) -> Story:
    """The sweep asks how a return stands."""
    order, _ = _accepted(desk, guest)
    return Story(desk, guest, sweep, "cancelled", order)


def return_notice(desk: Desk, guest: str) -> Story:
    """WeChat Pay tells of a return."""
    order, refund_no = _accepted(desk, guest)
    return Story(desk, guest, desk.hearing(refund_no, refund=True), "cancelled", order)


def refund(desk: Desk, guest: str) -> Story:
    """A manager gives back all of an order, by every leg."""
    order = _paid(desk, guest)
    return Story(desk, guest, desk.refunding(order.order_id), "refunded", order)


def cash_refund(desk: Desk, guest: str) -> Story:
    """A manager gives back cash and what a card paid."""
    order = _paid(desk, guest, tenders=({"kind": "card", "fen": 1_000}, {"kind": "cash", "handedFen": DUE}))
    return Story(desk, guest, desk.refunding(order.order_id), "refunded", order)


def refunding(desk: Desk, guest: str) -> Story:
    """The sweep asks for a refund that found WeChat Pay down."""
    order = _paid(desk, guest)
    desk.wechat.plan_fault("refund", "down")
    assert desk.refund(order.order_id)["success"]
    for one in desk.refunds():
        if one["state"] == "due":
            desk.refund_due(one["_id"])
    return Story(desk, guest, sweep, "cancelled", order)


def top_up(desk: Desk, guest: str) -> Story:
    """A guest buys a package."""
    event = {"requestId": request_id(), "shopId": desk.shop.shop_id}
    event["topUp"] = {"op": "buy", "packageId": "p500", "shownFen": 50_000}  # type: ignore[assignment]
    return Story(desk, guest, partial(call, "topUp", event, openid=desk.shop.guest(guest)), "toppedUp")


def top_up_notice(desk: Desk, guest: str) -> Story:
    """WeChat Pay tells of a package that was paid for."""
    number = desk.tap(top_up(desk, guest).act(), guest=guest)
    return Story(desk, guest, desk.hearing(number), "toppedUp")


CALLS: Mapping[str, Begin] = {
    one.__name__: one for one in (phone, mixed, own, cash, anew, anew_after_paying, till, top_up)
}
NOTICES: Mapping[str, Begin] = {one.__name__: one for one in (notice, late_notice, return_notice, top_up_notice)}
SWEEPS: Mapping[str, Begin] = {
    one.__name__: one for one in (lost_notice, given_up, expired, returning, returned, refunding)
}
REFUNDS: Mapping[str, Begin] = {one.__name__: one for one in (refund, cash_refund)}
STORIES: Mapping[str, Begin] = {**CALLS, **NOTICES, **SWEEPS, **REFUNDS}
