"""Messages leave once each, with consent, under one token for all, whoever sends and whoever dies."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from scripts.local.process import free_port, wait_until
from shared.domain.messages import Message
from shared.runtime.clock import utc_now
from shared.runtime.wechat_app import wechat_app
from shared.store import messages, tokens
from tests.messages.conftest import Post, template_id


def test_a_message_that_is_due_reaches_the_guest_once(post: Post) -> None:
    post.consent("ready", times=2)
    name = post.enqueue("A012")
    assert post.send() == {"sent": 1, "refused": 0, "failed": 0, "putBack": 0}
    assert post.send()["sent"] == 0
    (taken,) = post.taken()
    assert taken.template_id == template_id("ready")
    assert taken.page == "pages/told/index?ref="
    assert (taken.data["character_string2"], taken.data["thing1"]) == ("A012", "豫味坊")
    assert post.fate(name) == ("sent", None)
    assert post.left("ready") == 1


def test_a_cause_is_told_once_however_often_it_happens(post: Post) -> None:
    post.consent("ready", times=3)
    name = post.enqueue("A012")
    post.enqueue("A012", facts={"shop": "另一个"})
    post.send()
    post.enqueue("A012")
    assert post.send()["sent"] == 0
    assert post.waiting() == {name: "sent"}
    assert len(post.taken()) == 1


def test_without_consent_wechat_is_not_asked(post: Post) -> None:
    before = post.wechat.asked("send")
    name = post.enqueue("A012")
    assert post.send()["refused"] == 1
    assert post.fate(name) == ("refused", "noConsent")
    assert post.wechat.asked("send") == before


def test_a_consent_that_wechat_does_not_know_is_forgotten(post: Post) -> None:
    post.wechat.consent(post.shop.guest(), template_id("refund"))  # the guest is known to WeChat
    for _ in range(3):
        post.claim("ready")
    assert post.left("ready") == 3
    name = post.enqueue("A012")
    assert post.send()["refused"] == 1
    assert post.fate(name) == ("refused", "43101")
    assert post.left("ready") == 0


def test_a_message_that_does_not_fit_fails_alone_and_keeps_its_consent(post: Post) -> None:
    post.consent("refund")
    post.consent("ready")
    broken = post.enqueue("R1", "refund", facts={"at": "soon"})
    fine = post.enqueue("A012")
    assert (post.send()["failed"], post.fate(broken), post.fate(fine)) == (1, ("failed", "47003"), ("sent", None))
    assert (post.left("refund"), post.left("ready")) == (1, 0)


def test_a_message_whose_time_is_over_or_whose_template_is_gone_is_not_sent(post: Post) -> None:
    post.consent("ready")
    late = post.enqueue("A012", ends_at=utc_now() - timedelta(seconds=1))
    gone = post.enqueue("A013", "queueCalled")
    post.shop.db["brand_settings"].update_one({"_id": "messages"}, {"$unset": {"kinds.queueCalled": ""}})
    assert post.send()["failed"] == 2
    assert (post.fate(late), post.fate(gone)) == (("failed", "late"), ("failed", "noTemplate"))
    assert (post.taken(), post.left("ready")) == ([], 1)


def test_what_guests_wait_for_goes_before_advertising(post: Post) -> None:
    post.consent("coupon")
    post.consent("ready")
    post.enqueue("C1", "coupon", due_at=utc_now() - timedelta(minutes=5))
    post.enqueue("A012", due_at=utc_now() - timedelta(seconds=5))
    post.send()
    assert [one.template_id for one in post.taken()] == [template_id("ready"), template_id("coupon")]


@pytest.mark.parametrize("fault", ["lost", "garbled"])
def test_an_unanswered_message_is_not_sent_again(post: Post, fault: str) -> None:
    post.consent("ready", times=2)
    post.wechat.plan_fault("send", fault)  # type: ignore[arg-type]  # the parameters above
    name = post.enqueue("A012")
    assert post.send()["failed"] == 1
    post.make_due()
    assert post.send()["sent"] == 0
    assert post.fate(name) == ("failed", "unanswered")
    assert (len(post.taken()), post.left("ready")) == (1, 1)


def test_while_wechat_is_busy_messages_wait_ever_longer_and_fail_in_the_end(post: Post) -> None:
    post.consent("ready")
    name = post.enqueue("A012")
    waits = []
    for _ in range(5):
        post.wechat.plan_fault("send", "code", code=-1)
        assert (post.send()["stopped"], post.left("ready")) == ("MESSAGES_BUSY", 1)
        waits.append(round((post.document(name)["due_at"] - utc_now()).total_seconds(), -1))
        post.make_due()
    assert waits == [20, 40, 80, 160, 320]
    post.wechat.plan_fault("send", "code", code=-1)
    assert post.send()["failed"] == 1
    assert (post.fate(name), post.taken(), post.left("ready")) == (("failed", "busy"), [], 1)


def test_a_used_up_quota_ends_the_run_and_loses_nothing(post: Post) -> None:
    post.consent("ready", times=3)
    names = [post.enqueue(f"A{n}") for n in range(3)]
    post.wechat.set_quota(1)
    assert post.send() == {"sent": 1, "refused": 0, "failed": 0, "putBack": 1, "stopped": "MESSAGES_BUSY"}
    post.wechat.set_quota(None)
    post.make_due()
    assert post.send()["sent"] == 2
    assert [post.fate(name)[0] for name in names] == ["sent"] * 3
    assert (len(post.taken()), post.left("ready")) == (3, 0)


def test_no_more_go_in_a_minute_than_the_brand_allows(post: Post) -> None:
    post.consent("ready", times=5)
    post.change(per_minute=2)
    for n in range(5):
        post.enqueue(f"A{n}")
    sent = [post.send() for _ in range(2)]
    # The runs may lie in two minutes.
    assert sum(one["sent"] for one in sent) in (2, 4)
    assert sent[-1]["stopped"] == "rate"
    assert post.left("ready") == 5 - len(post.taken())
    assert all(one["tries"] == 0 for one in post.shop.db["messages"].find({"state": "due"}))


def test_without_a_mini_program_set_up_everything_waits(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.consent("ready")
    name = post.enqueue("A012")
    with monkeypatch.context() as unset:
        unset.delenv("WECHAT_APP_SECRET")
        wechat_app.cache_clear()
        assert post.send()["stopped"] == "MESSAGES_UNAVAILABLE"
    wechat_app.cache_clear()
    assert post.document(name)["tries"] == 0
    assert post.send()["sent"] == 1


def test_where_wechat_cannot_be_reached_nothing_is_lost(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.consent("ready")
    post.send()
    name = post.enqueue("A012")
    with monkeypatch.context() as moved:
        moved.setenv("WECHAT_APP_ADDRESS", f"http://127.0.0.1:{free_port()}")
        wechat_app.cache_clear()
        assert post.send()["stopped"] == "MESSAGES_BUSY"
    wechat_app.cache_clear()
    post.make_due()
    assert post.send()["sent"] == 1
    assert post.fate(name) == ("sent", None)


def test_a_message_whose_sender_died_is_not_sent_again(post: Post) -> None:
    post.consent("ready")
    name = post.enqueue("A012")
    assert messages.take(post.chain, now=utc_now()) is not None  # and its sender dies here
    assert post.send()["sent"] == 0
    assert post.fate(name) == ("sending", None)
    past = {"$set": {"leased_until": utc_now() - timedelta(seconds=1)}}
    post.shop.db["messages"].update_one({"_id": name, "shop_id": post.shop.shop_id}, past)
    assert post.send()["sent"] == 0
    assert (post.fate(name), post.taken()) == (("failed", "unanswered"), [])


def test_many_senders_at_once_send_each_message_once(post: Post) -> None:
    post.consent("ready", times=60)
    for n in range(60):
        post.enqueue(f"A{n:03d}")
    started = threading.Barrier(6)
    replies: list[int] = []

    def send() -> None:
        started.wait(10)
        replies.append(post.send()["sent"])

    crowd = [threading.Thread(target=send) for _ in range(6)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(30)
    assert sum(replies) == 60
    told = Counter(one.data["character_string2"] for one in post.taken())
    assert told == Counter(f"A{n:03d}" for n in range(60))
    assert post.left("ready") == 0


def test_control_who_reads_first_and_writes_then_sends_twice(post: Post) -> None:
    """What `take` prevents: two senders that look for what is due, and mark it afterwards, both find it."""
    name = post.enqueue("A012")
    both = threading.Barrier(2)
    found: list[str] = []

    def look_then_mark() -> None:
        rows = post.shop.db["messages"]
        due = rows.find_one({"shop_id": post.shop.shop_id, "state": "due"})
        both.wait(10)
        if due is not None:
            found.append(due["_id"])
            rows.update_one({"_id": due["_id"], "shop_id": post.shop.shop_id}, {"$set": {"state": "sending"}})

    pair = [threading.Thread(target=look_then_mark) for _ in range(2)]
    for one in pair:
        one.start()
    for one in pair:
        one.join(10)
    assert found == [name, name]


def test_a_token_that_wechat_does_not_take_any_more_is_renewed_once_for_all(post: Post) -> None:
    post.consent("ready", times=2)
    post.enqueue("A1")
    assert post.send()["sent"] == 1
    before = post.wechat.asked("token")
    post.enqueue("A2")
    assert post.send()["sent"] == 1
    assert post.wechat.asked("token") == before  # the kept one serves
    post.wechat.void_tokens()
    guests = [f"g{n}" for n in range(4)]
    for guest in guests:
        post.consent("ready", guest)
        post.enqueue(f"B-{guest}", guest=guest)
    crowd = [threading.Thread(target=post.send) for _ in range(4)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(30)
    post.make_due()
    post.send()
    assert [len(post.taken(guest)) for guest in guests] == [1, 1, 1, 1]
    assert post.wechat.asked("token") == before + 1


def test_a_token_that_is_refused_though_it_is_the_newest_is_replaced_by_force(post: Post) -> None:
    post.consent("ready", times=2)
    post.enqueue("A1")
    assert post.send()["sent"] == 1
    post.wechat.void_tokens(newest_too=True)
    post.enqueue("A2")
    assert post.send()["sent"] == 1
    assert len(post.taken()) == 2


def test_a_token_near_its_end_is_renewed_in_time(post: Post) -> None:
    post.consent("ready", times=2)
    post.enqueue("A1")
    post.send()
    kept = post.shop.db["access_tokens"].find_one({"_id": "wechat:wx-local"})
    assert kept is not None
    assert "leased_until" not in kept
    near = utc_now() + timedelta(minutes=2)
    post.shop.db["access_tokens"].update_one({"_id": "wechat:wx-local"}, {"$set": {"expires_at": near}})
    before = post.wechat.asked("token")
    post.enqueue("A2")
    assert post.send()["sent"] == 1
    assert post.wechat.asked("token") == before + 1
    found = tokens.find(post.chain, "wechat:wx-local")
    assert found is not None
    assert found.expires_at > near


def test_while_another_instance_renews_the_token_messages_wait(post: Post) -> None:
    post.shop.db["access_tokens"].delete_many({})
    post.consent("ready")
    name = post.enqueue("A1")
    assert tokens.lease(post.chain, "wechat:wx-local", seen=None, now=utc_now())
    assert not tokens.lease(post.chain, "wechat:wx-local", seen=None, now=utc_now())
    assert post.send()["stopped"] == "MESSAGES_BUSY"
    assert (post.fate(name), post.left("ready")) == (("due", None), 1)
    # It died: its lease runs out.
    later = utc_now() + tokens.LEASE + timedelta(seconds=1)
    assert tokens.lease(post.chain, "wechat:wx-local", seen=None, now=later)
    post.shop.db["access_tokens"].delete_many({})
    post.make_due()
    assert post.send()["sent"] == 1


def test_the_database_keeps_what_it_is_told_when_the_same_token_is_renewed_twice(post: Post) -> None:
    post.consent("ready")
    post.enqueue("A1")
    post.send()
    seen = tokens.find(post.chain, "wechat:wx-local")
    assert seen is not None
    assert tokens.lease(post.chain, "wechat:wx-local", seen=seen, now=utc_now())
    tokens.keep(post.chain, "wechat:wx-local", tokens.KeptToken("other", utc_now() + timedelta(hours=2)))
    # Who saw the old one comes too late.
    assert not tokens.lease(post.chain, "wechat:wx-local", seen=seen, now=utc_now())
    post.shop.db["access_tokens"].delete_many({})


def test_a_run_that_hangs_is_not_taken_over(post: Post) -> None:
    post.consent("ready", times=2)
    post.wechat.plan_fault("send", "slow")
    name = post.enqueue("A1")
    hung = threading.Thread(target=post.send)
    hung.start()
    assert wait_until(lambda: post.wechat.waiting() == 1, limit_s=10)
    assert post.send()["sent"] == 0
    post.wechat.release()
    hung.join(20)
    assert post.fate(name) == ("sent", None)
    assert len(post.taken()) == 1


def test_the_log_names_neither_guests_nor_secrets(post: Post, capsys: pytest.CaptureFixture[str]) -> None:
    post.consent("ready", times=2)
    post.enqueue("A1")
    post.wechat.void_tokens()
    post.send()
    post.wechat.plan_fault("send", "lost")
    post.enqueue("A2")
    post.send()
    told = capsys.readouterr().out
    token = tokens.find(post.chain, "wechat:wx-local")
    assert token is not None
    assert '"event":"messages","sent":1' in told
    for secret in (post.shop.guest(), token.text, post.wechat.env["WECHAT_APP_SECRET"], "豫味坊"):
        assert secret not in told
    assert token.text not in repr(token)
    assert post.shop.guest() not in repr(Message("c", "ready", post.shop.guest(), {}, utc_now(), utc_now()))


@pytest.fixture
def profiled(post: Post) -> Iterator[Post]:
    """A database that notes down the plan of every command."""
    post.shop.db.command("profile", 0)
    post.shop.db["system.profile"].drop()
    post.shop.db.command("profile", 2)
    yield post
    post.shop.db.command("profile", 0)


def test_what_sending_asks_the_database_an_index_answers(profiled: Post) -> None:
    profiled.consent("ready", times=2)
    profiled.enqueue("A1")
    profiled.enqueue("C1", "coupon")
    profiled.send()
    found = profiled.shop.db["system.profile"].find({"ns": {"$regex": "messages|consents|tokens|rates"}})
    plans = {(one["ns"].partition(".")[2], one.get("planSummary", "")) for one in found}
    assert not [plan for plan in plans if "COLLSCAN" in plan[1]]
    assert {plan for name, plan in plans if name == "messages"} >= {"IXSCAN { class: 1, due_at: 1 }"}
