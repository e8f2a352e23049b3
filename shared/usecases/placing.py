"""What an order is made of and where it goes: lines sent or taken from the shared cart, a round of a table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from shared.contracts.ordering import SubmitOrder
from shared.domain.cart import shown
from shared.domain.pricing import WantedLine
from shared.errors import Busy, Unknown, ZaotaiError
from shared.runtime import ids
from shared.store import cart, orders, sittings
from shared.store.shops import ShopSettings
from shared.store.sitting_document import NewSeats, Seat, Sitting, Taken
from shared.store.work import Work
from shared.usecases.quoting import wanted


@dataclass(frozen=True)
class Choice:
    """The lines to order, under which command and order id; `taking` if they come from the cart of `sitting`.

    `is_joined` tells that the command's first try took them and then died. `new_guests` pay for their seats with it.
    """

    command_id: str
    order_id: str
    lines: tuple[WantedLine, ...]
    sitting: Sitting | None = None
    taking: Taken | None = None
    is_joined: bool = False
    new_guests: int = 0


def chosen(command: SubmitOrder, seat: Seat | None, config: ShopSettings, work: Work) -> Choice:
    """What the command orders: its lines, or exactly the lines of the cart that were shown (rule 10).

    Raises CartChanged, SittingClosed; DoneBefore while the command's first try may still be at it.
    """
    order_id = ids.new_id()
    command_id = work.key.digest if work.key else order_id
    sent = Choice(command_id, order_id, tuple(wanted(line) for line in command.lines or ()))
    if seat is None or (command.cart is None and not config.seat_fee_fen):
        return sent
    sitting = sittings.of_open(work.shop, seat)
    new_guests = sitting.unpaid_seats(command_id) if config.seat_fee_fen else 0
    if command.cart is None:
        return replace(sent, sitting=sitting, new_guests=new_guests)
    taking = cart.on_its_way(sitting, command_id, now=work.now)
    is_joined = taking is not None
    if taking is None:
        lines = shown(sitting.cart, {pick.line_id: pick.rev for pick in command.cart})
        taking = Taken(command_id, order_id, work.now, lines)
    found = tuple(line.wanted for line in taking.lines)
    return Choice(command_id, taking.order_id, found, sitting, taking, is_joined=is_joined, new_guests=new_guests)


@contextmanager
def seated(seat: Seat | None, choice: Choice, *, order_id: str, work: Work) -> Iterator[tuple[Sitting | None, int]]:
    """The sitting and the number of its round that the order becomes; for pick-up, none and 1.

    Cart lines are back if the order is refused. Raises SittingClosed, CartChanged, Busy.
    """
    if seat is None:
        yield None, 1
        return
    new_seats = _new_seats(choice)
    if choice.taking is None:
        place = sittings.next_round(work.shop, seat, command_id=choice.command_id, new_seats=new_seats)
        with _seats_noted(seat, choice, new_seats, work):
            yield place
        return
    if choice.is_joined and choice.taking.order_id != order_id:
        raise Busy
    with (
        cart.taken(
            work.shop,
            seat,
            replace(choice.taking, order_id=order_id),
            is_joined=choice.is_joined,
            new_seats=new_seats,
            now=work.now,
            order_stands=orders.stands,
        ) as place,
        _seats_noted(seat, choice, new_seats, work),
    ):
        yield place


def _new_seats(choice: Choice) -> NewSeats | None:
    if not choice.new_guests or choice.sitting is None:
        return None
    return NewSeats(choice.new_guests, choice.sitting.seat_fees)


@contextmanager
def _seats_noted(seat: Seat, choice: Choice, new_seats: NewSeats | None, work: Work) -> Iterator[None]:
    """The guests who pay for their seats with the order were noted with its round: forgotten again if it is refused.

    Of an order that nobody knows of and nobody asks for again the note stays: a fee too few, never one too many.
    """
    try:
        yield
    except Unknown:
        raise
    except ZaotaiError:
        if new_seats and all(fee.command_id != choice.command_id for fee in new_seats.seen):
            sittings.unseat(work.shop, seat.sitting_id, choice.command_id)
        raise


def ordered(seat: Seat | None, choice: Choice, *, order_id: str, work: Work) -> None:
    """The order stands: its lines are no longer on their way."""
    if seat is not None and choice.taking is not None:
        cart.drop(work.shop, seat, replace(choice.taking, order_id=order_id))
