"""What a member changes about themselves: a phone number that WeChat vouches for, the birthday, the end (rule 17)."""

from __future__ import annotations

from typing_extensions import assert_never

from shared.contracts.membership import BindPhone, EditedMember, EditMember, LeaveBrand, NoteBirthday
from shared.domain.booking import masked
from shared.errors import PhoneCodeInvalid
from shared.gateways.wechat_messages import CodeRefused, message_channel
from shared.store import members, shops
from shared.store.members import Member
from shared.store.scope import Chain, Shop
from shared.store.work import Outcome, Work
from shared.usecases.app_token import with_token
from shared.usecases.members import forget


def edit_member(command: EditMember, work: Work) -> EditedMember:
    """Change one thing about the caller's membership.

    Raises NotFound for one who is no member, PhoneTaken, PhoneCodeInvalid, StateConflict, MessagesBusy,
    MessageUnanswered, MessagesUnavailable.
    """
    edit = command.edit
    biz_date = shops.shop_settings(work.shop, work.now).calendar.biz_date(work.now)
    members.get(work.shop, work.caller.id)
    work.require_new()
    phone = _vouched(edit.code, work) if isinstance(edit, BindPhone) else ""

    def body(shop: Shop) -> Outcome[EditedMember]:
        openid = work.caller.id
        if isinstance(edit, BindPhone):
            members.bind_phone(shop, openid, phone, now=work.now)
        elif isinstance(edit, NoteBirthday):
            members.set_birthday(shop, openid, edit.birthday)
        elif isinstance(edit, LeaveBrand):
            forget(shop, openid, biz_date=biz_date, now=work.now)
            return Outcome(EditedMember(left=True))
        else:
            assert_never(edit)
        return Outcome(_view(members.get(shop, openid)))

    return work.transact(body)


def _vouched(code: str, work: Work) -> str:
    """The number that WeChat has for the code, which is good once. Raises PhoneCodeInvalid, and what WeChat may."""
    channel = message_channel()
    try:
        return with_token(Chain(work.shop.db), channel, lambda token: channel.phone_number(token, code))
    except CodeRefused as error:
        raise PhoneCodeInvalid from error
    finally:
        channel.close()


def _view(member: Member) -> EditedMember:
    return EditedMember(phone=masked(member.phone), birthday=member.birthday)
