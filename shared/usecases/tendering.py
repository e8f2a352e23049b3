"""By what a payment is made: each tender's part, within what a member has and the rule of points (rules 4, 18)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from shared.contracts import payments as wire
from shared.domain.bills import Share
from shared.domain.loyalty import spend_stored
from shared.domain.money import in_yuan
from shared.domain.orders import Order
from shared.domain.payments import GUESTS, Tender, WantedTender, tenders_for
from shared.domain.pricing import FINAL_RULES, Points, PointsRule
from shared.errors import PointsLimit, PointsShort, StateConflict
from shared.store import coupons, members
from shared.store.members import Member
from shared.store.scope import Shop
from shared.store.work import Work
from shared.usecases.bills import Bill
from shared.usecases.telling import Kitchen


def tenders_of(
    shop: Shop, bill: Bill, shares: Sequence[Share], *, command: wire.PayOrder, kitchen: Kitchen, work: Work
) -> tuple[Tender, ...]:
    """Who pays how much of these shares.

    Raises InvalidArgument, StoredValueShort, PointsShort, PointsLimit, NotFound for one who is no member.
    """
    _require_phone(bill, command)
    rule, amount = kitchen.known.campaigns.points, sum(share.fen for share in shares)
    found = tenders_for(amount, [_wanted(one, rule) for one in command.tenders])
    if not any(tender.kind in ("stored", "points") for tender in found):
        return found
    member = members.get(shop, work.caller.id)
    for tender in found:
        if tender.kind == "points" and rule is not None:
            _require_alone(shop, bill, shares)
            _require_allowed(tender, Points(rule, member.points), _base_fen(bill.orders, shares))
    return tuple(_of_member(shop, tender, member, work) for tender in found)


def _require_phone(bill: Bill, command: wire.PayOrder) -> None:
    """Raises StateConflict for a group's seat at the till: what is paid for it may have to go back by itself."""
    if any(order.group_id for order in bill.orders) and any(one.kind not in GUESTS for one in command.tenders):
        raise StateConflict("拼团请客人用手机付款，未成团时才能自动退款")


def _wanted(one: wire.AnyTender, rule: PointsRule | None) -> WantedTender:
    if isinstance(one, wire.PointsTender):
        return WantedTender("points", _worth_fen(one.points, rule), points=one.points)
    return WantedTender(one.kind, getattr(one, "fen", None), getattr(one, "handed_fen", None))


def _worth_fen(points: int, rule: PointsRule | None) -> int:
    """What so many points pay. Raises PointsLimit without a rule, and for a part of a unit."""
    if rule is None:
        raise PointsLimit("本店暂不支持积分抵扣", {"points": 0})
    units, rest = divmod(points, rule.unit_points)
    if rest:
        raise PointsLimit(f"积分须为 {rule.unit_points} 的整数倍", {"unitPoints": rule.unit_points})
    return units * rule.unit_fen


def _require_alone(shop: Shop, bill: Bill, shares: Sequence[Share]) -> None:
    """Raises PointsLimit beside a coupon that goes with no other offer."""
    claimed = {share.order_id for share in shares}
    if any(coupons.goes_alone(shop, order) for order in bill.orders if order.order_id in claimed):
        raise PointsLimit("订单用了不能与积分同享的优惠券", {"points": 0})


def _require_allowed(tender: Tender, points: Points, base_fen: int) -> None:
    """Raises PointsShort for more than there are, PointsLimit for more than the rule lets pay of this."""
    if tender.points > points.balance:
        have = max(points.balance, 0)
        raise PointsShort(f"积分不足，现有 {have} 分", {"points": have})
    most = points.payable_fen(base_fen)
    if tender.fen > most:
        allowed = most // points.rule.unit_fen * points.rule.unit_points
        raise PointsLimit(f"这次最多可用 {allowed} 积分抵 {in_yuan(most)}", {"points": allowed, "fen": most})


def _base_fen(orders: Sequence[Order], shares: Sequence[Share]) -> int:
    """What of the shares points may pay: neither fees nor lines whose price is final (rule 4)."""
    lines = {(order.order_id, line.line_id): line for order in orders for line in order.lines}
    claimed: Counter[bool] = Counter()
    for share in shares:
        line = lines[share.order_id, share.line_id]
        claimed[line.is_dish and line.price_rule not in FINAL_RULES] += share.fen
    return claimed[True]


def _of_member(shop: Shop, tender: Tender, member: Member, work: Work) -> Tender:
    """The tender with principal and bonus, if it is stored value. Raises StoredValueShort."""
    if tender.kind != "stored":
        return tender
    parts = spend_stored(tender.fen, member.stored, members.loyalty(shop.db, work.now).policy.spend)
    return replace(tender, principal_fen=parts.principal_fen, bonus_fen=parts.bonus_fen)
