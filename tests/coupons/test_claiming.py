"""Members claim coupons: never more than there are, nor than one may have, whoever dies on the way (rule 20)."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shared.contracts.life import SweepReply
from shared.domain.coupons import Template
from shared.runtime.clock import utc_now
from shared.store import coupon_giving, members
from shared.store.coupon_giving import Claimant
from shared.store.scope import Chain, Shop
from shared.usecases.sweeping import STEPS, Round, take
from tests.store.faults import TRANSIENT, UNHEARD, UNSURE, failing
from tests.support.audit import assert_clean
from tests.support.coupons import claim, claimed, coupon, kept, offers, save, saved, template, written
from tests.support.shops import TestShop, request_id


def settle_holds(shop: TestShop, *, in_s: float = 31) -> SweepReply:
    """The sweep's step for claims whose process died, later."""
    this = Round.begin(Chain(shop.db))
    later = this.now + timedelta(seconds=in_s)
    return take({"couponHolds": STEPS["couponHolds"]}, Round(this.chain, later, this.deadline, this.trace_id))


def test_who_claims_is_a_member_with_a_coupon_that_holds_from_now(shop: TestShop) -> None:
    before = utc_now()
    told = claim(shop, saved(shop, thresholdFen=3000))["data"]["coupon"]
    assert (told["name"], told["state"]) == ("减5元", "free")
    assert told["worth"] == {
        "type": "fixed", "layer": "order", "fen": 500, "thresholdFen": 3000, "stacking": "any", "dishes": [],
        "shops": [shop.shop_id],
    }  # fmt: skip
    document = kept(shop, told["couponId"])
    assert (document["openid"], document["grant"], document["state"]) == (shop.guest(), "claim-1", "free")
    assert document["valid_until"] - document["valid_from"] == timedelta(days=30)
    assert document["valid_until"] - document["remind_at"] == timedelta(days=3)
    assert document["valid_from"] >= before - timedelta(milliseconds=1)
    assert shop.db["members"].find_one({"_id": shop.guest()}) is not None
    assert_clean(shop.db, shop.shop_id)


def test_of_200_at_once_exactly_as_many_get_one_as_there_are(shop: TestShop) -> None:
    template_id = saved(shop, total=60)
    with ThreadPoolExecutor(32) as crowd:
        replies = list(crowd.map(lambda n: claim(shop, template_id, guest=f"g{n}"), range(200)))
    assert Counter(reply.get("code", "ok") for reply in replies) == {"ok": 60, "COUPON_GONE": 140}
    assert len({one["_id"] for one in shop.db["coupons"].find({"template_id": template_id})}) == 60
    known = template(shop, template_id)
    assert (known["issued"], known["total"]) == (60, 60)
    settle_holds(shop)
    assert (template(shop, template_id)["issued"], template(shop, template_id)["holds"]) == (60, [])
    assert_clean(shop.db, shop.shop_id)


def test_control_counting_first_and_giving_then_gives_too_many(shop: TestShop) -> None:
    template_id, gate = saved(shop, total=1), threading.Barrier(8)

    def careless(number: int) -> None:
        there = shop.db["coupons"].count_documents({"template_id": template_id})
        gate.wait()
        if there < 1:
            fresh = {"_id": f"careless-{shop.shop_id}-{number}", "openid": f"o{number}", "template_id": template_id}
            shop.db["coupons"].insert_one(
                {**fresh, "grant": "claim-1", "shop_id": shop.shop_id, "state": "free", "valid_until": utc_now()}
            )

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(careless, range(8)))
    assert shop.db["coupons"].count_documents({"template_id": template_id}) == 8
    shop.db["coupons"].delete_many({"template_id": template_id})


def test_one_member_at_once_from_many_phones_never_has_more_than_the_limit(shop: TestShop) -> None:
    template_id = saved(shop, perMember=3, total=1000)
    with ThreadPoolExecutor(16) as crowd:
        replies = list(crowd.map(lambda n: claim(shop, template_id, device=f"phone-{n}"), range(24)))
    assert Counter(reply.get("code", "ok") for reply in replies) == {"ok": 3, "COUPON_LIMIT": 21}
    grants = sorted(one["grant"] for one in shop.db["coupons"].find({"template_id": template_id}))
    assert (grants, template(shop, template_id)["issued"]) == (["claim-1", "claim-2", "claim-3"], 3)
    assert_clean(shop.db, shop.shop_id)


def test_one_phone_with_many_openids_never_has_more_than_the_limit(shop: TestShop) -> None:
    template_id = saved(shop, total=1000)
    with ThreadPoolExecutor(16) as crowd:
        replies = list(crowd.map(lambda n: claim(shop, template_id, guest=f"g{n}", device="one-phone"), range(24)))
    assert Counter(reply.get("code", "ok") for reply in replies) == {"ok": 1, "COUPON_LIMIT": 23}
    assert template(shop, template_id)["issued"] == 1
    assert_clean(shop.db, shop.shop_id)


def test_a_repeated_claim_is_the_same_coupon_and_four_copies_at_once_are_one(shop: TestShop) -> None:
    template_id, key = saved(shop, perMember=9, total=9), request_id()
    with ThreadPoolExecutor(4) as crowd:
        replies = list(crowd.map(lambda _: claim(shop, template_id, key=key), range(4)))
    replies.append(claim(shop, template_id, key=key))
    assert [reply["success"] for reply in replies] == [True] * 5
    assert len({reply["data"]["coupon"]["couponId"] for reply in replies}) == 1
    settle_holds(shop)
    assert template(shop, template_id)["issued"] == 1
    assert claim(shop, template_id, device="another", key=key)["code"] == "REQUEST_ID_REUSED"
    assert_clean(shop.db, shop.shop_id)


@pytest.mark.parametrize(
    "changed",
    [
        {"active": False},
        {"give": "push"},
        {"give": "birthday"},
        {"validFrom": "2099-01-01T00:00:00+08:00"},
        {"validUntil": "2020-01-01T00:00:00+08:00"},
        {"validity": {"by": "date", "until": "2020-01-01T00:00:00+08:00"}},
    ],
    ids=str,
)
def test_what_is_not_offered_now_is_refused_and_nothing_is_written(shop: TestShop, changed: dict[str, object]) -> None:
    template_id = saved(shop, **changed)
    before, known = written(shop), template(shop, template_id)
    assert claim(shop, template_id)["code"] == "COUPON_NOT_OFFERED"
    assert (written(shop), template(shop, template_id)) == (before, known)
    assert offers(shop)["claimable"] == []


def test_a_coupon_of_another_shop_is_not_offered_here_and_an_unknown_one_not_found(shop: TestShop, db: object) -> None:
    template_id = saved(shop)
    shop.db["coupon_templates"].update_one({"_id": template_id}, {"$set": {"shops": ["elsewhere"]}})
    assert claim(shop, template_id)["code"] == "COUPON_NOT_OFFERED"
    assert claim(shop, "no-such-template")["code"] == "NOT_FOUND"


def test_times_set_on_the_client_are_refused_by_name(shop: TestShop) -> None:
    template_id = saved(shop)
    before = written(shop)
    reply = shop.call(
        "claimCoupon", shop.guest(), requestId=request_id(), templateId=template_id, deviceId="d", shopId=shop.shop_id,
        now="2026-01-01T00:00:00Z", validUntil="2099-01-01T00:00:00Z",
    )  # fmt: skip
    assert reply["code"] == "INVALID_ARGUMENT"
    assert [one["field"] for one in reply["details"]["fields"]] == ["now", "validUntil"]
    assert written(shop) == before


def test_a_claim_whose_process_died_with_its_hold_is_let_go_and_cannot_come_late(shop: TestShop) -> None:
    template_id = saved(shop, total=1)
    here = Shop(shop.db, shop.shop_id)
    coupon_giving._hold(here, template_id, "dead-" + shop.shop_id, now=utc_now())
    assert claim(shop, template_id)["code"] == "COUPON_GONE"
    assert settle_holds(shop, in_s=29).done["couponHolds"] == 0
    assert settle_holds(shop).done["couponHolds"] == 1
    assert kept(shop, "dead-" + shop.shop_id)["state"] == "void"
    assert claim(shop, template_id)["success"]
    assert settle_holds(shop).done["couponHolds"] == 0
    assert template(shop, template_id)["issued"] == 1
    assert_clean(shop.db, shop.shop_id)


def test_a_claim_whose_process_died_after_its_coupon_stands(shop: TestShop) -> None:
    template_id = saved(shop, total=5)
    coupon_id = claimed(shop, template_id)
    hold = {"coupon_id": coupon_id, "shop_id": shop.shop_id, "at": utc_now()}
    shop.db["coupon_templates"].update_one({"_id": template_id}, {"$push": {"holds": hold}})
    assert_clean(shop.db, shop.shop_id)
    assert settle_holds(shop).done["couponHolds"] == 1
    assert (template(shop, template_id)["issued"], template(shop, template_id)["holds"]) == (1, [])
    assert_clean(shop.db, shop.shop_id)


def test_a_repeat_goes_on_with_the_hold_of_its_first_try_that_died(shop: TestShop) -> None:
    template_id = saved(shop, total=1)
    here, before = Shop(shop.db, shop.shop_id), utc_now() - timedelta(seconds=13)
    with pytest.raises(RuntimeError), coupon_giving.held(here, template_id, "mine", now=before):
        raise RuntimeError
    with coupon_giving.held(here, template_id, "mine", now=utc_now()):
        kind: Template = coupon_giving.template(here, template_id)
        coupon_giving.add_claimed(here, kind, Claimant("o", "d", "mine"), number=1, now=utc_now())
    assert (template(shop, template_id)["issued"], template(shop, template_id)["holds"]) == (1, [])
    shop.db["coupons"].delete_one({"_id": "mine"})
    shop.db["coupon_templates"].delete_one({"_id": template_id})


@pytest.mark.parametrize(
    ("command", "how"),
    [
        ("update", UNHEARD),
        ("update", UNSURE),
        ("insert", UNHEARD),
        ("insert", TRANSIENT),
        ("commitTransaction", UNHEARD),
        ("commitTransaction", UNSURE),
    ],
)
def test_a_claim_that_met_a_fault_and_its_repeats_are_one_coupon_or_none(
    shop: TestShop, command: str, how: dict[str, object]
) -> None:
    template_id, key = saved(shop, total=3, perMember=3), request_id()
    members.join(Shop(shop.db, shop.shop_id), shop.guest(), now=utc_now())
    with failing(shop.db.client, command, how, times=2):
        first = claim(shop, template_id, key=key)
    if not first["success"]:
        assert first["code"] in {"BUSY", "UNKNOWN"}
    hold = {"$set": {"holds.$[].at": utc_now() - timedelta(seconds=13)}}
    shop.db["coupon_templates"].update_one({"_id": template_id}, hold)
    again = claim(shop, template_id, key=key)
    assert again["success"], again
    assert claim(shop, template_id, key=key)["data"] == again["data"]
    settle_holds(shop)
    assert shop.db["coupons"].count_documents({"template_id": template_id, "state": "free"}) == 1
    assert (template(shop, template_id)["issued"], template(shop, template_id)["holds"]) == (1, [])
    assert_clean(shop.db, shop.shop_id)


def test_the_offers_are_what_the_member_can_claim_and_has(shop: TestShop) -> None:
    first, second = (
        saved(shop, perMember=2, total=10),
        saved(shop, name="八折", value={"type": "percent", "offBp": 2000}),
    )
    saved(shop, name="生日券", give="birthday")
    coupon_id = claimed(shop, first)
    told = offers(shop)
    assert {one["templateId"]: (one["more"], one.get("left")) for one in told["claimable"]} == {
        first: (1, 9), second: (1, None)
    }  # fmt: skip
    assert [(one["couponId"], one["state"]) for one in told["coupons"]] == [(coupon_id, "free")]
    more = [claimed(shop, first), claimed(shop, second)]
    assert offers(shop)["claimable"] == []
    page = offers(shop, limit=2)
    rest = offers(shop, limit=2, after=page["coupons"][-1]["couponId"])
    assert (page["more"], rest["more"]) == (True, False)
    assert {one["couponId"] for one in page["coupons"] + rest["coupons"]} == {coupon_id, *more}
    assert offers(shop, guest="other")["coupons"] == []


def test_of_coupons_that_are_out_the_promise_stays_and_no_more_is_taken_back(shop: TestShop) -> None:
    template_id = saved(shop, total=5, perMember=2)
    claimed(shop, template_id)
    known = template(shop, template_id)
    for changed in (
        {"value": {"type": "fixed", "fen": 1}},
        {"thresholdFen": 99999},
        {"perMember": 1},
        {"stacking": "alone"},
    ):
        whole = {**coupon(shop, total=5, perMember=2), **changed}
        assert save(shop, whole, campaignId=template_id, version=1)["code"] == "STATE_CONFLICT"
    claimed(shop, template_id, guest="second")
    assert save(shop, coupon(shop, total=1, perMember=2), campaignId=template_id, version=1)["details"] == {"issued": 2}
    assert template(shop, template_id)["version"] == known["version"] == 1
    assert save(shop, coupon(shop, total=2, perMember=2), campaignId=template_id, version=1)["data"]["version"] == 2
    assert claim(shop, template_id, guest="third")["code"] == "COUPON_GONE"
    assert_clean(shop.db, shop.shop_id)
