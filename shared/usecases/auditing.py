"""The nightly audit: law by law, as far as a call's time goes; the next call goes on."""

from __future__ import annotations

from shared.contracts.auditing import AuditBooks, AuditReply
from shared.runtime.clock import Deadline, utc_now
from shared.runtime.log import log_line
from shared.store import exceptions
from shared.store.audit import LAWS, Books, Finding, Law, nights
from shared.store.audit.nights import Night
from shared.store.scope import Chain, Shop

RUN_S, LAW_S = 15.0, 20.0
"""No law is begun after the first; no question that a law asks takes longer than the second."""
TOLD = 20
"""So many documents that break a law are told one by one."""


def audit_books(_command: AuditBooks, chain: Chain) -> AuditReply:
    """Look at the laws that tonight's audit has not seen yet, keep what breaks them, and raise an alarm for it."""
    deadline, failed = Deadline.after(RUN_S), list[str]()
    night = nights.tonight(chain, now=utc_now())
    for name, law in LAWS.items():
        if name in night.done or deadline.left_s() <= 0:
            continue
        try:
            _look(chain, night, name, law)
        except Exception as error:  # one law that cannot be looked at must not hide the others
            failed.append(name)
            log_line("audit", {"law": name, "cause": type(error).__name__})
    night = nights.tonight(chain, now=utc_now())
    done = len(night.done & LAWS.keys())
    return AuditReply(night=night.name, done=done, left=len(LAWS) - done, findings=night.findings, failed=tuple(failed))


def _look(chain: Chain, night: Night, name: str, law: Law) -> None:
    found = lasting(chain, law)
    for one in found[:TOLD]:
        document = f"{one.collection}/{one.document_id}"
        log_line("alarm", {"kind": "audit", "code": one.code, "document": document})
        place = Shop(chain.db, one.shop_id) if one.shop_id else chain
        what = {"code": one.code, "message": one.message}
        exceptions.note(place, "auditFinding", f"{one.code}:{document}", now=utc_now(), told=what)
    nights.keep(chain, night, name, found)


def lasting(chain: Chain, law: Law) -> list[Finding]:
    """What breaks a law at two looks: what was under way at the first is over at the second."""
    first = {one.document for one in law(_books(chain))}
    return [one for one in law(_books(chain)) if one.document in first] if first else []


def _books(chain: Chain) -> Books:
    return Books(chain, utc_now(), limit_s=LAW_S)
