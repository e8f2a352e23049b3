"""Stored value is paid in by packages, within the card's limit, and what of it is unspent can be paid back once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.domain.ledger import spending, topping_up
from shared.domain.loyalty import Stored
from shared.runtime.clock import utc_now
from shared.store import members
from tests.support.audit import assert_clean
from tests.support.banking import Bank
from tests.support.desk import STAFF, Desk, number_of, sweep
from tests.support.shops import Reply, request_id

PACKAGES = [
    {"package_id": "p500", "name": "充 500 送 50", "pay_fen": 50_000, "bonus_fen": 5_000},
    {"package_id": "p900", "name": "充 900 送 120", "pay_fen": 90_000, "bonus_fen": 12_000},
    {"package_id": "old", "name": "旧套餐", "pay_fen": 100, "bonus_fen": 100, "active": False},
]
PHONE = "13800138000"


@pytest.fixture(autouse=True)
def _packages(desk: Desk) -> None:
    settings = {"$set": {"packages": PACKAGES}}
    desk.shop.db["brand_settings"].update_one({"_id": "topUp"}, settings, upsert=True)
    desk.shop.db["members"].update_many({"phone": PHONE}, {"$unset": {"phone": ""}})


def account(desk: Desk, guest: str = "guest") -> Bank:
    """The guest's account, as a member."""
    bank = Bank(desk.shop.db, desk.shop.shop_id, desk.shop.guest(guest))
    members.join(bank.shop, bank.openid, now=utc_now())
    return bank


def top_up(desk: Desk, op: Reply, *, who: str = "guest", key: str | None = None) -> Reply:
    """Call the function as a guest or as staff."""
    place = {} if who in STAFF else {"shopId": desk.shop.shop_id}
    return desk.shop.call("topUp", desk.shop.guest(who), requestId=key or request_id(), topUp=op, **place)


def buy(
    desk: Desk, package: str = "p500", shown: int = 50_000, *, guest: str = "guest", key: str | None = None
) -> Reply:
    """A guest begins to buy a package."""
    return top_up(desk, {"op": "buy", "packageId": package, "shownFen": shown}, who=guest, key=key)


def bought(desk: Desk, package: str = "p500", shown: int = 50_000, *, guest: str = "guest") -> str:
    """A package that was paid by phone; the payment's number."""
    number = desk.tap(buy(desk, package, shown, guest=guest), guest=guest)
    assert desk.hear(number)["data"]["outcome"] == "settled"
    return number


def give_back(desk: Desk, number: str, *, who: str = "manager", key: str | None = None) -> Reply:
    """Staff pay a top-up back."""
    return top_up(desk, {"op": "giveBack", "paymentId": number, "reason": "客人搬走了"}, who=who, key=key)


def stored(bank: Bank) -> tuple[int, int]:
    """Principal and bonus."""
    return bank.member.stored.principal_fen, bank.member.stored.bonus_fen


def test_the_packages_on_sale_are_listed(desk: Desk) -> None:
    told = top_up(desk, {"op": "list"})["data"]["packages"]
    assert [(one["packageId"], one["payFen"], one["bonusFen"]) for one in told] == [
        ("p500", 50_000, 5_000),
        ("p900", 90_000, 12_000),
    ]


def test_a_guest_pays_in_becomes_a_member_and_is_told_so_on_the_statement(desk: Desk) -> None:
    key = request_id()
    reply = buy(desk, key=key)
    assert reply["data"]["payment"]["state"] == "pending"
    assert number_of(buy(desk, key=key)) == number_of(reply)
    number = desk.tap(reply)
    for _ in range(3):
        desk.hear(number)
    bank = account(desk)
    assert stored(bank) == (50_000, 5_000)
    (entry,) = desk.shop.call("getMember", desk.shop.guest(), shopId=desk.shop.shop_id)["data"]["statement"]
    assert (entry["title"], entry["principalFen"], entry["bonusFen"]) == ("储值充值", 50_000, 5_000)
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_a_lost_callback_is_found_and_an_unpaid_one_is_closed(desk: Desk) -> None:
    first = desk.tap(buy(desk))
    second = number_of(buy(desk, guest="other"))
    desk.pass_by(first)
    desk.pass_by(second, over=True)
    sweep()
    assert [desk.payment(one)["state"] for one in (first, second)] == ["paid", "closed"]
    assert (stored(account(desk)), stored(account(desk, "other"))) == ((50_000, 5_000), (0, 0))


def test_an_unnamed_card_takes_a_thousand_yuan_and_a_named_one_five(desk: Desk) -> None:
    bank = account(desk)
    bought(desk)
    refused = buy(desk, "p900", 90_000)
    assert (refused["code"], refused["details"]) == ("TOP_UP_LIMIT", {"limitFen": 100_000})
    members.bind_phone(bank.shop, bank.openid, PHONE, now=utc_now())
    bought(desk, "p900", 90_000)
    assert stored(bank) == (140_000, 17_000)


def test_what_would_overfill_the_card_when_it_is_paid_goes_back(desk: Desk) -> None:
    bank = account(desk)
    number = desk.tap(buy(desk, "p900", 90_000))
    bank.post("elsewhere", "topUp", topping_up(Stored(20_000, 0)), now=utc_now())
    assert desk.hear(number)["data"]["outcome"] == "returned"
    desk.refund_due(f"{number}-late")
    sweep()
    desk.wechat.settle(f"{number}-late", "SUCCESS")
    desk.hear(f"{number}-late", refund=True)
    (back,) = desk.refunds()
    assert (stored(bank), back["state"], back["fen"]) == ((20_000, 0), "done", 90_000)
    assert desk.asked("refund settled", f"{number}-late") == 1
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_who_begins_anew_ends_the_first_and_is_credited_for_what_was_paid(desk: Desk) -> None:
    first = number_of(buy(desk))
    second = desk.tap(buy(desk))
    assert desk.payment(first)["state"] == "closed"
    number_of(buy(desk))
    assert desk.payment(second)["state"] == "paid"
    assert stored(account(desk)) == (50_000, 5_000)


def test_the_till_sells_to_the_member_with_the_phone_number(desk: Desk) -> None:
    bank = account(desk)
    sale = {"op": "sell", "packageId": "p500", "shownFen": 50_000, "phone": PHONE, "kind": "cash"}
    assert top_up(desk, sale, who="cashier")["code"] == "NOT_FOUND"
    members.bind_phone(bank.shop, bank.openid, PHONE, now=utc_now())
    key = request_id()
    replies = [top_up(desk, {**sale, "handedFen": 60_000}, who="cashier", key=key) for _ in range(2)]
    assert replies[0] == replies[1] | {"requestId": replies[0]["requestId"]}
    payment = replies[0]["data"]["payment"]
    assert (payment["state"], payment["changeFen"], stored(bank)) == ("paid", 10_000, (50_000, 5_000))
    assert_clean(desk.shop.db, desk.shop.shop_id)


@pytest.mark.parametrize(
    ("op", "who", "code"),
    [
        ({"op": "buy", "packageId": "p500", "shownFen": 49_999}, "guest", "PRICE_CHANGED"),
        ({"op": "buy", "packageId": "old", "shownFen": 100}, "guest", "NOT_FOUND"),
        ({"op": "buy", "packageId": "p500"}, "guest", "INVALID_ARGUMENT"),
        ({"op": "buy", "packageId": {"$ne": ""}, "shownFen": 1}, "guest", "INVALID_ARGUMENT"),
        (
            {"op": "sell", "packageId": "p500", "shownFen": 50_000, "phone": PHONE, "kind": "card"},
            "guest",
            "PERMISSION_DENIED",
        ),
        (
            {"op": "sell", "packageId": "p500", "shownFen": 50_000, "phone": "1", "kind": "card"},
            "cashier",
            "INVALID_ARGUMENT",
        ),
        ({"op": "giveBack", "paymentId": "P1", "reason": "x"}, "guest", "PERMISSION_DENIED"),
        ({"op": "giveBack", "paymentId": "P1", "reason": "x"}, "cashier", "PERMISSION_DENIED"),
        ({"op": "giveBack", "paymentId": "P1", "reason": "x"}, "manager", "NOT_FOUND"),
        ({"op": "giveBack", "paymentId": "P1", "reason": " "}, "manager", "INVALID_ARGUMENT"),
        ({"op": "list"}, "kitchen", "PERMISSION_DENIED"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(desk: Desk, op: Reply, who: str, code: str) -> None:
    before = desk.written()
    assert top_up(desk, op, who=who)["code"] == code
    assert desk.written() == before


def test_what_is_unspent_is_paid_back_by_the_phones_way_and_its_bonus_is_void(desk: Desk) -> None:
    number, bank = bought(desk), account(desk)
    bank.post("meal", "pay", spending(stored=Stored(10_000, 1_000)), now=utc_now())
    told = give_back(desk, number)["data"]["givenBack"]
    assert told == {"fen": 40_000, "bonusFen": 4_000, "kind": "wechat", "state": "due"}
    assert stored(bank) == (0, 0)
    desk.refund_due(f"{number}-topup")
    sweep()
    (back,) = desk.refunds()
    desk.wechat.settle(back["_id"], "SUCCESS")
    desk.refund_due(back["_id"])
    sweep()
    (back,) = desk.refunds()
    assert (back["state"], back["fen"], desk.asked("refund settled", back["_id"])) == ("done", 40_000, 1)
    again = give_back(desk, number)
    assert (again["code"], stored(bank)) == ("STATE_CONFLICT", (0, 0))
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_later_top_ups_count_as_spent_last(desk: Desk) -> None:
    bank = account(desk)
    members.bind_phone(bank.shop, bank.openid, PHONE, now=utc_now())
    first, second = bought(desk), bought(desk, "p900", 90_000)
    bank.post("meal", "pay", spending(stored=Stored(60_000, 0)), now=utc_now())
    assert give_back(desk, first)["code"] == "STATE_CONFLICT"
    assert give_back(desk, second)["data"]["givenBack"]["fen"] == 80_000
    assert stored(bank) == (0, 5_000)
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_cash_that_was_paid_in_goes_back_over_the_counter(desk: Desk) -> None:
    bank = account(desk)
    members.bind_phone(bank.shop, bank.openid, PHONE, now=utc_now())
    sale = {"op": "sell", "packageId": "p500", "shownFen": 50_000, "phone": PHONE, "kind": "cash"}
    number = number_of(top_up(desk, sale, who="cashier"))
    told = give_back(desk, number)["data"]["givenBack"]
    assert told == {"fen": 50_000, "bonusFen": 5_000, "kind": "cash", "state": "done"}
    assert stored(bank) == (0, 0)
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_eight_managers_at_once_pay_it_back_once(desk: Desk) -> None:
    number, bank = bought(desk), account(desk)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: give_back(desk, number), range(8)))
    assert sum(reply["success"] for reply in replies) == 1
    assert {reply.get("code", "STATE_CONFLICT") for reply in replies} <= {"STATE_CONFLICT", "BUSY"}
    assert (stored(bank), len(desk.refunds())) == ((0, 0), 1)
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_another_shops_top_up_is_unknown_here(desk: Desk) -> None:
    number = bought(desk)
    desk.shop.db["payments"].update_one(
        {"_id": number, "shop_id": desk.shop.shop_id}, {"$set": {"shop_id": "elsewhere"}}
    )
    assert give_back(desk, number)["code"] == "NOT_FOUND"
