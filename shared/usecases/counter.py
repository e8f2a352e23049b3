"""At the counter: a payment's receipt, a bill before it is paid, and the cash drawer (rule 28)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.contracts import papers as wire
from shared.contracts.events import DrawerEvent, SlipEvent
from shared.contracts.slips import COUNTER_MARK, DRAWER_TTL_S, Drawer, Slip, SlipCut, SlipLine, SlipTender
from shared.domain import bills
from shared.domain.orders import Order
from shared.domain.payments import Tender
from shared.domain.slips import Account, account_of, account_of_top_up, paid_lines, refunded_fen
from shared.errors import PermissionDenied, StateConflict
from shared.store import counter, orders, payments, shops
from shared.store.counter import CounterKind, Done
from shared.store.scope import Shop
from shared.store.shops import ShopSettings
from shared.store.work import Outcome, Work
from shared.usecases.bills import bill_of
from shared.usecases.papers import head_of

_OPENERS = frozenset({"owner", "manager", "cashier"})


@dataclass(frozen=True)
class _Asked:
    """What is asked for: the `copy_no`-th of its kind."""

    kind: CounterKind
    ref: str
    event_id: str
    copy_no: int
    config: ShopSettings
    work: Work

    def done(self, reason: str = "") -> Done:
        biz_date = self.config.calendar.biz_date(self.work.now)
        return Done(
            event_id=self.event_id,
            kind=self.kind,
            ref=self.ref,
            copy_no=self.copy_no,
            by=self.work.caller.id,
            biz_date=biz_date,
            at=self.work.now,
            reason=reason,
        )

    def reply(self) -> wire.PrintReply:
        return wire.PrintReply(job_id=self.event_id, kind=self.kind, copy_no=self.copy_no)


def print_receipt(command: wire.PrintReceipt, work: Work) -> wire.PrintReply:
    """Send a receipt, a bill or a pulse for the drawer to the shop's counter; each is counted, and noted with a name.

    Raises NotFound, StateConflict for what is not paid or nothing to pay, PermissionDenied for a waiter at the drawer.
    """
    paper, config = command.paper, shops.shop_settings(work.shop, work.now)
    if isinstance(paper, wire.DrawerPaper) and work.caller.role not in _OPENERS:
        raise PermissionDenied("开钱箱请找收银员或店长")

    def body(shop: Shop) -> Outcome[wire.PrintReply]:
        asked = _asked(shop, paper, config, work)
        if isinstance(paper, wire.DrawerPaper):
            counter.add(shop, asked.done(paper.reason))
            return Outcome(asked.reply(), (_pulse(asked.event_id, config, work),))
        slip = _receipt(shop, paper, asked) if isinstance(paper, wire.ReceiptPaper) else _bill(shop, paper, asked)
        counter.add(shop, asked.done())
        event = SlipEvent(
            event_id=asked.event_id,
            shop_id=config.shop_id,
            occurred_at=work.now,
            trace_id=work.trace_id,
            data=slip,
        )
        return Outcome(asked.reply(), (event,))

    return work.transact(body)


def drawer_for(ref: str, legs: Iterable[str], config: ShopSettings, work: Work) -> tuple[DrawerEvent, ...]:
    """What opens the drawer for a payment, or a refund, of these legs if cash is one; once for each `ref`."""
    return (_pulse(_event_id(ref, "drawer"), config, work),) if "cash" in legs else ()


def _asked(
    shop: Shop, paper: wire.ReceiptPaper | wire.BillPaper | wire.DrawerPaper, config: ShopSettings, work: Work
) -> _Asked:
    if isinstance(paper, wire.DrawerPaper):
        assert work.key is not None
        ref, name = config.calendar.biz_date(work.now), f"D{work.key.number}"
        copy_no = counter.next_copy(shop, paper.kind, ref)
        return _Asked(paper.kind, ref, _event_id(name, "drawer"), copy_no, config, work)
    ref = paper.payment_id if isinstance(paper, wire.ReceiptPaper) else paper.sitting_id or paper.order_id or ""
    copy_no = counter.next_copy(shop, paper.kind, ref)
    return _Asked(paper.kind, ref, _event_id(ref, f"{paper.kind}.{copy_no}"), copy_no, config, work)


def _receipt(shop: Shop, paper: wire.ReceiptPaper, asked: _Asked) -> Slip:
    """The paper of one payment. Raises NotFound, StateConflict."""
    payment = payments.get(shop, paper.payment_id)
    if payment.state != "paid" or payment.paid_at is None:
        raise StateConflict("这笔付款没有完成，不能打印小票")
    found = orders.several(shop, payment.order_ids)
    if payment.top_up is not None:
        account = account_of_top_up(payment.amount_fen, payment.top_up)
    else:
        account = account_of(found, paid_lines(payment, found))
    slip = _slip(asked, found, account, paid_fen=payment.amount_fen, at=payment.paid_at)
    tenders = tuple(_tender(tender) for tender in payment.tenders)
    told = {"tenders": tenders, "payment_no": payment.payment_id, "refunded_fen": refunded_fen(payment)}
    return slip.model_copy(update=told)


def _bill(shop: Shop, paper: wire.BillPaper, asked: _Asked) -> Slip:
    """The paper of what is owed. Raises NotFound, StateConflict when nothing is to be paid, or all is paid."""
    bill = bill_of(shop, paper, asked.work)
    if bills.is_paid(bill.orders):
        raise StateConflict("账单已付清，请打印付款小票")
    paid_fen = bills.paid_fen(bill.orders)
    return _slip(asked, bill.orders, account_of(bill.orders), paid_fen=paid_fen, at=asked.work.now)


def _slip(asked: _Asked, found: Sequence[Order], account: Account, *, paid_fen: int, at: datetime) -> Slip:
    first = found[0] if found else None
    return Slip(
        job_id=asked.event_id,
        kind="bill" if asked.kind == "bill" else "receipt",
        station=asked.config.papers.counter_station,
        head=head_of(asked.config),
        table_name=first.table_name if first else None,
        pickup_no=first.pickup_no if first and first.table_name is None else None,
        guests=max((order.guests or 0 for order in found), default=0) or None,
        order_nos=tuple(order.order_no for order in found),
        lines=tuple(
            SlipLine(name=one.name, quantity=one.quantity, fen=one.fen, details=one.details) for one in account.charges
        ),
        cuts=tuple(SlipCut(name=name, fen=fen) for name, fen in account.cuts),
        gross_fen=account.gross_fen,
        due_fen=account.due_fen,
        paid_fen=paid_fen,
        at=at,
        copy_no=asked.copy_no,
    )


def _tender(tender: Tender) -> SlipTender:
    return SlipTender(
        kind=tender.kind,
        fen=tender.fen,
        principal_fen=tender.principal_fen,
        bonus_fen=tender.bonus_fen,
        handed_fen=tender.handed_fen,
        change_fen=tender.change_fen,
        points=tender.points,
    )


def _pulse(event_id: str, config: ShopSettings, work: Work) -> DrawerEvent:
    expires_at = work.now + timedelta(seconds=DRAWER_TTL_S)
    return DrawerEvent(
        event_id=event_id,
        shop_id=config.shop_id,
        occurred_at=work.now,
        trace_id=work.trace_id,
        data=Drawer(job_id=event_id, station=config.papers.counter_station, expires_at=expires_at),
    )


def _event_id(ref: str, what: str) -> str:
    return f"{ref}{COUNTER_MARK}{what}"
