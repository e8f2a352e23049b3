"""Orders of a few lines for the domain's tests, placed as the product places them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from shared.domain.moves import told
from shared.domain.orders import Order, OrderLine, OrderState, Payment, misplaced
from shared.domain.pricing import ChosenDish, Cut
from shared.domain.tickets import TicketDraft

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=timezone.utc)
STATIONS = ("hot", "cold", "drink", "pass")


def dish(line_id: str, station: str = "hot", quantity: int = 1, unit_fen: int = 1000, **more: object) -> OrderLine:
    """A line of a dish named after the line."""
    line = OrderLine(
        line_id=line_id, dish_id=f"d-{line_id}", name=f"菜{line_id}", station=station, quantity=quantity,
        unit_fen=unit_fen, amount_fen=unit_fen * quantity, specs=(), modifiers=(), combo=(), note="",
    )  # fmt: skip
    return replace(line, **more)  # type: ignore[arg-type]  # the fields of a line, each by its name


def combo(line_id: str, **stations: str) -> OrderLine:
    """A combo with one choice per slot, each cooked at its station."""
    chosen = tuple(ChosenDish(slot, f"d-{slot}", f"选{slot}", station) for slot, station in stations.items())
    return dish(line_id, combo=chosen)


def fee(line_id: str, *, of: str = "", quantity: int = 1, unit_fen: int = 100) -> OrderLine:
    """A packing fee of a line, or a seat fee."""
    kind = "packing" if of else "seat"
    return dish(line_id, "", quantity, unit_fen, kind=kind, belongs_to=of)


def cut(fen: int) -> tuple[Cut, ...]:
    """What one offer took off a line."""
    return (Cut("order", "offer", fen),)


def placed(*lines: OrderLine, state: OrderState = "confirmed", payment: Payment = "postpay", round: int = 1) -> Order:
    """An order of these lines, with the tickets the kitchen got of it."""
    bare = Order(
        order_id="o1", order_no="261124-ABCDEF", biz_date="2026-11-24", state=state, channel="pickup", round=round,
        guest_id="g", sitting_id=None, table_name=None, pickup_no="A001", lines=lines, tickets=(),
        gross_fen=0, due_fen=0, quote_hash="h", note="", placed_at=NOON, payment=payment,
    )  # fmt: skip
    return tell(None, bare.with_lines(()))[0]


def tell(before: Order | None, after: Order) -> tuple[Order, tuple[TicketDraft, ...]]:
    """The order after a move with the tickets of it; every item must stand on exactly one."""
    order, drafts = told(before, after, STATIONS)
    assert misplaced(order) == {}
    return order, drafts


def papers_told(drafts: tuple[TicketDraft, ...]) -> set[tuple[str, str, tuple[str, ...]]]:
    """The stations' tickets as (station, kind, item ids)."""
    return {(d.station, d.kind, tuple(one.item.item_id for one in d.items)) for d in drafts if not d.is_pass}
