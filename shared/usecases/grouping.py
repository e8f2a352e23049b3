"""Group buys: a guest opens a group or takes a seat, which is an order that waits for the others (rule 22)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from typing_extensions import assert_never

from shared.contracts import groups as wire
from shared.contracts.ordering import OrderView, SubmitOrder
from shared.domain.groups import Group, GroupOffer, GroupSeat
from shared.domain.pricing import Special, WantedLine
from shared.errors import DishUnavailable, GroupFull, InGroupAlready
from shared.store import groups, orders
from shared.store.scope import Shop
from shared.store.work import Work
from shared.usecases.ordering import place_order


def join_group(command: wire.JoinGroup, work: Work) -> wire.GroupReply:
    """Open a group, take a seat, or look.

    Raises GroupNotOn, GroupFull, GroupClosed, InGroupAlready, NotFound, and what keeps an order from being placed.
    """
    step, shop = command.group, work.shop
    if isinstance(step, wire.LookAtGroup):
        group = groups.get(shop, step.group_id)
        return wire.GroupReply(groups=(_view(group, _offer(group, work), work),))
    if isinstance(step, wire.LookAtGroups):
        offer = groups.offer(shop.db, step.offer_id, work.now)
        found = groups.joinable(shop, offer.offer_id, now=work.now, limit=step.limit)
        return wire.GroupReply(groups=tuple(_view(group, offer, work) for group in found))
    if isinstance(step, wire.OpenGroup):
        return _seated(step, _opened(step, work), request_id=command.request_id, is_new=True, work=work)
    if isinstance(step, wire.TakeSeat):
        return _seated(step, _joined(step, work), request_id=command.request_id, is_new=False, work=work)
    assert_never(step)


def group_buys(work: Work) -> tuple[wire.GroupOfferView, ...]:
    """The offers that are on in the shop or to come, the first to begin first."""
    return tuple(
        wire.GroupOfferView(
            offer_id=offer.offer_id,
            name=offer.name,
            dish_id=offer.dish_id,
            price_fen=offer.price_fen,
            size=offer.size,
            lasts_min=offer.lasts // timedelta(minutes=1),
            starts_at=offer.starts_at,
            ends_at=offer.ends_at,
        )
        for offer in groups.to_come(work.shop, now=work.now)
    )


def _opened(step: wire.OpenGroup, work: Work) -> Group:
    """The group as it would begin. A repeated command finds its own by the same id. Raises GroupNotOn, NotFound."""
    offer = groups.offer(work.shop.db, step.offer_id, work.now)
    offer.require_on(work.now, shop_id=work.shop.shop_id)
    assert work.key is not None
    return Group(
        group_id=f"g{work.key.number}",
        offer_id=offer.offer_id,
        dish_id=offer.dish_id,
        price_fen=offer.price_fen,
        size=offer.size,
        state="open",
        expires_at=work.now + offer.lasts,
    )


def _joined(step: wire.TakeSeat, work: Work) -> Group:
    """The group as it is; an early no for what is closed or full. Raises GroupClosed, GroupFull, NotFound."""
    group = groups.get(work.shop, step.group_id)
    group.require_open(work.now)
    mine = GroupSeat("", work.caller.id, step.device_id)
    if any(seat.is_the_same_persons(mine) for seat in group.seats):
        raise InGroupAlready
    if len(group.seats) >= group.size:
        raise GroupFull
    return group


@dataclass(frozen=True)
class _Seat:
    """What the order of a seat brings: the group's price, and the seat beside it."""

    group: Group
    specials: Mapping[str, Special]
    device_id: str
    is_new: bool
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def group_id(self) -> str:
        """The group whose seat the order has."""
        return self.group.group_id

    def selling(self, order_id: str, work: Work) -> tuple[Callable[[Shop], None], ...]:
        """The seat is taken with the order, or neither is there."""
        seat = GroupSeat(order_id, work.caller.id, self.device_id)
        if self.is_new:
            return (lambda shop: groups.begin(shop, replace(self.group, seats=(seat,)), now=work.now),)
        return (lambda shop: groups.take_seat(shop, self.group.group_id, seat, now=work.now),)

    def withdraw(self, shop: Shop, order_id: str) -> bool:
        """Make an order void that was just written, and free its seat; whether it is void."""
        is_void = orders.withdraw(shop, order_id)
        if is_void:
            groups.leave(shop, self.group.group_id, order_id)
        return is_void


def _seated(
    step: wire.OpenGroup | wire.TakeSeat, group: Group, *, request_id: str, is_new: bool, work: Work
) -> wire.GroupReply:
    if step.line.dish_id != group.dish_id:
        raise DishUnavailable("拼团只能选活动的菜品", {"dishes": [{"dishId": step.line.dish_id}]})
    offer = _offer(group, work)

    def bargain(_lines: Sequence[WantedLine]) -> _Seat:
        return _Seat(group, {step.line.line_id: Special("group", group.price_fen)}, step.device_id, is_new)

    def told(order: OrderView) -> wire.GroupReply:
        seats = (*group.seats, GroupSeat(order.order_id, work.caller.id, step.device_id))
        return wire.GroupReply(groups=(_view(replace(group, seats=seats), offer, work),), order=order)

    wanted = SubmitOrder.model_validate(
        {"request_id": request_id, "shop_id": work.shop.shop_id, "lines": [step.line], "quote_hash": step.quote_hash}
    )
    return place_order(wanted, work, bargain=bargain, told=told)


def _offer(group: Group, work: Work) -> GroupOffer:
    return groups.offer(work.shop.db, group.offer_id, work.now)


def _view(group: Group, offer: GroupOffer, work: Work) -> wire.GroupView:
    return wire.GroupView(
        group_id=group.group_id,
        offer_id=group.offer_id,
        name=offer.name,
        dish_id=group.dish_id,
        price_fen=group.price_fen,
        size=group.size,
        taken=len(group.seats),
        paid=group.paid,
        state="expired" if group.state == "open" and not group.admits(work.now) else group.state,
        expires_at=group.expires_at,
        mine=next((seat.order_id for seat in group.seats if seat.openid == work.caller.id), None),
    )
