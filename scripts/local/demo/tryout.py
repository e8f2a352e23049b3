"""自己试一单: orders for whoever looks at the start page, through the gateway like everybody else."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from pydantic import Field

from scripts.local.demo.client import Client
from scripts.local.demo.journal import Entry, now
from scripts.local.demo.service import cook_and_call
from scripts.local.demo.site import Site
from scripts.local.demo.stage import known, label_of
from scripts.local.loading import table_id
from shared.contracts.menu import MenuReply
from shared.contracts.ordering import OrderReply, OrderView
from shared.contracts.sitting import SittingReply
from shared.contracts.wire import Id, Wire

GUEST = "openid-visitor"
_SAMPLE_TABLE = "t08"


class TryOrder(Wire):
    """What the form sends: one dish at one table."""

    shop_id: Id
    table_id: Id
    dish_id: Id
    quantity: int = Field(ge=1, le=99)
    note: str = Field(default="", max_length=50)


class TryServe(Wire):
    """Cook this order and call it."""

    shop_id: Id
    order_id: Id


class Tryout:
    """Raises RefusalError where a function refuses what is not the visitor's order itself."""

    def __init__(self, site: Site, client: Client) -> None:
        self._site, self._client = site, client

    def places(self) -> dict[str, object]:
        """Shops, their call screens and tables, and what the sample commands need."""
        site = self._site
        shops = [
            {
                "id": shop_id,
                "name": site.dataset.shop(shop_id).name,
                "address": site.dataset.shop(shop_id).address,
                "screen": pc.screen_url,
                "printers": [printer.name for printer in pc.shop.printers],
                "tables": [{"id": table_id(t), "name": t.name} for t in site.dataset.tables_of(shop_id)],
            }
            for shop_id, pc in site.pcs.items()
        ]
        first = next(iter(site.pcs))
        return {
            "brand": site.dataset.brand.name,
            "slogan": site.dataset.brand.slogan,
            "gateway": site.cloud.url,
            "tableCode": self._code(first, _SAMPLE_TABLE),
            "sampleTable": _SAMPLE_TABLE,
            "shops": shops,
        }

    def menu(self, shop_id: str) -> dict[str, object]:
        """What the shop sells now, as `getMenu` says."""
        return self._client.ask("getMenu", GUEST, MenuReply, shopId=shop_id).wire()

    def order(self, wanted: TryOrder) -> dict[str, object]:
        """Sit down and order; what was sent and the whole reply, also a refusal. Raises LookupError."""
        code = self._code(wanted.shop_id, wanted.table_id)
        menu = self._client.ask("getMenu", GUEST, MenuReply, tableCode=code)
        sitting = self._client.tell("openTable", GUEST, SittingReply, tableCode=code)
        request: dict[str, object] = {
            "requestId": str(uuid.uuid4()),
            "tableCode": code,
            "sittingId": sitting.sitting_id,
            "lines": [plain_line(menu, wanted.dish_id, quantity=wanted.quantity, note=wanted.note)],
        }
        began = now()
        envelope = self._client.post("submitOrder", GUEST, request)
        if envelope.get("success") is True:
            order = OrderReply.model_validate(envelope["data"]).order
            self._note(wanted.shop_id, order)
        took_ms = round((now() - began).total_seconds() * 1000)
        return {"request": request, "reply": envelope, "tookMs": took_ms}

    def serve(self, wanted: TryServe) -> dict[str, object]:
        """Cook an order that is on paper and call it to the screen. Raises LookupError, MealFailedError."""
        site = self._site
        _, cook = site.crew(wanted.shop_id).cook
        reply = self._client.tell(
            "advanceOrder", cook, OrderReply, orderId=wanted.order_id, shopId=wanted.shop_id, step="start"
        )
        cook_and_call(site.stage(self._client), wanted.shop_id, reply.order)
        return {"called": label_of(reply.order)}

    def _note(self, shop_id: str, order: OrderView) -> None:
        self._site.journal.expect_order(known(order, shop_id=shop_id))
        names = "、".join(f"{line.name}×{line.quantity}" for line in order.lines)
        text = f"{order.table_name} 您下单：{names}，共 ￥{order.due_fen / 100:.2f}"
        self._site.journal.add(Entry(now(), "order", shop_id, text))

    def _code(self, shop_id: str, table: str) -> str:
        assert self._site.loaded is not None
        return self._site.loaded.table_codes[shop_id, table]


def plain_line(menu: MenuReply, dish_id: str, *, quantity: int, note: str) -> Mapping[str, object]:
    """A line with the first option wherever the guest has to choose. Raises LookupError for a dish not on the menu."""
    dish = {dish.id: dish for dish in menu.dishes or ()}[dish_id]
    specs = [(menu.specs or ())[place] for place in dish.specs or ()]
    modifiers = [(menu.modifiers or ())[place] for place in dish.modifiers or ()]
    return {
        "lineId": "l1",
        "dishId": dish.id,
        "quantity": quantity,
        "specs": {group.id: group.options[0].id for group in specs},
        "modifiers": {option.id: 1 for group in modifiers for option in group.options[: group.min_picks or 0]},
        "combo": {slot.id: slot.choices[0].dish_id for slot in dish.combo or ()},
        "note": note,
    }
