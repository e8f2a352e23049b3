"""`scripts/bench quote`: what pricing an order of 20 lines with 10 offers costs, in seconds of one core.

A quote is the chosen offers on every line, and every other coupon weighed: what it would cut, or why it cannot. The
best choice, which `quoteOrder` answers too, is told apart. Figures are processor time, and the best of the rounds: what
else the machine does only makes them more.
"""

from __future__ import annotations

import argparse
import sys
import time as clock
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from scripts.benchmarks.bound import Bound
from shared.domain.bizday import BusinessCalendar
from shared.domain.menu import ComboChoice, ComboSlot, Dish, Menu, ModifierGroup, Option, SpecGroup, TimedPrice, Window
from shared.domain.pricing import (
    Advice,
    Conditions,
    Coupon,
    Exchange,
    Fixed,
    FullReduction,
    Percent,
    Points,
    PointsRule,
    Quote,
    Step,
    Terms,
    WantedLine,
    advise,
)

BOUND_S = 1.0
QUOTES = 1000
"""So many quotes take at most BOUND_S."""
LINES = 20
SIZES = SpecGroup("size", "份量", (Option("big", "大份", 400), Option("small", "小份")))
EXTRAS = ModifierGroup("extra", "加料", (Option("egg", "加蛋", 200), Option("meat", "加肉", 800)), max_picks=3)


@dataclass(frozen=True)
class Case:
    """An order, its menu, and what is on offer."""

    wanted: tuple[WantedLine, ...]
    menu: Menu
    terms: Terms
    now: datetime
    calendar: BusinessCalendar

    @property
    def offers(self) -> int:
        """How many offers there are, points among them."""
        return len(self.terms.coupons) + len(self.terms.reductions) + (self.terms.points is not None)

    def quote(self) -> tuple[Quote, Advice]:
        """One quote."""
        return advise(self.wanted, self.menu, now=self.now, calendar=self.calendar, terms=self.terms)


def busy_case() -> Case:
    """Twenty lines with specs, modifiers, combos, time and member prices; eight coupons, two of them chosen."""
    zone = ZoneInfo("Asia/Shanghai")
    return Case(
        wanted=tuple(_wanted(n) for n in range(LINES)),
        menu=Menu((), tuple(_dish(n) for n in range(LINES))),
        terms=Terms(
            level="gold",
            guests=4,
            seat_fee_fen=200,
            reductions=(FullReduction("full", "满减", (Step(5_000, 500), Step(20_000, 3_000))),),
            coupons=_coupons(),
            chosen=("i1", "o1"),
            points=Points(PointsRule("points", "积分", 100, 100, max_share_bp=5_000), 2_345),
            uses_points=True,
        ),
        now=datetime(2026, 11, 24, 12, tzinfo=zone),
        calendar=BusinessCalendar(zone, time(4)),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Time the quotes; exit 0 only if the bound holds."""
    options = _options(arguments)
    case = busy_case()
    scale = QUOTES / options.quotes
    plain_s = scale * min(seconds(case.quote, options.quotes) for _ in range(options.rounds))
    best_s = scale * min(seconds(lambda: case.quote()[1].best, options.quotes) for _ in range(options.rounds))
    print(f"{QUOTES:,} quotes of {LINES} lines with {case.offers} offers: {plain_s:.3f} s of one core")
    print(f"the same with the best choice: {best_s:.3f} s")
    bound = Bound("seconds / bound", plain_s / BOUND_S, 1.0, at_most=True)
    print(bound)
    return 0 if bound.holds else 1


def seconds(ask: Callable[[], object], times: int) -> float:
    """Processor time of asking so many times."""
    started = clock.process_time()
    for _ in range(times):
        ask()
    return clock.process_time() - started


def _dish(n: int) -> Dish:
    slot = ComboSlot("main", "主食", tuple(ComboChoice(f"d{at}", f"菜{at}", "hot", 100 * at) for at in range(3)))
    return Dish(
        f"d{n}",
        f"菜{n}",
        "c1",
        "hot",
        1_800 + 137 * n,
        specs=(SIZES,) if n % 2 == 0 else (),
        modifiers=(EXTRAS,) if n % 3 == 0 else (),
        combo=(slot,) if n % 5 == 4 else (),
        timed_prices=(TimedPrice(Window(time(11), time(13)), 1_700 + 137 * n),) if n % 3 == 0 else (),
        member_prices={"gold": 1_650 + 137 * n} if n % 2 == 0 else {},
        packing_fen=100,
        daily_stock=50,
    )


def _wanted(n: int) -> WantedLine:
    combo = {"main": "d1"} if n % 5 == 4 else {}
    specs = {"size": "big"} if n % 2 == 0 else {}
    modifiers = {"egg": 1} if n % 3 == 0 else {}
    return WantedLine(f"l{n}", f"d{n}", 1 + n % 3, specs, modifiers, combo)


def _coupons() -> tuple[Coupon, ...]:
    some = Conditions(dishes=frozenset(f"d{n}" for n in range(0, LINES, 2)))
    return (
        Coupon("i1", "单品减 5 元", "item", Fixed(500), conditions=some),
        Coupon("i2", "单品 8 折", "item", Percent(2_000, 3_000), conditions=some),
        Coupon("i3", "兑换菜 3", "item", Exchange(), conditions=Conditions(dishes=frozenset({"d3"}))),
        Coupon("i4", "单品减 3 元", "item", Fixed(300), 2_000),
        Coupon("o1", "满 100 减 12", "order", Fixed(1_200), 10_000),
        Coupon("o2", "整单 9 折", "order", Percent(1_000, 5_000)),
        Coupon("o3", "满 9,999 减 100", "order", Fixed(10_000), 999_900),
        Coupon("o4", "独享减 60", "order", Fixed(6_000), stacking="alone"),
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench quote", description=__doc__)
    parser.add_argument("--quotes", type=int, default=200, help="how many quotes make a round (default 200)")
    parser.add_argument("--rounds", type=int, default=25, help="how many rounds (default 25); the best one counts")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
