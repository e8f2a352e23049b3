"""How a shop's papers look: changed as a whole, part by part, and tried on paper before it holds."""

from __future__ import annotations

from shared.contracts import papers as wire
from shared.contracts.events import Outgoing, SlipEvent, Ticket, TicketEvent, TicketLine
from shared.contracts.slips import COUNTER_MARK, Slip, SlipHead, SlipLine, SlipTender, TicketLook
from shared.domain.papers import Papers, SlipStyle, TicketStyle
from shared.errors import NotFound
from shared.store import shops
from shared.store.scope import Shop
from shared.store.shops import ShopSettings
from shared.store.work import Outcome, Work
from shared.usecases.telling import Kitchen


def set_papers(command: wire.SetPapers, work: Work) -> wire.PapersReply:
    """Change the looks that are given, or print samples of them; the reply tells how all look. Raises NotFound."""
    kitchen = Kitchen.of(work)
    if command.counter_station is not None and command.counter_station not in kitchen.known.stations:
        raise NotFound("没有这个档口")
    now = kitchen.config.papers
    told = wire.PapersReply(
        slip=command.slip or _slip_look(now.slip),
        ticket=command.ticket or _ticket_look(now.ticket or TicketStyle()),
        counter_station=command.counter_station or now.counter_station,
    )

    def body(shop: Shop) -> Outcome[wire.PapersReply]:
        if command.trial:
            return Outcome(told, _samples(command, told, kitchen.config, work))
        slip = _slip_style(command.slip) if command.slip else None
        ticket = _ticket_style(command.ticket) if command.ticket else None
        shops.set_papers(shop, slip=slip, ticket=ticket, counter_station=command.counter_station)
        return Outcome(told)

    return work.transact(body)


def head_of(config: ShopSettings) -> SlipHead:
    """What stands above and below a guest's paper, and how the shop wants it."""
    return _head(_slip_look(config.papers.slip), config.papers, config.name)


def ticket_look(config: ShopSettings) -> TicketLook | None:
    """How the shop wants its kitchen tickets, if otherwise than usual."""
    return _ticket_look(config.papers.ticket) if config.papers.ticket else None


def _head(look: wire.SlipLook, papers: Papers, name: str) -> SlipHead:
    return SlipHead(
        title=look.title or name,
        lines=look.lines,
        address=papers.address,
        phone=papers.phone,
        footer=look.footer,
        dish_size=look.dish_size,
        hide=look.hide,
    )


def _samples(command: wire.SetPapers, told: wire.PapersReply, config: ShopSettings, work: Work) -> tuple[Outgoing, ...]:
    """A sample of each part that is given: it says that it is one."""
    assert work.key is not None
    job_id, events = f"S{work.key.number}{COUNTER_MARK}sample", list[Outgoing]()
    if command.slip is not None:
        head = _head(command.slip, config.papers, config.name)
        events.append(
            SlipEvent(
                event_id=f"{job_id}.slip",
                shop_id=config.shop_id,
                occurred_at=work.now,
                trace_id=work.trace_id,
                data=_sample_slip(f"{job_id}.slip", head, told.counter_station, work),
            )
        )
    if command.ticket is not None:
        events.append(
            TicketEvent(
                event_id=f"{job_id}.ticket",
                shop_id=config.shop_id,
                occurred_at=work.now,
                trace_id=work.trace_id,
                data=_sample_ticket(f"{job_id}.ticket", command.ticket, told.counter_station, config.name, work),
            )
        )
    return tuple(events)


def _sample_slip(job_id: str, head: SlipHead, station: str, work: Work) -> Slip:
    return Slip(
        job_id=job_id,
        kind="receipt",
        station=station,
        head=head,
        table_name="样张",
        guests=2,
        order_nos=("000000-SAMPLE",),
        lines=(
            SlipLine(name="样菜一", quantity=2, fen=5600, details=("大份", "微辣")),
            SlipLine(name="名字很长要分成两行才能写完的样菜二", quantity=1, fen=6800),
        ),
        gross_fen=12400,
        due_fen=12400,
        paid_fen=12400,
        tenders=(SlipTender(kind="cash", fen=12400, handed_fen=15000, change_fen=2600),),
        at=work.now,
        is_sample=True,
    )


def _sample_ticket(job_id: str, look: TicketLook, station: str, shop_name: str, work: Work) -> Ticket:
    return Ticket(
        job_id=job_id,
        kind="new",
        station=station,
        station_name="样张·不用做",
        shop_name=shop_name,
        order_id="sample",
        order_no="000000-SAMPLE",
        round=1,
        revision=1,
        table_name="样张",
        guests=2,
        lines=(
            TicketLine(line_id="l1", name="样菜一", quantity=2, specs=("大份",), modifiers=("微辣",), note="样张"),
            TicketLine(line_id="l2", name="名字很长要分成两行才能写完的样菜二", quantity=1),
        ),
        note="样张，不用做",
        placed_at=work.now,
        look=look,
    )


def _slip_style(look: wire.SlipLook) -> SlipStyle:
    return SlipStyle(look.title or "", look.lines, look.footer, look.dish_size, look.hide)


def _ticket_style(look: TicketLook) -> TicketStyle:
    return TicketStyle(look.footer, look.dish_size, look.hide)


def _slip_look(style: SlipStyle) -> wire.SlipLook:
    return wire.SlipLook.model_validate({**vars(style), "title": style.title or None})


def _ticket_look(style: TicketStyle) -> TicketLook:
    return TicketLook.model_validate(vars(style))
