"""One shop's menu for now, with what is left of each dish."""

from __future__ import annotations

from shared.contracts.menu import GetMenu, MenuReply
from shared.entry import Work, shop_function
from shared.usecases.menu import get_menu


@shop_function("getMenu", GetMenu)
def main(command: GetMenu, work: Work) -> MenuReply:
    return get_menu(command, work)
