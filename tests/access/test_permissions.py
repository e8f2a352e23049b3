"""One table says who may do what, and what is not in it nobody may."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from shared.access.caller import Caller, Role
from shared.access.permissions import ALLOWED, is_for_guests_only, require_allowed, require_shop
from shared.errors import PermissionDenied

FUNCTIONS = Path(__file__).parents[2] / "functions"
ROLES: tuple[Role, ...] = get_args(Role)


def allowed(action: str) -> set[str]:
    found: set[str] = set()
    for role in ROLES:
        try:
            require_allowed(action, Caller("x", role))
        except PermissionDenied:
            continue
        found.add(role)
    return found


def test_every_function_has_a_row_and_every_row_a_function() -> None:
    folders = {path.parent.name for path in FUNCTIONS.glob("*/index.py")}
    assert folders
    assert set(ALLOWED) == folders


@pytest.mark.parametrize("action", ["dropShop", "", "submitorder", "__init__"])
def test_an_action_without_a_row_nobody_may_do(action: str) -> None:
    assert allowed(action) == set()
    assert not is_for_guests_only(action)


@pytest.mark.parametrize(
    ("action", "roles"),
    [
        ("getMenu", {"guest"}),
        ("openTable", {"guest", "owner", "manager", "cashier", "waiter"}),
        ("editCart", {"guest", "owner", "manager", "cashier", "waiter"}),
        ("getSitting", {"guest", "owner", "manager", "cashier", "waiter"}),
        ("arrangeTables", {"owner", "manager", "cashier", "waiter"}),
        ("quoteOrder", {"guest", "owner", "manager", "cashier", "waiter"}),
        ("submitOrder", {"guest", "owner", "manager", "cashier", "waiter"}),
        ("saveCampaign", {"owner", "marketing"}),
        ("claimCoupon", {"guest"}),
        ("listOffers", {"guest"}),
        ("redeemCoupon", {"guest", "owner", "manager", "cashier"}),
        ("advanceOrder", {"owner", "manager", "waiter", "kitchen"}),
        ("callGuest", {"owner", "manager", "cashier", "waiter"}),
        ("cancelOrder", {"guest", "owner", "manager", "cashier"}),
        ("editOrder", {"guest", "owner", "manager", "cashier", "waiter"}),
        ("setSoldOut", {"owner", "manager", "waiter", "kitchen"}),
        ("setStock", {"owner", "manager", "kitchen"}),
        ("joinQueue", {"guest", "owner", "manager", "cashier", "waiter"}),
        ("leaveQueue", {"guest"}),
        ("manageQueue", {"owner", "manager", "cashier", "waiter"}),
        ("getQueue", set(ROLES) - {"device", "system"}),
        ("bookTable", {"guest", "owner", "manager", "cashier", "waiter"}),
        ("cancelBooking", {"guest", "owner", "manager", "cashier", "waiter"}),
        ("seatParty", {"owner", "manager", "cashier", "waiter"}),
        ("getBookings", {"guest", "owner", "manager", "cashier", "waiter", "kitchen"}),
        ("getMember", {"guest"}),
        ("syncBridge", {"device"}),
        ("listOrders", set(ROLES) - {"device", "system"}),
        ("notifyKitchen", set(ROLES)),
        ("sweep", set(ROLES)),
        ("auditBooks", set(ROLES)),
    ],
)
def test_the_table_allows_exactly_these_roles(action: str, roles: set[str]) -> None:
    assert allowed(action) == roles


def test_only_the_guests_actions_take_everybody_as_a_guest() -> None:
    assert {action for action in ALLOWED if is_for_guests_only(action)} == {
        "getMenu", "getMember", "editMember", "leaveQueue", "giveConsent", "grabFlashSale", "joinGroup", "claimCoupon",
        "listOffers",
    }  # fmt: skip


def test_staff_act_in_their_own_shops_only() -> None:
    of_one, of_two, of_none = (Caller("p", "manager", frozenset(shops)) for shops in (["a"], ["a", "b"], []))
    assert [require_shop(of_one, None), require_shop(of_one, "a"), require_shop(of_two, "b")] == ["a", "a", "b"]
    for caller, wanted in ((of_one, "b"), (of_two, None), (of_two, "c"), (of_none, None), (of_none, "a")):
        with pytest.raises(PermissionDenied) as refused:
            require_shop(caller, wanted)
        assert refused.value.message in {"请选择您所在的门店", "您不属于这家门店"}
