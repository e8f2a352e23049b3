"""What is offered: a brand's campaigns, its members' levels and points, and the coupons they hold (rules 4, 19, 20).

    members           {_id: openid, level, points}
    campaigns         {kind: "fullReduction" | "points" | …, name, active, shops, …}
    coupon_templates  {name, layer, type: "fixed" | "percent" | "exchange", …}
    coupons           {openid, template_id, state: "free" | …, valid_from, valid_until}

These belong to the brand, not to a shop; an empty `shops` means every shop. Campaigns are kept with a shop's catalogue,
so whoever changes one raises the `menu_version` of the shops it holds in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from pymongo.database import Database

from shared.domain.menu import Window
from shared.domain.pricing import (
    Conditions,
    Coupon,
    Exchange,
    Fixed,
    FullReduction,
    Percent,
    PointsRule,
    Step,
    Value,
)
from shared.store.client import Document
from shared.store.scope import Shop

_AT_MOST = 200
_TOLD_AFTER = timedelta(days=7)
"""So long after its end a coupon is still told as expired."""
_FREE = ["free", "expired"]


@dataclass(frozen=True)
class Campaigns:
    """What holds in a shop without being chosen; each offer's own conditions say when and on what."""

    reductions: tuple[FullReduction, ...] = ()
    points: PointsRule | None = None


@dataclass(frozen=True)
class Member:
    """What pricing needs to know of a member."""

    level: str | None
    points: int


def campaigns(shop: Shop) -> Campaigns:
    """The active campaigns of the shop; of several points rules the first by id."""
    kinds = {"$in": ["fullReduction", "points"]}
    here = {"active": True, "kind": kinds, "$or": [{"shops": shop.shop_id}, {"shops": []}]}
    found = list(shop.db["campaigns"].find(here, sort=[("_id", 1)], limit=_AT_MOST))
    points = [_points_rule(one) for one in found if one["kind"] == "points"]
    reductions = tuple(_reduction(one) for one in found if one["kind"] == "fullReduction")
    return Campaigns(reductions, points[0] if points else None)


def member(db: Database[Document], openid: str) -> Member | None:
    """The member with this openid, if they are one."""
    found = db["members"].find_one({"_id": openid}, {"level": 1, "points": 1})
    return Member(found.get("level"), found["points"]) if found else None


def coupons(db: Database[Document], openid: str, *, now: datetime) -> tuple[Coupon, ...]:
    """The free coupons of a member, those that expired within a week among them, the first to expire first."""
    where = {"openid": openid, "state": {"$in": _FREE}, "valid_until": {"$gt": now - _TOLD_AFTER}}
    return _priced(db, list(db["coupons"].find(where, sort=[("valid_until", 1), ("_id", 1)], limit=_AT_MOST)))


def chosen_coupons(db: Database[Document], openid: str, ids: Sequence[str]) -> tuple[Coupon, ...]:
    """Those of these coupons that are the member's and free, or were until they expired."""
    where = {"_id": {"$in": list(ids)}, "openid": openid, "state": {"$in": _FREE}}
    return _priced(db, list(db["coupons"].find(where, limit=_AT_MOST)))


def one_coupon(db: Database[Document], coupon_id: str) -> Coupon | None:
    """A coupon as pricing knows it, whoever has it."""
    found = _priced(db, list(db["coupons"].find({"_id": coupon_id, "state": {"$in": _FREE}}, limit=1)))
    return found[0] if found else None


def _priced(db: Database[Document], held: Sequence[Document]) -> tuple[Coupon, ...]:
    if not held:
        return ()
    named = list({one["template_id"] for one in held})
    known = db["coupon_templates"].find({"_id": {"$in": named}}, {"holds": 0, "history": 0}, limit=_AT_MOST)
    templates = {one["_id"]: one for one in known}
    return tuple(_coupon(one, templates[one["template_id"]]) for one in held if one["template_id"] in templates)


def _coupon(held: Document, template: Document) -> Coupon:
    return Coupon(
        id=held["_id"],
        name=template["name"],
        layer=template["layer"],
        value=value_of(template),
        threshold_fen=template.get("threshold_fen", 0),
        stacking=template.get("stacking", "any"),
        conditions=conditions_of(template, since=held.get("valid_from"), until=held["valid_until"]),
    )


def value_of(template: Mapping[str, Any]) -> Value:
    """What a coupon of a template is worth."""
    if template["type"] == "fixed":
        return Fixed(template["fen"])
    if template["type"] == "percent":
        return Percent(template["off_bp"], template.get("cap_fen"))
    return Exchange()


def _reduction(found: Document) -> FullReduction:
    return FullReduction(
        id=found["_id"],
        name=found["name"],
        steps=tuple(Step(step["threshold_fen"], step["cut_fen"]) for step in found["steps"]),
        repeats=found.get("repeats", False),
        cap_fen=found.get("cap_fen"),
        conditions=conditions_of(found, since=found.get("valid_from"), until=found.get("valid_until")),
    )


def _points_rule(found: Document) -> PointsRule:
    return PointsRule(
        id=found["_id"],
        name=found["name"],
        unit_points=found["unit_points"],
        unit_fen=found["unit_fen"],
        max_share_bp=found.get("max_share_bp", 10_000),
    )


def conditions_of(found: Mapping[str, Any], *, since: datetime | None, until: datetime | None) -> Conditions:
    """When and on what an offer holds."""
    return Conditions(
        shops=frozenset(found.get("shops", ())),
        dishes=frozenset(found.get("dishes", ())),
        windows=tuple(
            Window(time.fromisoformat(start), time.fromisoformat(end)) for start, end in found.get("windows", ())
        ),
        since=since,
        until=until,
    )
