"""Who may do what: one table, action × role (rule 29)."""

from __future__ import annotations

from collections.abc import Mapping

from shared.access.caller import STAFF_ROLES, Caller, Role
from shared.errors import PermissionDenied

_GUESTS: frozenset[Role] = frozenset({"guest"})
"""Everybody with an openid is a guest here, staff too: no staff record is looked up."""
_GUESTS_AND_STAFF = _GUESTS | STAFF_ROLES
_ANYBODY = _GUESTS_AND_STAFF | frozenset[Role]({"device", "system"})
"""For what is harmless whoever calls it: a function called by a function keeps the guest's identity."""
_FLOOR: frozenset[Role] = frozenset({"owner", "manager", "cashier", "waiter"})
"""Who deals with guests in the shop."""

ALLOWED: Mapping[str, frozenset[Role]] = {
    "getMenu": _GUESTS,
    "openTable": _GUESTS | _FLOOR,
    "editCart": _GUESTS | _FLOOR,
    "getSitting": _GUESTS | _FLOOR,
    "arrangeTables": _FLOOR,
    "quoteOrder": _GUESTS | _FLOOR,
    "submitOrder": _GUESTS | _FLOOR,
    "grabFlashSale": _GUESTS,
    "saveCampaign": frozenset({"owner", "marketing"}),
    "pushCoupons": frozenset({"owner", "marketing"}),
    "claimCoupon": _GUESTS,
    "listOffers": _GUESTS,
    "redeemCoupon": _GUESTS | {"owner", "manager", "cashier"},
    "listOrders": _GUESTS_AND_STAFF,
    "advanceOrder": frozenset({"owner", "manager", "waiter", "kitchen"}),
    "callGuest": frozenset({"owner", "manager", "cashier", "waiter"}),
    "cancelOrder": frozenset({"guest", "owner", "manager", "cashier"}),
    "editOrder": _GUESTS | _FLOOR,
    "payOrder": frozenset({"guest", "owner", "manager", "cashier"}),
    "topUp": frozenset({"guest", "owner", "manager", "cashier", "finance"}),
    "refundOrder": frozenset({"owner", "manager", "cashier"}),
    "joinGroup": _GUESTS,
    "payNotify": _ANYBODY,
    "printReceipt": _FLOOR,
    "setPapers": frozenset({"owner", "manager"}),
    "getMember": _GUESTS,
    "editMember": _GUESTS,
    "giveConsent": _GUESTS,
    "sendMessages": _ANYBODY,
    "sweep": _ANYBODY,
    "auditBooks": _ANYBODY,
    "checkHealth": _ANYBODY,
    "joinQueue": _GUESTS | _FLOOR,
    "leaveQueue": _GUESTS,
    "manageQueue": _FLOOR,
    "getQueue": _GUESTS_AND_STAFF,
    "bookTable": _GUESTS | _FLOOR,
    "cancelBooking": _GUESTS | _FLOOR,
    "seatParty": _FLOOR,
    "getBookings": _GUESTS | _FLOOR | {"kitchen"},
    "setSoldOut": frozenset({"owner", "manager", "waiter", "kitchen"}),
    "setStock": frozenset({"owner", "manager", "kitchen"}),
    "notifyKitchen": _ANYBODY,
    "syncBridge": frozenset({"device"}),
}


def is_for_guests_only(action: str) -> bool:
    """Whether the action treats every caller as a guest."""
    return ALLOWED.get(action) == _GUESTS


def require_allowed(action: str, caller: Caller) -> None:
    """Raises PermissionDenied unless the table allows the caller's role; an action without a row allows nobody."""
    if caller.role not in ALLOWED.get(action, frozenset()):
        raise PermissionDenied


def require_shop(caller: Caller, wanted: str | None) -> str:
    """The shop a member of staff acts in: the wanted one if it is theirs, else their only one.

    Raises PermissionDenied for another shop, and when several are theirs and none is named.
    """
    if wanted is not None and wanted in caller.shops:
        return wanted
    if wanted is None and len(caller.shops) == 1:
        return next(iter(caller.shops))
    raise PermissionDenied("请选择您所在的门店" if wanted is None else "您不属于这家门店")
