"""孙女士 has reserved a table for six, with two dishes ordered ahead; the shop is reminded, the party comes."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from scripts.local.demo.dinner.played import Played
from scripts.local.demo.journal import now
from scripts.local.demo.lunch import NORTH, Wish
from scripts.local.demo.play import wished
from scripts.local.demo.service import cook_and_call, hand_over, orders_at
from scripts.local.demo.stage import Stage, in_words, require_played
from scripts.local.demo.till import bill_of_table, give_back, take_cash
from shared.contracts.booking import BookingReply, BookingsReply, BookingView, SeatReply

ZONE = ZoneInfo("Asia/Shanghai")
_GUEST, _NAME, _PHONE, _GUESTS = "openid-guest-sun", "孙女士", "13839100000", 6
_AHEAD = (
    Wish("d-carp-braised", modifiers={"less-salt": 1}, note="七点前开始做"),
    Wish("d-daokou-chicken", specs={"size-chicken": "whole"}),
)


def play_booking(stage: Stage, played: Played) -> None:
    """Reserve, remind, seat: the dishes reach the kitchen by themselves; eat and leave."""
    booking = _book(stage)
    played.booking(booking.booking_id, "booked")
    stage.pause()
    _remind(stage, booking)
    stage.pause()
    seated = _seat(stage, booking)
    played.booking(booking.booking_id, "seated")
    (order,) = orders_at(stage, NORTH, seated.sitting_id)
    stage.say("order", NORTH, f"{seated.table_name} 预点的菜自动下单：{in_words(order)}")
    cook_and_call(stage, NORTH, order)
    hand_over(stage, NORTH, order)
    bill = bill_of_table(stage, NORTH, seated.sitting_id)
    take_cash(stage, bill)
    played.settled(seated.sitting_id)
    fish = next(line.line_id for line in order.lines if line.dish_id == _AHEAD[0].dish_id)
    back = give_back(stage, NORTH, order, line_id=fish, reason="鱼刺没挑干净，退这道菜")
    require_played(back.cash_fen == back.fen > 0, f"cash goes back in cash: {back}")


def _book(stage: Stage) -> BookingView:
    """The first free time of the running business day, which may have begun yesterday."""
    began = now()
    today = began.astimezone(ZONE).date()
    offered = [
        slot
        for day in (today - timedelta(days=1), today)
        for slot in stage.client.ask(
            "getBookings", _GUEST, BookingsReply, shopId=NORTH, date=day.isoformat(), guests=_GUESTS
        ).slots
        or ()
        if slot.free
    ]
    require_played(bool(offered), "no time is free for a party of six today")
    booking = stage.client.tell(
        "bookTable",
        _GUEST,
        BookingReply,
        shopId=NORTH,
        at=offered[0].at.isoformat(),
        guests=_GUESTS,
        name=_NAME,
        phone=_PHONE,
        note="过生日，留个安静的位置",
        lines=[wished(wish, line_id=f"b{number}") for number, wish in enumerate(_AHEAD, start=1)],
    ).booking
    dishes = "、".join(f"{line.name}×{line.quantity}" for line in booking.lines)
    text = f"{_NAME} 预订 {booking.at.astimezone(ZONE):%H:%M}，{_GUESTS} 位，{booking.table_name}，先点了 {dishes}"
    stage.say("book", NORTH, text, since=began)
    return booking


def _remind(stage: Stage, booking: BookingView) -> None:
    """The sweep, due every minute, prints a slip for a party that comes soon."""
    slip = f"{booking.booking_id}.pass.booking.1"
    stage.journal.expect_paper(slip)
    stage.client.fire("sweep")
    stage.require_papers((slip,), of=f"reservation {booking.booking_no}")


def _seat(stage: Stage, booking: BookingView) -> SeatReply:
    began, (name, openid) = now(), stage.waiter(NORTH)
    seated = stage.client.tell("seatParty", openid, SeatReply, shopId=NORTH, bookingId=booking.booking_id)
    stage.say("book", NORTH, f"{_NAME}一行到店，{name}带到{seated.table_name}", since=began)
    require_played((seated.preorder, seated.refused) == ("ordered", ()), f"ordered ahead, but: {seated}")
    return seated
