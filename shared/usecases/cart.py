"""The shared cart of a table: guests and waiters edit it line by line, and everybody sees what it would cost."""

from __future__ import annotations

from typing_extensions import assert_never

from shared.contracts.sitting import (
    AddLine,
    CartLineView,
    CartReply,
    CartView,
    ChangeQuantity,
    ChooseLine,
    EditCart,
    FeeView,
    GetSitting,
    MemberView,
    NoteLine,
    RemoveLine,
    SittingState,
    SittingView,
)
from shared.domain.cart import CartLine
from shared.domain.pricing import PricedLine, Quote, WantedLine, choice_faults
from shared.errors import ChoiceInvalid, DishUnavailable, NotFound
from shared.runtime.log import pseudonym
from shared.store import cart, orders, shops, sittings
from shared.store.cart import Edit
from shared.store.shops import Catalogue, ShopSettings
from shared.store.sitting_document import Sitting
from shared.store.work import Work
from shared.usecases.quoting import priced
from shared.usecases.seating import seat_of
from shared.usecases.views import order_view

WAITER = "服务员"
ROUNDS_SHOWN = 100


def edit_cart(command: EditCart, work: Work) -> CartReply:
    """Do one edit of one line, once; what is added or chosen fits the menu (rules 10, 11).

    Raises SittingClosed, DishUnavailable, ChoiceInvalid, CartChanged, CartLimit, RequestIdReused, PermissionDenied.
    """
    seat = seat_of(command, work)
    assert seat is not None
    assert work.key is not None
    config = shops.shop_settings(work.shop, work.now)
    known = shops.catalogue(work.shop, config.menu_version)
    sitting = cart.apply(work.shop, seat, _edit(command, known, work), work.key)
    return CartReply(sitting_id=sitting.sitting_id, cart=_cart_view(sitting, known, config, work))


def get_sitting(command: GetSitting, work: Work) -> SittingState:
    """The sitting if it is not as the caller knows it. Raises NotFound, TableCodeInvalid, PermissionDenied."""
    seat = seat_of(command, work)
    assert seat is not None
    config = shops.shop_settings(work.shop, work.now)
    sitting = sittings.get(work.shop, seat, with_cart=True)
    moves = orders.moves_of(work.shop, sitting.all_ids)
    version = f"{sitting.sitting_id}.{sitting.version}.{moves}.{config.menu_version}"
    if command.since == version:
        return SittingState(version=version, unchanged=True)
    known = shops.catalogue(work.shop, config.menu_version)
    return SittingState(version=version, unchanged=False, sitting=_sitting_view(sitting, known, config, work))


def _edit(command: EditCart, known: Catalogue, work: Work) -> Edit:
    edit = command.edit
    if isinstance(edit, AddLine):
        return cart.adding(_added(edit, command, known, work))
    if isinstance(edit, ChangeQuantity):
        return cart.counting(edit.line_id, edit.by)
    if isinstance(edit, RemoveLine):
        return cart.removing(edit.line_id)
    if isinstance(edit, NoteLine):
        return cart.setting(edit.line_id, {"note": edit.note})
    if isinstance(edit, ChooseLine):
        chosen = {"specs": edit.specs, "modifiers": edit.modifiers, "combo": edit.combo}
        line = WantedLine(edit.line_id, edit.dish_id, 1, edit.specs, edit.modifiers, edit.combo)
        _require_fitting(line, known)
        return cart.setting(edit.line_id, chosen, dish_id=edit.dish_id)
    assert_never(edit)


def _added(edit: AddLine, command: EditCart, known: Catalogue, work: Work) -> CartLine:
    line = edit.line
    added = CartLine(
        line_id=line.line_id,
        dish_id=line.dish_id,
        quantity=line.quantity,
        specs=line.specs,
        modifiers=line.modifiers,
        combo=line.combo,
        note=line.note,
        course=line.course,
        guest_id="" if work.caller.is_staff else work.caller.id,
        guest_name=command.guest_name or (WAITER if work.caller.is_staff else ""),
    )
    _require_fitting(added.wanted, known)
    return added


def _require_fitting(line: WantedLine, known: Catalogue) -> None:
    """The menu has this dish, and the choices fit it; whether it is sold just now is asked when it is ordered."""
    dishes = known.menu.by_id
    dish = dishes.get(line.dish_id)
    if dish is None:
        unknown = {"dishId": line.dish_id, "name": line.dish_id, "reason": "unknown"}
        raise DishUnavailable(f"{line.dish_id}本店没有这道菜", {"dishes": [unknown]})
    faults = choice_faults(line, dish)
    if faults:
        raise ChoiceInvalid(details={"lines": faults})


def _sitting_view(sitting: Sitting, known: Catalogue, config: ShopSettings, work: Work) -> SittingView:
    if sitting.state == "merged":
        raise NotFound("没有找到这一桌")
    found = orders.rounds_of(work.shop, sitting.all_ids, limit=ROUNDS_SHOWN)
    rounds = sorted(found, key=lambda order: (order.round, order.order_id))
    names = sitting.names
    return SittingView(
        sitting_id=sitting.sitting_id,
        table_id=sitting.table_id,
        table_name=sitting.table_name,
        state=sitting.state,
        guests=sitting.guests,
        opened_at=sitting.opened_at,
        members=tuple(
            MemberView(guest_id=pseudonym(one), name=names.get(pseudonym(one), ""), is_me=one == work.caller.id)
            for one in sitting.members
        ),
        cart=_cart_view(sitting, known, config, work),
        rounds=tuple(order_view(order) for order in rounds),
        ordered_fen=sum(order.due_fen for order in rounds if order.state != "cancelled"),
    )


def _cart_view(sitting: Sitting, known: Catalogue, config: ShopSettings, work: Work) -> CartView:
    quote, reasons = _priced(sitting, known, config, work)
    lines = {line.line_id: line for line in quote.lines if line.kind == "dish"} if quote else {}
    fees = [line for line in quote.lines if line.kind != "dish"] if quote else []
    return CartView(
        lines=tuple(
            _line_view(line, lines.get(line.line_id), reasons.get(line.line_id), known=known, me=work.caller.id)
            for line in sitting.cart
        ),
        fees=tuple(FeeView(kind=fee.kind, name=fee.name, amount_fen=fee.amount_fen) for fee in fees),
        gross_fen=quote.gross_fen if quote else 0,
        due_fen=quote.due_fen if quote else 0,
        quote_hash=quote.hash if quote and not reasons else None,
    )


def _priced(
    sitting: Sitting, known: Catalogue, config: ShopSettings, work: Work
) -> tuple[Quote | None, dict[str, str]]:
    """The quote of the lines that can be ordered now, and why each of the others cannot."""
    lines, reasons = list(sitting.cart), dict[str, str]()
    while lines:
        try:
            wanted = tuple(line.wanted for line in lines)
            return priced(wanted, known, config, work, guests=sitting.unpaid_seats()), reasons
        except DishUnavailable as error:
            why = {str(one["dishId"]): str(one["reason"]) for one in error.details["dishes"]}
            found = {
                line.line_id: why[dish_id]
                for line in lines
                for dish_id in (line.dish_id, *line.combo.values())
                if dish_id in why
            }
        except ChoiceInvalid as error:
            found = {str(one["lineId"]): "choices" for one in error.details["lines"]}
        reasons |= found
        lines = [line for line in lines if line.line_id not in found]
    return None, reasons


def _line_view(
    line: CartLine, price: PricedLine | None, reason: str | None, *, known: Catalogue, me: str
) -> CartLineView:
    dish = known.menu.by_id.get(line.dish_id)
    return CartLineView(
        line_id=line.line_id,
        dish_id=line.dish_id,
        name=dish.name if dish else line.dish_id,
        quantity=line.quantity,
        specs=dict(line.specs),
        modifiers=dict(line.modifiers),
        combo=dict(line.combo),
        note=line.note,
        course=line.course,
        guest_id=pseudonym(line.guest_id) if line.guest_id else "",
        guest_name=line.guest_name,
        is_mine=line.guest_id == me,
        rev=line.rev,
        unit_fen=price.unit_fen if price else None,
        amount_fen=price.amount_fen if price else None,
        unavailable=reason,
    )
