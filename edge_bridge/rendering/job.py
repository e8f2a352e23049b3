"""A paper as the bytes of a print job, for the printer it comes out of."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from edge_bridge.rendering.layout import Layout
from edge_bridge.rendering.slip import slip_layout
from edge_bridge.rendering.ticket import ticket_layout
from shared.contracts.events import Ticket
from shared.contracts.slips import Slip


class Machine(Protocol):
    """What of a printer's settings its pages depend on."""

    @property
    def mode(self) -> Literal["raster", "text"]: ...
    @property
    def width_dots(self) -> int: ...
    @property
    def columns(self) -> int: ...


def layout_of(paper: Ticket | Slip, *, seq: int, copy: int, now: datetime, zone: ZoneInfo) -> Layout:
    """What stands on the paper; `seq` is the printer's gapless number, a `copy` from 2 on is marked."""
    if isinstance(paper, Ticket):
        return ticket_layout(paper, seq=seq, copy=copy, now=now, zone=zone)
    return slip_layout(paper, copy=copy, now=now, zone=zone)


def page_of(layout: Layout, printer: Machine) -> bytes:
    """The whole job in the printer's mode."""
    if printer.mode == "text":
        from edge_bridge.rendering.typist import typed

        return typed(layout, width=printer.columns)
    from edge_bridge.rendering.paint import painted
    from edge_bridge.rendering.raster import page_bytes

    return page_bytes(painted(layout, width_dots=printer.width_dots))
