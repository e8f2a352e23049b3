"""Broker, bridge or printer fail while orders go on: no ticket is lost, none comes twice without the banner 补打."""

from __future__ import annotations

from datetime import timedelta

import pytest

from scripts.local.process import wait_until
from tests.e2e.conftest import OpenPC
from tests.e2e.paper import COUNTER, PASS, STOVE, codes, wait_codes, wait_log
from tests.e2e.town import LIMIT_S, LiveShop, Town, ticket_ids
from tests.support.shops import line

pytestmark = pytest.mark.xdist_group("e2e")
NEVER_S = 600.0


def test_orders_of_a_broker_outage_are_printed_once_when_it_is_back(
    town: Town, shop: LiveShop, open_pc: OpenPC
) -> None:
    pc = open_pc(sync_interval_s=NEVER_S)
    orders = [shop.order([line("fish"), line("tea")])]
    shop.wait_receipts()
    with town.without_broker():
        wait_log(pc, "mqtt.disconnected")
        orders += [shop.order([line("duck"), line("tea")]) for _ in range(4)]
    orders.append(shop.order([line("noodles", specs={"size": "small"})]))
    wait_log(pc, "mqtt.subscribed", times=2)
    shop.wait_receipts()
    pc.stop()
    assert codes(pc) == ticket_ids(*orders)


def test_while_the_broker_is_down_catch_up_brings_every_ticket(town: Town, shop: LiveShop, open_pc: OpenPC) -> None:
    pc = open_pc()
    with town.without_broker():
        wait_log(pc, "mqtt.disconnected")
        orders = [shop.order([line("duck"), line("tea")]) for _ in range(4)]
        wait_codes(pc, ticket_ids(*orders))
        shop.wait_receipts()
        assert town.cloud.broker is not None
        assert not town.cloud.broker.alive
    orders.append(shop.order([line("fish")]))
    shop.wait_receipts()
    pc.stop()
    assert codes(pc) == ticket_ids(*orders)


def test_killed_between_print_and_mark_only_the_ticket_in_doubt_comes_again_and_marked(
    shop: LiveShop, open_pc: OpenPC
) -> None:
    pc = open_pc()
    orders = [shop.order([line("fish")])]
    shop.wait_receipts()
    pc.printers[STOVE].set_condition("mute fence")
    orders.append(shop.order([line("fish")]))
    in_doubt = ticket_ids(orders[1], stations=("hot",))
    wait_codes(pc, ticket_ids(orders[1]))
    orders.append(shop.order([line("noodles", specs={"size": "big"}), line("tea")]))
    held_up = set(ticket_ids(*orders[1:], stations=("hot", "noodle")))
    assert wait_until(lambda: shop.unreported() == held_up, limit_s=LIMIT_S), shop.unreported()
    pc.kill()
    orders.append(shop.order([line("fish"), line("duck")]))
    pc.printers[STOVE].set_condition("ready")
    pc.start_bridge()
    shop.wait_receipts()
    pc.stop()
    marked = [f"{code}#2" for code in in_doubt]
    assert len(in_doubt) == 1
    assert codes(pc, STOVE) == sorted(ticket_ids(*orders, stations=("hot", "noodle")) + marked)
    assert codes(pc, COUNTER, PASS) == ticket_ids(*orders, stations=("cold", "drink", "pass"))


def test_out_of_paper_holds_one_printers_tickets_until_the_new_roll_and_none_is_marked(
    shop: LiveShop, open_pc: OpenPC
) -> None:
    pc = open_pc()
    orders = [shop.order([line("fish"), line("tea")])]
    shop.wait_receipts()
    pc.printers[STOVE].set_condition("paperOut")
    orders += [
        shop.order([line("noodles", specs={"size": "small"}), line("duck", note=note)]) for note in ("一", "二", "三")
    ]
    wait_codes(pc, ticket_ids(*orders, stations=("cold", "drink", "pass")))
    assert codes(pc, STOVE) == ticket_ids(orders[0], stations=("hot", "noodle"))
    pc.printers[STOVE].set_condition("ready")
    orders.append(shop.order([line("fish")]))
    shop.wait_receipts()
    pc.stop()
    assert codes(pc) == ticket_ids(*orders)


def test_what_no_store_pc_acknowledges_for_a_minute_is_alarmed_and_delivered_when_the_pc_comes(
    town: Town, shop: LiveShop, open_pc: OpenPC
) -> None:
    with town.without_broker():
        order = shop.order([line("tea")])
        town.fire("notifyKitchen")
        assert alarms(shop) == [False]
        shop.db["orders"].update_one({"_id": order["orderId"]}, [{"$set": {"at": {"$subtract": ["$at", minute()]}}}])
        assert town.fire("notifyKitchen")["success"]
        assert wait_until(lambda: alarms(shop) == [True], limit_s=LIMIT_S)
        assert shop.unheard() == 1
    pc = open_pc()
    shop.wait_receipts()
    pc.stop()
    assert codes(pc) == ticket_ids(order)


def alarms(shop: LiveShop) -> list[bool]:
    """For each order of the shop, whether it is on the exceptions board."""
    return ["alarmed_at" in found for found in shop.db["orders"].find({"shop_id": shop.shop_id})]


def minute() -> int:
    """In the database's unit."""
    return int(timedelta(seconds=60) / timedelta(milliseconds=1))
