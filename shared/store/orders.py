"""Orders: the aggregate of lines, frozen quote and kitchen tickets, in one document that moves by compare-and-set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING, fields
from datetime import datetime
from typing import Any

from shared.contracts.bridge import Receipt
from shared.domain.orders import KitchenTicket, Order
from shared.domain.pricing import ChosenDish, PricedLine
from shared.errors import NotFound, StateConflict
from shared.store.client import Document
from shared.store.scope import Shop

_COLLECTION = "orders"
CALL_MARK = ".call."
_WITHOUT_RECORD = {"events": 0, "reply": 0}
_USUAL = {one.name: one.default for one in fields(PricedLine) if one.default is not MISSING}
"""What a line is unless its document says otherwise."""


def add(shop: Shop, order: Order, record: Document) -> None:
    """Write a new order with the record of the command that makes it. Raises the driver's DuplicateKeyError."""
    shop.collection(_COLLECTION).insert_one({**_document(order), **record})


def stands(shop: Shop, order_id: str, now: datetime) -> bool:
    """Whether the order exists. If not, a void order takes its id, so that a commit still under way fails."""
    where = {"_id": order_id}
    void = {
        "state": "void",
        "biz_date": "0001-01-01",
        "order_no": f"void-{order_id}",
        "round": 0,
        "lines": [],
        "tickets": [],
        "gross_fen": 0,
        "due_fen": 0,
        "placed_at": now,
    }
    shop.collection(_COLLECTION).upsert_one(where, {"$setOnInsert": void})
    found = shop.collection(_COLLECTION).find_one(where, {"state": 1})
    return found is not None and found["state"] != "void"


def get(shop: Shop, order_id: str) -> Order:
    """One order of the shop. Raises NotFound."""
    found = shop.collection(_COLLECTION).find_one({"_id": order_id, "state": {"$ne": "void"}}, _WITHOUT_RECORD)
    if found is None:
        raise NotFound("没有找到这个订单")
    return _order(found)


def save_move(shop: Shop, before: Order, after: Order) -> None:
    """Write what a move changed, if nobody moved the order meanwhile. Raises StateConflict otherwise."""
    changes: Document = {
        "state": after.state,
        "calls": after.calls,
        **{f"tickets.{i}.state": ticket.state for i, ticket in enumerate(after.tickets)},
    }
    matched = shop.collection(_COLLECTION).update_one(
        {"_id": before.order_id, "version": before.version}, {"$set": changes, "$inc": {"version": 1}}
    )
    if matched != 1:
        raise StateConflict


def note_printed(shop: Shop, receipts: Sequence[Receipt]) -> None:
    """Keep when each ticket came out; a receipt repeated changes nothing."""
    shop.collection(_COLLECTION).update_each(
        (
            {"_id": receipt.job_id.split(".")[0], "tickets.ticket_id": receipt.job_id},
            {
                "$min": {"tickets.$.printed_at": receipt.at},
                "$max": {"tickets.$.attempts": receipt.attempts},
                "$set": {"tickets.$.outcome": receipt.outcome, "tickets.$.printer": receipt.printer},
            },
        )
        for receipt in receipts
        if CALL_MARK not in receipt.job_id
    )


def note_shown(shop: Shop, receipts: Sequence[Receipt]) -> None:
    """Keep when each call was shown."""
    shop.collection(_COLLECTION).update_each(
        (
            {"_id": receipt.job_id.split(".")[0]},
            {"$min": {f"shown.{receipt.job_id.rsplit('.', 1)[1]}": receipt.at}},
        )
        for receipt in receipts
        if CALL_MARK in receipt.job_id and receipt.outcome == "shown"
    )


def newest(
    shop: Shop,
    *,
    sitting_id: str | None,
    guest_id: str | None,
    states: Sequence[str],
    station: str | None,
    before: str | None,
    limit: int,
) -> list[Order]:
    """Up to `limit` orders, newest first, that fit every given condition."""
    where: dict[str, Any] = {"state": {"$ne": "void"}}
    if sitting_id is not None:
        where["sitting_id"] = sitting_id
    if guest_id is not None:
        where["guest_id"] = guest_id
    if states:
        where["state"] = {"$in": list(states)}
    if station is not None:
        where["tickets.station"] = station
    if before is not None:
        where["_id"] = {"$lt": before}
    found = shop.collection(_COLLECTION).find(where, limit=limit, sort=[("_id", -1)], fields=_WITHOUT_RECORD)
    return [_order(doc) for doc in found]


def _document(order: Order) -> Document:
    document = {key: value for key, value in vars(order).items() if key not in {"order_id", "lines", "tickets"}}
    document |= {
        "_id": order.order_id,
        "lines": [_line_document(line) for line in order.lines],
        "tickets": [_ticket_document(ticket) for ticket in order.tickets],
    }
    if order.pickup_no is None:
        del document["pickup_no"]
    return document


def _ticket_document(ticket: KitchenTicket) -> Document:
    """Without `printed_at` until there is one: `$min` takes null for the earliest moment of all."""
    return {key: value for key, value in vars(ticket).items() if key != "printed_at" or value is not None}


def _line_document(line: PricedLine) -> Document:
    """Without what most lines do not have."""
    told = {key: value for key, value in vars(line).items() if key not in _USUAL or value != _USUAL[key]}
    return {**told, "combo": [vars(chosen) for chosen in line.combo]}


def _order(found: Document) -> Order:
    return Order(
        order_id=found["_id"],
        order_no=found["order_no"],
        biz_date=found["biz_date"],
        state=found["state"],
        channel=found["channel"],
        round=found["round"],
        guest_id=found["guest_id"],
        sitting_id=found["sitting_id"],
        table_name=found["table_name"],
        pickup_no=found.get("pickup_no"),
        lines=tuple(_line(line) for line in found["lines"]),
        tickets=tuple(_ticket(ticket) for ticket in found["tickets"]),
        gross_fen=found["gross_fen"],
        due_fen=found["due_fen"],
        quote_hash=found["quote_hash"],
        note=found["note"],
        placed_at=found["placed_at"],
        calls=found["calls"],
        version=found["version"],
    )


def _line(found: Document) -> PricedLine:
    combo = tuple(ChosenDish(**chosen) for chosen in found["combo"])
    lists = (name for name in ("specs", "modifiers", "limited") if name in found)
    return PricedLine(**{**found, **_tuples(found, *lists), "combo": combo})


def _ticket(found: Document) -> KitchenTicket:
    return KitchenTicket(
        ticket_id=found["ticket_id"],
        station=found["station"],
        kind=found["kind"],
        revision=found["revision"],
        item_ids=tuple(found["item_ids"]),
        is_pass=found["is_pass"],
        state=found["state"],
        printed_at=found.get("printed_at"),
    )


def _tuples(found: Document, *names: str) -> dict[str, tuple[str, ...]]:
    return {name: tuple(found[name]) for name in names}
