"""The cloud's own view: whether the store PCs have reported every ticket as printed."""

from __future__ import annotations

from scripts.local.demo.client import Client
from scripts.local.demo.site import Site
from scripts.local.demo.stage import MealFailedError
from scripts.local.process import wait_until
from shared.contracts.ordering import OrdersReply

_LIMIT_S = 30.0
_LOOK_EVERY_S = 0.2


def wait_receipts(site: Site) -> None:
    """Return once every ticket has its receipt in the cloud. Raises MealFailedError with those that have none."""
    unreported: set[str] = set()
    with Client(site.cloud.url) as client:

        def all_reported() -> bool:
            nonlocal unreported
            unreported = _unreported(site, client)
            return not unreported

        if not wait_until(all_reported, limit_s=_LIMIT_S, every_s=_LOOK_EVERY_S):
            raise MealFailedError(f"no receipt within {_LIMIT_S:.0f} s for: {', '.join(sorted(unreported))}")


def _unreported(site: Site, client: Client) -> set[str]:
    """The job ids that the shops' newest orders do not show as printed."""
    found: set[str] = set()
    for shop_id in site.pcs:
        _, cook = site.crew(shop_id).cook
        orders = client.ask("listOrders", cook, OrdersReply, limit=100).orders
        found |= {ticket.ticket_id for order in orders for ticket in order.tickets if ticket.printed_at is None}
    return found
