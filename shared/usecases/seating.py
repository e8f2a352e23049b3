"""Tables: a party sits down, and what is known of it."""

from __future__ import annotations

from shared.access.table_code import TableRef, read_table_code
from shared.contracts.ordering import OpenTable, SittingReply
from shared.runtime import ids
from shared.runtime.settings import settings
from shared.store import shops, sittings
from shared.store.scope import Shop
from shared.store.work import Outcome, Work


def open_table(command: OpenTable, work: Work) -> SittingReply:
    """Join the table's open sitting, or open one. Raises TableCodeInvalid, ShopClosed."""
    config = shops.shop_settings(work.shop, work.now)
    config.require_open(work.now)
    ref = table_ref(command.table_code)
    table = shops.table(work.shop, ref.table_id, code_revision=ref.revision)
    sitting_id, openid = ids.new_id(), work.caller.id

    def body(shop: Shop) -> Outcome[SittingReply]:
        joined = sittings.join(shop, table, openid=openid, now=work.now)
        sitting = joined or sittings.open_at(
            shop,
            table,
            sitting_id=sitting_id,
            openid=openid,
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
