"""Targeted push: previewed, started, stopped, resumed, and told with its success; once per member (rule 23)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from typing_extensions import assert_never

from shared.contracts.pushing import (
    PreviewPush,
    PushCoupons,
    PushPreview,
    PushReply,
    PushResult,
    PushView,
    ResumePush,
    Segment,
    StartPush,
    StopPush,
)
from shared.domain.coupons import Template
from shared.domain.messages import Message, MessagePolicy, told_time
from shared.domain.pricing import Exchange, Fixed
from shared.errors import CouponNotOffered, PermissionDenied, StateConflict
from shared.runtime import ids
from shared.runtime.clock import Deadline
from shared.store import campaigns, coupon_giving, members, messages, pushes, rates, segments, shops
from shared.store.pushes import Push
from shared.store.scope import Chain, Shop
from shared.store.work import Nothing, Outcome, Work

BATCH = 200
"""Members reached in one transaction."""
AHEAD = 2000
"""A push waits while so many of its messages wait: so it can be stopped, and quiet hours stay quiet."""
_TOLD_WITHIN = timedelta(days=3)
_STATES = {"running": "正在进行", "stopped": "已经暂停", "done": "已经完成"}


def push_coupons(command: PushCoupons, work: Work) -> PushReply:
    """One act of head office with pushes.

    Raises PermissionDenied for members of shops that are not the caller's, NotFound, CouponNotOffered for a template
    that is not for pushes or not given now, StateConflict.
    """
    act = command.push
    if isinstance(act, PreviewPush):
        return PushReply(preview=_preview(act, work))
    if isinstance(act, StartPush):
        return _start(act, work)
    _require_reach(pushes.get(work.shop, act.push_id).segment, work)
    if isinstance(act, StopPush):
        return _stop(act.push_id, work)
    if isinstance(act, ResumePush):
        return _resume(act.push_id, work)
    if isinstance(act, PushResult):
        return _told(pushes.get(work.shop, act.push_id), work)
    assert_never(act)


def go_on(push_id: str, work: Work, deadline: Deadline) -> int:
    """Reach members until the push is done, stopped or too fast; how many were reached."""
    policy = messages.policy(work.shop.db, work.now)
    reached = 0
    while deadline.left_s() > 0 and not policy.is_quiet(work.now):
        push = pushes.get(work.shop, push_id)
        if push.state != "running" or messages.waiting(_chain(work), push_id, limit=AHEAD) >= AHEAD:
            break
        count = max(min(BATCH, policy.push_per_minute), 1)
        if not rates.take(_chain(work), "push", limit=policy.push_per_minute, now=work.now, count=count):
            break
        where = _filter(push.segment, work, now=push.started_at)
        batch = segments.page(_chain(work), where, after=push.cursor, limit=count)
        if not batch:
            pushes.move(work.shop, push_id, "done", seen="running")
            break
        reached += _reach(push, batch, policy, work)
    return reached


def _reach(push: Push, batch: Sequence[str], policy: MessagePolicy, work: Work) -> int:
    """Give the batch their coupons and let them know, and move over them, all at once or not at all.

    How many were reached; none when another run was quicker. The push is stopped when its template gives no more, or
    none is left.
    """
    reached = 0
    kind = coupon_giving.template(work.shop, push.template_id)
    shop_name = shops.shop_settings(work.shop, work.now).name

    def body(shop: Shop) -> Outcome[Nothing]:
        nonlocal reached
        if pushes.get(shop, push.push_id) != push:
            raise StateConflict
        given = coupon_giving.grant(shop, push.template_id, batch, grant=push.grant, now=work.now)
        # Who gets none because no more are left is reached once there are.
        over = batch if kind.total is None else given
        if not over:
            raise CouponNotOffered
        if not pushes.reach(shop, push, upto=over[-1], count=len(over)):
            raise StateConflict
        skipped = _tell(shop, push, given, kind, shop_name=shop_name, policy=policy, now=work.now)
        pushes.note(shop, push.push_id, granted=len(given), skipped=skipped)
        reached = len(over)
        return Outcome(Nothing())

    try:
        work.transact(body)
    except StateConflict:
        return 0
    except CouponNotOffered:
        pushes.move(work.shop, push.push_id, "stopped", seen="running")
        return 0
    return reached


def _tell(
    shop: Shop,
    push: Push,
    given: Sequence[str],
    kind: Template,
    *,
    shop_name: str,
    policy: MessagePolicy,
    now: datetime,
) -> int:
    """Let who consents know of their coupon; how many are not told because they heard enough today."""
    if "coupon" not in policy.templates:
        return 0
    zone = ZoneInfo(policy.zone)
    day, until = f"{now.astimezone(zone):%Y-%m-%d}", kind.period(now)[1]
    consenting = pushes.consenting(shop, given)
    enough = pushes.heard_enough(shop, sorted(consenting), day=day, limit=policy.push_per_day)
    told = sorted(consenting - enough)
    facts = {"shop": shop_name, "title": push.title, "until": told_time(until, zone), "note": kind.name}
    pushes.note_contacts(shop, told, day=day, now=now)
    message = Message("", "coupon", "", facts, now, min(until, now + _TOLD_WITHIN), push.template_id, push.push_id)
    many = [replace(message, cause=f"coupon:{push.push_id}:{openid}", openid=openid) for openid in told]
    messages.enqueue_many(shop, many, now=now)
    return len(enough)


def _preview(act: PreviewPush, work: Work) -> PushPreview:
    _require_reach(act.segment, work)
    kind = coupon_giving.template(work.shop, act.template_id)
    found, consenting = segments.count(_chain(work), _filter(act.segment, work, now=work.now))
    return PushPreview(members=found, consenting=consenting, cost_fen=_cost(kind, found), left=kind.left)


def _cost(kind: Template, count: int) -> int | None:
    """What so many coupons take off at most; None where that is not known."""
    if isinstance(kind.value, Exchange):
        return None
    each = kind.value.fen if isinstance(kind.value, Fixed) else kind.value.cap_fen
    return None if each is None else each * (count if kind.left is None else min(count, kind.left))


def _start(act: StartPush, work: Work) -> PushReply:
    _require_reach(act.segment, work)
    kind = coupon_giving.template(work.shop, act.template_id)
    if kind.give != "push" or not kind.is_given(work.now) or kind.left == 0:
        raise CouponNotOffered("请选择发放方式为推送、正在发放的券")
    push = Push(
        push_id=ids.new_id(),
        title=act.title,
        template_id=act.template_id,
        segment=act.segment,
        state="running",
        cursor="",
        reached=0,
        granted=0,
        skipped=0,
        shop_id=work.shop.shop_id,
        started_at=work.now,
    )

    def body(shop: Shop) -> Outcome[PushReply]:
        pushes.add(shop, push, by=work.caller.id)
        return Outcome(_told(push, work))

    return work.transact(body)


def _stop(push_id: str, work: Work) -> PushReply:
    def body(shop: Shop) -> Outcome[PushReply]:
        push = pushes.get(shop, push_id)
        if push.state != "running":
            raise StateConflict(f"这次推送{_STATES[push.state]}，不能暂停")
        pushes.move(shop, push_id, "stopped", seen="running")
        messages.hold(shop, push_id)
        return Outcome(_told(replace(push, state="stopped"), work))

    return work.transact(body)


def _resume(push_id: str, work: Work) -> PushReply:
    def body(shop: Shop) -> Outcome[PushReply]:
        push = pushes.get(shop, push_id)
        if push.state != "stopped":
            raise StateConflict(f"这次推送{_STATES[push.state]}，不用继续")
        pushes.move(shop, push_id, "running", seen="stopped")
        messages.release(shop, push_id)
        return Outcome(_told(replace(push, state="running"), work))

    return work.transact(body)


def _told(push: Push, work: Work) -> PushReply:
    fates, redeemed = messages.fates(_chain(work), push.push_id), pushes.redeemed(_chain(work), push)
    view = PushView(
        push_id=push.push_id,
        title=push.title,
        state=push.state,
        started_at=push.started_at,
        reached=push.reached,
        granted=push.granted,
        skipped=push.skipped,
        told=sum(fates.values()),
        delivered=fates.get("sent", 0),
        refused=fates.get("refused", 0),
        failed=fates.get("failed", 0),
        redeemed=redeemed.count,
        turnover_fen=redeemed.turnover_fen,
        cut_fen=redeemed.cut_fen,
    )
    return PushReply(push=view)


def _require_reach(segment: Segment, work: Work) -> None:
    """Raises PermissionDenied unless the segment's shops are the caller's; where none is named, all of the brand."""
    mine = work.caller.shops
    if not (mine.issuperset(segment.shops) if segment.shops else campaigns.is_whole_brand(work.shop, mine)):
        raise PermissionDenied("只能推送给您管理的门店的会员，请选择门店")


def _filter(segment: Segment, work: Work, *, now: datetime) -> dict[str, Any]:
    policy = messages.policy(work.shop.db, work.now)
    levels = members.loyalty(work.shop.db, work.now).levels
    return segments.filter_of(segment, now=now, zone=ZoneInfo(policy.zone), levels=levels)


def _chain(work: Work) -> Chain:
    """Members are the brand's, whichever shop the caller stands in."""
    return Chain(work.shop.db)
