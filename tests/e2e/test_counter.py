"""At the counter, over real processes: cash opens the drawer once, and papers come out at the counter's printer."""

from __future__ import annotations

import pytest

from scripts.local.process import wait_until
from tests.e2e.conftest import OpenPC
from tests.e2e.paper import COUNTER, PASS, STOVE, codes, wait_codes
from tests.e2e.town import LIMIT_S, LiveShop, Town
from tests.support.shops import Reply, line, request_id

pytestmark = pytest.mark.xdist_group("e2e")


def told(shop: LiveShop, job_id: str) -> str | None:
    """What the store PC has reported of something at the counter."""
    found = shop.db["counter_log"].find_one({"_id": job_id, "shop_id": shop.shop_id})
    return found.get("outcome") if found else None


def test_cash_a_receipt_its_reprint_and_a_bill(shop: LiveShop, open_pc: OpenPC, town: Town) -> None:
    pc = open_pc()
    sitting = shop.seat("t1")["sittingId"]
    shop.order([line("duck"), line("tea", 2)], sittingId=sitting)
    bill = shop.by_staff("waiter", "printReceipt", paper={"kind": "bill", "sittingId": sitting})
    cash: Reply = {"kind": "cash", "handedFen": 10000}
    with town.without_broker():  # so that what follows comes by both ways, and is known the second time
        paid = shop.by_staff("cashier", "payOrder", sittingId=sitting, tenders=[cash], shownFen=5100)
    number = paid["payment"]["paymentId"]
    first, again = (
        shop.by_staff("cashier", "printReceipt", paper={"kind": "receipt", "paymentId": number}) for _ in range(2)
    )
    wanted = [one["jobId"] for one in (bill, first, again)]
    wait_codes(pc, wanted)
    assert wait_until(lambda: [told(shop, job_id) for job_id in wanted] == ["printed"] * 3, limit_s=LIMIT_S)
    shop.wait_receipts()
    pc.restart_bridge()
    drawer = shop.by_staff("manager", "printReceipt", paper={"kind": "drawer", "reason": "换零钱"})
    assert wait_until(lambda: told(shop, drawer["jobId"]) == "opened", limit_s=LIMIT_S)
    shop.wait_receipts()
    pc.stop()
    assert [one["copyNo"] for one in (bill, first, again)] == [1, 1, 2]
    assert [code for code in codes(pc, PASS) if ".counter." in code] == sorted(wanted)
    assert [code for code in codes(pc, STOVE, COUNTER) if ".counter." in code] == []
    pulses = {name: printer.pulses for name, printer in pc.printers.items()}
    assert pulses == {STOVE: [], COUNTER: [], PASS: [b"\x00\x19\xfa"] * 2}


def test_a_drawer_that_nobody_could_open_in_time_stays_shut(shop: LiveShop, open_pc: OpenPC) -> None:
    asked = shop.call(
        "printReceipt", shop.guest("cashier"), requestId=request_id(), paper={"kind": "drawer", "reason": "换零钱"}
    )
    job_id = asked["data"]["jobId"]
    record = shop.db["commands"].find_one({"shop_id": shop.shop_id, "unacked": job_id})
    assert record is not None
    expired = record["events"][0].replace(record["events"][0].split('"expiresAt":"')[1][:19], "2026-01-01T00:00:00")
    shop.db["commands"].update_one({"_id": record["_id"], "shop_id": shop.shop_id}, {"$set": {"events": [expired]}})
    pc = open_pc()
    assert wait_until(lambda: told(shop, job_id) == "expired", limit_s=LIMIT_S)
    pc.stop()
    assert [printer.pulses for printer in pc.printers.values()] == [[], [], []]
