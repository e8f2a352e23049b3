"""The daemon as a process: broker, printer and cloud are real, and it is killed at the worst moments."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

import pytest

from scripts.local.broker import Broker
from scripts.local.printer import VirtualPrinter
from scripts.local.process import Child, wait_until
from shared.contracts.bridge import BridgeStatus
from shared.contracts.topics import call_topic, kitchen_topic, status_topic
from tests.bridge.cloud_line import CloudLine
from tests.bridge.parts import (
    DEVICE,
    ENV,
    LIMIT_S,
    SHOP,
    CloudStub,
    Place,
    call_event,
    payload,
    ticket_event,
    utc_now,
)

Start = Callable[[], Child]
HOT = kitchen_topic(ENV, SHOP, "hot")


def test_a_published_ticket_is_printed_once_acknowledged_and_receipted(
    place: Place, start: Start, cloud: CloudStub, cloud_line: CloudLine, printer: VirtualPrinter
) -> None:
    bridge = start()
    place.wait_log("mqtt.subscribed")
    cloud_line.publish(HOT, payload(ticket_event(1, note="少辣，张先生")))
    cloud_line.publish(HOT, payload(ticket_event(1, note="少辣，张先生")))
    [receipt] = cloud.wait_receipts(1)
    cloud.wait_acks("e-1")
    bridge.stop()
    assert (receipt.event_id, receipt.job_id, receipt.outcome, receipt.attempts) == ("e-1", "j-1", "printed", 1)
    assert receipt.printer == "热菜打印机"
    assert [page.codes for page in printer.pages] == [("j-1",)]
    assert cloud.refused == 0
    log = (place.folder / "bridge.log").read_text(encoding="utf-8")
    assert "bridge.stopped" in log
    assert "张先生" not in log


def test_what_the_broker_lost_comes_by_catch_up(
    place: Place, start: Start, cloud: CloudStub, printer: VirtualPrinter
) -> None:
    cloud.events = [ticket_event(7).wire(), {"type": "new.kind", "eventId": "x"}, ticket_event(8).wire()]
    start()
    assert [receipt.job_id for receipt in cloud.wait_receipts(2)] == ["j-7", "j-8"]
    cloud.wait_acks("e-7", "e-8")
    assert [page.codes for page in printer.wait_pages(2, LIMIT_S)] == [("j-7",), ("j-8",)]


def test_killed_between_print_and_mark_it_prints_again_only_under_the_banner(
    place: Place, start: Start, cloud: CloudStub, cloud_line: CloudLine, printer: VirtualPrinter
) -> None:
    place.write(fence="GS ( H")
    printer.set_condition("mute fence")
    first = start()
    place.wait_log("mqtt.subscribed")
    cloud_line.publish(HOT, payload(ticket_event(1)))
    cloud_line.publish(HOT, payload(ticket_event(2)))
    printer.wait_pages(1, LIMIT_S)
    first.kill()
    printer.set_condition("ready")
    start()
    receipts = {receipt.job_id: receipt for receipt in cloud.wait_receipts(2)}
    assert [page.codes for page in printer.pages] == [("j-1",), ("j-1#2",), ("j-2",)]
    assert (receipts["j-1"].outcome, receipts["j-1"].attempts) == ("printedMarked", 2)
    assert (receipts["j-2"].outcome, receipts["j-2"].attempts) == ("printed", 1)


def test_messages_published_while_it_is_dead_or_the_broker_restarts_arrive(
    *, place: Place, start: Start, cloud: CloudStub, cloud_line: CloudLine, printer: VirtualPrinter, broker: Broker
) -> None:
    first = start()
    place.wait_log("mqtt.subscribed")
    first.kill()
    for number in (1, 2, 3):
        cloud_line.publish(HOT, payload(ticket_event(number)))
    broker.stop()
    broker.start()
    start()
    cloud_line.publish(HOT, payload(ticket_event(4)))
    receipts = cloud.wait_receipts(4)
    assert sorted(receipt.job_id for receipt in receipts) == ["j-1", "j-2", "j-3", "j-4"]
    assert sorted(page.codes[0] for page in printer.pages) == ["j-1", "j-2", "j-3", "j-4"]


def test_a_call_is_shown_once_and_an_expired_one_never(
    place: Place, start: Start, cloud: CloudStub, cloud_line: CloudLine
) -> None:
    start()
    place.wait_log("mqtt.subscribed")
    topic = call_topic(ENV, SHOP)
    cloud_line.publish(topic, payload(call_event(1, called_at=utc_now(), lasts_s=-1)))
    cloud_line.publish(topic, b"not an event")
    cloud_line.publish(topic, payload(call_event(2, called_at=utc_now())))
    cloud_line.publish(topic, payload(call_event(2, called_at=utc_now())))
    receipts = cloud.wait_receipts(2)
    cloud.wait_acks("ce-1", "ce-2")
    place.wait_log("event.not_understood")
    assert [(receipt.job_id, receipt.outcome) for receipt in receipts] == [("c-1", "expired"), ("c-2", "shown")]


def test_its_retained_status_says_online_and_the_broker_says_offline_after_a_kill(
    place: Place, start: Start, cloud_line: CloudLine
) -> None:
    bridge = start()
    topic = status_topic(ENV, SHOP, DEVICE)

    def told() -> list[bool]:
        return [BridgeStatus.model_validate_json(body).online for name, body in cloud_line.messages if name == topic]

    assert wait_until(lambda: told()[-1:] == [True], limit_s=LIMIT_S)
    bridge.kill()
    assert wait_until(lambda: told()[-1:] == [False], limit_s=LIMIT_S)


def test_a_reprint_ordered_on_the_command_line_comes_out_marked_while_it_runs(
    place: Place, start: Start, cloud: CloudStub, cloud_line: CloudLine, printer: VirtualPrinter
) -> None:
    start()
    place.wait_log("mqtt.subscribed")
    cloud_line.publish(HOT, payload(ticket_event(1)))
    cloud.wait_receipts(1)
    ordered = place.ask("reprint", "j-1")
    assert (ordered.returncode, ordered.stderr) == (0, "")
    assert ordered.stdout == "已安排打印：热菜 第 1 号，将带“补打/可能重复”字样（第 2 份）\n"
    receipts = cloud.wait_receipts(2)
    assert (receipts[1].outcome, receipts[1].attempts) == ("printedMarked", 2)
    assert [page.codes for page in printer.wait_pages(2, LIMIT_S)] == [("j-1",), ("j-1#2",)]


def test_a_second_one_on_the_same_machine_is_refused(place: Place, start: Start) -> None:
    start()
    place.wait_log("bridge.started")
    second = place.ask("run")
    assert second.returncode == 75
    assert second.stderr.startswith("程序已经在运行")


def test_the_printer_out_of_paper_is_reported_and_the_ticket_comes_out_once_after_the_new_roll(
    place: Place, start: Start, cloud: CloudStub, cloud_line: CloudLine, printer: VirtualPrinter
) -> None:
    printer.set_condition("paperOut")
    start()
    place.wait_log("mqtt.subscribed")
    cloud_line.publish(HOT, payload(ticket_event(1)))

    def paper_out_reported() -> bool:
        return any(report.state == "paperOut" for command in cloud.commands for report in command.printers)

    assert wait_until(paper_out_reported, limit_s=LIMIT_S)
    cloud.wait_acks("e-1")
    assert printer.pages == []
    printer.set_condition("ready")
    [receipt] = cloud.wait_receipts(1)
    assert (receipt.outcome, [page.codes for page in printer.pages]) == ("printed", [("j-1",)])


def test_systemd_hears_that_it_is_ready_and_well_and_stopping(
    place: Place, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(place.folder / "notify"))
        systemd.settimeout(LIMIT_S)
        monkeypatch.setenv("NOTIFY_SOCKET", str(place.folder / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        bridge = start()
        heard = [systemd.recv(100) for _ in range(3)]
        bridge.stop()
        while heard[-1] != b"STOPPING=1":
            heard.append(systemd.recv(100))
    assert (heard[0], set(heard[1:-1])) == (b"READY=1", {b"WATCHDOG=1"})


def test_the_log_is_json_lines(place: Place, start: Start) -> None:
    bridge = start()
    place.wait_log("bridge.started")
    bridge.stop()
    lines = (place.folder / "bridge.log").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not isinstance(json.loads(line), dict)] == []
    assert "bridge.stopped" in place.log_events()


def test_killed_again_and_again_while_tickets_come_none_is_lost_and_none_is_twice_unmarked(
    place: Place, start: Start, cloud: CloudStub, cloud_line: CloudLine, printer: VirtualPrinter
) -> None:
    bridge = start()
    place.wait_log("mqtt.subscribed")
    for number in range(40):
        cloud_line.publish(HOT, payload(ticket_event(number)))
        if number % 10 == 9:
            printer.wait_pages(number // 2, LIMIT_S)
            bridge.kill()
            bridge = start()
    everything = {f"j-{number}" for number in range(40)}
    told = wait_until(lambda: {receipt.job_id for receipt in cloud.receipts} == everything, limit_s=2 * LIMIT_S)
    codes = [page.codes[0] for page in printer.pages]
    unmarked = [code for code in codes if "#" not in code]
    assert told, (cloud.receipts, codes)
    assert sorted(set(unmarked)) == sorted(unmarked)
    assert {code.split("#")[0] for code in codes} == everything
