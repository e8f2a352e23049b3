"""The call screen in a real Chromium, fed by a real bridge: numbers are shown and spoken, also after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from tests.e2e.conftest import OpenPC
from tests.e2e.town import LiveShop
from tests.screen.browser import SOUND_ALLOWED, body, open_browser, text, until, voice
from tests.support.shops import line, request_id

pytestmark = pytest.mark.xdist_group("e2e")
FIRST = ["qing", "a", "0", "0", "yao", "hao", "dao-qucankou-qucan"]
SECOND = ["qing", "a", "0", "0", "2", "hao", "dao-qucankou-qucan"]
QUEUE = ["qing", "b", "0", "0", "yao", "hao", "dao-qiantai-ruzuo"]


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chrome]:
    with open_browser(tmp_path / "profile", SOUND_ALLOWED) as opened:
        yield opened


def call(shop: LiveShop) -> str:
    """A guest's pick-up order is cooked and called; the call's id."""
    order_id = shop.order([line("tea")])["orderId"]
    shop.by_staff("kitchen", "advanceOrder", orderId=order_id, step="ready")
    call_id: str = shop.by_staff("waiter", "callGuest", orderId=order_id)["callId"]
    return call_id


def test_calls_are_shown_and_spoken_in_order_and_the_page_comes_back_after_the_bridge_restarts(
    browser: Chrome, shop: LiveShop, open_pc: OpenPC
) -> None:
    pc = open_pc()
    browser.get(pc.screen_url)
    until(browser, lambda: body(browser, "connection") == "up", "the page did not connect")
    first = call(shop)
    until(browser, lambda: text(browser, "label") == "A001", "the number was not shown")
    until(browser, lambda: voice(browser, "spoken") == [first], "the call was not spoken to its end")
    assert (voice(browser, "played"), text(browser, "text")) == (["chime", *FIRST, *FIRST], "请到取餐口取餐")
    pc.kill()
    until(browser, lambda: body(browser, "connection") == "away", "the page did not notice that the bridge is away")
    assert text(browser, "label") == "A001"
    second = call(shop)
    pc.start_bridge()
    until(browser, lambda: text(browser, "label") == "A002", "the next number was not shown after the restart")
    until(browser, lambda: voice(browser, "spoken") == [first, second], "the next call was not spoken to its end")
    assert body(browser, "connection") == "up"
    assert voice(browser, "played") == ["chime", *FIRST, *FIRST, "chime", *SECOND, *SECOND]
    assert (voice(browser, "missing"), voice(browser, "dropped")) == ([], [])


def test_a_waiting_party_is_called_by_its_queue_number(browser: Chrome, shop: LiveShop, open_pc: OpenPC) -> None:
    browser.get(open_pc().screen_url)
    until(browser, lambda: body(browser, "connection") == "up", "the page did not connect")
    joined = shop.call("joinQueue", shop.guest(), requestId=request_id(), shopId=shop.shop_id, guests=4)
    assert joined["data"]["place"]["label"] == "B001"
    place = shop.by_staff("waiter", "manageQueue", move={"op": "next", "letter": "B"})["place"]
    until(browser, lambda: text(browser, "label") == "B001", "the number was not shown")
    spoken = [f"{place['ticketId']}.call.1"]
    until(browser, lambda: voice(browser, "spoken") == spoken, "the call was not spoken to its end")
    assert (text(browser, "kind"), text(browser, "text")) == ("排队叫号", "请到前台入座")
    assert (voice(browser, "played"), voice(browser, "missing")) == (["chime", *QUEUE, *QUEUE], [])
