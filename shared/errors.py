"""Everything that can be refused, as one tree with stable codes.

ZaotaiError
├── Refused               final: the same call will be refused again
│   ├── InvalidArgument   INVALID_ARGUMENT (every field error at once)
│   ├── EventTooLarge     EVENT_TOO_LARGE
│   ├── Unauthenticated   UNAUTHENTICATED
│   ├── PermissionDenied  PERMISSION_DENIED
│   ├── NotFound          NOT_FOUND (also for what belongs to another shop or guest)
│   ├── TableCodeInvalid  TABLE_CODE_INVALID
│   ├── RequestIdReused   REQUEST_ID_REUSED
│   ├── ShopClosed        SHOP_CLOSED
│   ├── SittingClosed     SITTING_CLOSED
│   ├── DishUnavailable   DISH_UNAVAILABLE
│   ├── ChoiceInvalid     CHOICE_INVALID
│   ├── StockShort        STOCK_SHORT
│   ├── PriceChanged      PRICE_CHANGED
│   └── StateConflict     STATE_CONFLICT
└── TryAgain              nothing is wrong with the call
    ├── Busy              BUSY (nothing happened)
    └── Unknown           UNKNOWN (it may have happened: ask again with the same requestId)

`INTERNAL` is everything else; only `entry` makes it. Messages are Chinese, for the person who reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class ZaotaiError(Exception):
    """A failure that the caller is told about by code; `details` is JSON."""

    code: ClassVar[str] = "INTERNAL"
    http_status: ClassVar[int] = 500
    default_message: ClassVar[str] = "系统开小差了，请稍后再试"

    def __init__(self, message: str | None = None, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message or self.default_message)
        self.message = message or self.default_message
        self.details = dict(details or {})


class Refused(ZaotaiError):
    """Final: nothing was written, and the same call will be refused again."""

    http_status = 400


class InvalidArgument(Refused):
    """The event is not what the action takes; `details.fields` names every field at fault."""

    code = "INVALID_ARGUMENT"
    default_message = "提交的内容有误，请检查后再试"


class EventTooLarge(Refused):
    """The event is over the platform's 6 MB."""

    code = "EVENT_TOO_LARGE"
    http_status = 413
    default_message = "提交的内容过大，请减少后再试"


class Unauthenticated(Refused):
    """Nobody, or nobody we can verify, is calling."""

    code = "UNAUTHENTICATED"
    http_status = 401
    default_message = "请先登录"


class PermissionDenied(Refused):
    """The caller is known and may not do this."""

    code = "PERMISSION_DENIED"
    http_status = 403
    default_message = "您没有进行此操作的权限"


class NotFound(Refused):
    """No such thing in this caller's reach."""

    code = "NOT_FOUND"
    http_status = 404
    default_message = "没有找到相应的内容"


class TableCodeInvalid(Refused):
    """The table code is not one of ours, of another shop, or no longer valid."""

    code = "TABLE_CODE_INVALID"
    default_message = "桌码无效，请扫描桌上的二维码，或请服务员帮忙"


class RequestIdReused(Refused):
    """This requestId was used for another body."""

    code = "REQUEST_ID_REUSED"
    http_status = 409
    default_message = "请求编号重复，请重新提交"


class ShopClosed(Refused):
    """The shop does not take orders now."""

    code = "SHOP_CLOSED"
    http_status = 409
    default_message = "本店现在不在营业时间，暂时不能点餐"


class SittingClosed(Refused):
    """The sitting was settled, or never was."""

    code = "SITTING_CLOSED"
    http_status = 409
    default_message = "这一桌已经结账，请重新扫码开桌"


class DishUnavailable(Refused):
    """A dish is not on sale now; `details.dishes` names each with its reason."""

    code = "DISH_UNAVAILABLE"
    http_status = 409
    default_message = "有菜品暂时不能点"


class ChoiceInvalid(Refused):
    """Specs, modifiers or combo choices do not fit the dish; `details.lines` names each (rule 11)."""

    code = "CHOICE_INVALID"
    default_message = "有菜品的规格或加料选择不对，请重新选择"


class StockShort(Refused):
    """Not enough is left of one dish or more; `details.dishes` names each with what is left (rule 13)."""

    code = "STOCK_SHORT"
    http_status = 409
    default_message = "有菜品库存不足"


class PriceChanged(Refused):
    """The quote the guest saw no longer holds; `details.quote` is the new one (rule 3)."""

    code = "PRICE_CHANGED"
    http_status = 409
    default_message = "价格有变动，请确认后重新提交"


class StateConflict(Refused):
    """The thing is no longer in the state this move starts from (rule 7)."""

    code = "STATE_CONFLICT"
    http_status = 409
    default_message = "状态已经变化，请刷新后再试"


class TryAgain(ZaotaiError):
    """Nothing is wrong with the call; the same call may go through later."""

    http_status = 503


class Busy(TryAgain):
    """Nothing happened; try again."""

    code = "BUSY"
    default_message = "点餐的人有点多，请稍等几秒再试"


class Unknown(TryAgain):
    """It may have happened: ask again with the same requestId."""

    code = "UNKNOWN"
    default_message = "网络不稳，正在确认结果，请稍后用同一请求再试"
