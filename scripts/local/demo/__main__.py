"""`scripts/demo`: starts everything, plays a lunch, stays up with a start page; `--check` tells whether it works."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path

import httpx
from rich.console import Console

from scripts.local.demo.client import Client, RefusalError
from scripts.local.demo.folder import own_folder
from scripts.local.demo.lunch import LUNCH
from scripts.local.demo.play import Lunch, LunchFailedError
from scripts.local.demo.processes import descendants, left_running
from scripts.local.demo.settled import wait_receipts
from scripts.local.demo.site import Ports, Site
from scripts.local.demo.terminal import entry_line, show_summary
from scripts.local.demo.verdict import judge
from scripts.local.process import StartFailedError

ROOT = Path(__file__).resolve().parents[3]
_PACE_S = 0.5
_INTERRUPTED = 130


def main() -> int:
    """Run the demo or the check; the exit code."""
    options = _options()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    console = Console(highlight=False, soft_wrap=True)
    try:
        if options.check:
            with tempfile.TemporaryDirectory(prefix="zaotai-demo-") as folder:
                return _check(console, Path(folder), ended)
        with own_folder(ROOT / ".local" / "demo", is_fresh=options.fresh) as kept:
            return _show(console, kept, ended)
    except (StartFailedError, LunchFailedError, RefusalError, httpx.HTTPError) as error:
        console.print(f"demo: {error}", style="red", markup=False)
        return 1


def _check(console: Console, folder: Path, ended: threading.Event) -> int:
    """0 only if every ticket came out exactly once, every call was shown, and nothing is left running."""
    with Site(folder, ports=Ports.free()) as site, _Narrator(console, site):
        started = descendants(os.getpid())
        _play(site, ended, pace_s=0)
        if ended.is_set():
            console.print("demo --check: interrupted", style="red")
            return _INTERRUPTED
        wait_receipts(site)
        started |= descendants(os.getpid())
    verdict = judge(site.journal.facts())
    show_summary(console, spans=site.journal.spans(), verdict=verdict)
    problems = verdict.problems + [f"still running: process {pid}" for pid in sorted(left_running(started))]
    for problem in problems:
        console.print(f"demo --check: {problem}", style="red", markup=False)
    console.print("[red]check failed[/]" if problems else "[green]check passed[/]")
    return 1 if problems else 0


def _show(console: Console, folder: Path, ended: threading.Event) -> int:
    """Play the lunch and stay until Ctrl-C."""
    from scripts.local.demo.page import StartPage

    console.print("正在启动本地云和两家门店……")
    with Site(folder, ports=Ports.usual()) as site, Client(site.cloud.url) as client, StartPage(site, client) as page:
        console.print(f"起始页 [bold underline]{page.url}[/]，午市马上开始\n")
        with _Narrator(console, site):
            _play(site, ended, pace_s=_PACE_S)
        if not ended.is_set():
            show_summary(console, spans=site.journal.spans(), verdict=judge(site.journal.facts()))
        console.print(f"\n网关    {site.cloud.url}\n日志    {site.cloud.log}")
        console.print(f"起始页  [bold underline]{page.url}[/]   （Ctrl-C 全部停止）")
        ended.wait()
        console.print("正在停止……")
    return 0


def _play(site: Site, ended: threading.Event, *, pace_s: float) -> None:
    assert site.loaded is not None
    with Client(site.cloud.url) as client:
        crews = {shop_id: site.crew(shop_id) for shop_id in site.pcs}
        codes = site.loaded.table_codes
        Lunch(client, site.journal, crews=crews, table_codes=codes, pace_s=pace_s, ended=ended).play(LUNCH)


class _Narrator:
    """Prints the journal's entries as they are written."""

    def __init__(self, console: Console, site: Site) -> None:
        self._console, self._journal = console, site.journal
        self._names = {shop.id: shop.name for shop in site.dataset.shops}
        self._told = 0
        self._lock = threading.Lock()

    def __enter__(self) -> _Narrator:
        self._forget = self._journal.listen(self._tell)
        return self

    def __exit__(self, *_: object) -> None:
        self._forget()
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            for entry in self._journal.entries(self._told):
                self._told += 1
                self._console.print(entry_line(entry, self._names[entry.shop_id]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/demo", description="豫味坊 on this machine: one lunch, end to end.")
    parser.add_argument("--check", action="store_true", help="play the lunch in a temporary folder and judge it")
    parser.add_argument("--fresh", action="store_true", help="forget the data of earlier demos")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
