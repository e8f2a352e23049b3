"""The shop that the benchmark orders from: 200 dishes with a daily limit, one of them wanted by everybody."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo

from pymongo import MongoClient

from shared.domain.bizday import BusinessCalendar
from shared.domain.menu import Dish
from shared.runtime.clock import utc_now
from shared.store import stock
from shared.store.client import Document
from shared.store.schema import apply_schema
from shared.store.scope import Shop
from shared.store.shops import dish_document

SHOP_ID = "s-bench"
DATABASE = "zaotai_bench"
TABLE_KEY = "bench-table-code-key"
HOT = "d000"
DISHES = 200
LINES = 4
STOCK = 1_000_000
FLOOR_DOCUMENTS = 64
STATIONS = ("hot", "cold", "noodle", "drink")


@dataclass(frozen=True)
class Mix:
    """What an order holds: the hot dish and three others, or four of two hundred."""

    name: str
    is_hot: bool

    def dishes(self, rng: random.Random) -> list[str]:
        """Four different dishes."""
        if self.is_hot:
            return [HOT, *(f"d{n:03d}" for n in rng.sample(range(1, DISHES), LINES - 1))]
        return [f"d{n:03d}" for n in rng.sample(range(DISHES), LINES)]


SPREAD = Mix("spread", is_hot=False)
HOT_MIX = Mix("hot", is_hot=True)
MIXES = {mix.name: mix for mix in (SPREAD, HOT_MIX)}


def fill(uri: str) -> None:
    """Make the database anew: shop, menu, stock of the day, and what the other ways write to."""
    with MongoClient[Document](uri, tz_aware=True) as client:
        client.drop_database(DATABASE)
        db = client[DATABASE]
        apply_schema(db)
        own = {"shop_id": SHOP_ID}
        db["shops"].insert_one(
            {"_id": SHOP_ID, "name": "压测店", "zone": "Asia/Shanghai", "cutoff": "04:00", "menu_version": 1}
            | {"hours": [["00:00", "00:00"]], "pickup_prefix": "A"}
        )
        db["stations"].insert_many(own | {"station_id": s, "name": s} for s in (*STATIONS, "pass"))
        db["categories"].insert_one(own | {"category_id": "c", "name": "菜", "position": 1})
        db["dishes"].insert_many(
            dish_document(Dish(f"d{n:03d}", f"菜品{n}", "c", STATIONS[n % 4], 1000 + n, daily_stock=STOCK), position=n)
            | own
            for n in range(DISHES)
        )
        now = utc_now()
        biz_date = BusinessCalendar(ZoneInfo("Asia/Shanghai"), time(4)).biz_date(now)
        stock.begin_day(Shop(db, SHOP_ID), biz_date, {f"d{n:03d}": STOCK for n in range(DISHES)})
        db["naive_stock"].insert_many({"_id": f"d{n:03d}", "left": STOCK} for n in range(DISHES))
        db["floor_stock"].insert_many({"_id": n, "left": STOCK, "at": now} for n in range(FLOOR_DOCUMENTS))
        for name in ("naive_orders", "floor_orders"):
            db.create_collection(name)


def acknowledge_all(uri: str) -> None:
    """Take the store PC's part: whatever waits is acknowledged, so that no run of the relay publishes it again."""
    with MongoClient[Document](uri) as client:
        client[DATABASE]["orders"].update_many(
            {"due": {"$exists": True}}, {"$unset": {"due": "", "lease": ""}, "$set": {"unacked": []}}
        )
