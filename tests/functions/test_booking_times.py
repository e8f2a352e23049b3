"""What time does to a reservation: a slip before, and the table given up when nobody comes (rule 24)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from edge_bridge.rendering.ticket import render_ticket
from scripts.local.printer_pages import read_codes
from shared.contracts.events import TicketEvent
from shared.errors import AlreadyBooked, SlotFull, StateConflict
from shared.runtime.clock import Deadline
from shared.store.client import Document
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Chain
from shared.usecases.sweeping import STEPS, Round, take
from tests.support.bookings import SHANGHAI, Desk, local
from tests.support.shops import TestShop, line, open_shop

SIX = local("25T18:00")


@pytest.fixture
def desk(shop: TestShop) -> Desk:
    """The only shop with reservations, on the day before."""
    shop.db["reservations"].delete_many({}, comment=BRAND_WIDE)
    return Desk(shop, local("24T12:00"))


def slips(shop: TestShop) -> list[TicketEvent]:
    """The reminders that wait in the shop's outbox."""
    events = shop.sync()["data"]["events"]
    return [TicketEvent.model_validate(one) for one in events if one["data"]["kind"] == "booking"]


def without_times(found: Document) -> Document:
    return {key: value for key, value in found.items() if key not in {"slots", "state", "no_show_at"}}


def test_a_party_that_does_not_come_in_time_loses_its_table(desk: Desk) -> None:
    booking_id = desk.book(at=SIX).booking.booking_id
    before = desk.stored(booking_id)
    desk.now = SIX + timedelta(minutes=15, milliseconds=-1)
    assert (desk.end_no_shows(), desk.stored(booking_id)["state"]) == (0, "booked")
    desk.now = SIX + timedelta(minutes=15)
    assert [desk.end_no_shows() for _ in range(2)] == [1, 0]
    after = desk.stored(booking_id)
    assert (after["state"], "slots" in after, after["no_show_at"]) == ("noShow", False, desk.now)
    assert without_times(after) == without_times(before)
    with pytest.raises(StateConflict, match="预订已过保留时间，不能入座"):
        desk.seat(booking_id)


def test_the_table_of_a_no_show_can_be_had_by_others(desk: Desk) -> None:
    desk.shop.db["tables"].delete_many({"shop_id": desk.shop.shop_id, "table_id": {"$ne": "t1"}})
    desk.shop.change(booking={"lead_min": 0})
    desk.book(at=SIX)
    with pytest.raises(SlotFull):
        desk.book("late", at=local("25T18:30"))
    desk.now = local("25T18:20")
    desk.end_no_shows()
    assert desk.book("late", at=local("25T18:30")).booking.table_id == "t1"


def test_the_rules_a_booking_was_made_by_hold_for_it_when_the_shop_changes_them(desk: Desk) -> None:
    old = desk.book("old", at=SIX).booking
    desk.shop.change(booking={"held_min": 40, "turn_min": 120, "slice_min": 60})
    new = desk.book("new", at=SIX).booking
    assert [(one.held_until - SIX, one.ends_at - SIX) for one in (old, new)] == [
        (timedelta(minutes=15), timedelta(minutes=90)),
        (timedelta(minutes=40), timedelta(minutes=120)),
    ]
    desk.now = SIX + timedelta(minutes=20)
    assert desk.end_no_shows() == 1
    assert [desk.stored(one.booking_id)["state"] for one in (old, new)] == ["noShow", "booked"]


def test_a_changed_slice_lets_nothing_overlap(desk: Desk) -> None:
    desk.shop.db["tables"].delete_many({"shop_id": desk.shop.shop_id, "table_id": {"$ne": "t1"}})
    desk.shop.change(booking={"turn_min": 45, "slice_min": 15})
    desk.book("one", at=local("25T18:15"))
    desk.shop.change(booking={"turn_min": 60, "slice_min": 60})
    with pytest.raises(SlotFull):
        desk.book("other", at=SIX)
    assert desk.book("other", at=local("25T19:00")).booking.table_id == "t1"


def test_a_guest_may_not_cancel_once_the_time_has_come(desk: Desk) -> None:
    booking_id = desk.book(at=SIX).booking.booking_id
    desk.now = SIX
    with pytest.raises(StateConflict, match="已到预订时间"):
        desk.cancel(booking_id)
    assert desk.stored(booking_id)["state"] == "booked"
    desk.now = SIX - timedelta(milliseconds=1)
    assert desk.cancel(booking_id).booking.state == "cancelled"


def test_a_seated_party_keeps_its_table_for_its_turn_and_is_no_no_show(desk: Desk) -> None:
    booking_id = desk.book(at=SIX).booking.booking_id
    desk.now = SIX + timedelta(minutes=5)
    desk.seat(booking_id)
    desk.now = SIX + timedelta(hours=1)
    assert (desk.end_no_shows(), desk.stored(booking_id)["state"]) == (0, "seated")
    assert len(desk.stored(booking_id)["slots"]) == 12
    desk.now = SIX - timedelta(hours=2)
    with pytest.raises(AlreadyBooked):
        desk.book(at=local("25T19:00"))


def test_the_shop_is_reminded_once_two_hours_before(desk: Desk) -> None:
    ahead = [line("fish", 2, note="少盐"), line("tea", 3)]
    booked = desk.book(at=SIX, guests=4, phone="13800138000", note="靠窗", lines=ahead).booking
    desk.now = SIX - timedelta(hours=2, milliseconds=1)
    assert (desk.remind(), slips(desk.shop)) == (0, [])
    desk.now = SIX - timedelta(hours=2)
    assert [desk.remind() for _ in range(2)] == [1, 0]
    (event,) = slips(desk.shop)
    slip = event.data
    assert (slip.kind, slip.station, slip.station_name, slip.is_pass) == ("booking", "pass", "传菜", False)
    assert (slip.table_name, slip.guests, slip.note, slip.order_no) == ("1号桌", 4, "靠窗", booked.booking_no)
    assert slip.kept is not None
    assert (slip.kept.at, slip.kept.name, slip.kept.phone) == (SIX, "王女士", "138****8000")
    assert [(one.name, one.quantity) for one in slip.lines] == [("红烧黄河鲤鱼", 2), ("大麦茶", 3)]
    image = render_ticket(slip, seq=1, width_dots=384, copy=1, now=desk.now, zone=SHANGHAI)
    assert read_codes(image) == (f"{booked.booking_id}.pass.booking.1",)
    assert desk.stored(booked.booking_id)["reminded_at"] == desk.now


def test_two_sweeps_at_once_remind_once(desk: Desk) -> None:
    for number in range(4):
        desk.book(f"g{number}", at=SIX)
    desk.now = SIX - timedelta(hours=1)
    with ThreadPoolExecutor(4) as sweeps:
        counts = list(sweeps.map(lambda _: desk.remind(), range(4)))
    assert sum(counts) == len(slips(desk.shop)) == 4


def test_a_cancelled_a_seated_and_a_missed_booking_remind_nobody(desk: Desk) -> None:
    cancelled, seated, _ = (desk.book(guest, at=SIX).booking.booking_id for guest in ("a", "b", "c"))
    desk.cancel(cancelled, "a")
    desk.now = local("25T15:00")
    desk.seat(seated)
    desk.now = SIX + timedelta(minutes=15)
    assert (desk.remind(), slips(desk.shop)) == (0, [])


def test_one_broken_shop_keeps_no_other_from_being_reminded(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    other = Desk(open_shop(desk.shop.db), desk.now)
    for one in (desk, other):
        one.book(at=SIX, name="司马女士")
    desk.shop.change(zone="Atlantis/花生")
    this = Round(Chain(desk.shop.db), SIX - timedelta(hours=1), Deadline.after(8), "t")
    reply = take({"reminders": STEPS["reminders"]}, this)
    assert (reply.failed, len(slips(other.shop))) == (("reminders",), 1)
    told = capsys.readouterr().out
    assert "ZoneInfoNotFoundError" in told
    assert "司马" not in told
    desk.shop.change(zone="Asia/Shanghai")
    assert take({"reminders": STEPS["reminders"]}, this).done == {"reminders": 1}
    assert len(slips(desk.shop)) == 1


def test_a_shop_without_a_pass_prints_the_slip_at_its_first_station(desk: Desk) -> None:
    desk.shop.db["stations"].delete_one({"shop_id": desk.shop.shop_id, "station_id": "pass"})
    desk.shop.change(menu_version=2)
    desk.book(at=SIX)
    desk.now = SIX - timedelta(hours=1)
    assert desk.remind() == 1
    assert [slip.data.station for slip in slips(desk.shop)] == ["cold"]


def test_sixty_dishes_ahead_are_one_message_under_its_limit(desk: Desk) -> None:
    ahead = [line("noodles", 99, f"{'l' * 33}{n:03d}", specs={"size": "big"}, note="好" * 50) for n in range(60)]
    desk.book(at=SIX, note="好" * 50, name="王" * 20, lines=ahead)
    desk.now = SIX - timedelta(hours=1)
    assert desk.remind() == 1
    (event,) = slips(desk.shop)
    assert len(event.data.lines) == 60
    assert len(event.wire_json().encode()) < 16 * 1024
