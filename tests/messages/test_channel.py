"""The channel speaks WeChat's two calls, and knows of each answer whether anything was sent."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest

from scripts.local.process import free_port
from scripts.local.wechat_messages.simulator import WechatMessagesSimulator
from shared.errors import MessageRefused, MessagesBusy, MessagesUnavailable, MessageUnanswered, ZaotaiError
from shared.gateways.wechat_messages import NoConsent, Sending, TokenRefused, WechatMessages
from shared.runtime.wechat_app import WechatApp
from tests.messages.conftest import template_id

READY = template_id("ready")
DATA = {"thing1": "豫味坊", "character_string2": "A012", "thing3": "烩面", "thing6": "请取餐"}


@pytest.fixture
def openid(wechat: WechatMessagesSimulator) -> str:
    """A guest who accepted one message that an order is ready."""
    name = f"o-{secrets.token_hex(6)}"
    wechat.consent(name, READY)
    return name


def sending(openid: str, **more: object) -> Sending:
    told: dict[str, object] = {"template_id": READY, "page": "pages/told/index?ref=1", "data": DATA, **more}
    return Sending(openid, **told)  # type: ignore[arg-type]  # a test names what it breaks


def test_everybody_gets_the_same_token_until_near_its_end(
    channel: WechatMessages, wechat: WechatMessagesSimulator
) -> None:
    first = channel.token(force=True)
    assert first.lives_s == 7200
    other = WechatMessages(WechatApp())
    assert channel.token().text == first.text == other.token().text
    other.close()
    wechat.advance(timedelta(seconds=6960))
    second = channel.token()
    assert second.text != first.text
    assert second.lives_s == 7200


def test_a_token_by_force_ends_the_one_before(channel: WechatMessages, openid: str) -> None:
    old = channel.token().text
    new = channel.token(force=True).text
    with pytest.raises(TokenRefused) as refused:
        channel.send(old, sending(openid))
    assert refused.value.details == {"reason": "40001"}
    channel.send(new, sending(openid))


def test_a_message_arrives_as_it_was_sent_and_uses_the_consent_up(
    channel: WechatMessages, wechat: WechatMessagesSimulator, openid: str
) -> None:
    token = channel.token().text
    channel.send(token, sending(openid))
    (taken,) = wechat.taken(openid)
    assert (taken.template_id, taken.page, taken.data) == (READY, "pages/told/index?ref=1", DATA)
    with pytest.raises(NoConsent) as refused:
        channel.send(token, sending(openid))
    assert refused.value.details == {"reason": "43101"}
    assert len(wechat.taken(openid)) == 1


@pytest.mark.parametrize(
    ("code", "broken"),
    [
        ("40003", {"openid": "o-stranger"}),
        ("40037", {"template_id": "no-such-template"}),
        ("41030", {"page": "/pages/told"}),
        ("47003", {"data": {**DATA, "thing1": "一" * 21}}),
        ("47003", {"data": {key: text for key, text in DATA.items() if key != "thing3"}}),
        ("47003", {"data": {**DATA, "character_string2": "甲一"}}),
    ],
)
def test_what_is_wrong_with_a_message_is_final_and_keeps_the_consent(
    channel: WechatMessages, wechat: WechatMessagesSimulator, openid: str, code: str, broken: dict[str, object]
) -> None:
    who = str(broken.pop("openid", openid))
    token = channel.token().text
    with pytest.raises(MessageRefused) as refused:
        channel.send(token, sending(who, **broken))
    assert refused.value.details == {"reason": code}
    assert wechat.taken(openid) == []
    channel.send(token, sending(openid))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (-1, MessagesBusy),
        (45009, MessagesBusy),
        (45011, MessagesBusy),
        (43108, MessagesBusy),
        (42001, TokenRefused),
        (40014, TokenRefused),
        (43101, NoConsent),
        (40164, MessagesUnavailable),
        (43107, MessagesUnavailable),
        (99999, MessageRefused),
    ],
)
def test_each_of_wechats_codes_has_its_meaning(
    channel: WechatMessages, wechat: WechatMessagesSimulator, openid: str, code: int, kind: type[ZaotaiError]
) -> None:
    token = channel.token().text
    wechat.plan_fault("send", "code", code=code)
    with pytest.raises(kind) as refused:
        channel.send(token, sending(openid))
    assert type(refused.value) is kind
    assert refused.value.details == {"reason": str(code)}
    assert wechat.taken(openid) == []


@pytest.mark.parametrize("fault", ["lost", "garbled"])
def test_what_is_not_answered_may_have_been_sent(
    channel: WechatMessages, wechat: WechatMessagesSimulator, openid: str, fault: str
) -> None:
    token = channel.token().text
    wechat.plan_fault("send", fault)  # type: ignore[arg-type]  # the parameters above
    with pytest.raises(MessageUnanswered) as unanswered:
        channel.send(token, sending(openid))
    assert token not in repr((unanswered.value, unanswered.value.__cause__, unanswered.value.details))
    assert len(wechat.taken(openid)) == 1


def test_a_proxys_page_and_a_late_answer_are_no_answers(wechat: WechatMessagesSimulator, openid: str) -> None:
    impatient = WechatMessages(WechatApp(limit_s=0.3))
    token = impatient.token().text
    for fault in ("down", "slow"):
        wechat.plan_fault("send", fault)
        with pytest.raises(MessageUnanswered):
            impatient.send(token, sending(openid))
    wechat.release()
    impatient.close()
    assert len(wechat.taken(openid)) == 1


def test_where_nobody_listens_nothing_was_sent() -> None:
    alone = WechatMessages(WechatApp(id="wx", secret="s", address=f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(MessagesBusy) as refused:
        alone.send("token", sending("o-1"))
    assert refused.value.details == {"reason": "ConnectionRefusedError"}


def test_wrong_credentials_are_for_the_engineer_and_are_not_told(wechat: WechatMessagesSimulator) -> None:
    address = wechat.env["WECHAT_APP_ADDRESS"]
    for app, code in (
        ({"id": "wx-local", "secret": "guessed-secret"}, "40125"),
        ({"id": "wx-other", "secret": "guessed-secret"}, "40013"),
    ):
        stranger = WechatMessages(WechatApp(**app, address=address))
        with pytest.raises(MessagesUnavailable) as refused:
            stranger.token()
        assert refused.value.details == {"reason": code}
        assert "guessed-secret" not in repr(vars(stranger))
        stranger.close()
