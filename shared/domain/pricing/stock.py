"""What an order takes from the day's stock (rule 13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shared.domain.menu import Dish
from shared.domain.pricing.lines import PricedLine
from shared.domain.pricing.unit import Priced


def limited_dishes(one: Priced, dishes: Mapping[str, Dish], *, biz_date: str) -> tuple[str, ...]:
    """The dishes with a stock of the day that one unit of a line takes, the choices of a combo included."""
    own = (one.dish.id,) if one.dish.is_limited(biz_date) else ()
    if not one.picks.combo:
        return own
    chosen = [choice.dish_id for _, choice in one.picks.combo]
    return (*own, *(i for i in chosen if i in dishes and dishes[i].is_limited(biz_date)))


def stock_needed(lines: Iterable[PricedLine]) -> dict[str, int]:
    """How many of each dish with a daily limit the lines take."""
    needed: dict[str, int] = {}
    for line in lines:
        for dish_id in line.limited:
            needed[dish_id] = needed.get(dish_id, 0) + line.quantity
    return needed
