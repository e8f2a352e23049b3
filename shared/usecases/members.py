"""Members: they join by asking, see what they have, and may go; levels and points follow the time (rules 17–19)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from shared.contracts.members import (
    ExpiringPoints,
    GetMember,
    LevelView,
    MemberReply,
    NextLevel,
    StatementLine,
)
from shared.domain.booking import masked
from shared.domain.ledger import Kind, Move, Posting, moves
from shared.domain.levels import LevelPolicy, Standing
from shared.domain.loyalty import Lot
from shared.domain.money import in_yuan
from shared.errors import StateConflict
from shared.store import coupons, flash, ledger, members, payments, shops
from shared.store.ledger import PostedBefore, Statement
from shared.store.members import Member
from shared.store.scope import Shop
from shared.store.work import Nothing, Outcome, Work

SOON = timedelta(days=60)
TITLES: Mapping[Kind, str] = {
    "pay": "消费支付",
    "earn": "消费奖励",
    "refund": "退款",
    "topUp": "储值充值",
    "topUpRefund": "储值退款",
    "expire": "积分过期",
    "close": "注销会员",
    "adjust": "调整",
}


def get_member(command: GetMember, work: Work) -> MemberReply:
    """The caller's membership; who was no member is one from now on (rule 17). Raises NotFound."""
    shops.shop_settings(work.shop, work.now)
    member = members.join(work.shop, work.caller.id, now=work.now)
    levels = members.loyalty(work.shop.db, work.now).levels
    growth = ledger.growth_since(work.shop, member.account, levels.since(work.now))
    standing = _reviewed(member, growth, levels, work)
    found = ledger.statement(work.shop, member.account, before=command.before, limit=command.limit + 1)
    lots = ledger.lots(work.shop, member.account)
    return MemberReply(
        joined_at=member.joined_at,
        level=_level_view(standing, growth, levels),
        growth=growth,
        points=member.points,
        expiring=tuple(ExpiringPoints(points=n, at=at) for at, n in _ending(lots, by=work.now + SOON)),
        principal_fen=member.stored.principal_fen,
        bonus_fen=member.stored.bonus_fen,
        balance_fen=member.stored.total_fen,
        phone=masked(member.phone),
        birthday=member.birthday,
        statement=tuple(_line(one) for one in found[: command.limit]),
        more=len(found) > command.limit,
    )


def review(openid: str, work: Work) -> bool:
    """Bring a member's level to what their growth has come to, if that is due; whether it was."""
    member = members.find(work.shop, openid)
    if member is None or member.review_at is None or member.review_at > work.now:
        return False
    levels = members.loyalty(work.shop.db, work.now).levels
    growth = ledger.growth_since(work.shop, member.account, levels.since(work.now))
    return members.set_standing(work.shop, member, levels.review(member.standing, growth, now=work.now))


def expire_points(openid: str, work: Work) -> bool:
    """Take the points of lots that are over; whether there were any (rule 18)."""
    member = members.find(work.shop, openid)
    if member is None:
        return False
    over = [lot.expires_at for lot in ledger.lots(work.shop, member.account) if lot.expires_at <= work.now]
    biz_date = shops.shop_settings(work.shop, work.now).calendar.biz_date(work.now)
    for expires_at in over:
        _expire(member, expires_at, biz_date, work)
    return bool(over)


def forget(shop: Shop, openid: str, *, biz_date: str, now: datetime) -> None:
    """Forget a member who asks for it, in a transaction: what they have is void, the ledger stays nameless (rule 17).

    Raises NotFound; StateConflict while they have stored value, which is paid out first.
    """
    member = members.get(shop, openid)
    if member.stored.principal_fen:
        raise StateConflict(f"账户里还有储值本金 {in_yuan(member.stored.principal_fen)}，请先退还再注销")
    if payments.is_under_way(shop, openid):
        raise StateConflict("您有一笔付款还在进行，请几分钟后再注销")
    left = moves(
        ("points", -member.points, "void"),
        ("bonus", -member.stored.bonus_fen, "void"),
        ("growth", -member.growth, "void"),
    )
    if left:
        ledger.post(shop, openid, Posting(f"close:{member.account}", "close", biz_date, left), now=now)
    coupons.forget(shop, openid)
    flash.forget(shop, openid)
    members.remove(shop, member)


def _expire(member: Member, expires_at: datetime, biz_date: str, work: Work) -> None:
    cause = f"expire:{member.account}:{expires_at:%Y-%m-%dT%H:%M:%S.%fZ}"

    def body(shop: Shop) -> Outcome[Nothing]:
        points = sum(lot.points for lot in ledger.lots(shop, member.account) if lot.expires_at == expires_at)
        if points:
            gone = (Move("points", -points, "expired"),)
            posting = Posting(cause, "expire", biz_date, gone, expires_at=expires_at)
            ledger.post(shop, member.openid, posting, now=work.now)
        return Outcome(Nothing())

    try:
        work.transact(body)
    except PostedBefore:
        return


def _reviewed(member: Member, growth: int, levels: LevelPolicy, work: Work) -> Standing:
    """The standing that holds now; if a posting comes in between, the next look writes it."""
    if member.review_at is None or member.review_at > work.now:
        return member.standing
    standing = levels.review(member.standing, growth, now=work.now)
    members.set_standing(work.shop, member, standing)
    return standing


def _level_view(standing: Standing, growth: int, levels: LevelPolicy) -> LevelView:
    level = levels.of_member(standing.level_id)
    higher = levels.after(level)
    return LevelView(
        level_id=level.level_id,
        name=level.name,
        earn_bp=level.earn_bp,
        keep_until=standing.keep_until,
        next=NextLevel(level_id=higher.level_id, name=higher.name, missing_growth=max(higher.growth - growth, 0))
        if higher
        else None,
    )


def _ending(lots: tuple[Lot, ...], *, by: datetime) -> list[tuple[datetime, int]]:
    return [(lot.expires_at, lot.points) for lot in lots if lot.expires_at <= by]


def _line(one: Statement) -> StatementLine:
    return StatementLine(
        entry_id=one.entry_id,
        kind=one.kind,
        title=TITLES[one.kind],
        at=one.at,
        biz_date=one.biz_date,
        shop_id=one.shop_id,
        order_id=one.order_id,
        points=one.gains.get("points", 0),
        principal_fen=one.gains.get("principal", 0),
        bonus_fen=one.gains.get("bonus", 0),
        growth=one.gains.get("growth", 0),
    )
