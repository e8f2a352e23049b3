"""Coupons that time brings: at a birthday, to a new member, and the word that one ends soon (rules 19, 20)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared.domain.coupons import Template, birthdays_on
from shared.store import coupon_giving, coupons, members
from shared.store.scope import Chain, Shop
from shared.store.work import Nothing, Outcome, Work
from shared.usecases.notices import Notices


def to_congratulate(chain: Chain, *, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Members whose birthday it is in the brand's zone and who have no coupon for it yet; nobody without a campaign."""
    if not coupon_giving.given_by(chain.db, "birthday", now):
        return []
    today = members.loyalty(chain.db, now).policy.today(now)
    return members.to_congratulate(chain, birthdays_on(today), year=today.year, limit=limit)


def congratulate(openid: str, work: Work) -> bool:
    """Give a member the year's birthday coupons, once; whether there were any to give."""
    year = members.loyalty(work.shop.db, work.now).policy.today(work.now).year
    kinds = coupon_giving.given_by(work.shop.db, "birthday", work.now)
    return _give(openid, kinds, f"birthday-{year}", "生日快乐，送您一张优惠券", work, marks={"congratulated": year})


def greet(openid: str, work: Work) -> bool:
    """Give a new member their coupons, once; whether there were any to give."""
    kinds = coupon_giving.given_by(work.shop.db, "newMember", work.now)
    return _give(openid, kinds, "newMember", "欢迎加入会员，送您一张优惠券", work, marks={"greet_at": None})


def remind_of(coupon_id: str, work: Work) -> bool:
    """Remind a member of a coupon that ends soon, once; whether that was due."""
    notices, is_due = Notices.of(work), False

    def body(shop: Shop) -> Outcome[Nothing]:
        nonlocal is_due
        held = coupons.take_reminder(shop, coupon_id, now=work.now)
        is_due = held is not None
        if held is not None:
            kind = coupon_giving.template(shop, held.template_id)
            cause = f"{coupon_id}:ending"
            notices.coupon(shop, held.openid, cause, title=kind.name, until=held.valid_until, note="优惠券即将到期")
        return Outcome(Nothing())

    work.transact(body)
    return is_due


def _give(
    openid: str, kinds: Sequence[Template], grant: str, note: str, work: Work, *, marks: dict[str, int | None]
) -> bool:
    """Give a member one coupon of each kind that holds where they joined, and note with them that it was done."""
    notices, given = Notices.of(work), 0

    def body(shop: Shop) -> Outcome[Nothing]:
        nonlocal given
        given = 0
        if members.mark(shop, openid, marks):
            for kind in kinds:
                if kind.is_for(shop.shop_id) and coupon_giving.grant(
                    shop, kind.template_id, (openid,), grant=grant, now=work.now
                ):
                    given += 1
                    cause, ends = f"{kind.template_id}:{grant}:{openid}", kind.period(work.now)[1]
                    notices.coupon(shop, openid, cause, title=kind.name, until=ends, note=note)
        return Outcome(Nothing())

    work.transact(body)
    return given > 0
