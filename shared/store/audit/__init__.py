"""The audit: what is always true of a database, proved by pipelines in it, and every document that breaks it.

A law reads and writes nothing. In a sound database no law finds anything, at any moment at which no call is under way;
what is found while calls are, and not found a minute later, was one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.store.audit import floor, money, orders, payments, records, stock
from shared.store.audit.books import Books, Finding, Law

__all__ = ["LAWS", "Books", "Finding", "Law", "findings"]

LAWS: Mapping[str, Law] = {
    "shops": records.shops,
    "indexes": records.indexes,
    "events": records.events,
    "line sums": orders.line_sums,
    "order sums": orders.order_sums,
    "offers": orders.offer_cuts,
    "order states": orders.states,
    "tickets": orders.tickets,
    "ticket ids": orders.ticket_ids,
    "stock": stock.stock_sums,
    "tables": floor.one_party,
    "merges": floor.merges,
    "rounds": floor.rounds,
    "bookings": floor.booking_keys,
    "booked twice": floor.booked_twice,
    "pick-up slots": floor.pickup_counts,
    "payment sums": payments.payment_sums,
    "paid lines": payments.paid_lines,
    "overpaid": payments.overpaid,
    "late money": payments.late_money,
    "ledger sets": money.set_sums,
    "balances": money.balances,
    "stored value": money.money_left,
    "point lots": money.lots,
}


def findings(books: Books) -> Iterator[Finding]:
    """Whatever breaks a law, law by law."""
    for law in LAWS.values():
        yield from law(books)
