"""The first layer: what one unit costs, by the lowest price that holds, with its specs, modifiers and surcharges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from shared.domain.bizday import BusinessCalendar
from shared.domain.menu import ComboChoice, ComboSlot, Dish, Option
from shared.domain.pricing.choices import Picks
from shared.domain.pricing.lines import ChosenDish, Cut, PricedLine, PriceRule, WantedLine


@dataclass(frozen=True)
class Special:
    """A price by line: a flash sale's counts if it is the lowest, a group buy's holds whatever the others are."""

    kind: Literal["flash", "group"]
    price_fen: int


class Priced(NamedTuple):
    """A line with its unit price, before any cut.

    `plain_fen` is a unit without modifiers and surcharges, which is what an exchange gives; `was_fen` is the unit by
    the dish's own price, if that is more; `key` tells all that its price depends on.
    """

    wanted: WantedLine
    dish: Dish
    picks: Picks
    rule: PriceRule
    unit_fen: int
    plain_fen: int
    was_fen: int | None
    key: str

    @property
    def amount_fen(self) -> int:
        """The line's price before any cut."""
        return self.unit_fen * self.wanted.quantity

    def line(self, cuts: tuple[Cut, ...], limited: tuple[str, ...]) -> PricedLine:
        """The line with its cuts."""
        wanted, (specs, modifiers, combo, _) = self.wanted, self.picks
        made = object.__new__(PricedLine)
        # A frozen dataclass's own constructor calls a function for each field, which was a tenth of a quote's time.
        vars(made).update(
            line_id=wanted.line_id,
            dish_id=self.dish.id,
            name=self.dish.name,
            station=self.dish.station,
            quantity=wanted.quantity,
            unit_fen=self.unit_fen,
            amount_fen=self.unit_fen * wanted.quantity,
            specs=tuple([option.name for option in specs]) if specs else (),
            modifiers=tuple([_counted(option, count) for option, count in modifiers]) if modifiers else (),
            combo=tuple([_chosen(slot, choice) for slot, choice in combo]) if combo else (),
            note=wanted.note,
            cuts=cuts,
            kind="dish",
            price_rule=self.rule,
            was_fen=self.was_fen,
            belongs_to="",
            course=wanted.course,
            guest_id=wanted.guest_id,
            guest_name=wanted.guest_name,
            limited=limited,
        )
        return made


def dish_price(
    dish: Dish, *, now: datetime, calendar: BusinessCalendar, level: str | None = None, special: Special | None = None
) -> tuple[int, PriceRule]:
    """The lowest of the dish's prices that hold now, and which it is; of equals the first: dish, timed, member, flash.

    A group buy's price holds alone.
    """
    if special is not None and special.kind == "group":
        return special.price_fen, "group"
    best: tuple[int, PriceRule] = (dish.price_fen, "dish")
    for timed in dish.timed_prices:
        if timed.price_fen < best[0] and calendar.is_within(now, (timed.window,)):
            best = (timed.price_fen, "timed")
    if level is not None and dish.member_prices.get(level, best[0]) < best[0]:
        best = (dish.member_prices[level], "member")
    if special is not None and special.price_fen < best[0]:
        best = (special.price_fen, "flash")
    return best


def price_line(
    line: WantedLine,
    dish: Dish,
    picks: Picks,
    *,
    now: datetime,
    calendar: BusinessCalendar,
    level: str | None = None,
    special: Special | None = None,
) -> Priced:
    """Price a line whose choices are the dish's own; no unit costs less than nothing."""
    price, rule = dish_price(dish, now=now, calendar=calendar, level=level, special=special)
    sized, extras = 0, 0
    told: list[str] = []
    for option in picks.specs:
        sized += option.price_fen
        told.append(option.id)
    for option, count in picks.modifiers:
        extras += option.price_fen * count
        told.append(f"{option.id}*{count}")
    for slot, choice in picks.combo:
        extras += choice.surcharge_fen
        told.append(f"{slot.id}={choice.dish_id}")
    plain = price + sized
    unit = plain + extras
    if plain < 0 or extras < 0:
        unit = max(unit, 0)
        plain = min(max(plain, 0), unit)
    was = max(dish.price_fen + sized + extras, 0) if price < dish.price_fen else unit
    key = f"{dish.id};{rule};{unit};{plain};{line.quantity};{','.join(told)}"
    return Priced(line, dish, picks, rule, unit, plain, was if was > unit else None, key)


def _counted(option: Option, count: int) -> str:
    return option.name if count == 1 else f"{option.name} ×{count}"


def _chosen(slot: ComboSlot, choice: ComboChoice) -> ChosenDish:
    return ChosenDish(slot.id, choice.dish_id, choice.name, choice.station)
