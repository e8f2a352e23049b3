"""`python -m tests.paying.killed_primary`: payments while primaries of three are killed, or step down; figures as JSON.

In a process of its own, because a process has one database for life.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pymongo.database import Database

from scripts.local.mongod_set import MongodSet
from scripts.local.process import wait_until
from scripts.local.wechat_pay.simulator import WechatPaySimulator
from shared.domain.ledger import topping_up
from shared.domain.loyalty import Stored
from shared.runtime.clock import utc_now
from shared.store import members
from shared.store.client import Document
from tests.conftest import use_database
from tests.paying.stories import STORIES, prepared
from tests.support.banking import Bank
from tests.support.desk import WECHAT, Desk, number_of
from tests.support.dying import Moment, live
from tests.support.mishaps import steps_down
from tests.support.running import Running, run
from tests.support.shops import Reply, line, open_shop, request_id
from tests.support.takings import pass_time, takings

DUE = 2_100
CALLERS, MEMBERS = 8, 8
PATIENCE_S = 60.0
KILLS_AT = (0.2, 0.65)
"""The primary dies when so many of the payments were answered."""
HALF = 0.5
"""From here on, payments begin once the first to die is back: without it, the second death would leave no majority."""
NOT_TOLD = 4
"""Of so many payments by phone, the notice of one is lost."""
READS = ("find ", "aggregate ", "GET ", "POST ")
STEPPED = ("mixed", "notice", "refund")


@dataclass
class Crowd:
    """Payments, each under one number however often it is asked for, and what they were answered."""

    desk: Desk
    waiting: list[tuple[str, Running, Callable[[], Reply]]]
    paid: dict[str, str] = field(default_factory=dict)
    """Order → number of its payment."""
    answers: Counter[str] = field(default_factory=Counter)
    notices: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    is_whole: threading.Event = field(default_factory=threading.Event)

    def pay(self, number: int) -> None:
        """Ask until it is answered; who pays by phone then does, and the notice comes, or is lost."""
        guest, order, act = self.waiting[number]
        if number >= HALF * len(self.waiting):
            assert self.is_whole.wait(PATIENCE_S)
        begun = time.monotonic()
        reply: Reply = {}

        def ask() -> bool:
            nonlocal reply
            reply = act()
            self.answers[reply.get("code", "done")] += 1
            return bool(reply["success"])

        assert wait_until(ask, limit_s=PATIENCE_S, every_s=0.05), reply
        self.slowest_s = max(self.slowest_s, time.monotonic() - begun)
        if reply["data"].get("wechat"):
            told = self.desk.tap(reply, guest=guest)
            if number % NOT_TOLD:
                self.notices[str(self.desk.hear(told)["status"])] += 1
        self.paid[order.order_id] = number_of(reply)

    def has_paid(self, goal: float, over: threading.Event) -> bool:
        """Whether so many were answered, or all."""
        return len(self.paid) >= goal or over.is_set()

    def again(self) -> None:
        """Every request once more, and every notice: nothing is paid by that."""
        for _, order, act in self.waiting:
            reply = act()
            assert number_of(reply) == self.paid[order.order_id], reply
        for one in self.desk.shop.db["payments"].find({"shop_id": self.desk.shop.shop_id, "mchid": {"$gt": ""}}):
            assert self.desk.hear(one["_id"])["status"] == 200


def crowd(desk: Desk, count: int) -> Crowd:
    """A third pays cash, a third stored value, a third by phone; eight share the accounts."""
    for number in range(MEMBERS):
        account = Bank(desk.shop.db, desk.shop.shop_id, desk.shop.guest(f"m{number}"))
        members.join(account.shop, account.openid, now=utc_now())
        account.post("t", "topUp", topping_up(Stored(count * DUE, count * 100)), now=utc_now())

    def begin(number: int) -> tuple[str, Running, Callable[[], Reply]]:
        kind = ("cash", "stored", "wechat")[number % 3]
        guest = f"m{number % MEMBERS}" if kind == "stored" else f"g{number}"
        order = run(desk.shop, [line("noodles", specs={"size": "small"}), line("tea")], guest=guest)
        tender: Reply = {"cash": {"kind": kind, "handedFen": 3_000}, "wechat": WECHAT}.get(kind, {"kind": kind})
        payer = "cashier" if kind == "cash" else guest
        return guest, order, desk.paying(DUE, guest=payer, tenders=[tender], key=request_id(), orderId=order.order_id)

    with ThreadPoolExecutor(CALLERS) as pool:
        return Crowd(desk, list(pool.map(begin, range(count))))


def kill_primaries(servers: MongodSet, people: Crowd, *, over: threading.Event) -> list[float]:
    """Kill the primary, let it come back, and then kill the next; how long each time nobody was primary."""
    gaps = []
    for share in KILLS_AT:
        goal = share * len(people.waiting)
        wait_until(partial(people.has_paid, goal, over), limit_s=2 * PATIENCE_S)
        assert not over.is_set(), "nobody was paying any more"
        dead = servers.kill_primary()
        begun = time.monotonic()
        servers.primary()
        gaps.append(round(time.monotonic() - begun, 1))
        dead.launch()
        servers.wait_whole()
        people.is_whole.set()
    return gaps


def killed(servers: MongodSet, desk: Desk, count: int) -> dict[str, Any]:
    """So many payments by eight callers, while two primaries die."""
    people, over, begun = crowd(desk, count), threading.Event(), time.monotonic()
    with ThreadPoolExecutor(CALLERS + 1) as pool:
        killing = pool.submit(kill_primaries, servers, people, over=over)
        paying = [pool.submit(people.pay, number) for number in range(count)]
        for one in paying:
            one.result()
        over.set()
        gaps = killing.result()
    took_s = time.monotonic() - begun
    people.again()
    pass_time(desk)
    told = takings(desk)
    require_once(people, told.paid)
    return {
        "payments": count,
        "seconds": round(took_s, 1),
        "withoutPrimaryS": gaps,
        "answers": dict(people.answers),
        "notices": dict(people.notices),
        "slowestAnswerS": round(people.slowest_s, 1),
        "paidFen": dict(told.paid),
        "states": dict(told.payments),
        "returnedFen": told.returned,
    }


def require_once(people: Crowd, paid: Counter[str]) -> None:
    """Every order is paid, once: by the shop's book, and by WeChat Pay's."""
    count = len(people.waiting)
    for _, order, _ in people.waiting:
        assert [one.paid_fen for one in order.now.lines] == [1_800, 300], order.now
        assert len(order.papers) == 3, order.papers
    assert paid == {kind: DUE * len(range(n, count, 3)) for n, kind in enumerate(("cash", "stored", "wechat"))}
    mine = set(people.paid.values())
    took = sum(int(str(one["totalFen"])) for one in people.desk.wechat.happened("paid") if one["outTradeNo"] in mine)
    assert took == paid["wechat"]


def stepped_down(servers: MongodSet, desk: Desk, names: list[str]) -> dict[str, Any]:
    """The primary steps down before every command that changes something, and after every commit."""
    answers: Counter[str] = Counter()
    for name in names:
        first = STORIES[name](desk, f"{name}0")
        steps = live(first.act).steps
        first.end()
        for number, step in enumerate(steps, start=1):
            for when in ("before", "after")[: 0 if step.startswith(READS) else 1 + (step == "commitTransaction")]:
                story = STORIES[name](desk, f"{name}{number}{when}")
                moment = Moment(number, "before" if when == "before" else "after")
                life = live(story.act, moment, partial(steps_down, servers.uri))
                assert life.reply is not None
                assert when == "after" or life.steps.count(step) > steps.count(step), "nothing happened"
                code = life.reply.get("code", "done")
                answers[code] += 1
                assert code in ("done", "BUSY", "UNKNOWN"), life.reply
                servers.wait_whole()
                desk.exceptions()  # a read, which finds the new primary: `update_many` would not try twice
                if code != "done" or number % 2:
                    story.go_on(is_told=number % 3 > 0)
                story.end()
    told = takings(desk)
    return {"stepDowns": sum(answers.values()), "answers": dict(answers), "states": dict(told.payments)}


def opened(db: Database[Document], wechat: WechatPaySimulator) -> Desk:
    """A shop for all stories."""
    desk = Desk(open_shop(db), wechat)
    prepared(desk)
    return desk


def main() -> None:
    """Play both, and print the figures."""
    parser = argparse.ArgumentParser(prog="tests.paying.killed_primary", description=__doc__)
    parser.add_argument("--payments", type=int, default=200)
    parser.add_argument("--stories", nargs="*", default=[])
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    with (
        tempfile.TemporaryDirectory(prefix="zaotai-killed-") as folder,
        MongodSet() as servers,
        WechatPaySimulator(Path(folder)) as wechat,
    ):
        os.environ["WECHAT_PAY_FILE"] = str(wechat.merchants_file)
        db = use_database(servers.uri)
        if options.payments:
            figures["killed"] = killed(servers, opened(db, wechat), options.payments)
        if options.stories:
            figures["steppedDown"] = stepped_down(servers, opened(db, wechat), options.stories)
        db.client.close()
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
