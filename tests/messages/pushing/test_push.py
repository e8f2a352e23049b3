"""A push gives each member of its segment one coupon, tells who consents, stops, resumes, and knows its success."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest
from pymongo.database import Database

from shared.contracts.pushing import PushReply
from shared.runtime.clock import Deadline
from shared.store import coupon_giving, messages, pushes
from shared.store.client import Document
from shared.store.scope import Chain, Shop
from shared.store.work import Outcome
from shared.usecases import members, pushing
from shared.usecases.sweeping import Round
from tests.messages.conftest import template_id
from tests.messages.pushing.conftest import Office
from tests.support.audit import assert_clean, found
from tests.support.shops import line, open_shop, request_id


def test_a_preview_counts_and_tells_what_it_may_cost_and_writes_nothing(office: Office) -> None:
    office.many(5, visits=1)
    office.member("silent")
    office.member("willing", consents=1, visits=2)
    before = office.shop.counts()
    template = office.template()
    assert office.preview(template) == {"members": 7, "consenting": 1, "costFen": 3500}
    assert office.preview(template, visitsAtLeast=1) == {"members": 6, "consenting": 1, "costFen": 3000}
    assert office.preview(template, visitsAtMost=1) == {"members": 6, "consenting": 0, "costFen": 3000}
    assert office.preview(template, levels=["gold"]) == {"members": 0, "consenting": 0, "costFen": 0}
    limited = office.template(total=4, issued=1)
    assert office.preview(limited) == {"members": 7, "consenting": 1, "costFen": 1500, "left": 3}
    percent = office.template(type="percent", fen=None, off_bp=2000, cap_fen=800)
    assert office.preview(percent)["costFen"] == 5600
    unknown = office.template(type="percent", fen=None, off_bp=2000, cap_fen=None)
    assert "costFen" not in office.preview(unknown)
    assert office.shop.counts() == before
    assert office.shop.db["pushes"].count_documents({}) == 0


def test_each_member_of_the_segment_gets_one_coupon_and_who_consents_a_message(office: Office) -> None:
    dormant = office.many(5, consents=1, visits=1, seen_at=office.now - timedelta(days=40))
    office.member("regular", consents=1, visits=9, seen_at=office.now - timedelta(days=2))
    office.member("silent", visits=1, seen_at=office.now - timedelta(days=40))
    template = office.template()
    push_id = office.start(template, segment={"dormantDays": 30})
    assert office.holders(template) == []
    assert office.sweep().done == {"pushes": 6}
    assert office.holders(template) == [*dormant, office.shop.guest("silent")]
    assert office.told() == dormant
    assert office.send()["sent"] == 5
    (message,) = office.wechat.taken(dormant[0])
    assert message.template_id == template_id("coupon")
    assert (message.data["thing11"], message.data["thing6"]) == ("好久不见", "回家吃饭券")
    assert message.page == f"pages/told/index?ref={template}"
    result = office.result(push_id)
    told = {"reached": 6, "granted": 6, "skipped": 0, "told": 5, "delivered": 5, "refused": 0, "failed": 0}
    assert {**result, **told} == result
    assert (result["state"], result["redeemed"], result["turnoverFen"]) == ("done", 0, 0)
    assert office.sweep().done == {"pushes": 0}
    assert_clean(office.shop.db, office.shop.shop_id)


def test_the_same_command_starts_one_push_and_gives_one_coupon(office: Office) -> None:
    office.many(3)
    template, key = office.template(), request_id()
    assert len({office.start(template, key=key) for _ in range(3)}) == 1
    office.sweep()
    office.sweep()
    assert Counter(office.holders(template)).most_common(1)[0][1] == 1
    other = office.push("start", key=key, title="另一个", segment={}, templateId=template)
    assert other["code"] == "REQUEST_ID_REUSED"
    assert office.shop.db["pushes"].count_documents({}) == 1


def test_another_push_of_the_same_template_gives_another_coupon(office: Office) -> None:
    office.many(2)
    template = office.template()
    for _ in range(2):
        office.start(template)
        office.sweep()
    assert Counter(Counter(office.holders(template)).values()) == {2: 2}


def test_a_push_stops_and_goes_on_where_it_was(office: Office) -> None:
    everybody = office.many(pushing.BATCH * 3 + 50, consents=0)
    template = office.template()
    push_id = office.start(template)
    office.settings(push_per_minute=pushing.BATCH)
    assert office.sweep().done == {"pushes": pushing.BATCH}
    assert office.sweep().done == {"pushes": 0}  # the minute is full
    assert office.view(office.push("stop", pushId=push_id))["state"] == "stopped"
    office.settings(push_per_minute=10**9)
    assert office.sweep().done == {"pushes": 0}
    assert office.push("stop", pushId=push_id)["message"] == "这次推送已经暂停，不能暂停"
    assert office.holders(template) == everybody[: pushing.BATCH]
    assert office.view(office.push("resume", pushId=push_id))["state"] == "running"
    assert office.push("resume", pushId=push_id)["code"] == "STATE_CONFLICT"
    assert office.sweep().done == {"pushes": pushing.BATCH * 2 + 50}
    assert office.holders(template) == everybody
    assert office.result(push_id)["state"] == "done"


def test_a_stopped_pushs_messages_wait_until_it_goes_on(office: Office) -> None:
    office.many(3, consents=1)
    template = office.template()
    push_id = office.start(template)
    office.settings(push_per_minute=pushing.BATCH)
    office.sweep()
    assert office.push("stop", pushId=push_id)["success"]
    assert office.send()["sent"] == 0
    assert office.result(push_id)["told"] == 3
    assert office.push("resume", pushId=push_id)["success"]
    assert office.send()["sent"] == 3


@pytest.mark.parametrize("total", [None, 800, 1000])
def test_runs_at_once_reach_each_member_once(office: Office, total: int | None) -> None:
    everybody = office.many(pushing.BATCH * 4)
    template = office.template(total=total)
    push_id = office.start(template)
    reached: list[int] = []

    def one_run() -> None:
        reached.append(office.sweep().done.get("pushes", 0))

    crowd = [threading.Thread(target=one_run) for _ in range(4)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(60)
    office.sweep()
    assert office.holders(template) == everybody
    result = office.result(push_id)
    assert (result["reached"], result["granted"], sum(reached)) == (800, 800, 800)
    kind = office.shop.db["coupon_templates"].find_one({"_id": template})
    assert kind is not None
    assert kind["issued"] == 800


@pytest.mark.parametrize("total", [None, 500])
def test_a_run_that_comes_late_to_its_batch_gives_nothing_and_stops_nothing(office: Office, total: int | None) -> None:
    everybody = office.many(5)
    template = office.template(total=total)
    push_id = office.start(template)
    work = Round(Chain(office.shop.db), office.now, Deadline.after(30), "t").work_in(office.shop.shop_id)
    seen = pushes.get(work.shop, push_id)
    office.settings(push_per_minute=pushing.BATCH)
    assert office.sweep().done == {"pushes": 5}
    assert pushing._reach(seen, everybody, messages.policy(office.shop.db, office.now), work) == 0
    assert office.holders(template) == everybody
    assert (office.result(push_id)["state"], office.result(push_id)["reached"]) == ("running", 5)


class DiesError(Exception):
    """The process ends here."""


@pytest.mark.parametrize("moment", ["given", "toldAndCounted"])
def test_a_run_that_dies_leaves_nothing_half_done(office: Office, moment: str) -> None:
    everybody = office.many(pushing.BATCH + 20, consents=1, phone=False)
    template = office.template()
    push_id = office.start(template)
    work = Round(Chain(office.shop.db), office.now, Deadline.after(30), "t").work_in(office.shop.shop_id)
    push, batch = pushes.get(work.shop, push_id), everybody[: pushing.BATCH]

    def body(shop: Shop) -> Outcome[PushReply]:
        assert pushes.reach(shop, push, upto=batch[-1], count=len(batch))
        coupon_giving.grant(shop, template, batch, grant=push.grant, now=office.now)
        if moment == "toldAndCounted":
            pushes.note_contacts(shop, batch, day="2026-11-24", now=office.now)
            pushes.note(shop, push_id, granted=len(batch), skipped=0)
        raise DiesError

    with pytest.raises(DiesError):
        work.transact(body)
    assert office.holders(template) == []
    office.sweep()
    assert office.holders(template) == everybody
    assert office.told() == everybody
    assert office.result(push_id)["reached"] == len(everybody)


def test_no_more_coupons_than_the_template_has(office: Office) -> None:
    everybody = office.many(5)
    template = office.template(total=3)
    push_id = office.start(template)
    office.sweep()
    assert office.holders(template) == everybody[:3]
    result = office.result(push_id)
    assert (result["reached"], result["granted"], result["state"]) == (3, 3, "stopped")
    office.shop.db["coupon_templates"].update_one({"_id": template}, {"$set": {"total": 9}})
    assert office.push("resume", pushId=push_id)["success"]
    office.sweep()
    assert office.holders(template) == everybody
    assert office.result(push_id)["state"] == "done"


def test_a_template_that_is_switched_off_stops_its_pushes(office: Office) -> None:
    everybody = office.many(3)
    template = office.template()
    push_id = office.start(template)
    office.shop.db["coupon_templates"].update_one({"_id": template}, {"$set": {"active": False}})
    assert office.sweep().done == {"pushes": 0}
    result = office.result(push_id)
    assert (result["state"], result["reached"]) == ("stopped", 0)
    office.shop.db["coupon_templates"].update_one({"_id": template}, {"$set": {"active": True}})
    assert office.push("resume", pushId=push_id)["success"]
    office.sweep()
    assert office.holders(template) == everybody


def test_a_member_hears_of_one_push_a_day_and_still_gets_the_coupon(office: Office) -> None:
    office.now = datetime(2026, 11, 24, 4, tzinfo=timezone.utc)
    heard = office.many(3, consents=5)
    first, second, third = (office.template() for _ in range(3))
    office.start(first)
    office.sweep()
    push_id = office.start(second)
    late = office.member("late", consents=1)
    office.sweep()
    assert office.holders(second) == sorted([*heard, late])
    result = office.result(push_id)
    assert (result["granted"], result["skipped"], result["told"]) == (4, 3, 1)
    office.now += timedelta(hours=12)  # after midnight in China
    office.start(third)
    office.sweep()
    assert Counter(office.told()) == {**dict.fromkeys(heard, 2), late: 2}


def test_in_quiet_hours_nobody_is_pushed_or_told(office: Office) -> None:
    office.many(3, consents=1)
    template = office.template()
    push_id = office.start(template)
    office.settings(quiet_from="21:00", quiet_until="09:00")
    for hour, reached in ((13, 0), (18, 0), (0, 0), (1, 3)):  # 21:00, 02:00, 08:00 and 09:00 in China
        office.now = datetime(2026, 11, 25, hour, tzinfo=timezone.utc)
        assert office.sweep().done == {"pushes": reached}
    assert office.result(push_id)["granted"] == 3


def test_messages_that_wait_when_quiet_hours_begin_wait_until_they_are_over(office: Office) -> None:
    office.many(3, consents=1)
    office.start(office.template())
    office.sweep()
    # Whatever the hour now is, it is quiet.
    office.settings(quiet_from="00:00", quiet_until="23:59")
    assert office.send()["sent"] == 0
    office.settings(quiet_from="00:00", quiet_until="00:00")
    assert office.send()["sent"] == 3


def test_a_push_does_not_run_far_ahead_of_its_messages(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.many(pushing.BATCH * 2, consents=1, phone=False)
    template = office.template()
    office.start(template)
    # The rule is the same at any height; at its true one a test would make 2,200 members.
    monkeypatch.setattr(pushing, "AHEAD", 50)
    assert office.sweep().done == {"pushes": pushing.BATCH}
    assert office.sweep().done == {"pushes": 0}
    office.shop.db["messages"].update_many({"shop_id": office.shop.shop_id}, {"$set": {"state": "sent"}})
    assert office.sweep().done == {"pushes": pushing.BATCH}


def test_a_member_who_leaves_takes_consents_along_and_the_books_stay_right(office: Office) -> None:
    office.settings(push_per_day=9)
    openid = office.member("leaver", consents=3)
    push_id = office.start(office.template())
    office.sweep()
    work = Round(Chain(office.shop.db), office.now, Deadline.after(30), "t").work_in(office.shop.shop_id)

    def leave(shop: Shop) -> Outcome[PushReply]:
        members.forget(shop, openid, biz_date="2026-11-24", now=office.now)
        return Outcome(PushReply())

    work.transact(leave)
    for name in ("members", "message_consents", "push_contacts"):
        assert office.shop.db[name].find_one({"_id": openid}) is None, name
    assert office.result(push_id)["granted"] == 1
    assert_clean(office.shop.db, office.shop.shop_id)


def test_a_push_that_counts_what_nobody_got_is_found_by_the_audit(office: Office) -> None:
    office.many(3)
    push_id = office.start(office.template())
    office.sweep()
    assert found(office.shop.db, office.shop.shop_id) == []
    office.shop.db["pushes"].update_one({"_id": push_id}, {"$inc": {"granted": -1}})
    assert found(office.shop.db, office.shop.shop_id) == [("PUSH_COUNT_WRONG", push_id)]
    office.shop.db["pushes"].update_one({"_id": push_id}, {"$inc": {"granted": 1}})


def test_the_result_tells_what_the_coupons_brought(office: Office) -> None:
    guests = [office.member(name) for name in ("guest", "second", "third")]
    template = office.template()
    push_id = office.start(template)
    office.sweep()
    coupons = office.shop.db["coupons"]
    spent = []
    for name, dish in (("guest", "duck"), ("second", "fish")):
        coupon = coupons.find_one({"template_id": template, "openid": office.shop.guest(name)})
        assert coupon is not None
        reply = office.shop.submit([line(dish)], guest=name, couponIds=[coupon["_id"]])
        assert reply["success"], reply
        order = reply["data"]["order"]
        spent.append(order["dueFen"])
        coupons.update_one({"_id": coupon["_id"]}, {"$set": {"state": "used"}})
    assert spent == [4000, 6300]
    result = office.result(push_id)
    assert (result["redeemed"], result["turnoverFen"], result["cutFen"]) == (2, 10_300, 1000)
    assert result["granted"] == len(guests) == 3


@pytest.mark.parametrize("person", ["guest", "waiter", "cashier", "kitchen", "manager"])
def test_only_the_owner_and_marketing_push(office: Office, person: str) -> None:
    office.many(2)
    template = office.template()
    for op, told in (
        ("preview", {"segment": {}, "templateId": template}),
        ("start", {"segment": {}, "templateId": template, "title": "好久不见"}),
        ("result", {"pushId": "p"}),
    ):
        assert office.push(op, person=person, **told)["code"] in ("PERMISSION_DENIED", "NOT_FOUND")
    assert office.shop.db["pushes"].count_documents({}) == 0
    assert office.holders(template) == []


def test_who_has_some_of_the_brands_shops_reaches_the_members_of_these_only(
    office: Office, db: Database[Document]
) -> None:
    other = open_shop(db)
    template = office.template()
    office.member("mine")
    push_id = office.start(template, segment={"shops": [office.shop.shop_id]})
    whole = office.push("start", title="好久不见", segment={}, templateId=template)
    foreign = office.push("preview", segment={"shops": [other.shop_id]}, templateId=template)
    assert (whole["code"], foreign["code"]) == ("PERMISSION_DENIED", "PERMISSION_DENIED")
    strange = other.call(
        "pushCoupons", other.guest("owner"), requestId=request_id(), push={"op": "stop", "pushId": push_id}
    )
    assert strange["code"] == "PERMISSION_DENIED"
    assert office.result(push_id)["state"] == "running"
    assert db["pushes"].count_documents({}) == 1


def test_a_coupon_that_is_not_for_pushes_or_not_given_now_is_refused(office: Office) -> None:
    office.many(2)
    for fields in (
        {"give": "claim"},
        {"active": False},
        {"valid_from": office.now + timedelta(days=1)},
        {"total": 3, "issued": 3},
    ):
        reply = office.push("start", title="好久不见", segment={}, templateId=office.template(**fields))
        assert reply["code"] == "COUPON_NOT_OFFERED", fields
    assert office.push("start", title="好久不见", segment={}, templateId="none")["code"] == "NOT_FOUND"
    assert office.push("stop", pushId="none")["code"] == "NOT_FOUND"
    anonymous = office.shop.call("pushCoupons", office.shop.guest("owner"), push={"op": "stop", "pushId": "none"})
    assert anonymous["code"] == "INVALID_ARGUMENT"
    assert office.shop.db["pushes"].count_documents({}) == 0
