"""The printers' conditions for the boards, and what else at the store needs a person's eye, said in the same form."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from edge_bridge.spool import JobState, Spool
from shared.contracts.bridge import PrinterReport


def all_reports(
    spool: Spool, printers: Iterable[PrinterReport], *, served: Collection[str], since: datetime
) -> tuple[PrinterReport, ...]:
    """The printers first; then stations without a printer, and tickets that wait for a person. `since`: the start."""
    extra = [
        PrinterReport(
            printer=f"档口 {station}",
            state="error",
            detail=f"有 {count} 张小票没有打印机可打：请在配置的 stations 里给档口 {station} 指定打印机",
            since=since,
        )
        for station, count in spool.jobs.waiting_stations().items()
        if station not in served
    ]
    extra += [
        PrinterReport(
            printer=f"钱箱 {station}",
            state="error",
            detail=f"钱箱打不开：请在配置的 stations 里给档口 {station} 指定打印机",
            since=since,
        )
        for station in spool.drawers.waiting_stations()
        if station not in served
    ]
    counts = spool.jobs.counts()
    doubts = [what.format(counts[state]) for state, what in _FOR_A_PERSON if counts[state]]
    if doubts:
        extra.append(PrinterReport(printer="小票暂存", state="error", detail="；".join(doubts), since=since))
    return (*printers, *extra)


_FOR_A_PERSON = (
    (JobState.UNCERTAIN, "有 {} 张小票不确定是否打出：请到后厨核对，缺的用 reprint 命令补打"),
    (JobState.FAILED, "有 {} 张小票无法打印：请联系技术支持，并先口头通知后厨"),
)
