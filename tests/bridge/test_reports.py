"""What needs a person's eye is on the boards, next to the printers."""

from __future__ import annotations

from edge_bridge.reports import all_reports
from edge_bridge.spool import Spool
from shared.contracts.bridge import PrinterReport
from tests.bridge.parts import NOON, drawer_event, ticket_event

PRINTER = PrinterReport(printer="热菜打印机", state="ready", since=NOON)


def test_a_shop_in_order_reports_its_printers_only(spool: Spool) -> None:
    spool.jobs.put(ticket_event(1), now=NOON)
    assert all_reports(spool, [PRINTER], served={"hot"}, since=NOON) == (PRINTER,)


def test_a_station_without_a_printer_and_tickets_in_doubt_are_reported(spool: Spool) -> None:
    for number, station in ((1, "grill"), (2, "hot"), (3, "hot")):
        spool.jobs.put(ticket_event(number, station=station), now=NOON)
    spool.jobs.begin("j-2", printer="热菜打印机", now=NOON)
    spool.jobs.doubt("j-2", now=NOON)
    spool.jobs.fail("j-3", now=NOON)
    told = all_reports(spool, [PRINTER], served={"hot"}, since=NOON)
    assert [(report.printer, report.state, report.detail) for report in told] == [
        ("热菜打印机", "ready", ""),
        ("档口 grill", "error", "有 1 张小票没有打印机可打：请在配置的 stations 里给档口 grill 指定打印机"),
        (
            "小票暂存",
            "error",
            "有 1 张小票不确定是否打出：请到后厨核对，缺的用 reprint 命令补打；"
            "有 1 张小票无法打印：请联系技术支持，并先口头通知后厨",
        ),
    ]


def test_a_drawer_that_hangs_at_no_printer_is_reported(spool: Spool) -> None:
    for number, station in ((1, "hot"), (2, "counter"), (3, "counter")):
        spool.drawers.put(drawer_event(number, asked_at=NOON, station=station), now=NOON)
    told = all_reports(spool, [PRINTER], served={"hot"}, since=NOON)
    assert [(report.printer, report.state, report.detail) for report in told] == [
        ("热菜打印机", "ready", ""),
        ("钱箱 counter", "error", "钱箱打不开：请在配置的 stations 里给档口 counter 指定打印机"),
    ]
