"""An order as its document: what is usual is left out, so that most orders stay small."""

from __future__ import annotations

from dataclasses import MISSING, fields

from shared.domain.orders import Cancellation, KitchenTicket, Order, OrderLine, Removal
from shared.domain.pricing import Applied, ChosenDish, Cut
from shared.store.client import Document

_KEPT = ("calls", "version")
_PARTS = frozenset({"order_id", "lines", "tickets", "cancelled", "removals", "offers"})
_PLAIN = tuple(one.name for one in fields(Order) if one.name not in _PARTS)
_USUAL = {one.name: one.default for one in fields(OrderLine) if one.default is not MISSING}
"""What a line is unless its document says otherwise."""
_USUAL_ORDER = {one.name: one.default for one in fields(Order) if one.default is not MISSING and one.name not in _KEPT}
"""What an order is unless its document says otherwise; `calls` and `version` are always told, to be counted up."""


def order_document(order: Order) -> Document:
    """The order's document, without the shop, which the scope adds."""
    told = vars(order)
    document = {key: told[key] for key in _PLAIN if _is_told(key, told[key])}
    if order.cancelled:
        document["cancelled"] = vars(order.cancelled)
    if order.removals:
        document["removals"] = [vars(removal) for removal in order.removals]
    if order.offers:
        document["offers"] = [offer._asdict() for offer in order.offers]
    document |= {
        "_id": order.order_id,
        "lines": [_line_document(line) for line in order.lines],
        "tickets": [_ticket_document(ticket) for ticket in order.tickets],
    }
    if order.pickup_no is None:
        del document["pickup_no"]
    return document


def _is_told(key: str, value: object) -> bool:
    return key not in _USUAL_ORDER or value != _USUAL_ORDER[key]


def _ticket_document(ticket: KitchenTicket) -> Document:
    """Without `printed_at` until there is one: `$min` takes null for the earliest moment of all."""
    return {key: value for key, value in vars(ticket).items() if key != "printed_at" or value is not None}


def _line_document(line: OrderLine) -> Document:
    """Without what most lines do not have."""
    told = {key: value for key, value in vars(line).items() if key not in _USUAL or value != _USUAL[key]}
    if line.cuts:
        told["cuts"] = [cut._asdict() for cut in line.cuts]
    return {**told, "combo": [vars(chosen) for chosen in line.combo]}


def order_from(found: Document) -> Order:
    """An order from its document."""
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
        **{name: found[name] for name in _USUAL_ORDER if name in found and name not in _PARTS},
        cancelled=Cancellation(**found["cancelled"]) if "cancelled" in found else None,
        removals=tuple(Removal(**removal) for removal in found.get("removals", ())),
        offers=tuple(Applied(**offer) for offer in found.get("offers", ())),
    )


def _line(found: Document) -> OrderLine:
    combo = tuple(ChosenDish(**chosen) for chosen in found["combo"])
    lists = (name for name in ("specs", "modifiers", "limited", "flash_claims") if name in found)
    cuts = tuple(Cut(**cut) for cut in found.get("cuts", ()))
    return OrderLine(**{**found, **_tuples(found, *lists), "combo": combo, "cuts": cuts})


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
