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
│   ├── CartChanged       CART_CHANGED
│   ├── CartLimit         CART_LIMIT
│   ├── SlotInvalid       SLOT_INVALID
│   ├── SlotFull          SLOT_FULL
│   ├── PartyTooLarge     PARTY_TOO_LARGE
│   ├── AlreadyBooked     ALREADY_BOOKED
│   ├── TableOccupied     TABLE_OCCUPIED
│   ├── AlreadyQueued     ALREADY_QUEUED
│   ├── StoredValueShort  STORED_VALUE_SHORT
│   ├── PointsShort       POINTS_SHORT
│   ├── PointsLimit       POINTS_LIMIT
│   ├── TopUpLimit        TOP_UP_LIMIT
│   ├── FlashNotOn        FLASH_NOT_ON
│   ├── FlashSoldOut      FLASH_SOLD_OUT
│   ├── FlashLimit        FLASH_LIMIT
│   ├── FlashClaimInvalid FLASH_CLAIM_INVALID
│   ├── FlashPiecesTaken  FLASH_PIECES_TAKEN
│   ├── GroupNotOn        GROUP_NOT_ON
│   ├── GroupFull         GROUP_FULL
│   ├── GroupClosed       GROUP_CLOSED
│   ├── InGroupAlready    IN_GROUP_ALREADY
│   ├── CouponUnavailable COUPON_UNAVAILABLE
│   ├── CouponNotOffered  COUPON_NOT_OFFERED
│   ├── CouponGone        COUPON_GONE
│   ├── CouponLimit       COUPON_LIMIT
│   ├── CouponCodeInvalid COUPON_CODE_INVALID
│   ├── Stale             STALE
│   ├── PhoneTaken        PHONE_TAKEN
│   ├── PhoneCodeInvalid  PHONE_CODE_INVALID
│   ├── RushedAlready     RUSHED_ALREADY
│   ├── PaymentUnavailable PAYMENT_UNAVAILABLE (WeChat Pay is not set up, or not rightly)
│   ├── PaymentRefused    PAYMENT_REFUSED (WeChat Pay's final no)
│   ├── NotPaid           NOT_PAID
│   ├── RefundTooMuch     REFUND_TOO_MUCH
│   ├── RefundUnavailable REFUND_UNAVAILABLE (WeChat Pay takes no more refunds of the payment)
│   ├── NoticeInvalid     NOTICE_INVALID (not WeChat Pay's word about one of our payments)
│   ├── MessagesUnavailable MESSAGES_UNAVAILABLE (WeChat's messages are not set up, or not rightly)
│   ├── MessageRefused    MESSAGE_REFUSED (WeChat's final no to one message)
│   └── StateConflict     STATE_CONFLICT
└── TryAgain              nothing is wrong with the call
    ├── Busy              BUSY (nothing happened)
    ├── PaymentBusy       PAYMENT_BUSY (WeChat Pay did nothing)
    ├── PaymentUnanswered PAYMENT_UNANSWERED (WeChat Pay may have done it: ask again with the same numbers)
    ├── MessagesBusy      MESSAGES_BUSY (WeChat sent nothing)
    ├── MessageUnanswered MESSAGE_UNANSWERED (WeChat may have sent it)
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
    """The sitting is over, or never was the caller's."""

    code = "SITTING_CLOSED"
    http_status = 409
    default_message = "这一桌已经结束，请重新扫码开桌"


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


class CartChanged(Refused):
    """Lines of the shared cart are no longer as shown; `details.lines` names each: gone, changed (rule 10)."""

    code = "CART_CHANGED"
    http_status = 409
    default_message = "购物车有变动，请确认后重新提交"


class CartLimit(Refused):
    """The cart takes no more lines, or the line no such quantity (rule 11)."""

    code = "CART_LIMIT"
    http_status = 409
    default_message = "购物车最多 60 项，请先提交已选的菜"


class StoredValueShort(Refused):
    """The stored value does not cover what is to be paid with it; `details` tells both."""

    code = "STORED_VALUE_SHORT"
    http_status = 409
    default_message = "储值余额不足，请充值或换一种支付方式"


class PointsShort(Refused):
    """The member has fewer points than that; `details.points` is how many."""

    code = "POINTS_SHORT"
    http_status = 409
    default_message = "积分不足，请减少使用的积分"


class PointsLimit(Refused):
    """The brand's rule does not let so many points pay for this; `details.points` is the most (rule 4)."""

    code = "POINTS_LIMIT"
    http_status = 409
    default_message = "使用的积分超过上限，请减少"


class TopUpLimit(Refused):
    """The top-up would lift the stored value above what a card may hold (rule 18); `details.limitFen` is that."""

    code = "TOP_UP_LIMIT"
    http_status = 409
    default_message = "充值后余额超过上限，请减少充值金额"


class FlashNotOn(Refused):
    """The flash sale is not on here and now; `details.fault` says why: notHere, notYet, over (rule 21)."""

    code = "FLASH_NOT_ON"
    http_status = 409
    default_message = "秒杀现在没有进行"


class FlashSoldOut(Refused):
    """No piece of the flash sale is free; one comes back when somebody does not pay (rule 21)."""

    code = "FLASH_SOLD_OUT"
    http_status = 409
    default_message = "手慢了，已经抢光。有人未付款时会放出，可以稍后再看"


class FlashLimit(Refused):
    """The member, or their device, has as many pieces as one may have; `details.limit` is that (rule 21)."""

    code = "FLASH_LIMIT"
    http_status = 409
    default_message = "您已经抢到了，把机会留给其他客人吧"


class FlashClaimInvalid(Refused):
    """A flash claim cannot be ordered with; `details.claims` names each with its fault: gone, otherDish,
    count (rule 21)."""

    code = "FLASH_CLAIM_INVALID"
    http_status = 409
    default_message = "抢到的名额已失效，请重新选择"


class FlashPiecesTaken(Refused):
    """More pieces of the flash sale are held or sold than it is to have; `details.taken` is how many (rule 21)."""

    code = "FLASH_PIECES_TAKEN"
    http_status = 409
    default_message = "已抢走的份数超过新的总份数"


class GroupNotOn(Refused):
    """No group can be opened for this here and now (rule 22)."""

    code = "GROUP_NOT_ON"
    http_status = 409
    default_message = "拼团活动现在没有进行"


class GroupFull(Refused):
    """Every seat of the group is taken; one that is not paid in time comes free again (rule 22)."""

    code = "GROUP_FULL"
    http_status = 409
    default_message = "这个团的位置都有人了，有人未付款时会空出，也可以开新团"


class GroupClosed(Refused):
    """The group is full and paid, or its time is over (rule 22)."""

    code = "GROUP_CLOSED"
    http_status = 409
    default_message = "这个团已经结束，请开新团或参加别的团"


class InGroupAlready(Refused):
    """The guest, or another on this phone, has a seat in an open group of this offer (rule 22)."""

    code = "IN_GROUP_ALREADY"
    http_status = 409
    default_message = "您已经在这个活动的一个团里了，成团或结束后可以再参加"


class CouponUnavailable(Refused):
    """A coupon cannot be used for this, or no longer; `details.coupons` names each with its reason (rules 6, 20)."""

    code = "COUPON_UNAVAILABLE"
    http_status = 409
    default_message = "有优惠券不能使用，请重新选择"


class CouponNotOffered(Refused):
    """Nobody can claim this coupon here and now (rule 20)."""

    code = "COUPON_NOT_OFFERED"
    http_status = 409
    default_message = "这张券现在不能领取"


class CouponGone(Refused):
    """All coupons of this kind have been given out (rule 20)."""

    code = "COUPON_GONE"
    http_status = 409
    default_message = "券已经领完了，下次早点来"


class CouponLimit(Refused):
    """The member, or their device, has had as many as one may have; `details.limit` is that (rule 20)."""

    code = "COUPON_LIMIT"
    http_status = 409
    default_message = "您已经领过这张券了"


class CouponCodeInvalid(Refused):
    """The code on the guest's screen is not ours, is over, was used, or another one was shown since (rule 20)."""

    code = "COUPON_CODE_INVALID"
    http_status = 409
    default_message = "券码无效或已过期，请客人重新打开券码"


class Stale(Refused):
    """Somebody changed it since it was read."""

    code = "STALE"
    http_status = 409
    default_message = "内容已被他人修改，请刷新后再改"


class PhoneCodeInvalid(Refused):
    """WeChat has no phone number for this code: it is over after five minutes, and good once (rule 17)."""

    code = "PHONE_CODE_INVALID"
    http_status = 409
    default_message = "手机号授权已过期，请重新点击授权"


class PhoneTaken(Refused):
    """Another member has bound this phone number (rule 17)."""

    code = "PHONE_TAKEN"
    http_status = 409
    default_message = "这个手机号已绑定其他会员，请换一个手机号"


class RushedAlready(Refused):
    """A line was rushed within the last five minutes; `details.lines` names each with when it may be rushed again."""

    code = "RUSHED_ALREADY"
    http_status = 409
    default_message = "已催过，厨房正在加紧，请稍后再催"


class StateConflict(Refused):
    """The thing is no longer in the state this move starts from (rule 7)."""

    code = "STATE_CONFLICT"
    http_status = 409
    default_message = "状态已经变化，请刷新后再试"


class SlotInvalid(Refused):
    """The time cannot be chosen; `details.fault` says why: past, tooSoon, tooFar, notASlot, closed."""

    code = "SLOT_INVALID"
    default_message = "这个时间不能选，请选择列出的时间"


class SlotFull(Refused):
    """Nothing is left at that time; `details.free` names the nearest times that are free."""

    code = "SLOT_FULL"
    http_status = 409
    default_message = "这个时间已经约满，请选择其他时间"


class PartyTooLarge(Refused):
    """No table seats so many; `details.largest` is the most that one does."""

    code = "PARTY_TOO_LARGE"
    default_message = "人数较多，请电话联系门店预订"


class AlreadyBooked(Refused):
    """The guest has a reservation that overlaps; `details.bookingId` is it (rule 24)."""

    code = "ALREADY_BOOKED"
    http_status = 409
    default_message = "您在这个时间段已有一个预订"


class TableOccupied(Refused):
    """Somebody sits at that table, or it is kept for somebody else."""

    code = "TABLE_OCCUPIED"
    http_status = 409
    default_message = "这一桌有客人在用餐，请换一桌"


class AlreadyQueued(Refused):
    """The guest waits in this shop's queue already; `details.ticketId` and `details.label` tell where (rule 25)."""

    code = "ALREADY_QUEUED"
    http_status = 409
    default_message = "您已经在排队，不用重复取号"


class PaymentUnavailable(Refused):
    """The shop's merchant is not set up, or WeChat Pay does not accept its credentials or rights."""

    code = "PAYMENT_UNAVAILABLE"
    http_status = 409
    default_message = "本店暂时不能用微信支付，请换一种方式付款"


class PaymentRefused(Refused):
    """WeChat Pay's final no; `details.reason` is its own code."""

    code = "PAYMENT_REFUSED"
    http_status = 409
    default_message = "微信支付没有受理，请重试或请店员帮忙"


class NotPaid(Refused):
    """What is to be given back is not paid, or not wholly."""

    code = "NOT_PAID"
    http_status = 409
    default_message = "还没有付款，不用退款；不要了可以直接取消或退菜"


class RefundTooMuch(Refused):
    """More than is left; `details.leftFen`, or of units `details.left`, is what is (rule 16)."""

    code = "REFUND_TOO_MUCH"
    http_status = 409
    default_message = "退款超过了还可以退的数额"


class RefundUnavailable(Refused):
    """WeChat Pay takes no more refunds of the payment; `details.reason` says why: tooOld, tooMany (rule 16)."""

    code = "REFUND_UNAVAILABLE"
    http_status = 409
    default_message = "这笔微信付款不能再原路退回，请用其他方式退给客人"


class NoticeInvalid(Refused):
    """Not proved to be WeChat Pay's word, too old, or not about a payment of this merchant (rule 15)."""

    code = "NOTICE_INVALID"
    http_status = 401
    default_message = "通知无效"


class MessagesUnavailable(Refused):
    """WeChat's messages are not set up, or WeChat does not accept the mini-program's credentials or rights."""

    code = "MESSAGES_UNAVAILABLE"
    http_status = 409
    default_message = "微信消息还没有设置好，请联系管理员"


class MessageRefused(Refused):
    """WeChat's final no to one message; `details.reason` is its own code."""

    code = "MESSAGE_REFUSED"
    http_status = 409
    default_message = "微信没有发送这条消息"


class TryAgain(ZaotaiError):
    """Nothing is wrong with the call; the same call may go through later."""

    http_status = 503


class Busy(TryAgain):
    """Nothing happened; try again."""

    code = "BUSY"
    default_message = "点餐的人有点多，请稍等几秒再试"


class PaymentBusy(TryAgain):
    """WeChat Pay did nothing; the same numbers go through later. `details.reason` is its own code."""

    code = "PAYMENT_BUSY"
    default_message = "微信支付繁忙，请稍后再试"


class PaymentUnanswered(TryAgain):
    """No answer, or none that can be proved: WeChat Pay may have done it, so ask again with the same numbers."""

    code = "PAYMENT_UNANSWERED"
    default_message = "微信支付没有回应，正在确认结果，请稍后再试"


class MessagesBusy(TryAgain):
    """WeChat sent nothing; the same message goes through later. `details.reason` is its own code."""

    code = "MESSAGES_BUSY"
    default_message = "微信消息繁忙，请稍后再试"


class MessageUnanswered(TryAgain):
    """No answer, or none that can be read: WeChat may have sent the message."""

    code = "MESSAGE_UNANSWERED"
    default_message = "微信没有回应，消息可能已经发出"


class Unknown(TryAgain):
    """It may have happened: ask again with the same requestId."""

    code = "UNKNOWN"
    default_message = "网络不稳，正在确认结果，请稍后用同一请求再试"
