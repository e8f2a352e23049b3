"""Puts a data set into a database as the functions expect it; again it keeps keys, table codes and orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pymongo import MongoClient, ReplaceOne
from pymongo.database import Database

from scripts.local.dataset import Dataset, ShopData, TableData
from shared.access.table_code import TableRef, make_table_code
from shared.domain.menu import Dish, Window
from shared.runtime.ids import new_secret
from shared.store.client import Document
from shared.store.schema import apply_schema
from shared.store.shops import dish_document

_FIRST_CODE = 1
_ALL_DAY = [["00:00", "00:00"]]
COUPON_TEMPLATE = "template-coupon"
COUPON_FIELDS: Mapping[str, str] = {"thing1": "shop", "thing2": "title", "time3": "until", "thing4": "note"}
"""The brand's one message template: which fact stands under which of its keys."""


@dataclass(frozen=True)
class Loaded:
    """What the rest of a set-up needs to know: the secrets made for devices and tables."""

    dataset: Dataset
    device_keys: Mapping[str, str]
    """By device id."""
    table_codes: Mapping[tuple[str, str], str]
    """By shop id and table id (`t01`)."""


def load(uri: str, database: str, dataset: Dataset, *, table_code_key: str, always_open: bool = False) -> Loaded:
    """Bring the database to this data set. `always_open` drops opening hours and dishes' selling windows."""
    with MongoClient[Document](uri, tz_aware=True) as client:
        db = client[database]
        apply_schema(db)
        for shop in dataset.shops:
            _load_shop(db, dataset, shop, always_open=always_open)
        _load_brand(db, dataset)
        _load_staff(db, dataset)
        return Loaded(dataset, _device_keys(db, dataset), _table_codes(db, dataset, table_code_key))


def _load_brand(db: Database[Document], dataset: Dataset) -> None:
    packages = [
        {"package_id": one.id, "name": one.name, "pay_fen": one.pay_yuan * 100, "bonus_fen": one.bonus_yuan * 100}
        for one in dataset.brand.packages
    ]
    db["brand_settings"].update_one({"_id": "topUp"}, {"$set": {"packages": packages}}, upsert=True)
    coupon = {"template_id": COUPON_TEMPLATE, "page": "pages/coupons/index", "fields": dict(COUPON_FIELDS)}
    # The demo is played at any hour, so its evening is never quiet.
    told = {"kinds": {"coupon": coupon}, "quiet_from": "00:00", "quiet_until": "00:00"}
    db["brand_settings"].update_one({"_id": "messages"}, {"$set": told}, upsert=True)


def table_id(table: TableData) -> str:
    """The table's id in the database, short enough for a table code: `t-beihai-01` is `t01` of its shop."""
    return f"t{table.id.rpartition('-')[2]}"


def shop_title(dataset: Dataset, shop: ShopData) -> str:
    """The shop's name as guests read it: `豫味坊·北海路店`."""
    return f"{dataset.brand.name}·{shop.name}"


def _load_shop(db: Database[Document], dataset: Dataset, shop: ShopData, *, always_open: bool) -> None:
    """Everything of one shop; its menu's version last, because that is what makes the functions read the menu again."""
    menu = dataset.menu_of(shop.id)
    revisions = _code_revisions(db, shop)
    tables = (
        _table_document(table, revisions.get(table_id(table), _FIRST_CODE)) for table in dataset.tables_of(shop.id)
    )
    _refresh(db, "tables", "table_id", shop, tables)
    stations = ({"station_id": s.id, "name": s.name, "per_dish": s.per_dish} for s in dataset.stations)
    _refresh(db, "stations", "station_id", shop, stations)
    _refresh(
        db,
        "categories",
        "category_id",
        shop,
        ({"category_id": c.id, "name": c.name, "position": c.position} for c in menu.categories),
    )
    dishes = (_sold_all_day(dish) if always_open else dish for dish in menu.dishes)
    _refresh(db, "dishes", "dish_id", shop, (dish_document(dish, position=n) for n, dish in enumerate(dishes)))
    settings = {
        "name": shop_title(dataset, shop),
        "address": shop.address,
        "phone": shop.phone,
        "zone": shop.zone,
        "cutoff": f"{shop.cutoff:%H:%M}",
        "hours": _ALL_DAY if always_open else [_pair(window) for window in shop.hours],
        "payment": shop.payment,
        "pickup_prefix": shop.pickup_prefix,
        "seat_fee_fen": shop.seat_fee_fen,
    }
    db["shops"].update_one({"_id": shop.id}, {"$set": settings, "$inc": {"menu_version": 1}}, upsert=True)


def _refresh(db: Database[Document], collection: str, key: str, shop: ShopData, documents: Iterable[Document]) -> None:
    """Make these the shop's documents in the collection: no others stay."""
    wanted = [{"shop_id": shop.id, **document} for document in documents]
    db[collection].delete_many({"shop_id": shop.id, key: {"$nin": [document[key] for document in wanted]}})
    db[collection].bulk_write(
        [ReplaceOne({"shop_id": shop.id, key: document[key]}, document, upsert=True) for document in wanted]
    )


def _load_staff(db: Database[Document], dataset: Dataset) -> None:
    for person in dataset.staff:
        record = {
            "name": person.name,
            "role": person.role,
            "shops": list(person.shop_ids or (shop.id for shop in dataset.shops)),
            "openid": person.openid,
            "active": True,
        }
        db["staff"].replace_one({"_id": person.id}, record, upsert=True)


def _device_keys(db: Database[Document], dataset: Dataset) -> dict[str, str]:
    """The devices' keys; a device that has one keeps it."""
    for device in dataset.devices:
        update = {"$set": {"shop_id": device.shop_id, "name": device.name}, "$setOnInsert": {"key": new_secret()}}
        db["devices"].update_one({"_id": device.id}, update, upsert=True)
    ids = [device.id for device in dataset.devices]
    return {found["_id"]: found["key"] for found in db["devices"].find({"_id": {"$in": ids}})}


def _table_codes(db: Database[Document], dataset: Dataset, key: str) -> dict[tuple[str, str], str]:
    refs = (
        TableRef(shop.id, of_table, revision)
        for shop in dataset.shops
        for of_table, revision in _code_revisions(db, shop).items()
    )
    return {(ref.shop_id, ref.table_id): make_table_code(ref, key=key) for ref in refs}


def _code_revisions(db: Database[Document], shop: ShopData) -> dict[str, int]:
    """Of each table that is there: what its current print carries."""
    return {found["table_id"]: found["code_revision"] for found in db["tables"].find({"shop_id": shop.id})}


def _table_document(table: TableData, code_revision: int) -> Document:
    return {
        "table_id": table_id(table),
        "name": table.name,
        "area": table.area,
        "seats": table.seats,
        "code_revision": code_revision,
    }


def _sold_all_day(dish: Dish) -> Dish:
    return replace(dish, windows=())


def _pair(window: Window) -> list[str]:
    return [f"{window.start:%H:%M}", f"{window.end:%H:%M}"]
