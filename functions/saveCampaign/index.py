"""Make a campaign or change one: coupons, full reductions, points, and what else a brand offers."""

from __future__ import annotations

from shared.contracts.campaigns import SaveCampaign, SavedCampaign
from shared.entry import Work, shop_function
from shared.usecases.campaigning import save_campaign


@shop_function("saveCampaign", SaveCampaign)
def main(command: SaveCampaign, work: Work) -> SavedCampaign:
    return save_campaign(command, work)
