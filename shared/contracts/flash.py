"""Flash sales: `grabFlashSale`."""

from shared.contracts.ordering import TableCode
from shared.contracts.wire import Id, Moment, RequestId, Wire


class GrabFlashSale(Wire):
    """Claim one piece of a sale, at a shop (`shop_id`) or at a table (`table_code`).

    `device_id` names the phone as the mini-program knows it: a phone has no more pieces than a member.
    """

    request_id: RequestId
    sale_id: Id
    device_id: Id
    shop_id: Id | None = None
    table_code: TableCode | None = None


class FlashClaimView(Wire):
    """A piece the member has, to be ordered before `hold_until` with its `claim_id` on a line of that dish."""

    claim_id: str
    sale_id: str
    name: str
    dish_id: str
    price_fen: int
    hold_until: Moment


class FlashSaleView(Wire):
    """A flash sale that is on in the shop, or will be; `sold_out` for now, for an unpaid piece comes back."""

    sale_id: str
    name: str
    dish_id: str
    price_fen: int
    per_member: int
    starts_at: Moment
    ends_at: Moment
    sold_out: bool = False


class FlashClaimReply(Wire):
    """The piece that was claimed."""

    claim: FlashClaimView
