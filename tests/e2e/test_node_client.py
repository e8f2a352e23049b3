"""An order by our client, over the vendor's published Node library, ends as tickets on paper."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import OpenPC
from tests.e2e.paper import codes
from tests.e2e.town import LiveShop, Town, ticket_ids

pytestmark = pytest.mark.xdist_group("e2e")
SCRIPT = Path(__file__).with_name("order.mjs")


def test_an_order_by_the_published_client_is_on_paper(
    town: Town, shop: LiveShop, open_pc: OpenPC, node_modules: Path
) -> None:
    pc = open_pc()
    program = ["node", str(SCRIPT), str(node_modules), f"{town.cloud.url}/admin", shop.guest("nora"), shop.code("t2")]
    done = subprocess.run(program, check=True, capture_output=True, text=True, timeout=60)
    replies = json.loads(done.stdout)
    order = replies["ordered"]["order"]
    assert order["sittingId"] == replies["opened"]["sittingId"]
    assert (order["tableName"], order["lines"][0]["note"]) == ("2号桌", "不要太烫")
    shop.wait_receipts()
    pc.stop()
    assert codes(pc) == ticket_ids(order)
    assert [ticket["station"] for ticket in order["tickets"]] == ["drink", "pass"]
    stored = shop.db["orders"].find_one({"_id": order["orderId"]})
    assert stored is not None
    assert stored["guest_id"] == shop.guest("nora")
