"""A guest consents to messages of some kinds, one of each (rule 23)."""

from __future__ import annotations

from shared.contracts.messages import ConsentReply, ConsentView, GiveConsent
from shared.domain.messages import MESSAGE_KINDS, MessagePolicy
from shared.store import consents, messages, shops
from shared.store.scope import Shop
from shared.store.work import Outcome, Work


def give_consent(command: GiveConsent, work: Work) -> ConsentReply:
    """Count one more message of each kind the guest accepted, of those the brand sends. Raises NotFound."""
    shops.shop_settings(work.shop, work.now)
    policy, openid = messages.policy(work.shop.db, work.now), work.caller.id
    accepted = [kind for kind in dict.fromkeys(command.kinds) if kind in policy.templates]
    if not accepted:
        return _reply(work.shop, openid, policy)

    def body(shop: Shop) -> Outcome[ConsentReply]:
        consents.give(shop, openid, accepted, now=work.now)
        return Outcome(_reply(shop, openid, policy))

    return work.transact(body)


def _reply(shop: Shop, openid: str, policy: MessagePolicy) -> ConsentReply:
    left = consents.left(shop, openid)
    return ConsentReply(
        consents=tuple(
            ConsentView(kind=kind, template_id=policy.templates[kind].template_id, left=left.get(kind, 0))
            for kind in MESSAGE_KINDS
            if kind in policy.templates
        )
    )
