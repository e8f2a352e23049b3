"""A member binds the phone number that WeChat vouches for, notes a birthday once, and may leave."""

from __future__ import annotations

import pytest

from shared.domain.ledger import topping_up
from shared.domain.loyalty import Stored
from shared.runtime.clock import utc_now
from shared.store import members
from tests.messages.conftest import Post
from tests.support.audit import assert_clean
from tests.support.banking import Bank
from tests.support.shops import Reply, request_id

NUMBER = "13612345678"


def edit(post: Post, step: Reply, *, guest: str = "guest", key: str | None = None) -> Reply:
    """A guest edits their membership."""
    shop = post.shop
    return shop.call("editMember", shop.guest(guest), requestId=key or request_id(), shopId=shop.shop_id, edit=step)


def account(post: Post, guest: str = "guest") -> Bank:
    """The guest is a member."""
    bank = Bank(post.shop.db, post.shop.shop_id, post.shop.guest(guest))
    members.join(bank.shop, bank.openid, now=utc_now())
    post.shop.db["members"].update_many({"phone": NUMBER}, {"$unset": {"phone": ""}})
    return bank


def test_the_number_that_wechat_vouches_for_is_bound_and_told_masked(post: Post) -> None:
    bank = account(post)
    post.wechat.agree_to_tell("code-1", NUMBER)
    key = request_id()
    replies = [edit(post, {"op": "bindPhone", "code": "code-1"}, key=key)["data"] for _ in range(3)]
    assert replies == [{"phone": "136****5678", "left": False}] * 3
    assert bank.member.phone == NUMBER


@pytest.mark.parametrize("code", ["never-told", "code-2"])
def test_a_code_that_is_unknown_or_used_binds_nothing(post: Post, code: str) -> None:
    bank = account(post)
    post.wechat.agree_to_tell("code-2", NUMBER)
    assert edit(post, {"op": "bindPhone", "code": "code-2"})["success"]
    post.shop.db["members"].update_one({"_id": bank.openid}, {"$unset": {"phone": ""}})
    assert edit(post, {"op": "bindPhone", "code": code})["code"] == "PHONE_CODE_INVALID"
    assert bank.member.phone is None


def test_a_number_is_one_members(post: Post) -> None:
    account(post)
    other = account(post, "other")
    for code in ("a-code", "b-code"):
        post.wechat.agree_to_tell(code, NUMBER)
    assert edit(post, {"op": "bindPhone", "code": "a-code"})["success"]
    assert edit(post, {"op": "bindPhone", "code": "b-code"}, guest="other")["code"] == "PHONE_TAKEN"
    assert other.member.phone is None


@pytest.mark.parametrize("kind", ["down", "lost", "garbled"])
def test_without_an_answer_nothing_is_bound_and_it_may_be_tried_again(post: Post, kind: str) -> None:
    bank = account(post)
    post.wechat.agree_to_tell("c-code", NUMBER)
    post.wechat.plan_fault("phone", kind)  # type: ignore[arg-type]
    assert edit(post, {"op": "bindPhone", "code": "c-code"})["code"] in ("MESSAGE_UNANSWERED", "MESSAGES_BUSY")
    assert bank.member.phone is None
    post.wechat.agree_to_tell("d-code", NUMBER)
    assert edit(post, {"op": "bindPhone", "code": "d-code"})["success"]


def test_a_birthday_is_noted_once(post: Post) -> None:
    account(post)
    assert edit(post, {"op": "birthday", "birthday": "02-29"})["data"]["birthday"] == "02-29"
    assert edit(post, {"op": "birthday", "birthday": "03-01"})["code"] == "STATE_CONFLICT"
    assert edit(post, {"op": "birthday", "birthday": "02-30"})["code"] == "INVALID_ARGUMENT"


def test_who_leaves_is_forgotten_unless_there_is_money(post: Post) -> None:
    bank = account(post)
    bank.post("t", "topUp", topping_up(Stored(100, 10)), now=utc_now())
    refused = edit(post, {"op": "leave"})
    assert (refused["code"], "1 元" in refused["message"]) == ("STATE_CONFLICT", True)
    other = account(post, "other")
    key = request_id()
    told = [edit(post, {"op": "leave"}, guest="other", key=key) for _ in range(2)]
    assert [reply["data"] for reply in told] == [{"left": True}, {"left": True}]
    assert members.find(other.shop, other.openid) is None
    assert_clean(post.shop.db, post.shop.shop_id)


def test_who_is_no_member_edits_nothing(post: Post) -> None:
    before = post.shop.counts()
    assert edit(post, {"op": "leave"}, guest="nobody")["code"] == "NOT_FOUND"
    assert post.shop.counts() == before
