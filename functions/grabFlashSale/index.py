"""Grab a piece of a flash sale: it is the member's to order until its hold is over."""

from __future__ import annotations

from shared.contracts.flash import FlashClaimReply, GrabFlashSale
from shared.entry import Work, shop_function
from shared.usecases.flash import grab_flash_sale


@shop_function("grabFlashSale", GrabFlashSale)
def main(command: GrabFlashSale, work: Work) -> FlashClaimReply:
    return grab_flash_sale(command, work)
