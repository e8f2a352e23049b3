"""Three ways to take one order: ours, the tutorials', and the floor beneath any transaction."""

from __future__ import annotations

import http.client
import json
import os
import random
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from pymongo.client_session import ClientSession
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from scripts.benchmarks.shop import DATABASE, LINES, SHOP_ID, TABLE_KEY, Mix
from shared.access.caller import Caller
from shared.contracts.ordering import SubmitOrder
from shared.runtime.clock import Deadline, utc_now
from shared.runtime.ids import new_id
from shared.store.client import database
from shared.store.commands import CommandKey
from shared.store.scope import Shop
from shared.store.work import Work
from shared.usecases.ordering import submit_order

Take = Callable[[], int]
"""Takes one order; how often its transaction was tried again. Raises when it failed."""


def prepare(uri: str) -> None:
    """Point this process at the benchmark's database."""
    os.environ |= {"MONGODB_URI": uri, "MONGODB_DATABASE": DATABASE, "TABLE_CODE_KEY": TABLE_KEY}


def ours(number: int, mix: Mix, rng: random.Random) -> Take:
    """The product's use case, from the client's data to the committed reply: a pick-up order."""
    caller = Caller(f"o-{number}", "guest")

    def take() -> int:
        command = SubmitOrder.model_validate(order(mix, rng))
        work = Work(
            shop=Shop(database(), SHOP_ID),
            caller=caller,
            now=utc_now(),
            deadline=Deadline.after(8.5),
            trace_id=new_id(),
            key=CommandKey.of(caller.id, "submitOrder", command),
        )
        submit_order(command, work)
        return work.tally.retries

    return take


def naive(number: int, mix: Mix, rng: random.Random) -> Take:
    """Read the dish, compare, update, insert, in the driver's own transaction loop."""
    db = database()
    client = db.client

    def take() -> int:
        dishes, tries = mix.dishes(rng), 0

        def body(session: ClientSession) -> None:
            nonlocal tries
            tries += 1
            for dish in dishes:
                found = db["naive_stock"].find_one({"_id": dish}, session=session)
                if found is None or found["left"] < 1:
                    raise ValueError("short")
                db["naive_stock"].update_one({"_id": dish}, {"$inc": {"left": -1}}, session=session)
            db["naive_orders"].insert_one(
                {"_id": new_id(), "caller": number, "dishes": dishes, "at": utc_now()}, session=session
            )

        with client.start_session() as session:
            session.with_transaction(body, ReadConcern("snapshot"), WriteConcern("majority"))
        return tries - 1

    return take


def floor(number: int, mix: Mix, rng: random.Random) -> Take:
    """One update of a document nobody else wants and one insert, in a transaction."""
    db = database()
    client = db.client

    def take() -> int:
        dishes = mix.dishes(rng)
        with (
            client.start_session() as session,
            session.start_transaction(ReadConcern("snapshot"), WriteConcern("majority")),
        ):
            db["floor_stock"].update_one({"_id": number, "left": {"$gte": 1}}, {"$inc": {"left": -1}}, session=session)
            db["floor_orders"].insert_one(
                {"_id": new_id(), "caller": number, "dishes": dishes, "at": utc_now()}, session=session
            )
        return 0

    return take


def over_http(number: int, mix: Mix, rng: random.Random, *, url: str) -> Take:
    """`submitOrder` through the gateway, like a phone, over a connection that is kept."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    headers = {"Content-Type": "application/json", "X-WX-OPENID": f"o-{number}", "X-WX-APPID": "wx"}

    def take() -> int:
        connection.request("POST", "/v1/functions/submitOrder", json.dumps(order(mix, rng)), headers)
        reply = json.loads(connection.getresponse().read())
        if not reply.get("success"):
            raise RuntimeError(str(reply.get("code")))
        return 0

    return take


def order(mix: Mix, rng: random.Random) -> dict[str, Any]:
    """An order as a client sends it."""
    dishes = mix.dishes(rng)
    assert len(dishes) == LINES
    lines = [{"lineId": f"l{n}", "dishId": dish, "quantity": 1} for n, dish in enumerate(dishes)]
    return {"requestId": str(uuid.uuid4()), "lines": lines, "shopId": SHOP_ID}
