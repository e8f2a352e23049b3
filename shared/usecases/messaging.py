"""Messages leave for WeChat: each at most once, with the guest's consent, under one token for all (rule 23)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from shared.contracts.messages import SendMessages, SentReply
from shared.domain.messages import MessagePolicy
from shared.errors import MessageRefused, MessagesBusy, MessagesUnavailable, MessageUnanswered, TryAgain
from shared.gateways.wechat_messages import MessageChannel, NoConsent, Sending, message_channel
from shared.runtime.clock import Deadline, utc_now
from shared.runtime.log import log_line
from shared.store import consents, messages, rates
from shared.store.messages import CLASSES, Class, Taken
from shared.store.scope import Chain
from shared.usecases.app_token import with_token

RUN_S = 9.0
"""A run ends before the next begins."""
TRIES = 6
"""So often a message is tried while WeChat is busy."""
_RATE = "wechat_messages"
_AWAKE: tuple[Class, ...] = ("service",)
"""What is sent in quiet hours too."""
_AGAIN_AFTER = timedelta(seconds=20)
_LATEST_AGAIN = timedelta(minutes=10)

Fate = Literal["sent", "refused", "failed", "put_back"]


class _Stop(Exception):
    """WeChat takes no more for now; the argument says why."""


def send_messages(_command: SendMessages, chain: Chain) -> SentReply:
    """Send what is due until nothing is, the minute is full, WeChat is busy, or the run is over.

    Without a mini-program set up nothing is taken: what waits, waits until its end.
    """
    messages.end_orphans(chain, now=utc_now())
    try:
        sender = _Sender(chain, message_channel(), messages.policy(chain.db, utc_now()))
    except MessagesUnavailable as error:
        return SentReply(stopped=error.code)
    try:
        reply = sender.run(Deadline.after(RUN_S))
    finally:
        sender.channel.close()
    if sender.fates or reply.stopped:
        log_line("messages", {**sender.fates, "stopped": reply.stopped or "", "reasons": ",".join(sorted(sender.why))})
    return reply


@dataclass
class _Sender:
    """One run of sending."""

    chain: Chain
    channel: MessageChannel
    policy: MessagePolicy
    fates: Counter[str] = field(default_factory=Counter)
    why: set[str] = field(default_factory=set)
    """WeChat's codes, for the log."""

    def run(self, deadline: Deadline) -> SentReply:
        """Send one after the other."""
        stopped = None
        while deadline.left_s() > 0:
            now = utc_now()
            taken = messages.take(self.chain, now=now, classes=_AWAKE if self.policy.is_quiet(now) else CLASSES)
            if taken is None:
                break
            try:
                self.fates[self._deal_with(taken)] += 1
            except _Stop as stop:
                self.fates["put_back"] += 1
                stopped = str(stop)
                break
        return SentReply(**self.fates, stopped=stopped)

    def _deal_with(self, taken: Taken) -> Fate:
        """Send it, or find that it is not to be sent; whatever was spent for nothing is given back."""
        message, now = taken.message, utc_now()
        template = self.policy.templates.get(message.kind)
        if template is None or message.ends_at <= now:
            return self._end(taken, "failed", "noTemplate" if template is None else "late")
        if not rates.take(self.chain, _RATE, limit=self.policy.per_minute, now=now):
            messages.put_back(self.chain, taken, due_at=message.due_at, counts=False)
            raise _Stop("rate")
        if not consents.spend(self.chain, message.openid, message.kind):
            return self._end(taken, "refused", "noConsent")
        page, data = template.page_of(message.ref), template.data(message.facts)
        return self._sent(taken, Sending(message.openid, template.template_id, page, data))

    def _sent(self, taken: Taken, sending: Sending) -> Fate:
        """What WeChat says to it. An unanswered message may have arrived: it is not sent again, and its consent is
        spent."""
        message = taken.message
        try:
            self._send(sending)
        except NoConsent as error:
            consents.forget(self.chain, message.openid, message.kind)
            return self._end(taken, "refused", _code(error))
        except MessageRefused as error:
            consents.give_back(self.chain, message.openid, message.kind)
            return self._end(taken, "failed", _code(error))
        except MessageUnanswered:
            return self._end(taken, "failed", "unanswered")
        except (MessagesBusy, MessagesUnavailable) as error:
            consents.give_back(self.chain, message.openid, message.kind)
            return self._not_now(taken, error)
        return self._end(taken, "sent")

    def _send(self, sending: Sending) -> None:
        """Under the token that all instances share."""
        with_token(self.chain, self.channel, lambda token: self.channel.send(token, sending))

    def _not_now(self, taken: Taken, error: MessagesBusy | MessagesUnavailable) -> Fate:
        """Later again, ever later; a message that WeChat was too busy for too often has failed. This run ends."""
        is_busy = isinstance(error, MessagesBusy)
        self.why.add(_code(error))
        if is_busy and taken.tries >= TRIES:
            return self._end(taken, "failed", "busy")
        wait = min(_AGAIN_AFTER * (1 << min(taken.tries - 1, 10)), _LATEST_AGAIN)
        messages.put_back(self.chain, taken, due_at=utc_now() + wait, counts=is_busy)
        raise _Stop(error.code) from error

    def _end(self, taken: Taken, fate: Literal["sent", "refused", "failed"], reason: str = "") -> Fate:
        if reason:
            self.why.add(reason)
        messages.end(self.chain, taken.message.cause, fate, now=utc_now(), reason=reason)
        return fate


def _code(error: MessageRefused | TryAgain | MessagesUnavailable) -> str:
    return str(error.details.get("reason", error.code))
