"""A sound database breaks no law, and each fault is found by its own law, in its own document, and by no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from pymongo import MongoClient

from shared.runtime.clock import utc_now
from shared.store.client import Document
from tests.audit.conftest import Night
from tests.support.audit import assert_clean, found

Change = dict[str, Any] | list[dict[str, Any]]


@dataclass(frozen=True)
class Fault:
    """A change of one document that breaks one law; `names` tells the document that is found, if it is another."""

    why: str
    code: str
    collection: str
    where: Callable[[Night], Document]
    change: Change
    names: Callable[[Night, Document], str] = lambda _, before: str(before["_id"])


def order(which: str) -> Callable[[Night], Document]:
    return lambda night: {"_id": getattr(night, which)}


def of_member(night: Night) -> Document:
    return {"account": night.bank.member.account}


def account(night: Night, before: Document) -> str:
    del before
    return night.bank.member.account


def a_set(kind: str) -> Callable[[Night], Document]:
    return lambda night: {"account": night.bank.member.account, "kind": kind}


def of_shop(**more: Any) -> Callable[[Night], Document]:
    return lambda night: {"shop_id": night.shop.shop_id, **more}


def also(array: str, *more: Document) -> Change:
    """So many elements more."""
    return [{"$set": {array: {"$concatArrays": [f"${array}", list(more)]}}}]


def entry(name: str, amount: int) -> Document:
    return {"unit": "bonus", "account": name, "amount": amount}


FAULTS = [
    Fault(
        "a unit price that is another", "LINE_SUM_WRONG", "orders", order("reduced"), {"$inc": {"lines.0.unit_fen": 1}}
    ),
    Fault("a due that is a fen more", "ORDER_SUM_WRONG", "orders", order("reduced"), {"$inc": {"due_fen": 1}}),
    Fault("a gross that is a fen less", "ORDER_SUM_WRONG", "orders", order("begun"), {"$inc": {"gross_fen": -1}}),
    Fault(
        "an offer that cut more than the lines were cut",
        "OFFER_CUTS_WRONG",
        "orders",
        order("reduced"),
        {"$inc": {"offers.0.fen": 1}},
    ),
    Fault(
        "an offer that the order does not have",
        "OFFER_CUTS_WRONG",
        "orders",
        order("reduced"),
        {"$unset": {"offers": ""}},
    ),
    Fault(
        "a paid order that waits to be paid",
        "ORDER_STATE_WRONG",
        "orders",
        order("begun"),
        {"$set": {"pay_by": utc_now()}},
    ),
    Fault(
        "a dish that no ticket tells of",
        "TICKET_WRONG",
        "orders",
        order("reduced"),
        {"$set": {"tickets.0.item_ids": []}},
    ),
    Fault(
        "a dish on a ticket of another station",
        "TICKET_WRONG",
        "orders",
        order("reduced"),
        {"$set": {"tickets.0.station": "hot"}},
    ),
    Fault(
        "a dish that nobody wants on a ticket",
        "TICKET_WRONG",
        "orders",
        order("reduced"),
        {"$push": {"tickets.0.item_ids": "l-more"}},
    ),
    Fault(
        "a dish on two tickets",
        "TICKET_WRONG",
        "orders",
        order("reduced"),
        also("tickets", {"$mergeObjects": [{"$first": "$tickets"}, {"ticket_id": "other"}]}),
    ),
    Fault(
        "a void that was never told",
        "TICKET_WRONG",
        "orders",
        order("cancelled"),
        {"$pull": {"tickets": {"kind": "void"}}},
    ),
    Fault("two tickets of one id", "TICKET_TWICE", "orders", order("reduced"), also("tickets", {"$last": "$tickets"})),
    Fault("a dish more left than was not sold", "STOCK_SUM_WRONG", "stock", of_shop(), {"$inc": {"left.fish": 1}}),
    Fault("more lost than cooks may have wasted", "STOCK_SUM_WRONG", "stock", of_shop(), {"$inc": {"left.duck": -1}}),
    Fault("a dish that was set and is not left", "STOCK_SUM_WRONG", "stock", of_shop(), {"$inc": {"set.duck": 1}}),
    Fault(
        "a hold of an order that never came",
        "STOCK_SUM_WRONG",
        "stock",
        of_shop(),
        {"$set": {"holds.h1": {"order_id": "never", "at": utc_now(), "items": {"duck": 3}}}},
    ),
    Fault(
        "a merged sitting that nobody lists",
        "MERGE_WRONG",
        "table_sessions",
        lambda night: {"_id": night.merged[1]},
        {"$set": {"merged": []}},
        lambda night, _: night.merged[0],
    ),
    Fault(
        "an open sitting that tells it was merged",
        "MERGE_WRONG",
        "table_sessions",
        lambda night: {"_id": night.merged[1]},
        {"$set": {"merged_into": "elsewhere"}},
    ),
    Fault(
        "a round beyond those that were drawn",
        "ROUND_WRONG",
        "orders",
        lambda night: {"sitting_id": night.merged[0]},
        {"$set": {"round": 9}},
        lambda night, _: night.merged[0],
    ),
    Fault(
        "a round of a sitting that is not there",
        "ROUND_WRONG",
        "orders",
        lambda night: {"sitting_id": night.merged[0]},
        {"$set": {"sitting_id": "nowhere"}},
        lambda *_: "nowhere",
    ),
    Fault(
        "a quarter of an hour that a party does not have",
        "BOOKING_KEYS_WRONG",
        "reservations",
        order("booking"),
        {"$pop": {"slots": 1}},
    ),
    Fault(
        "a cancelled party that still has its table",
        "BOOKING_KEYS_WRONG",
        "reservations",
        order("booking"),
        {"$set": {"state": "cancelled"}},
    ),
    Fault(
        "a party at another table than it has",
        "BOOKING_KEYS_WRONG",
        "reservations",
        order("booking"),
        {"$set": {"table_id": "t9"}},
    ),
    Fault(
        "an order too many in a slot",
        "PICKUP_COUNT_WRONG",
        "pickup_slots",
        lambda night: {"shop_id": night.shop.shop_id, "at": night.slot},
        {"$inc": {"count": 1}},
    ),
    Fault("an event that is not due again", "EVENT_LOST", "orders", order("reduced"), {"$unset": {"due": ""}}),
    Fault(
        "an event that nobody has and nobody was alarmed of",
        "EVENT_LOST",
        "orders",
        order("reduced"),
        {"$set": {"at": utc_now() - timedelta(minutes=3, seconds=1)}},
    ),
    Fault(
        "an amount that its tenders do not come to",
        "PAYMENT_SUM_WRONG",
        "payments",
        order("payment"),
        {"$inc": {"amount_fen": 1}},
    ),
    Fault(
        "a leg that is more than the lines it pays",
        "PAYMENT_SUM_WRONG",
        "payments",
        order("payment"),
        {"$inc": {"split.0.legs.card": 1}},
    ),
    Fault(
        "a line that knows less than was paid of it",
        "LINE_PAID_WRONG",
        "orders",
        order("paid"),
        {"$inc": {"lines.0.paid_fen": -1}},
    ),
    Fault(
        "a payment that is closed and still claims its lines",
        "LINE_PAID_WRONG",
        "payments",
        order("payment"),
        {"$set": {"state": "closed"}},
        lambda night, _: night.paid,
    ),
    Fault(
        "money that came late and has no refund",
        "LATE_MONEY_KEPT",
        "payments",
        order("payment"),
        {"$set": {"late": {"fen": 4_600, "transaction_id": "t", "paid_at": utc_now(), "channel_date": "2026-11-24"}}},
    ),
    Fault(
        "a top-up that is not in the account as it was sold",
        "TOP_UP_WRONG",
        "payments",
        order("top_up"),
        {"$inc": {"top_up.bonus_fen": 1}},
    ),
    Fault(
        "units that were given back and are still wanted",
        "LINE_REFUND_WRONG",
        "orders",
        order("refunded"),
        {"$set": {"lines.0.refunded": 1}},
    ),
    Fault(
        "a line that knows less than went back of it",
        "LINE_REFUNDED_WRONG",
        "orders",
        order("refunded"),
        {"$inc": {"lines.0.refunded_fen": -1}},
    ),
    Fault(
        "a leg that gave back more than it paid",
        "LEG_OVERDRAWN",
        "payments",
        order("refunded_payment"),
        {"$set": {"split.0.legs": {"principal": 8_500, "bonus": 0}}},
    ),
    Fault(
        "a refund whose legs are less than it",
        "REFUND_SUM_WRONG",
        "refunds",
        order("refund"),
        {"$inc": {"fen": 1}},
    ),
    Fault(
        "money of a payment that went back by no refund",
        "REFUND_UNTOLD",
        "refunds",
        order("refund"),
        {"$set": {"kind": "late"}},
        lambda night, _: night.refunded_payment,
    ),
    Fault(
        "a refund that never came into the account",
        "REFUND_NOT_BOOKED",
        "ledger",
        lambda night: {"cause": f"refund:{night.refund}"},
        {"$set": {"cause": "another"}},
        lambda night, _: night.refund,
    ),
    Fault(
        "a refund under way that nobody looks at",
        "REFUND_FORGOTTEN",
        "refunds",
        order("refund"),
        {"$set": {"state": "asked"}},
    ),
    Fault(
        "a refund for people of which they do not know",
        "REFUND_FORGOTTEN",
        "refunds",
        order("refund"),
        {"$set": {"state": "failed"}},
    ),
    Fault(
        "a group that counts a seat that is not there",
        "GROUP_SEATS_WRONG",
        "groups",
        order("group"),
        {"$inc": {"taken": 1}},
    ),
    Fault(
        "an order that waits for a group in which it has no seat",
        "GROUP_ORDER_WRONG",
        "groups",
        order("group"),
        {"$set": {"seats.0.order_id": "another"}},
        lambda _, before: str(before["seats"][0]["order_id"]),
    ),
    Fault(
        "a set that does not sum to nothing",
        "LEDGER_SET_WRONG",
        "ledger",
        a_set("topUp"),
        {"$inc": {"entries.1.amount": 5}},
    ),
    Fault("a balance that no entry tells of", "BALANCE_WRONG", "members", of_member, {"$inc": {"growth": 1}}, account),
    Fault("principal from nowhere", "BALANCE_WRONG", "members", of_member, {"$inc": {"principal_fen": 1}}, account),
    Fault(
        "a member who is gone with their money",
        "BALANCE_WRONG",
        "ledger",
        a_set("topUp"),
        also("entries", entry("member", 7), entry("void", -7)),
        account,
    ),
    Fault(
        "a lot with points that the balance has not",
        "LOTS_WRONG",
        "point_lots",
        of_member,
        {"$inc": {"left": 1}},
        account,
    ),
]


@contextmanager
def planted(night: Night, fault: Fault, plain: MongoClient[Document]) -> Iterator[Document]:
    """The fault, while the block lasts; the document as it was before. No validator and no guard keeps it out."""
    rows = plain[night.db.name][fault.collection]
    before = rows.find_one(fault.where(night), sort=[("_id", 1)])
    assert before is not None
    done = rows.update_one({"_id": before["_id"]}, fault.change, bypass_document_validation=True)
    assert done.modified_count == 1, "nothing was planted"
    try:
        yield before
    finally:
        rows.replace_one({"_id": before["_id"]}, before, bypass_document_validation=True)


def test_after_an_evening_of_everything_every_law_holds(night: Night) -> None:
    assert_clean(night.db, night.shop.shop_id)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.why)
def test_exactly_that_fault_is_found(night: Night, plain: MongoClient[Document], fault: Fault) -> None:
    with planted(night, fault, plain) as before:
        assert found(night.db, night.shop.shop_id) == [(fault.code, fault.names(night, before))]
    assert_clean(night.db, night.shop.shop_id)


def test_an_order_that_is_paid_more_than_it_costs_is_found(night: Night, plain: MongoClient[Document]) -> None:
    """In order and payment alike, so that nothing else is wrong."""
    db = plain[night.db.name]
    for more, finds in ((500, [("ORDER_OVERPAID", night.paid)]), (-500, [])):
        lines = {"lines.0.paid_fen": more, "lines.0.claimed_fen": more}
        db["orders"].update_one({"_id": night.paid}, {"$inc": lines})
        paid = {"amount_fen": more, "tenders.1.fen": more, "split.0.fen": more, "split.0.legs.cash": more}
        db["payments"].update_one({"_id": night.payment}, {"$inc": paid})
        assert found(night.db, night.shop.shop_id) == finds


def test_what_a_cook_had_begun_with_may_be_gone_and_no_more(night: Night, plain: MongoClient[Document]) -> None:
    """Two ducks were voided after the cook had begun: they are gone, and could have come back at most."""
    day = plain[night.db.name]["stock"]
    mine = {"shop_id": night.shop.shop_id}
    for change, sound in ((0, True), (1, True), (2, True), (3, False), (-1, False)):
        day.update_one(mine, {"$inc": {"left.duck": change}})
        assert (found(night.db, night.shop.shop_id) == []) is sound, change
        day.update_one(mine, {"$inc": {"left.duck": -change}})


def test_an_alarm_that_was_raised_is_no_finding(night: Night, plain: MongoClient[Document]) -> None:
    orders = plain[night.db.name]["orders"]
    was = orders.find_one({"_id": night.reduced}, {"at": 1})
    assert was is not None
    long_ago = utc_now() - timedelta(hours=1)
    orders.update_one({"_id": night.reduced}, {"$set": {"at": long_ago, "alarmed_at": long_ago}})
    assert_clean(night.db, night.shop.shop_id)
    orders.update_one({"_id": night.reduced}, {"$set": {"at": was["at"]}, "$unset": {"alarmed_at": ""}})
