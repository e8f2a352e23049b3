"""`scripts/demo`: starts all, plays the meals, stays up with a start page; `--check` judges it all."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
from rich.console import Console

from scripts.local.demo.audit import Audit, audit, expect_everything, money_audit
from scripts.local.demo.client import Client, RefusalError
from scripts.local.demo.dinner.evening import Dinner
from scripts.local.demo.folder import own_folder
from scripts.local.demo.journal import Meal
from scripts.local.demo.lunch import LUNCH, SHOPS
from scripts.local.demo.offers.night import Offers
from scripts.local.demo.offers.past import Past
from scripts.local.demo.play import Lunch
from scripts.local.demo.processes import descendants, left_running
from scripts.local.demo.settled import wait_receipts
from scripts.local.demo.site import DATABASE, Ports, Site
from scripts.local.demo.stage import MealEndedError, MealFailedError, Stage
from scripts.local.demo.terminal import entry_line, show_summary
from scripts.local.demo.verdict import judge
from scripts.local.process import StartFailedError

ROOT = Path(__file__).resolve().parents[3]
_PACE_S = 0.5
_MEALS: tuple[Meal, ...] = ("lunch", "dinner", "offers")
_MEAL_NAMES: Mapping[Meal, str] = {"lunch": "午市", "dinner": "晚市", "offers": "晚间活动"}
_INTERRUPTED = 130


def main() -> int:
    """Run the demo or the check; the exit code."""
    options = _options()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    console = Console(highlight=False, soft_wrap=True)
    meals: Sequence[Meal] = _MEALS if options.only is None else (options.only,)
    try:
        if options.check:
            with tempfile.TemporaryDirectory(prefix="zaotai-demo-") as folder:
                return _check(console, Path(folder), ended, meals=meals)
        with own_folder(ROOT / ".local" / "demo", is_fresh=options.fresh) as kept:
            return _show(console, kept, ended, meals=meals)
    except (StartFailedError, MealFailedError, RefusalError, httpx.HTTPError) as error:
        console.print(f"demo: {error}", style="red", markup=False)
        return 1


def _check(console: Console, folder: Path, ended: threading.Event, *, meals: Sequence[Meal]) -> int:
    """0 only if all is in the books as it was played, on paper once, on the screens, and nothing is left running."""
    with Site(folder, ports=Ports.free()) as site, _Narrator(console, site):
        started = descendants(os.getpid())
        states = _play(site, ended, meals=meals, pace_s=0)
        if ended.is_set():
            console.print("demo --check: interrupted", style="red")
            return _INTERRUPTED
        uri = site.cloud.mongodb_uri
        expect_everything(site.journal, uri=uri, database=DATABASE)
        wait_receipts(site)
        books = audit(states, uri=uri, database=DATABASE)
        books += money_audit(uri=uri, database=DATABASE, wechat_fen=_paid_by_phones(site))
        started |= descendants(os.getpid())
    return _judged(console, site, books, running=left_running(started))


def _paid_by_phones(site: Site) -> int:
    """What the simulated WeChat Pay took."""
    assert site.cloud.wechat_pay is not None
    return sum(int(str(one["totalFen"])) for one in site.cloud.wechat_pay.happened("paid"))


def _judged(console: Console, site: Site, books: Audit, *, running: set[int]) -> int:
    verdict = judge(site.journal.facts())
    show_summary(console, spans=site.journal.spans(), verdict=verdict, compared=books.compared)
    unasked = [f"paper that nobody asked for: {job!r}" for job in verdict.unasked]
    leftover = [f"still running: process {pid}" for pid in sorted(running)]
    problems = [*verdict.problems, *unasked, *books.problems, *leftover]
    for problem in problems:
        console.print(f"demo --check: {problem}", style="red", markup=False)
    console.print("[red]check failed[/]" if problems else "[green]check passed[/]")
    return 1 if problems else 0


def _show(console: Console, folder: Path, ended: threading.Event, *, meals: Sequence[Meal]) -> int:
    """Play and stay until Ctrl-C."""
    from scripts.local.demo.page import StartPage

    console.print("正在启动本地云和两家门店……")
    with Site(folder, ports=Ports.usual()) as site, Client(site.cloud.url) as client, StartPage(site, client) as page:
        console.print(f"起始页 [bold underline]{page.url}[/]，{_MEAL_NAMES[meals[0]]}马上开始\n")
        with _Narrator(console, site):
            _play(site, ended, meals=meals, pace_s=_PACE_S)
        if not ended.is_set():
            show_summary(console, spans=site.journal.spans(), verdict=judge(site.journal.facts()))
        console.print(f"\n网关    {site.cloud.url}\n日志    {site.cloud.log}")
        console.print(f"起始页  [bold underline]{page.url}[/]   （Ctrl-C 全部停止）")
        ended.wait()
        console.print("正在停止……")
    return 0


def _play(
    site: Site, ended: threading.Event, *, meals: Sequence[Meal], pace_s: float
) -> Mapping[str, Mapping[str, str]]:
    """Play the meals, one after the other; how what was played must have ended, as `Played.states` tells it."""
    with Client(site.cloud.url) as client:
        stage = site.stage(client, pace_s=pace_s, ended=ended)
        dinner = Dinner(stage)
        try:
            for meal in meals:
                _begin(stage, meal)
                if meal == "dinner":
                    dinner.play()
                elif meal == "offers":
                    Offers(stage, Past(site.cloud.mongodb_uri, DATABASE)).play()
                else:
                    Lunch(stage).play(LUNCH)
        except MealEndedError:
            pass  # Ctrl-C: everybody goes home
        site.journal.begin("")
        return dinner.played.states()


def _begin(stage: Stage, meal: Meal) -> None:
    stage.journal.begin(meal)
    stage.say("meal", SHOPS[0], f"{_MEAL_NAMES[meal]}开始")


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
    told = "豫味坊 on this machine: lunch, dinner and an evening of offers, end to end."
    parser = argparse.ArgumentParser(prog="scripts/demo", description=told)
    parser.add_argument("--check", action="store_true", help="play in a temporary folder and judge everything")
    parser.add_argument("--fresh", action="store_true", help="forget the data of earlier demos")
    parser.add_argument("--only", choices=_MEALS, help="play this meal alone")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
