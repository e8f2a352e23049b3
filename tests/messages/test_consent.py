"""A guest consents message by message; staff, other guests and repeats change nothing."""

from __future__ import annotations

from shared.store.consents import AT_MOST
from tests.messages.conftest import Post, template_id
from tests.support.audit import assert_clean
from tests.support.shops import call, request_id


def test_what_the_guest_accepted_counts_once_per_command(post: Post) -> None:
    key = request_id()
    first = post.claim("ready", "refund", "ready", key=key)
    again = post.claim("ready", "refund", "ready", key=key)
    assert first["data"] == again["data"]
    told = {one["kind"]: (one["templateId"], one["left"]) for one in first["data"]["consents"]}
    assert told["ready"] == (template_id("ready"), 1)
    assert told["refund"] == (template_id("refund"), 1)
    assert told["coupon"] == (template_id("coupon"), 0)
    assert post.left("ready") == 1
    assert post.left("ready", "somebody") == 0
    assert_clean(post.shop.db, post.shop.shop_id)


def test_the_same_number_with_other_kinds_is_refused(post: Post) -> None:
    key = request_id()
    post.claim("ready", key=key)
    before = post.shop.counts()
    assert post.claim("refund", key=key)["code"] == "REQUEST_ID_REUSED"
    assert (post.left("refund"), post.shop.counts()) == (0, before)


def test_asking_writes_nothing_and_a_kind_the_brand_does_not_send_is_not_kept(post: Post) -> None:
    kinds = post.shop.db["brand_settings"].find_one({"_id": "messages"})
    assert kinds is not None
    post.change(kinds={"ready": kinds["kinds"]["ready"]})
    before = post.shop.counts()
    asked = post.claim()
    assert [one["kind"] for one in asked["data"]["consents"]] == ["ready"]
    assert [one["kind"] for one in post.claim("refund")["data"]["consents"]] == ["ready"]
    assert post.shop.counts() == before
    assert post.shop.db["message_consents"].find_one({"_id": post.shop.guest()}) is None


def test_a_client_that_claims_without_end_gains_nothing(post: Post) -> None:
    post.claim("ready")
    full = {"$set": {"kinds.ready": AT_MOST}}
    post.shop.db["message_consents"].update_one({"_id": post.shop.guest()}, full)
    assert post.claim("ready")["success"]
    assert post.left("ready") == AT_MOST


def test_staff_consent_for_themselves_and_nobody_for_nobody(post: Post) -> None:
    assert post.claim("ready", guest="manager")["success"]
    assert (post.left("ready", "manager"), post.left("ready")) == (1, 0)
    event = {"requestId": request_id(), "shopId": post.shop.shop_id, "kinds": ["ready"]}
    assert call("giveConsent", event, openid=None)["code"] == "UNAUTHENTICATED"
    unknown = post.shop.call("giveConsent", post.shop.guest(), **{**event, "kinds": ["adverts"]})
    assert unknown["code"] == "INVALID_ARGUMENT"
    elsewhere = post.shop.call("giveConsent", post.shop.guest(), **{**event, "shopId": "no-such-shop"})
    assert elsewhere["code"] == "NOT_FOUND"
    assert post.left("ready") == 0


def test_a_push_counts_members_who_have_a_consent_for_coupons_left(post: Post) -> None:
    openid = post.shop.guest()
    assert post.shop.call("getMember", openid, shopId=post.shop.shop_id)["success"]

    def hears() -> bool:
        found = post.shop.db["members"].find_one({"_id": openid})
        assert found is not None
        return bool(found.get("hears"))

    post.claim("ready")
    assert not hears()
    post.consent("coupon", times=2)
    assert hears()
    for left in (True, False):
        post.enqueue(f"C{left}", "coupon")
        assert post.send()["sent"] == 1
        assert hears() is left
    post.claim("coupon")  # which WeChat does not know of
    assert hears()
    post.enqueue("C3", "coupon")
    assert post.send()["refused"] == 1
    assert not hears()
