"""`scripts/bench push`: what a segment's preview takes among 100,000 members, and a push to them that is interrupted.

The push is run by processes as the sweep runs it, two at once; they are ended by `kill -9` in the middle, the push is
stopped and resumed, and in the end every member of the segment must have exactly one coupon. Nothing is sent: what
messages take is WeChat's.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from multiprocessing.process import BaseProcess

from pymongo import MongoClient
from pymongo.database import Database

from scripts.benchmarks.bound import Bound
from scripts.benchmarks.shop import DATABASE, SHOP_ID, fill
from scripts.local.mongod import Mongod
from scripts.local.process import wait_until
from shared.access.caller import Caller
from shared.contracts.pushing import PushCoupons, PushReply
from shared.errors import Busy
from shared.runtime.clock import Deadline, utc_now
from shared.store.client import Document
from shared.store.commands import CommandKey
from shared.store.scope import Shop
from shared.store.work import Work
from shared.usecases.pushing import go_on, push_coupons

MEMBERS = 100_000
PREVIEW_S = 1.0
PREVIEWS = 5
KILLS = 3
AT_ONCE = 2
TEMPLATE = "push-template"
CONSENTING = 0.3
SEGMENTS: dict[str, Document] = {
    "everybody": {},
    "dormant 30 days": {"dormantDays": 30},
    "all conditions": {
        "levels": ["gold", "silver"],
        "dormantDays": 20,
        "visitedDays": 300,
        "visitsAtLeast": 2,
        "spendAtLeastFen": 5_000,
        "favourite": {"dishId": "d003", "count": 2},
        "shops": [SHOP_ID, "s2", "s3"],
    },
}
_LIMIT_S = 300.0
_LOCKED_S = 2
"""For so long the server keeps what a killed run had locked; it would be a minute."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure previews, run and interrupt a push; exit 0 only if every bound holds."""
    parser = argparse.ArgumentParser(prog="scripts/bench push", description="Targeted push to many members.")
    parser.add_argument("--members", type=int, default=MEMBERS)
    parser.add_argument("--kills", type=int, default=KILLS)
    options = parser.parse_args(arguments)
    with Mongod() as server, MongoClient[Document](server.uri, tz_aware=True, w="majority") as client:
        _set_up(server.uri)
        client.admin.command("setParameter", 1, transactionLifetimeLimitSeconds=_LOCKED_S)
        fill(server.uri)
        db = client[DATABASE]
        fill_members(db, options.members)
        bounds = [*_previews(db), *_push(db, server.uri, kills=options.kills)]
    print(*bounds, sep="\n")
    return 0 if all(bound.holds for bound in bounds) else 1


def fill_members(db: Database[Document], count: int) -> None:
    """Members with a past, some of whom consent to messages; a template without a limit."""
    rng, now = random.Random(23), utc_now()
    for start in range(0, count, 10_000):
        many = [_member(f"o-{n:07d}", rng) for n in range(start, min(start + 10_000, count))]
        db["members"].insert_many(many)
        told = {"kinds": {"coupon": 1}, "at": now}
        db["message_consents"].insert_many({"_id": one["_id"], **told} for one in many if one["hears"])
    template = {"_id": TEMPLATE, "name": "回家吃饭券", "layer": "order", "type": "fixed", "fen": 500, "give": "push"}
    template |= {"active": True, "shops": [], "days": 7, "per_member": 1, "total": None, "issued": 0, "holds": []}
    db["coupon_templates"].insert_one(template)
    settings = {"quiet_from": "00:00", "quiet_until": "00:00", "push_per_minute": 10**9}
    db["brand_settings"].insert_one({"_id": "messages", **settings})


def _member(openid: str, rng: random.Random) -> Document:
    visits, now = rng.randrange(0, 30), utc_now()
    whole: Document = {"_id": openid, "account": f"a{openid}", "shop_id": rng.choice((SHOP_ID, "s2", "s3", "s4"))}
    whole |= dict.fromkeys(("points", "principal_fen", "bonus_fen", "growth", "version"), 0)
    whole |= {
        "joined_at": now - timedelta(days=400),
        "birthday": f"{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}",
    }
    level = rng.choice((None, None, "silver", "gold"))
    whole["hears"] = rng.random() < CONSENTING
    if level:
        whole["level"] = level
    shops = sorted({whole["shop_id"], rng.choice((SHOP_ID, "s2", "s3", "s4"))})
    whole |= {"visits": visits, "spend_fen": visits * 4_200, "been": shops, "counted": {"sitting": "s", "upto": "o"}}
    whole["dishes"] = {f"d{rng.randrange(40):03d}": rng.randrange(1, 9) for _ in range(8)}
    whole["seen_at"] = now - timedelta(days=rng.randrange(0, 350))
    return whole


def _previews(db: Database[Document]) -> Iterator[Bound]:
    for name, segment in SEGMENTS.items():
        took = []
        for _ in range(PREVIEWS):
            started = time.perf_counter()
            reply = _act(db, {"op": "preview", "segment": segment, "templateId": TEMPLATE})
            took.append(time.perf_counter() - started)
        assert reply.preview is not None
        told = f"{reply.preview.members:,} members, {reply.preview.consenting:,} consent"
        yield Bound(f"preview, {name} ({told}), seconds", statistics.median(took), PREVIEW_S, at_most=True)


def _push(db: Database[Document], uri: str, *, kills: int) -> Iterator[Bound]:
    wanted = db["members"].count_documents({})
    reply = _act(db, {"op": "start", "title": "好久不见", "segment": {}, "templateId": TEMPLATE}, number=1)
    assert reply.push is not None
    push_id, started = reply.push.push_id, time.perf_counter()
    for n in range(1, kills + 1):
        runs = _runs(uri, push_id)
        wait_until(lambda n=n: _reached(db, push_id) >= wanted * n // (kills + 2), limit_s=_LIMIT_S)  # type: ignore[misc]  # mypy does not see that the lambda is called at once
        for one in runs:
            one.kill()
            one.join()
    _act(db, {"op": "stop", "pushId": push_id}, number=2)
    at_rest = _reached(db, push_id)
    for one in _runs(uri, push_id):
        one.join(_LIMIT_S)
    assert _reached(db, push_id) == at_rest, "a stopped push went on"
    _act(db, {"op": "resume", "pushId": push_id}, number=3)
    begun = time.perf_counter()
    for one in _runs(uri, push_id):
        one.join(_LIMIT_S)
    rate = (_reached(db, push_id) - at_rest) / (time.perf_counter() - begun)
    print(f"push: {wanted:,} members in {time.perf_counter() - started:.0f} s with {kills} kills, a stop and a resume")
    print(f"push: {rate:,.0f} members/s undisturbed")
    count = {"$group": {"_id": "$openid", "n": {"$sum": 1}}}
    held = list(db["coupons"].aggregate([{"$match": {"template_id": TEMPLATE}}, count]))
    yield Bound("members with more than one coupon", sum(one["n"] > 1 for one in held), 0, at_most=True)
    yield Bound("members without a coupon", wanted - len(held), 0, at_most=True)


def _runs(uri: str, push_id: str) -> list[BaseProcess]:
    spawn = multiprocessing.get_context("spawn")
    runs: list[BaseProcess] = [spawn.Process(target=_run, args=(uri, push_id), daemon=True) for _ in range(AT_ONCE)]
    for one in runs:
        one.start()
    return runs


def _run(uri: str, push_id: str) -> None:
    """What the sweep does, until nothing is left or the push is stopped."""
    _set_up(uri)
    with MongoClient[Document](uri, tz_aware=True, w="majority") as client:
        db = client[DATABASE]
        while db["pushes"].count_documents({"_id": push_id, "state": "running"}):
            with suppress(Busy):  # what a killed run had locked: the next sweep goes on
                go_on(push_id, _work(db), Deadline.after(20))


def _act(db: Database[Document], push: Document, *, number: int = 0) -> PushReply:
    told: Document = {"push": push}
    if number:
        told["requestId"] = f"00000000-0000-0000-0000-{number:012d}"
    command = PushCoupons.model_validate(told)
    return push_coupons(command, _work(db, CommandKey.of("owner", "pushCoupons", command)))


def _work(db: Database[Document], key: CommandKey | None = None) -> Work:
    caller = Caller("owner", "owner", frozenset({SHOP_ID, "s2", "s3"}))
    return Work(Shop(db, SHOP_ID), caller, utc_now(), Deadline.after(30), "bench", key)


def _set_up(uri: str) -> None:
    """What the settings of a function need to be read."""
    os.environ.setdefault("MONGODB_URI", uri)
    os.environ.setdefault("TABLE_CODE_KEY", "bench")


def _reached(db: Database[Document], push_id: str) -> int:
    found = db["pushes"].find_one({"_id": push_id}, {"reached": 1})
    return int(found["reached"]) if found else 0


if __name__ == "__main__":
    sys.exit(main())
