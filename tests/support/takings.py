"""What a shop took, by what the shop and WeChat Pay each say: every payment is settled or returned, and never both."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from scripts.local.wechat_pay.simulator import ControlError
from shared.runtime.clock import utc_now
from shared.store.client import Document
from tests.support.audit import assert_clean
from tests.support.desk import Desk, sweep

_ROUNDS = 8
_HELD = ("points", "stored")


@dataclass(frozen=True)
class Takings:
    """Sums in fen: what was paid by each tender and stands, what went back, and how many payments that were."""

    paid: Counter[str]
    returned: int
    refunded: int
    payments: Counter[str]


def pass_time(desk: Desk, *, sweeps: int = _ROUNDS) -> None:
    """Time goes by, the timer's sweeps with it, and WeChat Pay does what it accepted, until nothing is under way."""
    mine = {"shop_id": desk.shop.shop_id}
    waiting = {**mine, "state": {"$in": ["due", "asked"]}}
    for _ in range(sweeps):
        then = utc_now() - timedelta(minutes=2)
        pending = {**mine, "state": "pending"}
        desk.shop.db["payments"].update_many(pending, {"$set": {"look_at": then, "expires_at": then}})
        desk.shop.db["refunds"].update_many(waiting, {"$set": {"look_at": then}})
        sweep()
        for refund in desk.shop.db["refunds"].find({**waiting, "state": "asked"}):
            with contextlib.suppress(ControlError):  # done before
                desk.wechat.settle(refund["_id"], "SUCCESS")
        left = (desk.shop.db["payments"].find_one(pending), desk.shop.db["refunds"].find_one(waiting))
        if left == (None, None):
            return
    raise AssertionError(f"still under way after {sweeps} sweeps: {left}")


def takings(desk: Desk) -> Takings:
    """Compare payment by payment, refund by refund; fails on the first that differs, and on what the audit finds."""
    assert_clean(desk.shop.db, desk.shop.shop_id)
    took, gave = _told(desk, "paid", "outTradeNo"), _told(desk, "refund settled", "outRefundNo")
    mine = {"shop_id": desk.shop.shop_id}
    refunds: dict[str, list[Document]] = {}
    for refund in desk.shop.db["refunds"].find(mine):
        _require_given(refund, gave)
        refunds.setdefault(refund["payment_id"], []).append(refund)
    sums = Takings(Counter(), 0, 0, Counter())
    returned = refunded = 0
    for payment in desk.shop.db["payments"].find(mine):
        backs = refunds.pop(payment["_id"], [])
        _require_whole(payment, took.get(payment["_id"], []), backs)
        _require_booked(desk, payment)
        sums.payments[payment["state"]] += 1
        if payment["state"] == "paid":
            sums.paid.update({tender["kind"]: tender["fen"] for tender in payment["tenders"]})
            refunded += sum(back["fen"] for back in backs)
        else:
            returned += sum(back["fen"] for back in backs)
    assert refunds == {}, "refunds of payments that are not there"
    return Takings(sums.paid, returned, refunded, sums.payments)


def _told(desk: Desk, what: str, name: str) -> dict[str, list[Document]]:
    """What WeChat Pay says happened, by number."""
    found: dict[str, list[Document]] = {}
    for one in desk.wechat.happened(what):
        if one.get("state") in (None, "SUCCESS"):
            found.setdefault(str(one[name]), []).append(one)
    return found


def _require_given(refund: Document, gave: dict[str, list[Document]]) -> None:
    """A refund is done; what of it is WeChat Pay's was done there, once."""
    assert refund["state"] == "done", refund
    by_phone = [leg["fen"] for leg in refund["legs"] if leg["leg"] == "wechat"]
    assert len(gave.get(refund["_id"], [])) == len(by_phone), (refund, gave.get(refund["_id"]))


def _require_whole(payment: Document, took: list[Document], backs: Iterable[Document]) -> None:
    """Settled: WeChat Pay took its part, once. Returned: all that it took went back. Else it took nothing."""
    kinds = sorted(back["kind"] for back in backs)
    fen = [int(one["totalFen"]) for one in took]
    if payment["state"] == "paid":
        assert fen == [one["fen"] for one in payment["tenders"] if one["kind"] == "wechat"], (payment, took)
        assert "late" not in kinds, payment
        assert "late" not in payment, payment
    else:
        assert payment["state"] == "closed", payment
        assert (kinds, [back["fen"] for back in backs]) == (["late"] * len(fen), fen), (payment, took)
        assert [payment["late"]["fen"]] * len(fen) == fen if fen else "late" not in payment, payment


def _require_booked(desk: Desk, payment: Document) -> None:
    """What a member gave is booked once, and is back once if the payment is closed."""
    causes = Counter(
        one["cause"] for one in desk.shop.db["ledger"].find({"cause": {"$regex": f"^payment:{payment['_id']}:"}})
    )
    assert set(causes.values()) <= {1}, causes
    held = any(tender["kind"] in _HELD for tender in payment["tenders"])
    sets = {cause.rpartition(":")[2] for cause in causes} - {"earn"}
    if payment.get("top_up"):
        expected = {"topUp"} if payment["state"] == "paid" else set()
    else:
        expected = ({"pay"} if payment["state"] == "paid" else {"pay", "void"}) if held else set()
    assert sets - {"giveBack"} == expected, (payment["_id"], payment["state"], sets)
