"""Records: every document has its shop, every event is acknowledged or alarmed, every index is there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from shared.store.audit.books import Books, Finding, Stage
from shared.store.commands import HOMES
from shared.store.outbox import ALARM_AFTER
from shared.store.schema import SCHEMA

_SHOWN = 100
_RELAY_COMES = timedelta(minutes=2)
"""How long after its time an alarm may take: the relay's timer raises it."""


def shops(books: Books) -> Iterator[Finding]:
    """Every document that belongs to a shop, or tells where something happened, names one that there is.

    Of each collection the first hundred that do not are told.
    """
    known = [one["_id"] for one in books.rows("shops", [{"$project": {"_id": 1}}], where={})]
    for schema in SCHEMA:
        if "shop_id" not in schema.fields:
            continue
        where = {"$and": [books.mine, {"shop_id": {"$nin": known}}]}
        stages: list[Stage] = [{"$limit": _SHOWN}, {"$project": {"shop_id": 1}}]
        for one in books.rows(schema.name, stages, where=where):
            shop_id = one.get("shop_id")
            told = f"门店 {shop_id} 不存在" if shop_id else "没有写明属于哪家门店"
            yield Finding("SHOP_UNKNOWN", schema.name, str(one["_id"]), str(shop_id or ""), told)


def events(books: Books) -> Iterator[Finding]:
    """An event that no store PC has acknowledged is due again, and after a minute the alarm was raised."""
    waiting = {"unacked.0": {"$exists": True}}
    late = {"at": {"$lte": books.now - ALARM_AFTER - _RELAY_COMES}, "alarmed_at": {"$exists": False}}
    wrong = {"$or": [{"due": {"$exists": False}}, late]}
    stages: list[Stage] = [{"$project": {"shop_id": 1, "due": 1, "count": {"$size": "$unacked"}}}]
    for home in HOMES:
        for one in books.rows(home, stages, where={"$and": [books.mine, waiting, wrong]}):
            told = f"{one['count']} 条消息门店未确认，" + ("也没有报警" if "due" in one else "且不会再发送")
            yield Finding("EVENT_LOST", home, one["_id"], one["shop_id"], told)


def indexes(books: Books) -> Iterator[Finding]:
    """Every collection has the indexes that its laws rest on."""
    for schema in SCHEMA:
        found = {index["name"] for index in books.chain.db[schema.name].list_indexes()}
        for index in schema.indexes:
            name = index.document["name"]
            if name not in found:
                told = f"缺少索引 {name}，请重新部署数据库结构"
                yield Finding("INDEX_MISSING", schema.name, name, "", told)
