"""The daemon at the counter: receipts, the drawer and text mode, with broker, printer and cloud real."""

from __future__ import annotations

from collections.abc import Callable

from scripts.local.printer import VirtualPrinter
from scripts.local.process import Child, wait_until
from shared.contracts.events import Event
from shared.contracts.topics import kitchen_topic
from tests.bridge.cloud_line import CloudLine
from tests.bridge.parts import (
    ENV,
    LIMIT_S,
    SHOP,
    CloudStub,
    Place,
    drawer_event,
    payload,
    slip_event,
    ticket_event,
    utc_now,
)

Start = Callable[[], Child]
HOT = kitchen_topic(ENV, SHOP, "hot")


def test_a_receipt_and_the_drawer_come_once_and_not_again_after_a_kill(
    place: Place, start: Start, cloud: CloudStub, cloud_line: CloudLine, printer: VirtualPrinter
) -> None:
    first = start()
    place.wait_log("mqtt.subscribed")
    late = drawer_event(2, asked_at=utc_now(), lasts_s=-1)
    wishes: list[Event] = [slip_event(1), drawer_event(1, asked_at=utc_now()), late]
    for event in wishes * 2:
        cloud_line.publish(HOT, payload(event))
    told = {receipt.job_id: receipt.outcome for receipt in cloud.wait_receipts(3)}
    cloud.wait_acks(*(event.event_id for event in wishes))
    first.kill()
    start()
    for event in wishes:
        cloud_line.publish(HOT, payload(event))
    cloud_line.publish(HOT, payload(ticket_event(9)))
    cloud.wait_receipts(4)
    assert told == {
        "P-1.counter.receipt.1": "printed",
        "P-1.counter.drawer": "opened",
        "P-2.counter.drawer": "expired",
    }
    assert [page.codes for page in printer.pages] == [("P-1.counter.receipt.1",), ("j-9",)]
    assert printer.pulses == [b"\x00\x19\xfa"]


def test_a_printer_in_text_mode_prints_characters(
    place: Place, start: Start, cloud: CloudStub, cloud_line: CloudLine, printer: VirtualPrinter
) -> None:
    place.write(mode="text")
    start()
    place.wait_log("mqtt.subscribed")
    cloud_line.publish(HOT, payload(ticket_event(1, note="免葱")))
    cloud_line.publish(HOT, payload(slip_event(1)))
    cloud.wait_receipts(2)
    ticket, slip = printer.pages
    assert (ticket.codes, slip.codes) == (("j-1",), ("P-1.counter.receipt.1",))
    assert "红烧黄河鲤鱼" in ticket.text
    assert "免葱" in ticket.text
    assert ["实付", "￥68.00"] in [row.split() for row in slip.text.splitlines()]


def test_killed_again_and_again_while_cash_is_taken_no_wish_opens_the_drawer_twice(
    place: Place, start: Start, cloud: CloudStub, cloud_line: CloudLine, printer: VirtualPrinter
) -> None:
    bridge = start()
    place.wait_log("mqtt.subscribed")
    for number in range(24):
        for _ in range(2):
            cloud_line.publish(HOT, payload(drawer_event(number, asked_at=utc_now())))
        cloud_line.publish(HOT, payload(slip_event(number)))
        if number % 8 == 7:
            printer.wait_pages(number // 2, LIMIT_S)
            bridge.kill()
            bridge = start()
    papers = {f"P-{number}.counter.receipt.1" for number in range(24)}
    came = wait_until(lambda: papers <= {receipt.job_id for receipt in cloud.receipts}, limit_s=2 * LIMIT_S)
    opened = {receipt.job_id for receipt in cloud.receipts if receipt.outcome == "opened"}
    assert came, cloud.receipts
    # A kill between the pulse and its word leaves an opened drawer untold, and never one opened twice.
    assert len(opened) <= len(printer.pulses) <= 24
    assert len(opened) >= 24 - 3
    unmarked = [code for page in printer.pages for code in page.codes if "#" not in code]
    assert sorted(unmarked) == sorted(set(unmarked))
