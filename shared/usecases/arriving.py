"""A reserved party arrives: it is seated, and what it ordered ahead becomes a round (rule 24).

The dishes are laid in the sitting's cart in the transaction that seats the party, and go from there to the kitchen as
any guest's: whatever happens in between, they are in the cart or in one order, and never lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from shared.contracts.booking import RefusedDish, SeatParty, SeatReply
from shared.contracts.ordering import CartPick, SubmitOrder
from shared.domain.booking import Reservation, table_keys
from shared.domain.cart import CartLine
from shared.domain.menu import Dish
from shared.errors import (
    ChoiceInvalid,
    DishUnavailable,
    StateConflict,
    StockShort,
    TableOccupied,
    ZaotaiError,
)
from shared.runtime import ids
from shared.store import cart, orders, reservations, shops, sittings
from shared.store.commands import CommandKey, replayed
from shared.store.scope import Shop
from shared.store.shops import ShopSettings, Table
from shared.store.sitting_document import Seat, Sitting
from shared.store.work import DoneBefore, Outcome, Work
from shared.usecases.booking import booking_view, dish_name, require_standing
from shared.usecases.ordering import submit_order

_REASONS: Mapping[str, str] = {"soldOut": "已沽清", "notNow": "不在供应时段", "unknown": "本店没有这道菜"}
_STILL_THERE = "仍在购物车里"
_ROUNDS = 100


def seat_party(command: SeatParty, work: Work) -> SeatReply:
    """Open a sitting for the party, then order what it ordered ahead as far as there is stock.

    A repeat after the process died goes on where that was, and tells how it is now. Raises NotFound, StateConflict,
    TableOccupied, RequestIdReused.
    """
    config = shops.shop_settings(work.shop, work.now)
    dishes = shops.catalogue(work.shop, config.menu_version).menu.by_id
    sitting_id = ids.new_id()

    def body(shop: Shop) -> Outcome[SeatReply]:
        seated = _seat(shop, command, sitting_id=sitting_id, config=config, work=work)
        return Outcome(_reply(seated, dishes, _Ahead("waiting" if seated.lines else "none")))

    try:
        work.transact(body)
    except (DoneBefore, StateConflict, TableOccupied):
        if work.key is None or replayed(work.shop.db, work.key) is None:
            raise
    seated = reservations.get(work.shop, command.booking_id)
    return _reply(seated, dishes, _order_ahead(seated, work))


@dataclass(frozen=True)
class _Ahead:
    """What became of the dishes that were ordered ahead; `refused` gives reasons by the cart's line ids."""

    fate: Literal["ordered", "refused", "none", "waiting"]
    order_id: str | None = None
    refused: Mapping[str, str] = field(default_factory=dict)


def _seat(shop: Shop, command: SeatParty, *, sitting_id: str, config: ShopSettings, work: Work) -> Reservation:
    """The reservation, seated; its table may have been opened by its own guest's scan."""
    booked = reservations.get(shop, command.booking_id)
    require_standing(booked, "入座")
    biz_date = config.calendar.biz_date(work.now)
    if booked.biz_date != biz_date:
        raise StateConflict(f"这是 {booked.biz_date} 的预订，不是今天的")
    table = shops.table_by_id(shop, command.table_id or booked.table_id)
    _require_not_kept(shop, table, booked)
    there = sittings.join(shop, table, openid=None, now=work.now)
    if there and (booked.guest_id is None or booked.guest_id not in there.members):
        raise TableOccupied(f"{table.name}有客人在用餐，请换一桌")
    sitting = there or sittings.open_at(
        shop,
        table,
        sitting_id=sitting_id,
        openid=booked.guest_id,
        name=booked.name,
        guests=booked.guests,
        now=work.now,
        biz_date=biz_date,
    )
    seated = replace(
        booked, state="seated", sitting_id=sitting.sitting_id, table_id=table.table_id, table_name=table.name
    )
    reservations.seat(shop, seated, seated_by=work.caller.id, now=work.now)
    cart.lay(shop, sitting.sitting_id, _laid(seated))
    return seated


def _require_not_kept(shop: Shop, table: Table, booked: Reservation) -> None:
    """Raises TableOccupied if another reservation has the table during the party's turn."""
    holders = reservations.holders(shop, table_keys(table.table_id, booked.at, booked.turn))
    if any(holder != booked.booking_id for holder in holders.values()):
        raise TableOccupied(f"{table.name}这段时间已留给其他预订，请换一桌")


def _laid(seated: Reservation) -> tuple[CartLine, ...]:
    """What was ordered ahead as lines of the cart, under ids that no guest's line has."""
    return tuple(
        CartLine(
            line_id=_line_id(seated, number),
            dish_id=line.dish_id,
            quantity=line.quantity,
            specs=line.specs,
            modifiers=line.modifiers,
            combo=line.combo,
            note=line.note,
            course=line.course,
            guest_id=seated.guest_id or "",
            guest_name=seated.name,
        )
        for number, line in enumerate(seated.lines, start=1)
    )


def _line_id(seated: Reservation, number: int) -> str:
    return f"{seated.booking_id}.{number}"


def _order_ahead(seated: Reservation, work: Work) -> _Ahead:
    """Order what still lies in the cart, unless some of it was ordered before; what is refused stays there."""
    mine = {line.line_id for line in _laid(seated)}
    if not mine or seated.sitting_id is None:
        return _Ahead("none")
    sitting = sittings.get(work.shop, Seat(seated.sitting_id), with_cart=True)
    left = [line for line in sitting.cart if line.line_id in mine]
    order_id = _ordered_before(sitting, mine, work)
    if order_id is not None:
        return _Ahead("ordered", order_id, {line.line_id: _STILL_THERE for line in left})
    # What a first try took before its process died is asked for again as it was; then the rest was refused.
    under_way = [line for entry in sitting.taken for line in entry.lines if line.line_id in mine]
    refused = {line.line_id: _STILL_THERE for line in left if under_way}
    return _order_what_can_be(seated, sitting, under_way or left, refused, work)


def _order_what_can_be(
    seated: Reservation, sitting: Sitting, picks: list[CartLine], refused: dict[str, str], work: Work
) -> _Ahead:
    """One round of the lines, without those that cannot be had."""
    while picks:
        try:
            return _Ahead("ordered", _submit(seated, sitting, picks, work), refused)
        except (StockShort, DishUnavailable, ChoiceInvalid) as error:
            found = _found_short(error, picks)
            if not found:
                break
            refused |= found
            picks = [line for line in picks if line.line_id not in found]
        except (ZaotaiError, DoneBefore):
            # Its twin is at it, or a guest was quicker: the dishes are in their hands, and none is lost.
            return _Ahead("waiting", None, refused)
    return _Ahead("refused" if refused else "waiting", None, refused)


def _ordered_before(sitting: Sitting, mine: set[str], work: Work) -> str | None:
    """The order of the sitting that has any of the dishes."""
    found = orders.rounds_of(work.shop, sitting.all_ids, limit=_ROUNDS)
    return next((order.order_id for order in found if any(line.line_id in mine for line in order.lines)), None)


def _submit(seated: Reservation, sitting: Sitting, picks: Sequence[CartLine], work: Work) -> str:
    """Submit these lines of the cart, under a number that is the same whenever the same lines are tried again."""
    named = "|".join((seated.booking_id, *sorted(line.line_id for line in picks)))
    number = hashlib.sha256(named.encode()).hexdigest()
    submit = SubmitOrder(
        request_id="-".join((number[:8], number[8:12], number[12:16], number[16:20], number[20:32])),
        shop_id=work.shop.shop_id,
        sitting_id=sitting.sitting_id,
        cart=tuple(CartPick(line_id=line.line_id, rev=line.rev) for line in picks),
        note=seated.note,
    )
    key = CommandKey.of(work.caller.id, "submitOrder", submit)
    return submit_order(submit, replace(work, key=key)).order.order_id


def _found_short(error: StockShort | DishUnavailable | ChoiceInvalid, picks: Sequence[CartLine]) -> dict[str, str]:
    """Which lines to leave out, and why; of a dish of which some is left, its largest line only."""
    if isinstance(error, ChoiceInvalid):
        return {str(one["lineId"]): str(one["fault"]) for one in error.details["lines"]}
    found: dict[str, str] = {}
    for one in error.details["dishes"]:
        takers = [line for line in picks if one["dishId"] in (line.dish_id, *line.combo.values())]
        left = int(one.get("left", 0))
        reason = f"只剩 {left} 份" if left else _REASONS.get(str(one.get("reason")), "已售完")
        largest = [max(takers, key=lambda line: line.quantity)] if takers else []
        found |= {line.line_id: reason for line in (largest if left else takers)}
    return found


def _reply(seated: Reservation, dishes: Mapping[str, Dish], ahead: _Ahead) -> SeatReply:
    lines = {_line_id(seated, number): line for number, line in enumerate(seated.lines, start=1)}
    return SeatReply(
        booking=booking_view(seated, dishes),
        sitting_id=seated.sitting_id or "",
        table_name=seated.table_name,
        preorder=ahead.fate,
        order_id=ahead.order_id,
        refused=tuple(
            RefusedDish(line_id=lines[one].line_id, name=dish_name(lines[one].dish_id, dishes), reason=reason)
            for one, reason in ahead.refused.items()
        ),
    )
