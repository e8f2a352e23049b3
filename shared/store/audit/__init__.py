"""The audit: what is always true of a database, proved by pipelines in it, and every document that breaks it.

A law reads and writes nothing. In a sound database no law finds anything, at any moment at which no call is under way;
what is found while calls are, and not found a minute later, was one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shared.store.audit import coupons, flash, floor, groups, money, orders, payments, pushes, records, refunds, stock
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
    "top-ups": payments.top_ups,
    "account legs": payments.account_legs,
    "forgotten payments": payments.forgotten,
    "free tables": payments.free_tables,
    "group seats": groups.seats,
    "group orders": groups.waiting_orders,
    "flash pieces": flash.pieces,
    "flash limits": flash.limits,
    "flash holds": flash.holds,
    "flash sales": flash.sold,
    "line refunds": refunds.line_refunds,
    "refunded lines": refunds.refunded_lines,
    "overdrawn legs": refunds.overdrawn_legs,
    "refund sums": refunds.refund_sums,
    "refunds of payments": refunds.refunds_of_payments,
    "refunds in the ledger": refunds.refunds_in_ledger,
    "forgotten refunds": refunds.forgotten,
    "coupons in orders": coupons.held_by_orders,
    "coupons used once": coupons.used_once,
    "coupons issued": coupons.issued,
    "coupons a member": coupons.per_member,
    "pushed coupons": pushes.granted,
    "ledger sets": money.set_sums,
    "balances": money.balances,
    "stored value": money.money_left,
    "point lots": money.lots,
}


def findings(books: Books) -> Iterator[Finding]:
    """Whatever breaks a law, law by law."""
    for law in LAWS.values():
        yield from law(books)
