"""What time makes due, once a minute over all shops: a list of steps, of which one that fails stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.access.caller import Caller
from shared.contracts.life import Sweep, SweepReply
from shared.runtime import ids
from shared.runtime.clock import Deadline, utc_now
from shared.runtime.log import LogValue, log_line
from shared.store import (
    cart,
    coupon_giving,
    coupons,
    flash,
    groups,
    ledger,
    member_stats,
    members,
    orders,
    payments,
    pickup_slots,
    pushes,
    refunds,
    reservations,
    sittings,
    waiting,
)
from shared.store.scope import Chain, Shop
from shared.store.work import Work
from shared.usecases.gifts import congratulate, greet, remind_of, to_congratulate
from shared.usecases.group_seats import end_group
from shared.usecases.members import expire_points, review
from shared.usecases.pushing import go_on
from shared.usecases.reminding import remind
from shared.usecases.returning import give_back
from shared.usecases.settling import expire_order, look, settle_table

RUN_S = 50.0
"""A run ends before the next begins."""
BATCH = 200
_MANY = 2_000
"""Of what one command does at once."""
PUSH_S = 20.0
"""What pushes may take of it."""


@dataclass(frozen=True)
class Round:
    """One run of the sweep: all shops at one moment, until a deadline."""

    chain: Chain
    now: datetime
    deadline: Deadline
    trace_id: str

    @classmethod
    def begin(cls, chain: Chain) -> Round:
        """A run that begins now."""
        return cls(chain, utc_now(), Deadline.after(RUN_S), ids.new_id())

    def work_in(self, shop_id: str) -> Work:
        """The sweep's work in one shop, as a machine without a command of its own."""
        shop = Shop(self.chain.db, shop_id)
        return Work(shop, Caller("sweep", "system"), self.now, self.deadline, self.trace_id)


Step = Callable[[Round], int]
"""Do what is due of one kind and answer how much that was. It may be run twice at once, and may die anywhere."""


def sweep(_command: Sweep, chain: Chain) -> SweepReply:
    """Take every step; what is left or failed is there for the next run."""
    return take(STEPS, Round.begin(chain))


def take(steps: Mapping[str, Step], this: Round) -> SweepReply:
    """Take these steps one after the other, whatever becomes of the others."""
    done: dict[str, int] = {}
    failed: list[str] = []
    for name, step in steps.items():
        try:
            done[name] = step(this)
        except Exception as error:  # one kind of work that fails must not stop the others
            failed.append(name)
            log_line("sweep", {"step": name, "cause": type(error).__name__, "trace": this.trace_id})
    told: dict[str, LogValue] = {**done, "failed": len(failed), "trace": this.trace_id}
    log_line("sweep", told)
    return SweepReply(done=done, failed=tuple(failed))


def _expire_orders(this: Round) -> int:
    """Cancel what was not paid in time, when nobody can pay it any more (rule 8)."""
    due = orders.expired(this.chain, now=this.now, limit=BATCH)
    return each_of(due, lambda shop_id, order_id: expire_order(order_id, this.work_in(shop_id)), deadline=this.deadline)


def _look_at_payments(this: Round) -> int:
    """Ask about payments whose callback may be lost, and close those whose time is over (rule 15)."""
    due = payments.to_look(this.chain, now=this.now, limit=BATCH)
    return each_of(due, lambda shop_id, payment_id: look(payment_id, this.work_in(shop_id)), deadline=this.deadline)


def _give_back(this: Round) -> int:
    """Give back what is to go back by WeChat Pay (rules 15, 16)."""
    due = refunds.to_do(this.chain, now=this.now, limit=BATCH)
    return each_of(due, lambda shop_id, refund_no: give_back(refund_no, this.work_in(shop_id)), deadline=this.deadline)


def _free_tables(this: Round) -> int:
    """Free tables that were paid while an order was on its way (rule 8)."""
    due = sittings.to_settle(this.chain, now=this.now, limit=BATCH)
    return each_of(due, lambda shop_id, one: settle_table(one, this.work_in(shop_id)), deadline=this.deadline)


def _end_groups(this: Round) -> int:
    """End groups that were not full in time, everybody's money back (rule 22)."""
    due = groups.overdue(this.chain, now=this.now, limit=BATCH)
    return each_of(due, lambda shop_id, group_id: end_group(group_id, this.work_in(shop_id)), deadline=this.deadline)


def each_of(due: Iterable[tuple[str, str]], do: Callable[[str, str], int], *, deadline: Deadline) -> int:
    """Do each of a step's work, one after the other; how many were done. One that fails is told after the others."""
    count, failure = 0, None
    for shop_id, what in due:
        if deadline.left_s() <= 0:
            break
        try:
            count += do(shop_id, what)
        except Exception as error:  # told below
            failure = error
    if failure:
        raise failure
    return count


def _settle_carts(this: Round) -> int:
    """Give back what was on its way from a cart into an order that never came to be (rule 10)."""
    return cart.settle_taken(this.chain, now=this.now, order_stands=orders.stands)


def _settle_slots(this: Round) -> int:
    """Give back places in pick-up slots whose order never came to be."""
    return pickup_slots.settle_slots(this.chain, now=this.now, order_stands=orders.stands)


def _release_flash(this: Round) -> int:
    """Free the pieces of flash sales that nobody ordered in time (rule 21)."""
    return flash.release_overdue(this.chain, now=this.now)


def _end_queues(this: Round) -> int:
    """End the waiting numbers of business days that are over (rule 25)."""
    return waiting.end_of_day(this.chain, now=this.now)


def _end_bookings(this: Round) -> int:
    """End the reservations whose party did not come in time (rule 24)."""
    return reservations.end_no_shows(this.chain, now=this.now)


def _remind(this: Round) -> int:
    """Remind the shops of the parties that come soon (rule 24)."""
    due = reservations.to_remind(this.chain, now=this.now, limit=BATCH)
    return each_of(due, lambda shop_id, booking_id: remind(booking_id, this.work_in(shop_id)), deadline=this.deadline)


def _expire_points(this: Round) -> int:
    """Take the points that are over (rule 18)."""
    accounts = [account for account, _ in ledger.ended(this.chain, now=this.now, limit=BATCH)]
    known = members.by_accounts(this.chain, list(dict.fromkeys(accounts)))
    due = [(member.shop_id, member.openid) for member in known.values()]
    return each_of(due, lambda shop_id, openid: expire_points(openid, this.work_in(shop_id)), deadline=this.deadline)


def _review_levels(this: Round) -> int:
    """Bring levels to what growth and time have made of them (rule 19)."""
    due = members.to_review(this.chain, now=this.now, limit=BATCH)
    return each_of(due, lambda shop_id, openid: review(openid, this.work_in(shop_id)), deadline=this.deadline)


def _count_orders(this: Round) -> int:
    """Keep with members what they have ordered (rule 23)."""
    counted = 0
    while this.deadline.left_s() > 0:
        seen = member_stats.count_orders(this.chain, now=this.now, limit=BATCH)
        counted += seen
        if seen < BATCH:
            break
    return counted


def _push(this: Round) -> int:
    """Go on with every push, for a while (rule 23)."""
    deadline = this.deadline.no_later_than(PUSH_S)
    due = pushes.running(this.chain)
    return each_of(due, lambda shop_id, push_id: go_on(push_id, this.work_in(shop_id), deadline), deadline=deadline)


def _settle_coupons(this: Round) -> int:
    """End what was counted for claims of coupons whose process died (rule 20)."""
    return coupon_giving.settle_holds(this.chain, now=this.now)


def _expire_coupons(this: Round) -> int:
    """End the coupons whose time is over (rule 20)."""
    return coupons.expire(this.chain, now=this.now, limit=_MANY)


def _remind_of_coupons(this: Round) -> int:
    """Remind members of coupons that end in three days (rule 20)."""
    due = coupons.to_remind(this.chain, now=this.now, limit=BATCH)
    return each_of(due, lambda shop_id, coupon_id: remind_of(coupon_id, this.work_in(shop_id)), deadline=this.deadline)


def _congratulate(this: Round) -> int:
    """Give the day's birthday coupons (rule 19)."""
    due = to_congratulate(this.chain, now=this.now, limit=BATCH)
    return each_of(due, lambda shop_id, openid: congratulate(openid, this.work_in(shop_id)), deadline=this.deadline)


def _greet(this: Round) -> int:
    """Give new members their coupons (rule 20)."""
    due = members.to_greet(this.chain, now=this.now, limit=BATCH)
    return each_of(due, lambda shop_id, openid: greet(openid, this.work_in(shop_id)), deadline=this.deadline)


STEPS: Mapping[str, Step] = {
    "payments": _look_at_payments,
    "tables": _free_tables,
    "groups": _end_groups,
    "expired": _expire_orders,
    "returns": _give_back,
    "carts": _settle_carts,
    "slots": _settle_slots,
    "flash": _release_flash,
    "queues": _end_queues,
    "noShows": _end_bookings,
    "reminders": _remind,
    "points": _expire_points,
    "levels": _review_levels,
    "couponHolds": _settle_coupons,
    "coupons": _expire_coupons,
    "couponReminders": _remind_of_coupons,
    "birthdays": _congratulate,
    "newMembers": _greet,
    "memberStats": _count_orders,
    "pushes": _push,
}
