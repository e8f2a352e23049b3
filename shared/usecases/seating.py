"""Tables: a party sits down, and what is known of it."""

from __future__ import annotations

from typing import Protocol

from shared.access.table_code import TableRef, read_table_code
from shared.contracts.sitting import OpenTable, SittingReply
from shared.errors import PermissionDenied
from shared.runtime import ids
from shared.runtime.settings import settings
from shared.store import shops, sittings
from shared.store.scope import Shop
from shared.store.shops import Table
from shared.store.sitting_document import Seat
from shared.store.work import Outcome, Work

_SCAN = "请扫描桌上的二维码，或请服务员帮忙"


class AtTable(Protocol):
    """A message that may speak of a sitting."""

    @property
    def table_code(self) -> str | None: ...
    @property
    def sitting_id(self) -> str | None: ...


def open_table(command: OpenTable, work: Work) -> SittingReply:
    """Join the table's open sitting, or open one; a waiter opens it for guests who join by the code.

    Raises TableCodeInvalid, ShopClosed, NotFound, PermissionDenied.
    """
    config = shops.shop_settings(work.shop, work.now)
    config.require_open(work.now)
    table = _table(command, work)
    sitting_id, openid = ids.new_id(), None if work.caller.is_staff else work.caller.id

    def body(shop: Shop) -> Outcome[SittingReply]:
        joined = sittings.join(shop, table, openid=openid, name=command.name, now=work.now)
        sitting = joined or sittings.open_at(
            shop,
            table,
            sitting_id=sitting_id,
            openid=openid,
            name=command.name,
            guests=command.guests,
            now=work.now,
            biz_date=config.calendar.biz_date(work.now),
        )
        return Outcome(
            SittingReply(
                sitting_id=sitting.sitting_id,
                shop_id=config.shop_id,
                shop_name=config.name,
                table_id=table.table_id,
                table_name=table.name,
                guests=sitting.guests,
                joined=joined is not None,
                opened_at=sitting.opened_at,
            )
        )

    return work.transact(body)


def table_ref(code: str) -> TableRef:
    """The table a code speaks of. Raises TableCodeInvalid."""
    return read_table_code(code, key=settings().table_code_key.get_secret_value())


def seat_of(command: AtTable, work: Work) -> Seat | None:
    """Whence the command comes, or None if it speaks of no sitting. Raises TableCodeInvalid, PermissionDenied."""
    if command.sitting_id is None:
        return None
    if command.table_code is not None:
        return Seat(command.sitting_id, table_ref(command.table_code).table_id, work.caller.id)
    if not work.caller.is_staff:
        raise PermissionDenied(_SCAN)
    return Seat(command.sitting_id)


def _table(command: OpenTable, work: Work) -> Table:
    if command.table_code is not None:
        ref = table_ref(command.table_code)
        return shops.table(work.shop, ref.table_id, code_revision=ref.revision)
    if not work.caller.is_staff:
        raise PermissionDenied(_SCAN)
    return shops.table_by_id(work.shop, command.table_id or "")
