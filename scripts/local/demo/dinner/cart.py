"""The shared cart of one table as its guests hold it: everybody with a phone of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from scripts.local.demo.journal import now
from scripts.local.demo.lunch import Wish
from scripts.local.demo.play import wished
from scripts.local.demo.stage import LIMIT_S, Stage, require_played
from shared.contracts.ordering import OrderReply, OrderView
from shared.contracts.quoting import QuoteReply
from shared.contracts.sitting import CartReply, CartView, SittingReply, SittingState

Edit = Mapping[str, object]


class Cart:
    """The cart of a sitting, and the openids of its guests by name."""

    def __init__(
        self, stage: Stage, shop_id: str, table_id: str, sitting_id: str, *, openids: Mapping[str, str]
    ) -> None:
        self._stage, self._shop_id, self._openids = stage, shop_id, openids
        self.code = stage.code(shop_id, table_id)
        self._here = {"tableCode": self.code, "sittingId": sitting_id}
        self.table_name = ""

    def scan(self) -> None:
        """Everybody scans the table's code."""
        for name, openid in self._openids.items():
            joined = self._stage.client.tell("openTable", openid, SittingReply, tableCode=self.code, name=name)
            require_played(joined.sitting_id == self._here["sittingId"], f"{name} sits somewhere else")
            self.table_name = joined.table_name
        self._stage.say("scan", self._shop_id, f"{self.table_name} {'、'.join(self._openids)}扫码，一起点菜")

    def adding(self, line_id: str, wish: Wish) -> Edit:
        """The edit that adds a wish."""
        return {"op": "add", "line": wished(wish, line_id=line_id)}

    def at_once(self, edits: Mapping[str, Sequence[Edit]]) -> None:
        """Everybody named makes their edits, all beginning in one moment."""
        together = Barrier(len(edits))

        def make(name: str) -> None:
            together.wait(LIMIT_S)
            for edit in edits[name]:
                command = {**self._here, "guestName": name, "edit": dict(edit)}
                self._stage.client.tell("editCart", self._openids[name], CartReply, **command)

        began = now()
        with ThreadPoolExecutor(len(edits), thread_name_prefix="phone") as phones:
            for made in [phones.submit(make, name) for name in edits]:
                made.result()
        count = sum(map(len, edits.values()))
        together_said = "同时" if len(edits) > 1 else ""
        text = f"{self.table_name} {'、'.join(edits)}{together_said}改购物车，{count} 处"
        self._stage.say("cart", self._shop_id, text, since=began)

    def look(self, name: str) -> CartView:
        """The cart as this guest sees it now."""
        found = self._stage.client.ask("getSitting", self._openids[name], SittingState, **self._here).sitting
        if found is None:
            raise LookupError("a sitting asked for without `since` is always told")
        return found.cart

    def tell(self, seen: CartView) -> None:
        """Who has put what into it."""
        by_guest: dict[str, list[str]] = {}
        for line in seen.lines:
            by_guest.setdefault(line.guest_name, []).append(f"{line.name}×{line.quantity}")
        said = "；".join(f"{name} {'、'.join(dishes)}" for name, dishes in by_guest.items())
        self._stage.say("cart", self._shop_id, f"{self.table_name} 购物车：{said}")

    def quote(self, name: str, shown: CartView) -> QuoteReply:
        """What ordering the shown lines would cost this guest."""
        told = {"line_id", "dish_id", "quantity", "specs", "modifiers", "combo", "note", "course"}
        lines = [line.model_dump(by_alias=True, include=told) for line in shown.lines]
        return self._stage.client.ask("quoteOrder", self._openids[name], QuoteReply, **self._here, lines=lines)

    def submit(self, name: str, shown: CartView, *, quote_hash: str | None) -> OrderView:
        """Order exactly what was shown, at that price. Raises RefusalError."""
        picks = [{"lineId": line.line_id, "rev": line.rev} for line in shown.lines]
        command = {**self._here, "cart": picks, **({"quoteHash": quote_hash} if quote_hash else {})}
        return self._stage.client.tell("submitOrder", self._openids[name], OrderReply, **command).order
