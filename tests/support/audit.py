"""The books of a test's shop, which must be in order whatever the test did."""

from __future__ import annotations

from datetime import datetime

from pymongo.database import Database

from shared.runtime.clock import utc_now
from shared.store.audit import Books, findings
from shared.store.client import Document
from shared.store.scope import Chain


def books_of(db: Database[Document], shop_id: str | None = None, *, now: datetime | None = None) -> Books:
    """The whole database, or one shop's part."""
    return Books(Chain(db), now or utc_now(), shop_id)


def found(db: Database[Document], shop_id: str | None = None, *, now: datetime | None = None) -> list[tuple[str, str]]:
    """What the audit finds, by code and document."""
    return [(one.code, one.document_id) for one in findings(books_of(db, shop_id, now=now))]


def assert_clean(db: Database[Document], shop_id: str | None = None) -> None:
    """Every law holds."""
    wrong = list(findings(books_of(db, shop_id)))
    assert wrong == [], "\n".join(f"{one.code} {one.collection}/{one.document_id}: {one.message}" for one in wrong)
