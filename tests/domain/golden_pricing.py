"""The golden cases of pricing as the domain's own objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.bizday import BusinessCalendar
from shared.domain.menu import ComboChoice, ComboSlot, Dish, Menu, ModifierGroup, Option, SpecGroup, TimedPrice, Window
from shared.domain.pricing import (
    Conditions,
    Coupon,
    Exchange,
    Fixed,
    FullReduction,
    Percent,
    Points,
    PointsRule,
    Special,
    Step,
    Terms,
    Value,
    WantedLine,
)

FOLDER = Path(__file__).parents[1] / "golden" / "pricing"
_WORLD = json.loads((FOLDER / "menu.json").read_text(encoding="utf-8"))
Case = Mapping[str, Any]

CALENDAR = BusinessCalendar(ZoneInfo(_WORLD["zone"]), time.fromisoformat(_WORLD["cutoff"]))
NOW = datetime.fromisoformat(_WORLD["now"])


def cases() -> Iterator[tuple[str, Case]]:
    """Every case under the name of its file and its fact."""
    for path in sorted(FOLDER.glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")).get("cases", ()):
            yield f"{path.stem}: {case['fact']}", case


def menu() -> Menu:
    """The menu of all cases."""
    names = {one["id"]: one["name"] for one in _WORLD["dishes"]}
    return Menu((), tuple(_dish(one, names) for one in _WORLD["dishes"]))


def wanted(case: Case) -> tuple[WantedLine, ...]:
    """The lines of a case, named by their place."""
    return tuple(
        WantedLine(
            f"l{at}",
            line["dish"],
            line.get("quantity", 1),
            line.get("specs", {}),
            line.get("modifiers", {}),
            line.get("combo", {}),
        )
        for at, line in enumerate(case["lines"])
    )


def terms(case: Case) -> Terms:
    """Everything else of a case."""
    points = case.get("points")
    return Terms(
        shop_id=_WORLD["shop"],
        level=case.get("level"),
        is_takeaway=case.get("takeaway", False),
        guests=case.get("guests", 0),
        seat_fee_fen=case.get("seatFeeFen", 0),
        specials={
            f"l{at}": Special(line["special"]["kind"], line["special"]["priceFen"])
            for at, line in enumerate(case["lines"])
            if "special" in line
        },
        reductions=tuple(_reduction(one) for one in case.get("reductions", ())),
        coupons=tuple(_coupon(one) for one in case.get("coupons", ())),
        chosen=tuple(case.get("choose", ())),
        points=Points(_points_rule(points), points["balance"]) if points else None,
        uses_points=case.get("usePoints", False),
    )


def moment(case: Case) -> datetime:
    """When a case happens."""
    return datetime.fromisoformat(case["at"]) if "at" in case else NOW


def _dish(one: Case, names: Mapping[str, str]) -> Dish:
    return Dish(
        one["id"],
        one["name"],
        "c1",
        "hot",
        one["priceFen"],
        specs=tuple(SpecGroup(group["id"], group["name"], _options(group)) for group in one.get("specs", ())),
        modifiers=tuple(
            ModifierGroup(group["id"], group["name"], _options(group), group["minPicks"], group["maxPicks"])
            for group in one.get("modifiers", ())
        ),
        combo=tuple(
            ComboSlot(
                slot["id"],
                slot["name"],
                tuple(ComboChoice(c["dish"], names[c["dish"]], "hot", c["surchargeFen"]) for c in slot["choices"]),
            )
            for slot in one.get("combo", ())
        ),
        timed_prices=tuple(
            TimedPrice(_window(timed["from"], timed["to"]), timed["priceFen"]) for timed in one.get("timedPrices", ())
        ),
        member_prices=one.get("memberPrices", {}),
        packing_fen=one.get("packingFen", 0),
    )


def _options(group: Case) -> tuple[Option, ...]:
    return tuple(Option(option["id"], option["name"], option["priceFen"]) for option in group["options"])


def _window(start: str, end: str) -> Window:
    return Window(time.fromisoformat(start), time.fromisoformat(end))


def _coupon(one: Case) -> Coupon:
    value: Value = Exchange()
    if "fixedFen" in one:
        value = Fixed(one["fixedFen"])
    elif "percentOffBp" in one:
        value = Percent(one["percentOffBp"], one.get("capFen"))
    return Coupon(
        one["id"],
        one.get("name", one["id"]),
        one["layer"],
        value,
        one.get("thresholdFen", 0),
        one.get("stacking", "any"),
        _conditions(one),
    )


def _reduction(one: Case) -> FullReduction:
    steps: Sequence[tuple[int, int]] = one["steps"]
    return FullReduction(
        one["id"],
        one["id"],
        tuple(Step(threshold, cut) for threshold, cut in steps),
        one.get("repeats", False),
        one.get("capFen"),
        _conditions(one),
    )


def _points_rule(one: Case) -> PointsRule:
    return PointsRule(one["id"], "积分", one["unitPoints"], one["unitFen"], one.get("maxShareBp", 10_000))


def _conditions(one: Case) -> Conditions:
    return Conditions(
        shops=frozenset(one.get("shops", ())),
        dishes=frozenset(one.get("dishes", ())),
        windows=tuple(_window(start, end) for start, end in one.get("windows", ())),
        since=datetime.fromisoformat(one["since"]) if "since" in one else None,
        until=datetime.fromisoformat(one["until"]) if "until" in one else None,
    )
