"""What a member can claim, use and join, here and now."""

from __future__ import annotations

from shared.contracts.coupons import ListOffers, OffersReply
from shared.entry import Work, shop_function
from shared.usecases.couponing import list_offers


@shop_function("listOffers", ListOffers)
def main(command: ListOffers, work: Work) -> OffersReply:
    return list_offers(command, work)
