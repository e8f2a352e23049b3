"""At the counter: papers say what was paid or is owed, to the fen; each is counted, and a drawer opens once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.events import ENVELOPE_LIMIT_BYTES, DrawerEvent, SlipEvent
from shared.contracts.slips import DRAWER_TTL_S, Slip
from shared.runtime.clock import utc_now
from tests.support.audit import assert_clean
from tests.support.desk import CARD, STAFF, WECHAT, Desk, number_of
from tests.support.running import run
from tests.support.shops import Reply, line, open_shop, request_id

NOODLES = line("noodles", 2, specs={"size": "big"}, modifiers={"egg": 1})


def ask(desk: Desk, who: str = "cashier", *, key: str | None = None, **paper: Any) -> Reply:
    return desk.shop.call("printReceipt", desk.shop.guest(who), requestId=key or request_id(), paper=paper)


def events(desk: Desk, kind: str) -> list[Reply]:
    return [event for event in desk.shop.sync()["data"]["events"] if event["type"] == kind]


def slip(desk: Desk, number: str, **more: Any) -> Slip:
    """The one paper that a request for this payment's receipt sends."""
    known = {event["eventId"] for event in events(desk, "receipt.print")}
    reply = ask(desk, kind="receipt", paymentId=number, **more)
    assert reply["success"], reply
    [event] = [one for one in events(desk, "receipt.print") if one["eventId"] not in known]
    assert event["eventId"] == event["data"]["jobId"] == reply["data"]["jobId"]
    return SlipEvent.model_validate(event).data


def log(desk: Desk) -> list[Reply]:
    found = desk.shop.db["counter_log"].find({"shop_id": desk.shop.shop_id}).sort([("at", 1), ("copy_no", 1)])
    return [{name: one.get(name) for name in ("kind", "copy_no", "by", "reason")} for one in found]


def adds_up(found: Slip) -> bool:
    lines, cuts = sum(one.fen for one in found.lines), sum(one.fen for one in found.cuts)
    return (lines, lines - cuts) == (found.gross_fen, found.due_fen)


def written(desk: Desk) -> list[Any]:
    return [*desk.written(), log(desk)]


def test_a_receipt_says_lines_tenders_and_change(prepay: Desk) -> None:
    prepay.shop.change(address="济源市宣化东街 88 号", phone="0391-000-0105")
    order = run(prepay.shop, [NOODLES, line("tea")])
    number = number_of(prepay.cash(5100, handed=10000, orderId=order.order_id))
    found = slip(prepay, number)
    assert found.kind == "receipt"
    assert (found.station, found.copy_no, found.payment_no) == ("pass", 1, number)
    assert (found.head.title, found.head.address, found.head.phone, found.head.footer) == (
        "豫味坊·测试店", "济源市宣化东街 88 号", "0391-000-0105", ("谢谢惠顾，欢迎再来",),
    )  # fmt: skip
    assert (found.pickup_no, found.table_name, found.order_nos) == ("A001", None, (order.now.order_no,))
    assert [(one.name, one.quantity, one.fen, one.details) for one in found.lines] == [
        ("羊肉烩面", 2, 4800, ("大碗", "加蛋")),
        ("大麦茶", 1, 300, ()),
    ]
    assert (found.gross_fen, found.due_fen, found.paid_fen, adds_up(found)) == (5100, 5100, 5100, True)
    [tender] = found.tenders
    assert (tender.kind, tender.fen, tender.handed_fen, tender.change_fen) == ("cash", 5100, 10000, 4900)
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_the_shops_own_header_footer_and_counter_are_on_it(prepay: Desk) -> None:
    own = {"title": "豫味坊", "lines": ["河南省老字号"], "footer": ["发票请扫码", "欢迎再来"]}
    prepay.shop.change(papers={"slip": own}, counter_station="drink")
    order = run(prepay.shop, [line("tea")])
    found = slip(prepay, prepay.paid(300, orderId=order.order_id))
    assert (found.head.title, found.head.lines, found.head.footer) == (
        "豫味坊",
        ("河南省老字号",),
        tuple(own["footer"]),
    )
    assert (found.station, found.tenders[0].kind) == ("drink", "wechat")


@pytest.mark.unclean
def test_what_offers_took_off_stands_by_name_and_everything_adds_up(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck", 3), line("tea")])
    cuts = [{"layer": "reduction", "offer_id": "c1", "fen": 1000}, {"layer": "order", "offer_id": "c2", "fen": 333}]
    prepay.shop.db["orders"].update_one(
        {"_id": order.order_id, "shop_id": prepay.shop.shop_id},
        {"$set": {"lines.0.cuts": cuts, "due_fen": 12467, "offers": [
            {"layer": "reduction", "offer_id": "c1", "name": "满100减10", "fen": 1000},
            {"layer": "order", "offer_id": "c2", "name": "会员券", "fen": 333},
        ]}},
    )  # fmt: skip
    found = slip(prepay, prepay.paid(12467, orderId=order.order_id))
    assert [(one.name, one.fen) for one in found.cuts] == [("满100减10", 1000), ("会员券", 333)]
    assert (found.gross_fen, found.due_fen, found.paid_fen, adds_up(found)) == (13800, 12467, 12467, True)


def test_a_part_of_the_bill_is_a_receipt_of_its_lines(desk: Desk) -> None:
    sitting = desk.shop.seat()["sittingId"]
    order = run(desk.shop, [line("duck"), line("tea", 2)], sittingId=sitting)
    lines = [{"orderId": order.order_id, "lineId": "l-tea"}]
    tea = number_of(desk.cash(600, sittingId=sitting, part={"by": "lines", "lines": lines}))
    found = slip(desk, tea)
    assert [(one.name, one.fen) for one in found.lines] == [("大麦茶", 600)]
    assert (found.table_name, found.due_fen, found.paid_fen) == ("1号桌", 600, 600)
    half = number_of(
        desk.pay(2550, guest="cashier", tenders=(CARD,), sittingId=sitting, part={"by": "even", "of": 2, "share": 1})
    )
    found = slip(desk, half)
    assert (found.due_fen, found.paid_fen, [one.fen for one in found.tenders]) == (4500, 2550, [2550])


def test_a_bill_before_it_is_paid_puts_equal_lines_together_and_says_what_is_paid(desk: Desk) -> None:
    sitting = desk.shop.seat()["sittingId"]
    first = run(desk.shop, [line("duck"), NOODLES, line("tea")], sittingId=sitting)
    run(desk.shop, [line("tea", 2), line("duck", note="切块")], sittingId=sitting)
    desk.cash(
        4800, sittingId=sitting, part={"by": "lines", "lines": [{"orderId": first.order_id, "lineId": "l-noodles"}]}
    )
    reply = ask(desk, "waiter", kind="bill", sittingId=sitting)
    [event] = events(desk, "receipt.print")
    found = SlipEvent.model_validate(event).data
    assert reply["data"] == {"jobId": f"{sitting}.counter.bill.1", "kind": "bill", "copyNo": 1}
    assert [(one.name, one.quantity, one.fen) for one in found.lines] == [
        ("道口烧鸡", 2, 9000),
        ("羊肉烩面", 2, 4800),
        ("大麦茶", 3, 900),
    ]
    assert (found.kind, found.due_fen, found.paid_fen, found.tenders) == ("bill", 14700, 4800, ())
    assert (len(found.order_nos), adds_up(found)) == (2, True)


def test_a_long_evenings_bill_stays_under_the_limit_of_a_message(desk: Desk) -> None:
    sitting = desk.shop.seat()["sittingId"]
    for round_ in range(4):
        lines = [line("tea", 1, f"l{n}") for n in range(60)]
        order = run(desk.shop, lines, sittingId=sitting)
        names = {f"lines.{n}.name": f"{round_}轮第{n}道老火慢炖王屋山野生菌土鸡煲配手工玉米面贴饼子" for n in range(60)}
        desk.shop.db["orders"].update_one({"_id": order.order_id, "shop_id": desk.shop.shop_id}, {"$set": names})
    assert ask(desk, kind="bill", sittingId=sitting)["success"]
    record = desk.shop.db["commands"].find_one(
        {"shop_id": desk.shop.shop_id, "command_key": {"$regex": "printReceipt"}}
    )
    assert record is not None
    assert len(record["events"][0].encode()) < ENVELOPE_LIMIT_BYTES
    found = SlipEvent.model_validate_json(record["events"][0]).data
    rest = found.lines[-1]
    assert (rest.quantity, rest.name) == (None, f"其余 {240 - len(found.lines) + 1} 项")
    assert (found.due_fen, adds_up(found)) == (240 * 300, True)


def test_asked_again_it_is_counted_and_repeated_it_is_the_same(prepay: Desk) -> None:
    order = run(prepay.shop, [line("tea")])
    number, key = prepay.paid(300, orderId=order.order_id), request_id()
    replies = [ask(prepay, key=key, kind="receipt", paymentId=number) for _ in range(3)]
    assert [reply["data"]["copyNo"] for reply in replies] == [1, 1, 1]
    assert slip(prepay, number).copy_no == 2
    assert [(one["kind"], one["copy_no"]) for one in log(prepay)] == [("receipt", 1), ("receipt", 2)]


def test_eight_at_once_are_counted_one_to_eight(prepay: Desk) -> None:
    order = run(prepay.shop, [line("tea")])
    number = prepay.paid(300, orderId=order.order_id)
    with ThreadPoolExecutor(8) as tills:
        replies = list(tills.map(lambda _: ask(prepay, kind="receipt", paymentId=number), range(8)))
    assert sorted(reply["data"]["copyNo"] for reply in replies) == list(range(1, 9))
    assert sorted(event["data"]["copyNo"] for event in events(prepay, "receipt.print")) == list(range(1, 9))


def test_cash_opens_the_drawer_once_and_nothing_else_does(prepay: Desk) -> None:
    key = request_id()
    orders = [run(prepay.shop, [line("tea")], guest=guest) for guest in ("a", "b", "c")]
    pays = [
        prepay.pay(
            300, guest="cashier", key=key, orderId=orders[0].order_id, tenders=({"kind": "cash", "handedFen": 500},)
        )
        for _ in range(3)
    ]
    prepay.pay(300, guest="cashier", tenders=(CARD,), orderId=orders[1].order_id)
    prepay.paid(300, guest="c", orderId=orders[2].order_id)
    [event] = events(prepay, "drawer.open")
    drawer = DrawerEvent.model_validate(event)
    assert drawer.event_id == f"{number_of(pays[0])}.counter.drawer"
    assert (drawer.data.station, drawer.data.expires_at - drawer.occurred_at) == (
        "pass",
        timedelta(seconds=DRAWER_TTL_S),
    )
    assert log(prepay) == []


def test_a_drawer_without_a_sale_is_counted_by_day_with_name_and_reason(prepay: Desk) -> None:
    replies = [ask(prepay, who, kind="drawer", reason=" 换零钱 ") for who in ("cashier", "manager")]
    assert [(reply["data"]["kind"], reply["data"]["copyNo"]) for reply in replies] == [("drawer", 1), ("drawer", 2)]
    assert log(prepay) == [
        {"kind": "drawer", "copy_no": n, "by": f"{who}-{prepay.shop.shop_id}", "reason": "换零钱"}
        for n, who in ((1, "cashier"), (2, "manager"))
    ]
    assert len({event["eventId"] for event in events(prepay, "drawer.open")}) == 2


def test_what_became_of_it_is_kept_with_it(prepay: Desk) -> None:
    order = run(prepay.shop, [line("tea")])
    job_id = slip(prepay, prepay.paid(300, orderId=order.order_id)).job_id
    told = {"eventId": job_id, "jobId": job_id, "printer": "总单", "at": utc_now().isoformat()}
    for outcome, attempts in (("printed", 1), ("printedMarked", 2)):
        reply = prepay.shop.sync(acks=[job_id], receipts=[{**told, "outcome": outcome, "attempts": attempts}])
        assert reply["success"]
    found = prepay.shop.db["counter_log"].find_one({"_id": job_id, "shop_id": prepay.shop.shop_id})
    assert found is not None
    assert (found["outcome"], found["attempts"]) == ("printedMarked", 2)
    assert events(prepay, "receipt.print") == []


@pytest.mark.parametrize("who", ["guest", "kitchen", "waiter"])
def test_who_may_not_open_the_drawer_is_refused(prepay: Desk, who: str) -> None:
    before = written(prepay)
    assert ask(prepay, who, kind="drawer", reason="x")["code"] in ("PERMISSION_DENIED", "NOT_FOUND")
    assert written(prepay) == before
    assert events(prepay, "drawer.open") == []


def test_what_is_not_paid_or_not_there_has_no_receipt(prepay: Desk) -> None:
    order = run(prepay.shop, [line("tea")])
    number = number_of(prepay.pay(300, orderId=order.order_id))
    elsewhere = Desk(open_shop(prepay.shop.db), prepay.wechat)
    before = written(prepay)
    told = [
        ask(prepay, kind="receipt", paymentId=number),
        ask(prepay, kind="receipt", paymentId="P1"),
        ask(elsewhere, kind="receipt", paymentId=number),
        ask(prepay, kind="bill", orderId="no"),
        ask(prepay, kind="bill", sittingId="no"),
    ]
    assert [one["code"] for one in told] == ["STATE_CONFLICT", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"]
    assert (written(prepay), log(elsewhere)) == (before, [])


def test_a_bill_that_is_paid_or_empty_is_refused(desk: Desk) -> None:
    sitting = desk.shop.seat()["sittingId"]
    assert ask(desk, kind="bill", sittingId=sitting)["code"] == "STATE_CONFLICT"
    run(desk.shop, [line("tea")], sittingId=sitting)
    desk.cash(300, sittingId=sitting)
    before = written(desk)
    assert ask(desk, kind="bill", sittingId=sitting)["message"] == "账单已付清，请打印付款小票"
    assert written(desk) == before


@pytest.mark.parametrize(
    "paper",
    [
        {},
        {"kind": "menu"},
        {"kind": "receipt"},
        {"kind": "receipt", "paymentId": {"$ne": ""}},
        {"kind": "bill"},
        {"kind": "bill", "orderId": "a", "sittingId": "b"},
        {"kind": "drawer"},
        {"kind": "drawer", "reason": "  "},
        {"kind": "drawer", "reason": "长" * 51},
    ],
)
def test_a_wish_that_does_not_fit_is_refused_field_by_field(desk: Desk, paper: Reply) -> None:
    before = written(desk)
    reply = desk.shop.call("printReceipt", desk.shop.guest("cashier"), requestId=request_id(), paper=paper)
    assert reply["code"] == "INVALID_ARGUMENT"
    assert written(desk) == before


def test_staff_of_the_floor_may_print(prepay: Desk) -> None:
    order = run(prepay.shop, [line("tea")])
    number = prepay.paid(300, tenders=(WECHAT,), orderId=order.order_id)
    told = {who: ask(prepay, who, kind="receipt", paymentId=number).get("code") for who in STAFF}
    assert told == {who: "PERMISSION_DENIED" if who == "kitchen" else None for who in STAFF}


def test_a_refund_is_told_and_changes_no_line(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck", 2), line("tea")])
    number = number_of(prepay.cash(9300, orderId=order.order_id))
    refund = {"by": "units", "lines": [{"lineId": "l-duck", "quantity": 1}], "reason": "太咸"}
    told = prepay.shop.call(
        "refundOrder", prepay.shop.guest("manager"), requestId=request_id(), orderId=order.order_id, refund=refund
    )
    assert told["success"], told
    found = slip(prepay, number)
    assert [(one.name, one.quantity, one.fen) for one in found.lines] == [("道口烧鸡", 2, 9000), ("大麦茶", 1, 300)]
    assert (found.due_fen, found.paid_fen, found.refunded_fen, adds_up(found)) == (9300, 9300, 4500, True)
    assert len(events(prepay, "drawer.open")) == 2


def test_a_top_up_has_a_receipt_of_its_own(desk: Desk) -> None:
    package = {"package_id": "p500", "name": "充 500 送 50", "pay_fen": 50_000, "bonus_fen": 5_000}
    desk.shop.db["brand_settings"].update_one({"_id": "topUp"}, {"$set": {"packages": [package]}}, upsert=True)
    told = desk.shop.call(
        "topUp", desk.shop.guest(), requestId=request_id(), shopId=desk.shop.shop_id,
        topUp={"op": "buy", "packageId": "p500", "shownFen": 50_000},
    )  # fmt: skip
    number = desk.tap(told)
    desk.hear(number)
    found = slip(desk, number)
    [charge] = found.lines
    assert (charge.name, charge.fen, charge.details) == ("储值充值", 50_000, ("本金 500 元", "赠送 50 元"))
    assert (found.table_name, found.order_nos, found.paid_fen, found.tenders[0].kind) == (None, (), 50_000, "wechat")
