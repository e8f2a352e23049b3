"""What the demo says in the terminal: the meals as they go, the time line with what steps took, the summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scripts.local.demo.journal import Entry, Kind, Span
from scripts.local.demo.verdict import Verdict

SPAN_NAMES: Mapping[Span, str] = {
    "scan_to_order": "扫码 → 下单成功",
    "order_to_paper": "下单 → 小票印出",
    "change_to_paper": "改动 → 小票印出",
    "ready_to_call": "出餐 → 叫号",
    "call_to_screen": "叫号 → 屏幕显示",
}
_SHOP_ZONE = ZoneInfo("Asia/Shanghai")
_STYLES: Mapping[Kind, str] = {
    "meal": "bold reverse",
    "book": "magenta",
    "queue": "magenta",
    "scan": "dim",
    "cart": "dim",
    "order": "bold",
    "pay": "green",
    "offer": "magenta",
    "refused": "yellow",
    "change": "yellow",
    "paper": "cyan",
    "cook": "dim",
    "call": "green",
    "shown": "bold green",
    "done": "bold",
}


def entry_line(entry: Entry, shop_name: str) -> Text:
    """One moment: time, shop, words, and what it took."""
    took = "" if entry.took_ms is None else f"  {entry.took_ms} ms"
    line = Text(f"{entry.at.astimezone(_SHOP_ZONE):%H:%M:%S.%f}"[:-3], style="dim")
    line.append(f"  {shop_name}  ", style="blue")
    line.append(entry.text, style=_STYLES[entry.kind])
    line.append(took, style="dim")
    return line


def show_summary(
    console: Console,
    *,
    spans: Mapping[Span, Sequence[int]],
    verdict: Verdict,
    compared: Mapping[str, int] | None = None,
) -> None:
    """What the steps took, whether everything came out once, and what the books were compared with."""
    times = Table(title="用时 (ms)", title_justify="left")
    for heading in ("步骤", "次数", "p50", "max"):
        times.add_column(heading, justify="left" if heading == "步骤" else "right")
    for span, name in SPAN_NAMES.items():
        values = spans.get(span, ())
        if values:
            times.add_row(name, str(len(values)), f"{median(values):.0f}", str(max(values)))
    figures = Table(title="结果", title_justify="left", show_header=False)
    figures.add_row("订单", str(verdict.orders))
    figures.add_row("小票 应印 / 已印", f"{verdict.tickets} / {verdict.printed}")
    figures.add_row("重复 / 缺失", f"{len(verdict.duplicated)} / {len(verdict.missing)}")
    figures.add_row("叫号 / 已显示", f"{verdict.calls} / {verdict.calls_shown}")
    for what, count in (compared or {}).items():
        if count:
            figures.add_row(what, str(count))
    console.print(times)
    console.print(figures)
