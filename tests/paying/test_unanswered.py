"""WeChat Pay that is down, slow, or whose word does not come back: money is settled or returned all the same."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from scripts.local.process import wait_until
from scripts.local.wechat_pay.faults import KINDS, Endpoint, FaultKind
from scripts.local.wechat_pay.simulator import WechatPaySimulator
from shared.gateways.wechat_pay import pay_channel
from shared.runtime.merchants import merchants
from tests.paying.stories import DUE, STORIES, anew
from tests.support.desk import Desk, number_of
from tests.support.takings import takings

pytestmark = pytest.mark.timeout(300)
PATIENCE_S = 0.5
FACED: tuple[tuple[str, Endpoint], ...] = (
    ("phone", "prepare"),
    ("mixed", "prepare"),
    ("anew", "query"),
    ("anew", "close"),
    ("anew", "prepare"),
    ("anew_after_paying", "query"),
    ("till", "query"),
    ("till", "close"),
    ("lost_notice", "query"),
    ("given_up", "query"),
    ("given_up", "close"),
    ("expired", "query"),
    ("expired", "close"),
    ("returning", "refund"),
    ("returned", "query_refund"),
    ("refund", "refund"),
    ("refunding", "refund"),
    ("top_up", "prepare"),
)
"""Each story with each of the calls to WeChat Pay that it makes."""

UNFELT: Mapping[Endpoint, tuple[FaultKind, ...]] = {
    "prepare": ("other",),
    "close": ("other", "unsigned", "forged", "signtest"),
}
"""What makes no difference: the one answer names no payment, and the other has no content that could be proved."""


@pytest.fixture(autouse=True, scope="module")
def _impatient(simulator: WechatPaySimulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The same merchants, who wait for half a second."""
    known = json.loads(simulator.merchants_file.read_text())
    hurried = tmp_path_factory.mktemp("hurried") / "merchants.json"
    hurried.write_text(json.dumps([one | {"answer_limit_s": PATIENCE_S} for one in known]))
    for place in (hurried, simulator.merchants_file):
        os.environ["WECHAT_PAY_FILE"] = str(place)
        merchants.cache_clear()
        pay_channel.cache_clear()
        if place is hurried:
            yield


def face(desk: Desk, name: str, endpoint: Endpoint, kind: FaultKind, *, goes_on: bool) -> None:
    """The call meets the fault; then it is repeated, or nobody does; what was delayed is done after all is over."""
    story = STORIES[name](desk, f"{endpoint}-{kind}-{goes_on}")
    desk.wechat.plan_fault(endpoint, kind)
    reply = story.act()
    is_felt = reply.get("code", "").startswith("PAYMENT_") or reply.get("failed")
    is_due = [one for one in desk.refunds() if one["state"] == "due" and one.get("tries")]
    assert is_felt or is_due or kind in UNFELT.get(endpoint, ()), (kind, reply)
    if kind == "slow":
        desk.wechat.release()
    if goes_on:
        story.go_on(is_told=kind in ("down", "lost", "delayed"))
    story.end()
    if kind == "delayed":
        desk.wechat.release()
        assert wait_until(lambda: desk.wechat.waiting() == 0, limit_s=5)
        story.end()


@pytest.mark.parametrize(("name", "endpoint"), FACED)
def test_whatever_a_call_meets_there_it_is_settled_or_returned(money: Desk, name: str, endpoint: Endpoint) -> None:
    for kind in KINDS:
        face(money, name, endpoint, kind, goes_on=True)
        if kind in ("down", "lost", "delayed"):
            face(money, name, endpoint, kind, goes_on=False)
    print(f"{name}, {endpoint}: {takings(money)}")


def test_a_guest_who_pays_while_the_payment_is_being_closed_has_paid(money: Desk) -> None:
    """WeChat Pay says unpaid, the guest pays, and then the close is refused."""
    story = anew(money, "quick")
    (first,) = money.shop.db["payments"].find({"shop_id": money.shop.shop_id})
    money.wechat.plan_fault("close", "delayed")
    with ThreadPoolExecutor(1) as phone:
        reply = phone.submit(story.act)
        assert wait_until(lambda: money.wechat.waiting() == 1, limit_s=5)
        money.wechat.pay(first["_id"])
        money.wechat.release()
        assert reply.result()["code"] in ("STATE_CONFLICT", "PAYMENT_UNANSWERED")
    story.end()
    assert money.payment(first["_id"])["state"] == "paid"
    assert takings(money).payments == {"paid": 1}


def test_prepared_after_it_was_given_up_it_is_closed_and_cannot_be_paid(money: Desk) -> None:
    """WeChat Pay is slow to prepare, and meanwhile the till has taken the money."""
    story = STORIES["phone"](money, "slow")
    before = money.asked("prepare", "")
    money.wechat.plan_fault("prepare", "delayed")
    assert story.act()["code"] == "PAYMENT_UNANSWERED"
    (first,) = money.shop.db["payments"].find({"shop_id": money.shop.shop_id})
    assert story.order is not None
    assert number_of(money.cash(DUE, orderId=story.order.order_id)) != first["_id"]
    money.wechat.release()
    assert wait_until(lambda: money.asked("prepare", "") > before, limit_s=5)
    again = story.act()["data"]
    assert (again["payment"]["state"], "wechat" in again) == ("closed", False)
    story.end()
    told = takings(money)
    assert (told.paid, told.payments) == ({"cash": DUE}, {"paid": 1, "closed": 1})
