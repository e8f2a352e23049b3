"""Prove at night that every sum and every count of every shop is right; called by a timer."""

from __future__ import annotations

from shared.contracts.auditing import AuditBooks, AuditReply
from shared.entry import Chain, chain_function
from shared.usecases.auditing import audit_books


@chain_function("auditBooks", AuditBooks)
def main(command: AuditBooks, chain: Chain) -> AuditReply:
    return audit_books(command, chain)
