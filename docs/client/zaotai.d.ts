// The types of Zaotai's functions, and of the client in zaotai.js.
// Written by scripts/reference from the contracts: do not edit.

/** Money in fen, a whole number: 6800 is ¥68.00. */
export type Fen = number;
/** A point in time, ISO 8601 with offset: "2026-05-01T11:30:00+08:00". */
export type Moment = string;
/** A calendar day: "2026-05-01". */
export type LocalDate = string;
/** 1 to 64 of the characters A–Z a–z 0–9 _ - : . | */
export type Id = string;
/** A UUID that the client makes, once per command: sent again, the command still happens once. */
export type RequestId = string;
/** What a refusal is about; the code says which fields. */
export type Details = Readonly<Record<string, unknown>>;

/** What every function answers. */
export type Envelope<T> = Success<T> | Failure;

/** It happened (a command), or here it is (a question). */
export interface Success<T> {
  readonly success: true;
  readonly data: T;
  /** Of this call, not of the command: what the log knows it by. */
  readonly requestId: string;
}

/** A refusal or a fault; a refusal has changed nothing. */
export interface Failure {
  readonly success: false;
  /** Stable, for programs. */
  readonly code: ErrorCode;
  /** Chinese, for the person who reads it. */
  readonly message: string;
  readonly details: Details;
  /** Of this call, not of the command: what the log knows it by. */
  readonly requestId: string;
}

/**
 * Exactly one of `tableCode` (a guest at a table) and `shopId` (anybody, before arriving).
 *
 * `version` is that of the menu the client has: if nothing of it has changed, it is not sent again.
 */
export interface GetMenu {
  readonly tableCode?: string | null;
  readonly shopId?: Id | null;
  /** 1 to 32 characters. Matches `^[0-9a-f]+$`. */
  readonly version?: string | null;
}

/**
 * One shop's menu for now.
 *
 * `categories`, `dishes` and their groups belong to `version` and are left out when `unchanged`. `left` counts the
 * dishes that are limited today, `unavailable` names those that cannot be ordered now. Before arriving (`shopId`),
 * `pickupSlots` are today's times at which one more order can be fetched.
 */
export interface MenuReply {
  readonly shopId: string;
  readonly shopName: string;
  readonly open: boolean;
  readonly payment: "postpay" | "prepay";
  readonly seatFeeFen?: Fen;
  readonly tableName?: string;
  readonly version: string;
  readonly unchanged?: boolean;
  readonly categories?: readonly MenuCategory[];
  readonly specs?: readonly MenuSpecGroup[];
  readonly modifiers?: readonly MenuModifierGroup[];
  readonly dishes?: readonly MenuDish[];
  readonly pickupSlots?: readonly Moment[];
  readonly left: Readonly<Record<string, number>>;
  readonly unavailable: Readonly<Record<string, MenuAbsence>>;
}

/** A heading, in order. */
export interface MenuCategory {
  readonly id: string;
  readonly name: string;
}

/** Pick exactly one. */
export interface MenuSpecGroup {
  readonly id: string;
  readonly name: string;
  readonly options: readonly MenuOption[];
}

/** One option of a spec or modifier group; `priceFen` is what it adds, absent for nothing. */
export interface MenuOption {
  readonly id: string;
  readonly name: string;
  readonly priceFen?: Fen;
}

/** Pick from `minPicks` (absent: 0) to `maxPicks` (absent: 1). */
export interface MenuModifierGroup {
  readonly id: string;
  readonly name: string;
  readonly options: readonly MenuOption[];
  readonly minPicks?: number;
  readonly maxPicks?: number;
}

/**
 * A dish, without what is empty.
 *
 * `priceFen` is the price of this hour, `wasFen` the usual one if that is higher. `specs` and `modifiers` are the
 * places of its groups in the reply's lists. `unit` is absent for 份. `packingFen` is for one unit to take away.
 */
export interface MenuDish {
  readonly id: string;
  readonly name: string;
  readonly categoryId: string;
  readonly priceFen: Fen;
  readonly wasFen?: Fen;
  readonly memberPrices?: Readonly<Record<string, number>>;
  readonly packingFen?: Fen;
  readonly unit?: string;
  readonly description?: string;
  readonly specs?: readonly number[];
  readonly modifiers?: readonly number[];
  readonly combo?: readonly MenuComboSlot[];
  readonly windows?: readonly MenuWindow[];
  readonly keywords?: readonly string[];
  readonly allergens?: readonly string[];
  readonly image?: string;
}

/** Pick exactly one. */
export interface MenuComboSlot {
  readonly id: string;
  readonly name: string;
  readonly choices: readonly MenuComboChoice[];
}

/** A dish that can fill the slot; `name` is absent for the dish's own, `surchargeFen` for none. */
export interface MenuComboChoice {
  readonly dishId: string;
  readonly name?: string;
  readonly surchargeFen?: Fen;
}

/** When a dish is sold, `start` to `end` on the shop's clock; an `end` at or before the start is on the next day. */
export interface MenuWindow {
  readonly start: string;
  readonly end: string;
}

/** Why a dish cannot be ordered now, and from when on it can: sold out by hand, not at this hour, none left. */
export interface MenuAbsence {
  readonly reason: "soldOut" | "notNow" | "empty";
  readonly until: Moment;
}

/** Join the table's open sitting, or open one: a guest by the scanned code, a waiter by `shopId` and `tableId`. */
export interface OpenTable {
  readonly requestId: RequestId;
  /** 8 to 32 characters. */
  readonly tableCode?: string | null;
  readonly shopId?: Id | null;
  readonly tableId?: Id | null;
  /** 1 to 99. */
  readonly guests?: number | null;
  /** At most 20 characters. */
  readonly name?: string;
}

/** The sitting; `joined` tells that it was open already. */
export interface SittingReply {
  readonly sittingId: string;
  readonly shopId: string;
  readonly shopName: string;
  readonly tableId: string;
  readonly tableName: string;
  readonly guests?: number;
  readonly joined: boolean;
  readonly openedAt: Moment;
}

/** One edit of one line of the shared cart (rule 10). `guestName` stands on a line that is added. */
export interface EditCart {
  /** 8 to 32 characters. */
  readonly tableCode?: string | null;
  readonly shopId?: Id | null;
  readonly sittingId: Id;
  readonly requestId: RequestId;
  readonly edit: AddLine | ChangeQuantity | RemoveLine | NoteLine | ChooseLine;
  /** At most 20 characters. */
  readonly guestName?: string;
}

/** Put a line into the cart, under an id the client makes. */
export interface AddLine {
  readonly op: "add";
  readonly line: OrderLine;
}

/**
 * One line (rule 11). `specs`: option by group; `modifiers`: count by option; `combo`: dish by slot.
 *
 * `course` 0 is cooked at once; any other is held until it is fired.
 */
export interface OrderLine {
  /** 1 to 36 characters. Matches `^[A-Za-z0-9_\-.|]+$`. */
  readonly lineId: string;
  readonly dishId: Id;
  /** 1 to 99. */
  readonly quantity: number;
  /** At most 20 entries. */
  readonly specs?: Readonly<Record<string, Id>>;
  /** At most 20 entries. Each: 1 to 9. */
  readonly modifiers?: Readonly<Record<string, number>>;
  /** At most 20 entries. */
  readonly combo?: Readonly<Record<string, Id>>;
  /** At most 50 characters. */
  readonly note?: string;
  /** 0 to 9. Left out: 0. */
  readonly course?: number;
}

/** So many more, or fewer, of a line: from 1 to 99 remain. */
export interface ChangeQuantity {
  readonly op: "change";
  readonly lineId: Id;
  /** -98 to 98. */
  readonly by: number;
}

/** Take a line out of the cart. */
export interface RemoveLine {
  readonly op: "remove";
  readonly lineId: Id;
}

/** Write a line's note anew. */
export interface NoteLine {
  readonly op: "note";
  readonly lineId: Id;
  /** At most 50 characters. */
  readonly note: string;
}

/** Choose specs, modifiers and combo of a line anew; its dish stays. */
export interface ChooseLine {
  readonly op: "choices";
  readonly lineId: Id;
  readonly dishId: Id;
  /** At most 20 entries. */
  readonly specs?: Readonly<Record<string, Id>>;
  /** At most 20 entries. Each: 1 to 9. */
  readonly modifiers?: Readonly<Record<string, number>>;
  /** At most 20 entries. */
  readonly combo?: Readonly<Record<string, Id>>;
}

/** The cart after the edit. */
export interface CartReply {
  readonly sittingId: string;
  readonly cart: CartView;
}

/** The cart and what ordering it now would cost; `quoteHash` names this price if every line can be ordered. */
export interface CartView {
  readonly lines: readonly CartLineView[];
  readonly fees: readonly FeeView[];
  readonly grossFen: Fen;
  readonly dueFen: Fen;
  readonly quoteHash?: string;
}

/**
 * A line of the cart with its price now, or `unavailable`: why it cannot be ordered now.
 *
 * `guestId` tells the guests of a sitting apart, and nothing else; `rev` grows with every edit of the line.
 */
export interface CartLineView {
  readonly lineId: string;
  readonly dishId: string;
  readonly name: string;
  readonly quantity: number;
  readonly specs: Readonly<Record<string, string>>;
  readonly modifiers: Readonly<Record<string, number>>;
  readonly combo: Readonly<Record<string, string>>;
  readonly note: string;
  readonly course: number;
  readonly guestId: string;
  readonly guestName: string;
  readonly isMine: boolean;
  readonly rev: number;
  readonly unitFen?: Fen;
  readonly amountFen?: Fen;
  readonly unavailable?: string;
}

/** A fee that ordering the cart now would bring along. */
export interface FeeView {
  readonly kind: string;
  readonly name: string;
  readonly amountFen: Fen;
}

/** The sitting now. `since` is the `version` the client has: if nothing changed, only that is answered. */
export interface GetSitting {
  /** 8 to 32 characters. */
  readonly tableCode?: string | null;
  readonly shopId?: Id | null;
  readonly sittingId: Id;
  /** At most 64 characters. */
  readonly since?: string | null;
}

/** The sitting's `version`, with the `sitting` unless it is `unchanged`. */
export interface SittingState {
  readonly version: string;
  readonly unchanged: boolean;
  readonly sitting?: SittingView;
}

/** What is at the table: guests, cart, and the rounds ordered so far with their sum. */
export interface SittingView {
  readonly sittingId: string;
  readonly tableId: string;
  readonly tableName: string;
  readonly state: "open" | "closed" | "settled";
  readonly guests?: number;
  readonly openedAt: Moment;
  readonly members: readonly MemberView[];
  readonly cart: CartView;
  readonly rounds: readonly OrderView[];
  readonly orderedFen: Fen;
}

/** A guest who joined. */
export interface MemberView {
  readonly guestId: string;
  readonly name: string;
  readonly isMe: boolean;
}

/**
 * An order as guests and staff see it. The sums are those of what is still wanted; `offers` are as ordered.
 *
 * `payBy` is when an order that is `pending` is cancelled.
 */
export interface OrderView {
  readonly orderId: string;
  readonly orderNo: string;
  readonly state: string;
  readonly channel: "table" | "pickup";
  readonly round: number;
  readonly sittingId?: string;
  readonly tableName?: string;
  readonly pickupNo?: string;
  readonly lines: readonly LineView[];
  readonly tickets: readonly TicketView[];
  readonly grossFen: Fen;
  readonly dueFen: Fen;
  readonly offers?: readonly OfferView[];
  readonly note: string;
  readonly calls: number;
  readonly placedAt: Moment;
  readonly bizDate: string;
  readonly payment: "postpay" | "prepay";
  readonly payBy?: Moment;
  readonly cancelReason?: string;
  readonly takeaway: boolean;
  readonly pickupAt?: Moment;
}

/**
 * A line of a stored order. `voided` of its `quantity` were taken back, `moved` went to another table's bill.
 *
 * `wasFen` is what a unit costs without the hour's or the member's price; `cutFen` is the line's share of `offers`.
 *
 * `held` waits for its course to be fired. A fee has no `station`: nobody cooks it. `guest_*` tell who chose it in the
 * shared cart. Of what the line costs `claimedFen` is paid or being paid, and `paidFen` is paid; of that `refundedFen`
 * went back, for `refunded` units and as amounts.
 */
export interface LineView {
  readonly lineId: string;
  readonly dishId: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitFen: Fen;
  readonly amountFen: Fen;
  readonly cutFen: Fen;
  readonly kind: "dish" | "packing" | "seat";
  readonly wasFen?: Fen;
  readonly specs: readonly string[];
  readonly modifiers: readonly string[];
  readonly note: string;
  readonly station?: string;
  readonly voided: number;
  readonly course: number;
  readonly held: boolean;
  readonly served: boolean;
  readonly rushedAt?: Moment;
  readonly moved: number;
  readonly guestId?: string;
  readonly guestName?: string;
  readonly claimedFen?: Fen;
  readonly paidFen?: Fen;
  readonly refunded?: number;
  readonly refundedFen?: Fen;
}

/** A kitchen ticket of an order and how far it is. An item's id is its line's, for a combo with `:` and the slot. */
export interface TicketView {
  readonly ticketId: string;
  readonly station: string;
  readonly kind: string;
  readonly state: "waiting" | "started" | "ready";
  readonly isPass: boolean;
  readonly itemIds: readonly string[];
  readonly printedAt?: Moment;
}

/** An offer at work, and what it took off in all. */
export interface OfferView {
  readonly offerId: string;
  readonly name: string;
  readonly layer: "item" | "reduction" | "order" | "points";
  readonly fen: Fen;
}

/** One change of who sits where and pays for what, by staff. */
export interface ArrangeTables {
  readonly requestId: RequestId;
  readonly shopId?: Id | null;
  readonly arrangement: MoveTable | MergeTables | TransferLines | CountGuests | CloseSitting;
}

/** Seat the party at another table, which must be free (转台). */
export interface MoveTable {
  readonly op: "move";
  readonly sittingId: Id;
  readonly toTableId: Id;
}

/** Let the party join another one: members, cart and orders go with it (并台). */
export interface MergeTables {
  readonly op: "merge";
  readonly sittingId: Id;
  readonly intoSittingId: Id;
}

/** Put ordered dishes on another party's bill, at the price they were ordered for (转菜). */
export interface TransferLines {
  readonly op: "transfer";
  readonly orderId: Id;
  /** 1 to 60 items. */
  readonly lines: readonly TransferLine[];
  readonly toSittingId: Id;
}

/** So many of an ordered line. */
export interface TransferLine {
  readonly lineId: Id;
  /** 1 to 99. */
  readonly quantity: number;
}

/** How many sit there. */
export interface CountGuests {
  readonly op: "guests";
  readonly sittingId: Id;
  /** 1 to 99. */
  readonly guests: number;
}

/** The party has left. `anyway` closes it with dishes in the cart or not yet served. */
export interface CloseSitting {
  readonly op: "close";
  readonly sittingId: Id;
  /** Left out: false. */
  readonly anyway?: boolean;
}

/**
 * The sitting after the change: the one moved, merged into, transferred to, counted or closed.
 *
 * `order` is the round that a transfer made.
 */
export interface ArrangeReply {
  readonly sittingId: string;
  readonly tableId: string;
  readonly tableName: string;
  readonly state: "open" | "closed";
  readonly guests?: number;
  readonly order?: OrderView;
}

/**
 * The lines and the place, as `submitOrder` takes them, with the coupons to use, in this order, and points or not.
 *
 * A coupon that cannot be used changes nothing and is told as unusable. Nothing is written, no coupon is locked.
 */
export interface QuoteOrder {
  /** 8 to 32 characters. */
  readonly tableCode?: string | null;
  readonly sittingId?: Id | null;
  readonly shopId?: Id | null;
  /** 1 to 60 items. */
  readonly lines: readonly OrderLine[];
  /** Left out: false. */
  readonly takeaway?: boolean;
  /** At most 10 items. */
  readonly couponIds?: readonly Id[];
  /** Left out: false. */
  readonly usePoints?: boolean;
  /** At most 9 entries. Each: 1 to 9 items. */
  readonly flashClaims?: Readonly<Record<string, readonly Id[]>>;
}

/**
 * The price: Σ `amountFen` = `grossFen`, Σ `offers` = Σ `cutFen` = `grossFen` − `dueFen`.
 *
 * Without points, `hash` is what `submitOrder` takes as `quoteHash` with the coupons that are used.
 */
export interface QuoteReply {
  readonly hash: string;
  readonly grossFen: Fen;
  readonly dueFen: Fen;
  readonly lines: readonly QuoteLine[];
  readonly offers: readonly OfferView[];
  readonly usable: readonly UsableCoupon[];
  readonly unusable: readonly UnusableCoupon[];
  readonly best: BestChoice;
  readonly points?: PointsView;
  readonly level?: string;
}

/**
 * A line with its price, or a fee. `cutFen` is the sum of `cuts`; due is `amountFen` − `cutFen`.
 *
 * `wasFen` is what a unit costs without the hour's or the member's price. A packing fee `belongsTo` a line.
 */
export interface QuoteLine {
  readonly lineId: string;
  readonly kind: "dish" | "packing" | "seat";
  readonly dishId: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitFen: Fen;
  readonly wasFen?: Fen;
  readonly amountFen: Fen;
  readonly cutFen: Fen;
  readonly cuts?: readonly CutView[];
  readonly belongsTo?: string;
}

/** What one offer takes off one line. */
export interface CutView {
  readonly layer: "item" | "reduction" | "order" | "points";
  readonly offerId: string;
  readonly fen: Fen;
}

/** A coupon that is used (`chosen`), or could be beside those: what it cuts, and what the order then comes to. */
export interface UsableCoupon {
  readonly couponId: string;
  readonly name: string;
  readonly layer: "item" | "reduction" | "order" | "points";
  readonly cutFen: Fen;
  readonly dueFen: Fen;
  readonly chosen: boolean;
  readonly validUntil?: Moment;
}

/** A coupon that cannot be used: the reason as a code and in words; `missingFen` is what the lines are short of. */
export interface UnusableCoupon {
  readonly couponId: string;
  readonly name: string;
  readonly reason: "unknown" | "otherShop" | "notYet" | "expired" | "wrongTime" | "notStackable" | "noDish" | "lineTaken" | "threshold" | "nothingLeft";
  readonly message: string;
  readonly missingFen?: Fen;
}

/** The cheapest of at most one item coupon and at most one order coupon, and what the order then comes to. */
export interface BestChoice {
  readonly couponIds: readonly string[];
  readonly dueFen: Fen;
}

/** A member's points: `points` of the balance pay `fen`, or could beside the chosen coupons (`used` false). */
export interface PointsView {
  readonly balance: number;
  readonly points: number;
  readonly fen: Fen;
  readonly used: boolean;
}

/**
 * Order `lines`, or exactly the shown lines of the shared cart (`cart`).
 *
 * A guest at a table sends `tableCode` and `sittingId`, a waiter `shopId` and `sittingId`; for pick-up `shopId` alone,
 * with `pickupAt` for a time slot. `takeaway` has it packed. `flashClaims` are the guest's claims of flash sales by
 * line, `couponIds` the coupons to use, in this order: all of them, or the order is refused. `quoteHash` is the quote
 * the guest was shown, if any (rule 3). Prices are never sent.
 */
export interface SubmitOrder {
  readonly requestId: RequestId;
  /** 8 to 32 characters. */
  readonly tableCode?: string | null;
  readonly sittingId?: Id | null;
  readonly shopId?: Id | null;
  /** 1 to 60 items. */
  readonly lines?: readonly OrderLine[] | null;
  /** 1 to 60 items. */
  readonly cart?: readonly CartPick[] | null;
  /** At most 50 characters. */
  readonly note?: string;
  /** Left out: false. */
  readonly takeaway?: boolean;
  readonly pickupAt?: Moment | null;
  /** At most 64 characters. */
  readonly quoteHash?: string | null;
  /** At most 9 entries. Each: 1 to 9 items. */
  readonly flashClaims?: Readonly<Record<string, readonly Id[]>>;
  /** At most 5 items. */
  readonly couponIds?: readonly Id[];
}

/** A line of the shared cart, exactly as it was shown. */
export interface CartPick {
  readonly lineId: Id;
  /** At least 1. */
  readonly rev: number;
}

/** The order after the command. */
export interface OrderReply {
  readonly order: OrderView;
}

/**
 * Claim one piece of a sale, at a shop (`shopId`) or at a table (`tableCode`).
 *
 * `deviceId` names the phone as the mini-program knows it: a phone has no more pieces than a member.
 */
export interface GrabFlashSale {
  readonly requestId: RequestId;
  readonly saleId: Id;
  readonly deviceId: Id;
  readonly shopId?: Id | null;
  /** 8 to 32 characters. */
  readonly tableCode?: string | null;
}

/** The piece that was claimed. */
export interface FlashClaimReply {
  readonly claim: FlashClaimView;
}

/** A piece the member has, to be ordered before `holdUntil` with its `claimId` on a line of that dish. */
export interface FlashClaimView {
  readonly claimId: string;
  readonly saleId: string;
  readonly name: string;
  readonly dishId: string;
  readonly priceFen: Fen;
  readonly holdUntil: Moment;
}

/**
 * Make a campaign, or change the one with `campaignId` as it stood at `version`, whole. For head office.
 *
 * Who does so acts in `shopId`, one of their shops; a campaign of shops that are not all theirs is refused.
 */
export interface SaveCampaign {
  readonly requestId: RequestId;
  readonly shopId?: Id | null;
  readonly campaignId?: Id | null;
  /** At least 1. */
  readonly version?: number | null;
  readonly campaign: FullReductionCampaign | PointsCampaign | FlashCampaign | GroupCampaign | CouponCampaign;
}

/** 满减: the highest step that is reached; if it `repeats`, as often as reached, at most `capFen`. */
export interface FullReductionCampaign {
  /** 1 to 20 characters. */
  readonly name: string;
  /** Left out: true. */
  readonly active?: boolean;
  /** At most 500 items. */
  readonly shops?: readonly Id[];
  readonly validFrom?: Moment | null;
  readonly validUntil?: Moment | null;
  readonly kind: "fullReduction";
  /** 1 to 10 items. */
  readonly steps: readonly ReductionStep[];
  /** Left out: false. */
  readonly repeats?: boolean;
  /** 1 to 10000000. */
  readonly capFen?: Fen | null;
  /** At most 500 items. */
  readonly dishes?: readonly Id[];
  /** At most 5 items. */
  readonly windows?: readonly Hours[];
}

/** From `thresholdFen` on, `cutFen` off. */
export interface ReductionStep {
  /** 1 to 10000000. */
  readonly thresholdFen: Fen;
  /** 1 to 10000000. */
  readonly cutFen: Fen;
}

/** From one time of day to before another; an end at or before the start is on the next day. */
export interface Hours {
  /** Matches `^([01][0-9]|2[0-3]):[0-5][0-9]$`. */
  readonly start: string;
  /** Matches `^([01][0-9]|2[0-3]):[0-5][0-9]$`. */
  readonly end: string;
}

/** What points pay: `unitPoints` are worth `unitFen`, for at most `maxShareBp` of what is left to pay. */
export interface PointsCampaign {
  /** 1 to 20 characters. */
  readonly name: string;
  /** Left out: true. */
  readonly active?: boolean;
  /** At most 500 items. */
  readonly shops?: readonly Id[];
  readonly validFrom?: Moment | null;
  readonly validUntil?: Moment | null;
  readonly kind: "points";
  /** 1 to 1000000. */
  readonly unitPoints: number;
  /** 1 to 10000000. */
  readonly unitFen: Fen;
  /** 1 to 10000. Left out: 10000. */
  readonly maxShareBp?: number;
}

/**
 * A flash sale 秒杀 (rule 21): so many `pieces` of a dish at a price, from `validFrom` to before `validUntil`.
 *
 * A member gets `perMember` at most, and has `holdMin` minutes to order what they got.
 */
export interface FlashCampaign {
  /** 1 to 20 characters. */
  readonly name: string;
  /** Left out: true. */
  readonly active?: boolean;
  /** At most 500 items. */
  readonly shops?: readonly Id[];
  readonly validFrom?: Moment | null;
  readonly validUntil?: Moment | null;
  readonly kind: "flash";
  readonly dishId: Id;
  /** 0 to 10000000. */
  readonly priceFen: Fen;
  /** 1 to 5000. */
  readonly pieces: number;
  /** 1 to 9. Left out: 1. */
  readonly perMember?: number;
  /** 1 to 60. Left out: 5. */
  readonly holdMin?: number;
}

/**
 * A group buy 拼团 (rule 22): `size` guests who order the dish together have each unit at a price.
 *
 * Groups are opened from `validFrom` to before `validUntil`; each has `lastsMin` minutes to become full.
 */
export interface GroupCampaign {
  /** 1 to 20 characters. */
  readonly name: string;
  /** Left out: true. */
  readonly active?: boolean;
  /** At most 500 items. */
  readonly shops?: readonly Id[];
  readonly validFrom?: Moment | null;
  readonly validUntil?: Moment | null;
  readonly kind: "group";
  readonly dishId: Id;
  /** 1 to 10000000. */
  readonly priceFen: Fen;
  /** 2 to 10. */
  readonly size: number;
  /** 5 to 1440. */
  readonly lastsMin: number;
}

/**
 * A coupon template (rule 20), given from `validFrom` to before `validUntil`, at most `total` in all.
 *
 * `give` tells how: claimed by members, `perMember` at most each; once a year at their birthday; once when they have
 * become members; or only by a push. `layer` and `stacking` are those of the price's layers; no dishes named: all.
 */
export interface CouponCampaign {
  /** 1 to 20 characters. */
  readonly name: string;
  /** Left out: true. */
  readonly active?: boolean;
  /** At most 500 items. */
  readonly shops?: readonly Id[];
  readonly validFrom?: Moment | null;
  readonly validUntil?: Moment | null;
  readonly kind: "coupon";
  readonly layer: "item" | "order";
  readonly value: FixedValue | PercentValue | ExchangeValue;
  /** 0 to 10000000. Left out: 0. */
  readonly thresholdFen?: Fen;
  /** Left out: any. */
  readonly stacking?: "any" | "noCoupon" | "alone";
  /** At most 500 items. */
  readonly dishes?: readonly Id[];
  /** At most 5 items. */
  readonly windows?: readonly Hours[];
  readonly validity: UntilDate | ForDays;
  readonly give: "claim" | "birthday" | "newMember" | "push";
  /** 1 to 10000000. */
  readonly total?: number | null;
  /** 1 to 99. Left out: 1. */
  readonly perMember?: number;
}

/** So much off. */
export interface FixedValue {
  readonly type: "fixed";
  /** 1 to 10000000. */
  readonly fen: Fen;
}

/** A share off: 8 折 is `offBp` 2000; at most `capFen`. */
export interface PercentValue {
  readonly type: "percent";
  /** 1 to 10000. */
  readonly offBp: number;
  /** 1 to 10000000. */
  readonly capFen?: Fen | null;
}

/** One unit of the dearest eligible dish for nothing; the dishes must be named. */
export interface ExchangeValue {
  readonly type: "exchange";
}

/** A coupon holds from `since`, else from when it is given, to before `until`. */
export interface UntilDate {
  readonly by: "date";
  readonly since?: Moment | null;
  readonly until: Moment;
}

/** A coupon holds for so many days from when it is given. */
export interface ForDays {
  readonly by: "days";
  /** 1 to 366. */
  readonly days: number;
}

/** The campaign's id, and its version for the next change. */
export interface SavedCampaign {
  readonly campaignId: string;
  readonly version: number;
}

/**
 * One act by `push.op`; all but `preview` and `result` need a `requestId`. For the owner and marketing.
 *
 * Who manages some of the brand's shops names them in the segment.
 */
export interface PushCoupons {
  readonly requestId?: RequestId | null;
  readonly shopId?: Id | null;
  readonly push: PreviewPush | StartPush | StopPush | ResumePush | PushResult;
}

/** How many it would reach, and what it may cost. */
export interface PreviewPush {
  readonly op: "preview";
  readonly segment: Segment;
  readonly templateId: Id;
}

/**
 * Members for whom all of this is true; what is left out does not matter.
 *
 * `levels`: one of these. `dormantDays`: no visit for so many days (who never came: a member for so long).
 * `visitedDays`: a visit within so many days. Visits and spending are all since they joined. `birthdayDays`: a birthday
 * today or within so many days. `shops`: a visit to one of these, or joined there.
 */
export interface Segment {
  /** At most 20 items. */
  readonly levels?: readonly Id[];
  /** 1 to 1000. */
  readonly dormantDays?: number | null;
  /** 1 to 1000. */
  readonly visitedDays?: number | null;
  /** 0 to 1000000. */
  readonly visitsAtLeast?: number | null;
  /** 0 to 1000000. */
  readonly visitsAtMost?: number | null;
  /** 0 to 1000000000. */
  readonly spendAtLeastFen?: Fen | null;
  /** 0 to 1000000000. */
  readonly spendAtMostFen?: Fen | null;
  readonly favourite?: Favourite | null;
  /** 0 to 60. */
  readonly birthdayDays?: number | null;
  /** At most 200 items. Each: Matches `^[A-Za-z0-9_-]{1,64}$`. */
  readonly shops?: readonly string[];
}

/** Who had a dish at least so often. */
export interface Favourite {
  /** Matches `^[A-Za-z0-9_-]{1,40}$`. */
  readonly dishId: string;
  /** 1 to 1000. Left out: 2. */
  readonly count?: number;
}

/** Give each member of the segment one coupon of the template; who consented to messages about coupons is told. */
export interface StartPush {
  readonly op: "start";
  /** 1 to 20 characters. */
  readonly title: string;
  readonly segment: Segment;
  readonly templateId: Id;
}

/** No more coupons and no more messages of it for now. */
export interface StopPush {
  readonly op: "stop";
  readonly pushId: Id;
}

/** Go on where it stopped. */
export interface ResumePush {
  readonly op: "resume";
  readonly pushId: Id;
}

/** What has become of it. */
export interface PushResult {
  readonly op: "result";
  readonly pushId: Id;
}

/** The preview, or the push after the act. */
export interface PushReply {
  readonly preview?: PushPreview;
  readonly push?: PushView;
}

/**
 * `costFen` is what the coupons take off if everybody uses theirs: a percentage counts as its cap, and is not known
 * (None) without one, as is a dish. `left` is how many the template still has, None without a limit.
 */
export interface PushPreview {
  readonly members: number;
  readonly consenting: number;
  readonly costFen?: Fen;
  readonly left?: number;
}

/**
 * A push: whom it has reached, and with what success.
 *
 * `granted`: coupons given; `skipped`: members who were not told because they heard enough that day. Messages are
 * `told` (on their way or sent), of these `delivered`, `refused` (no consent), `failed`. `redeemed` coupons were used
 * for orders of `turnoverFen` in all; `cutFen` is what the coupons took off.
 */
export interface PushView {
  readonly pushId: string;
  readonly title: string;
  readonly state: "running" | "stopped" | "done";
  readonly startedAt: Moment;
  readonly reached: number;
  readonly granted: number;
  readonly skipped: number;
  readonly told: number;
  readonly delivered: number;
  readonly refused: number;
  readonly failed: number;
  readonly redeemed: number;
  readonly turnoverFen: Fen;
  readonly cutFen: Fen;
}

/**
 * Claim one coupon of a template, at a shop (`shopId`) or at a table (`tableCode`); who does so is a member.
 *
 * `deviceId` names the phone as the mini-program knows it: a phone has no more coupons than a member.
 */
export interface ClaimCoupon {
  readonly requestId: RequestId;
  readonly templateId: Id;
  readonly deviceId: Id;
  readonly shopId?: Id | null;
  /** 8 to 32 characters. */
  readonly tableCode?: string | null;
}

/** The coupon that was claimed. */
export interface CouponReply {
  readonly coupon: CouponView;
}

/**
 * A member's coupon. `locked`: it is in an order that is not paid yet.
 *
 * `reason` and `message` tell why it cannot be used here and now, whatever is ordered.
 */
export interface CouponView {
  readonly couponId: string;
  readonly templateId: string;
  readonly name: string;
  readonly state: "free" | "locked";
  readonly worth: CouponWorth;
  readonly validFrom?: Moment;
  readonly validUntil: Moment;
  readonly reason?: "unknown" | "otherShop" | "notYet" | "expired" | "wrongTime" | "notStackable" | "noDish" | "lineTaken" | "threshold" | "nothingLeft";
  readonly message?: string;
}

/**
 * What a coupon takes off: `fen`; or `offBp`, at most `capFen`; or, by exchange, one unit of one of `dishes`.
 *
 * On eligible dishes (none named: all) of `thresholdFen` together, in `shops` (none named: all).
 */
export interface CouponWorth {
  readonly type: "fixed" | "percent" | "exchange";
  readonly layer: "item" | "order";
  readonly fen?: Fen;
  readonly offBp?: number;
  readonly capFen?: Fen;
  readonly thresholdFen: Fen;
  readonly stacking: "any" | "noCoupon" | "alone";
  readonly dishes: readonly string[];
  readonly shops: readonly string[];
}

/**
 * What the caller can claim, use and join, at a shop or a table; a page of their coupons, the first to end first.
 *
 * `after` is the `couponId` that ended the page before.
 */
export interface ListOffers {
  readonly shopId?: Id | null;
  /** 8 to 32 characters. */
  readonly tableCode?: string | null;
  readonly after?: Id | null;
  /** 1 to 100. Left out: 20. */
  readonly limit?: number;
}

/**
 * The offers by the server's clock `now`; `more` tells that further coupons follow.
 *
 * `flashClaims` are pieces of flash sales that the caller has and did not order yet.
 */
export interface OffersReply {
  readonly now: Moment;
  readonly claimable: readonly ClaimableView[];
  readonly coupons: readonly CouponView[];
  readonly more: boolean;
  readonly flashSales: readonly FlashSaleView[];
  readonly flashClaims: readonly FlashClaimView[];
  readonly groupBuys: readonly GroupOfferView[];
}

/**
 * A kind of coupon that the member can claim here and now: `left` of it at most, `more` by this member.
 *
 * Its coupons hold until `validUntil`, or for `days` from the claim on.
 */
export interface ClaimableView {
  readonly templateId: string;
  readonly name: string;
  readonly worth: CouponWorth;
  readonly more: number;
  readonly left?: number;
  readonly closesAt?: Moment;
  readonly validFrom?: Moment;
  readonly validUntil?: Moment;
  readonly days?: number;
}

/** A flash sale that is on in the shop, or will be; `soldOut` for now, for an unpaid piece comes back. */
export interface FlashSaleView {
  readonly saleId: string;
  readonly name: string;
  readonly dishId: string;
  readonly priceFen: Fen;
  readonly perMember: number;
  readonly startsAt: Moment;
  readonly endsAt: Moment;
  readonly soldOut: boolean;
}

/** An offer of which groups can be opened, from `startsAt` to before `endsAt`; each lasts `lastsMin` minutes. */
export interface GroupOfferView {
  readonly offerId: string;
  readonly name: string;
  readonly dishId: string;
  readonly priceFen: Fen;
  readonly size: number;
  readonly lastsMin: number;
  readonly startsAt: Moment;
  readonly endsAt: Moment;
}

/** Show a coupon's code or take it, by `redeem.op`. A guest says where: `shopId`, or `tableCode` at a table. */
export interface RedeemCoupon {
  readonly requestId: RequestId;
  readonly shopId?: Id | null;
  /** 8 to 32 characters. */
  readonly tableCode?: string | null;
  readonly redeem: ShowCode | RedeemCode;
}

/** Show the one-time code of an own coupon, for a cashier to scan within a minute. For guests. */
export interface ShowCode {
  readonly op: "show";
  readonly couponId: Id;
}

/**
 * Take the coupon whose code was scanned: off an order that nobody has begun to pay; an exchange also without one.
 *
 * For staff.
 */
export interface RedeemCode {
  readonly op: "redeem";
  /** 8 to 128 characters. */
  readonly code: string;
  readonly orderId?: Id | null;
}

/** The code to show until `expiresAt`; or the coupon's name, what it gave, and the order with it. */
export interface RedeemReply {
  readonly code?: string;
  readonly expiresAt?: Moment;
  readonly name: string;
  readonly worth: CouponWorth;
  readonly cutFen?: Fen;
  readonly order?: OrderView;
}

/**
 * Orders, newest first. Guests see their own sitting's and their own; staff see the shop's.
 *
 * `before` is the `orderId` that ended the page before.
 */
export interface ListOrders {
  /** 8 to 32 characters. */
  readonly tableCode?: string | null;
  readonly shopId?: Id | null;
  readonly sittingId?: Id | null;
  /** At most 6 items. */
  readonly states?: readonly ("pending" | "confirmed" | "cooking" | "ready" | "completed" | "cancelled")[];
  readonly station?: Id | null;
  /** 1 to 100. Left out: 20. */
  readonly limit?: number;
  readonly before?: Id | null;
}

/** A page of orders; `more` tells that older ones follow. */
export interface OrdersReply {
  readonly orders: readonly OrderView[];
  readonly more: boolean;
}

/**
 * A step in an order's life: the cook starts or readies a ticket (`ticketId`), the waiter serves a ticket or a line
 * (`lineId`), or the order is handed over (`complete`).
 *
 * Without either, `start`, `ready` and `serve` hold for the whole order. `shopId` picks one of a staff member's own
 * shops.
 */
export interface AdvanceOrder {
  readonly requestId: RequestId;
  readonly orderId: Id;
  readonly step: "start" | "ready" | "serve" | "complete";
  readonly ticketId?: Id | null;
  readonly lineId?: Id | null;
  readonly shopId?: Id | null;
}

/** Show and speak the order's number or table on the shop's call screen; calling again is counted (rule 26). */
export interface CallGuest {
  readonly requestId: RequestId;
  readonly orderId: Id;
  readonly shopId?: Id | null;
}

/** The call that goes to the screen; `count` is 1 for the first. */
export interface CallReply {
  readonly callId: string;
  readonly label: string;
  readonly count: number;
  readonly expiresAt: Moment;
}

/**
 * Cancel a whole order. A guest cancels their own until the kitchen starts; staff say why, and may until it is handed
 * over.
 *
 * Guests send `tableCode` (or, for pick-up, `shopId`); who sends a table code acts as a guest.
 */
export interface CancelOrder {
  readonly requestId: RequestId;
  readonly orderId: Id;
  /** At most 50 characters. */
  readonly reason?: string;
  /** 8 to 32 characters. */
  readonly tableCode?: string | null;
  readonly shopId?: Id | null;
}

/** Change one thing about a running order, by `edit.op`. Guests of the table may rush and fire. */
export interface EditOrder {
  readonly requestId: RequestId;
  readonly orderId: Id;
  readonly edit: ChangeLine | VoidLine | RushLines | FireCourse;
  /** 8 to 32 characters. */
  readonly tableCode?: string | null;
  readonly shopId?: Id | null;
}

/** Other choices, another note, or fewer of a line (more is another round). For staff, before it is cooked. */
export interface ChangeLine {
  readonly op: "change";
  readonly lineId: Id;
  /** 1 to 99. */
  readonly quantity?: number | null;
  readonly choices?: LineChoices | null;
  /** At most 50 characters. */
  readonly note?: string | null;
}

/** All choices of a line anew, as in an order's line. */
export interface LineChoices {
  /** At most 20 entries. */
  readonly specs?: Readonly<Record<string, Id>>;
  /** At most 20 entries. Each: 1 to 9. */
  readonly modifiers?: Readonly<Record<string, number>>;
  /** At most 20 entries. */
  readonly combo?: Readonly<Record<string, Id>>;
}

/** Take back units of a line, or all of it. For staff; with a reason once the kitchen has begun with it. */
export interface VoidLine {
  readonly op: "void";
  readonly lineId: Id;
  /** 1 to 99. */
  readonly quantity?: number | null;
  /** At most 50 characters. */
  readonly reason?: string;
}

/** Hurry the kitchen, for these lines or for all that are not served yet; a line once in five minutes (催菜). */
export interface RushLines {
  readonly op: "rush";
  /** At most 60 items. */
  readonly lineIds?: readonly Id[];
}

/** Let the kitchen cook a course that was held (起菜). */
export interface FireCourse {
  readonly op: "fire";
  /** 1 to 9. */
  readonly course: number;
}

/**
 * Pay an order (`orderId`), or a part of a sitting's bill (`sittingId`), the whole of it unless `part` says else.
 *
 * Guests pay by WeChat Pay, stored value and points, and send `tableCode` at a table, else `shopId`; staff take cash
 * and cards. `shownFen` is the amount that was shown: if it is another by now, `PRICE_CHANGED` tells the right one
 * (`details.dueFen`). Sent again with the same `requestId`, it is the same payment, with parameters for the same WeChat
 * payment.
 */
export interface PayOrder {
  readonly requestId: RequestId;
  /** 8 to 32 characters. */
  readonly tableCode?: string | null;
  readonly shopId?: Id | null;
  readonly orderId?: Id | null;
  readonly sittingId?: Id | null;
  readonly part?: WholeBill | LinesOfBill | GuestsOfBill | ShareOfBill;
  /** 1 to 3 items. */
  readonly tenders: readonly (WechatTender | StoredTender | PointsTender | CashTender | CardTender)[];
  /** 0 to 100000000. */
  readonly shownFen: Fen;
}

/** All that nobody has paid or is paying. */
export interface WholeBill {
  readonly by: "whole";
}

/** These lines, with their packing fees. */
export interface LinesOfBill {
  readonly by: "lines";
  /** 1 to 200 items. */
  readonly lines: readonly BillLine[];
}

/** One line of the bill. */
export interface BillLine {
  readonly orderId: Id;
  readonly lineId: Id;
}

/**
 * What one chose oneself, or what the guests with these ids (`guestId` of lines) chose, with its packing fees.
 *
 * A line that nobody chose counts as chosen by whoever sent the order. Seat fees are nobody's part.
 */
export interface GuestsOfBill {
  readonly by: "guest";
  /** At most 20 items. Each: Matches `^[0-9a-f]{10}$`. */
  readonly guestIds?: readonly string[];
}

/** The `share`-th of `of` equal parts of the whole bill. Each share is paid once. */
export interface ShareOfBill {
  readonly by: "even";
  /** 2 to 99. */
  readonly of: number;
  /** 1 to 99. */
  readonly share: number;
}

/** WeChat Pay, for all that the other tender leaves. For guests. */
export interface WechatTender {
  readonly kind: "wechat";
}

/** Stored value, for `fen` or for all. For guests. */
export interface StoredTender {
  readonly kind: "stored";
  /** 1 to 100000000. */
  readonly fen?: Fen | null;
}

/** So many of a member's points, in whole units of the brand's rule; `quoteOrder` tells the most. For guests. */
export interface PointsTender {
  readonly kind: "points";
  /** 1 to 100000000. */
  readonly points: number;
}

/** Cash in hand, for all that the other tender leaves; the reply tells the change. For staff. */
export interface CashTender {
  readonly kind: "cash";
  /** 1 to 100000000. */
  readonly handedFen: Fen;
}

/** A bank card on the shop's own terminal, for `fen` or for all. For staff. */
export interface CardTender {
  readonly kind: "card";
  /** 1 to 100000000. */
  readonly fen?: Fen | null;
}

/** The payment; `wechat` is there while it waits for the guest's phone. */
export interface PayReply {
  readonly payment: PaymentView;
  readonly bill: BillView;
  readonly wechat?: WechatParameters;
}

/** A payment. While it is `pending` nobody else can pay this part, until `expiresAt`. */
export interface PaymentView {
  readonly paymentId: string;
  readonly state: "pending" | "paid" | "closed";
  readonly amountFen: Fen;
  readonly tenders: readonly TenderView[];
  readonly changeFen: Fen;
  readonly expiresAt?: Moment;
  readonly paidAt?: Moment;
}

/** What one tender pays: of stored value principal and bonus, and how many points. */
export interface TenderView {
  readonly kind: "points" | "stored" | "wechat" | "cash" | "card";
  readonly fen: Fen;
  readonly points?: number;
  readonly principalFen?: Fen;
  readonly bonusFen?: Fen;
  readonly handedFen?: Fen;
}

/**
 * The bill: what it comes to, what is paid, what nobody pays yet. `settled` tells that the table is free.
 *
 * Of what is paid `refundedFen` went back; what was void with it is not in `dueFen`.
 */
export interface BillView {
  readonly dueFen: Fen;
  readonly paidFen: Fen;
  readonly openFen: Fen;
  readonly refundedFen?: Fen;
  readonly settled: boolean;
}

/** What `wx.requestPayment` takes. */
export interface WechatParameters {
  readonly timeStamp: string;
  readonly nonceStr: string;
  readonly package: string;
  readonly signType: "RSA";
  readonly paySign: string;
}

/**
 * Pay in stored value, or pay it back. Guests say where they are: `tableCode` at a table, else `shopId`.
 *
 * Sent again with the same `requestId`, it is the same payment.
 */
export interface TopUp {
  readonly requestId: RequestId;
  /** 8 to 32 characters. */
  readonly tableCode?: string | null;
  readonly shopId?: Id | null;
  readonly topUp: ListPackages | BuyPackage | SellPackage | GiveBackTopUp;
}

/** What can be bought now. For guests and staff. */
export interface ListPackages {
  readonly op: "list";
}

/** Buy a package with one's own phone. `shownFen` is the price that was shown. For guests, who become members. */
export interface BuyPackage {
  readonly op: "buy";
  readonly packageId: Id;
  /** 1 to 100000000. */
  readonly shownFen: Fen;
}

/** Sell a package at the till to the member with this phone number, for cash or by card. For staff. */
export interface SellPackage {
  readonly op: "sell";
  readonly packageId: Id;
  /** 1 to 100000000. */
  readonly shownFen: Fen;
  /** At most 20 characters. */
  readonly phone: string;
  readonly kind: "cash" | "card";
  /** 1 to 100000000. */
  readonly handedFen?: Fen | null;
}

/** Pay back what is unspent of a top-up's principal, the way it came; its bonus is void. For managers, finance. */
export interface GiveBackTopUp {
  readonly op: "giveBack";
  readonly paymentId: Id;
  /** 1 to 50 characters. */
  readonly reason: string;
}

/** The packages there are, the payment, or what was given back; `wechat` is there while it waits for the phone. */
export interface TopUpReply {
  readonly packages: readonly PackageView[];
  readonly payment?: PaymentView;
  readonly wechat?: WechatParameters;
  readonly givenBack?: GivenBack;
}

/** A package: what it costs, which is the principal, and what comes on top. */
export interface PackageView {
  readonly packageId: string;
  readonly name: string;
  readonly payFen: Fen;
  readonly bonusFen: Fen;
}

/** What was paid back of a top-up, and by which way; `bonusFen` of its bonus are void. */
export interface GivenBack {
  readonly fen: Fen;
  readonly bonusFen: Fen;
  readonly kind: "wechat" | "cash" | "card";
  readonly state: "due" | "done";
}

/** Give back what was paid for an order, wholly or in part; every leg goes the way it came. For staff. */
export interface RefundOrder {
  readonly requestId: RequestId;
  readonly orderId: Id;
  readonly refund: UnitsBack | AmountBack | AllBack;
  readonly shopId?: Id | null;
}

/** Units of some lines. What the kitchen has not handed over is void with it. */
export interface UnitsBack {
  readonly by: "units";
  /** 1 to 60 items. */
  readonly lines: readonly UnitsOfLine[];
  /** 1 to 50 characters. */
  readonly reason: string;
}

/** So many units of a line, with as much of its packing. */
export interface UnitsOfLine {
  readonly lineId: Id;
  /** 1 to 99. */
  readonly quantity: number;
}

/** An amount, from all lines by what is left of them; nothing is void. For managers. */
export interface AmountBack {
  readonly by: "amount";
  /** 1 to 100000000. */
  readonly fen: Fen;
  /** 1 to 50 characters. */
  readonly reason: string;
}

/** All that is left. An order that is not handed over is cancelled with it. */
export interface AllBack {
  readonly by: "all";
  /** 1 to 50 characters. */
  readonly reason: string;
}

/** The order after it, and what goes back: `fen` in all, of which `cashFen` is handed over at the till. */
export interface RefundReply {
  readonly order: OrderView;
  readonly fen: Fen;
  readonly cashFen: Fen;
  readonly refunds: readonly RefundView[];
}

/** What goes back of one payment. `askAt` is there when WeChat Pay takes it only from then on. */
export interface RefundView {
  readonly refundNo: string;
  readonly paymentId: string;
  readonly fen: Fen;
  readonly state: "due" | "asked" | "done" | "failed";
  readonly legs: readonly LegBackView[];
  readonly askAt?: Moment;
}

/**
 * What goes back by one leg, and in words what the guest gets where.
 *
 * `due` is on its way; `failed` must be handed over by people; `lapsed` went with an account that was closed.
 */
export interface LegBackView {
  readonly leg: "points" | "principal" | "bonus" | "wechat" | "cash" | "card";
  readonly fen: Fen;
  readonly state: "due" | "asked" | "done" | "failed" | "lapsed";
  readonly told: string;
  readonly points?: number;
}

/**
 * Take part in a group buy of the shop. The seat is an order for pick-up, paid by `payOrder` before its `payBy`.
 *
 * When every seat is paid the kitchen begins with all of them; if the time is over first, all who paid get their money
 * back. `members` with a seat are told by their number only.
 */
export interface JoinGroup {
  readonly requestId: RequestId;
  readonly shopId: Id;
  readonly group: OpenGroup | TakeSeat | LookAtGroup | LookAtGroups;
}

/**
 * Open a group of an offer and take its first seat with this line: one of the offer's dish.
 *
 * `deviceId` names the phone as the mini-program knows it: a phone has one seat, whoever holds it.
 */
export interface OpenGroup {
  readonly op: "open";
  readonly offerId: Id;
  readonly deviceId: Id;
  readonly line: OrderLine;
  /** At most 64 characters. */
  readonly quoteHash?: string | null;
}

/** Take a free seat of a group with this line, one of the offer's dish, on this phone. */
export interface TakeSeat {
  readonly op: "join";
  readonly groupId: Id;
  readonly deviceId: Id;
  readonly line: OrderLine;
  /** At most 64 characters. */
  readonly quoteHash?: string | null;
}

/** Look at a group, as one does who was sent its link. */
export interface LookAtGroup {
  readonly op: "look";
  readonly groupId: Id;
}

/** Look at the groups of an offer that have a free seat, those that end first in front. */
export interface LookAtGroups {
  readonly op: "list";
  readonly offerId: Id;
  /** 1 to 50. Left out: 10. */
  readonly limit?: number;
}

/** The group or groups, and the order that has the seat. */
export interface GroupReply {
  readonly groups: readonly GroupView[];
  readonly order?: OrderView;
}

/** A group: of `size` seats `taken` have an order and `paid` are paid. `mine` is one's own order in it. */
export interface GroupView {
  readonly groupId: string;
  readonly offerId: string;
  readonly name: string;
  readonly dishId: string;
  readonly priceFen: Fen;
  readonly size: number;
  readonly taken: number;
  readonly paid: number;
  readonly state: "open" | "full" | "expired";
  readonly expiresAt: Moment;
  readonly mine?: string;
}

/** Have something done at the counter: a payment's receipt or an unpaid bill printed, or the drawer opened. */
export interface PrintReceipt {
  readonly requestId: RequestId;
  readonly shopId?: Id | null;
  readonly paper: ReceiptPaper | BillPaper | DrawerPaper;
}

/** The receipt of a payment. */
export interface ReceiptPaper {
  readonly kind: "receipt";
  readonly paymentId: Id;
}

/** The bill of a sitting, or of one order, that is not paid yet. */
export interface BillPaper {
  readonly kind: "bill";
  readonly sittingId?: Id | null;
  readonly orderId?: Id | null;
}

/** No paper: the drawer is opened without a sale. For owner, manager and cashier. */
export interface DrawerPaper {
  readonly kind: "drawer";
  /** 1 to 50 characters. */
  readonly reason: string;
}

/** What was sent to the counter. `copyNo`: the how-manieth of this payment or bill; of drawers, of the day. */
export interface PrintReply {
  readonly jobId: string;
  readonly kind: "receipt" | "bill" | "drawer";
  readonly copyNo: number;
}

/**
 * Change what the shop's papers look like, each part as a whole, and which station is its counter.
 *
 * With `trial` nothing is changed, and a sample of each part that is given comes out at the counter. What is not given
 * stays; without any part the reply tells how they look.
 */
export interface SetPapers {
  readonly requestId: RequestId;
  readonly shopId?: Id | null;
  readonly slip?: SlipLookInput | null;
  readonly ticket?: TicketLookInput | null;
  readonly counterStation?: Id | null;
  /** Left out: false. */
  readonly trial?: boolean;
}

/** A receipt's or a bill's look. `title` is the shop's name unless given, `lines` stand under it. */
export interface SlipLookInput {
  /** 1 to 30 characters. */
  readonly title?: string | null;
  /** At most 4 items. Each: 1 to 30 characters. */
  readonly lines?: readonly string[];
  /** At most 6 items. Each: 1 to 30 characters. */
  readonly footer?: readonly string[];
  /** Left out: normal. */
  readonly dishSize?: "normal" | "large";
  /** At most 5 items. */
  readonly hide?: readonly ("guests" | "orderNos" | "details" | "address" | "phone")[];
}

/** A kitchen ticket's look. The `footer` stands above its foot. */
export interface TicketLookInput {
  /** At most 2 items. Each: 1 to 30 characters. */
  readonly footer?: readonly string[];
  /** Left out: large. */
  readonly dishSize?: "normal" | "large" | "huge";
  /** At most 4 items. */
  readonly hide?: readonly ("guests" | "placedAt" | "round" | "shopName")[];
}

/** How the papers look now; of a trial, how the samples do. */
export interface PapersReply {
  readonly slip: SlipLook;
  readonly ticket: TicketLook;
  readonly counterStation: string;
}

/** A receipt's or a bill's look. `title` is the shop's name unless given, `lines` stand under it. */
export interface SlipLook {
  /** 1 to 30 characters. */
  readonly title?: string;
  /** At most 4 items. Each: 1 to 30 characters. */
  readonly lines: readonly string[];
  /** At most 6 items. Each: 1 to 30 characters. */
  readonly footer: readonly string[];
  readonly dishSize: "normal" | "large";
  /** At most 5 items. */
  readonly hide: readonly ("guests" | "orderNos" | "details" | "address" | "phone")[];
}

/** A kitchen ticket's look. The `footer` stands above its foot. */
export interface TicketLook {
  /** At most 2 items. Each: 1 to 30 characters. */
  readonly footer: readonly string[];
  readonly dishSize: "normal" | "large" | "huge";
  /** At most 4 items. */
  readonly hide: readonly ("guests" | "placedAt" | "round" | "shopName")[];
}

/**
 * One's own membership, with a page of the statement: the newest sets, or those before the set `before`.
 *
 * The guest says where they are: `tableCode` at a table, else `shopId`. A member is the brand's, whichever it is.
 */
export interface GetMember {
  /** 8 to 32 characters. */
  readonly tableCode?: string | null;
  readonly shopId?: Id | null;
  readonly before?: Id | null;
  /** 1 to 100. Left out: 20. */
  readonly limit?: number;
}

/**
 * The membership now. Points below 0 are a debt that the next earning pays; `growth` is that of the last year.
 *
 * `expiring` are the points that end within 60 days; `phone` is masked, and absent until one is bound.
 */
export interface MemberReply {
  readonly joinedAt: Moment;
  readonly level: LevelView;
  readonly growth: number;
  readonly points: number;
  readonly expiring: readonly ExpiringPoints[];
  readonly principalFen: Fen;
  readonly bonusFen: Fen;
  readonly balanceFen: Fen;
  readonly phone?: string;
  readonly birthday?: string;
  readonly statement: readonly StatementLine[];
  readonly more: boolean;
}

/**
 * The member's level: `earnBp` is how fast it earns points, 10,000 being one a yuan.
 *
 * `levelId` names the member prices that hold for it. It is kept until `keepUntil`; without that, for ever.
 */
export interface LevelView {
  readonly levelId: string;
  readonly name: string;
  readonly earnBp: number;
  readonly keepUntil?: Moment;
  readonly next?: NextLevel;
}

/** The next higher level, and how much growth is missing. */
export interface NextLevel {
  readonly levelId: string;
  readonly name: string;
  readonly missingGrowth: number;
}

/** So many points end at a moment. */
export interface ExpiringPoints {
  readonly points: number;
  readonly at: Moment;
}

/** What one cause changed of each balance, and its name as people read it. */
export interface StatementLine {
  readonly entryId: string;
  readonly kind: "pay" | "earn" | "refund" | "topUp" | "topUpRefund" | "expire" | "close" | "adjust";
  readonly title: string;
  readonly at: Moment;
  readonly bizDate: string;
  readonly shopId: string;
  readonly orderId?: string;
  readonly points: number;
  readonly principalFen: Fen;
  readonly bonusFen: Fen;
  readonly growth: number;
}

/** Change one thing about one's own membership. Guests say where: `tableCode` at a table, else `shopId`. */
export interface EditMember {
  readonly requestId: RequestId;
  /** 8 to 32 characters. */
  readonly tableCode?: string | null;
  readonly shopId?: Id | null;
  readonly edit: BindPhone | NoteBirthday | LeaveBrand;
}

/**
 * Bind the phone number that the mini-program's `getPhoneNumber` button gave this `code` for; it replaces another.
 *
 * A named card holds more stored value (rule 18).
 */
export interface BindPhone {
  readonly op: "bindPhone";
  /** Matches `^[0-9A-Za-z_=+/-]{4,128}$`. */
  readonly code: string;
}

/** Note the birthday, once: another one is refused. */
export interface NoteBirthday {
  readonly op: "birthday";
  /** Matches `^[0-9]{2}-[0-9]{2}$`. */
  readonly birthday: string;
}

/**
 * End the membership: points and bonus are void, what is known of the member is forgotten (rule 17).
 *
 * Refused while there is principal: it is paid back first.
 */
export interface LeaveBrand {
  readonly op: "leave";
}

/** What is known of the member now, the phone masked; `left` tells that nothing is any more. */
export interface EditedMember {
  readonly phone?: string;
  readonly birthday?: string;
  readonly left: boolean;
}

/**
 * What the guest accepted when the mini-program called `wx.requestSubscribeMessage`: one message of each kind.
 *
 * Without any kind it only asks which kinds there are. The guest says where they are: `tableCode`, else `shopId`.
 */
export interface GiveConsent {
  readonly requestId: RequestId;
  /** At most 8 items. */
  readonly kinds?: readonly ("accepted" | "ready" | "refund" | "booked" | "reminder" | "queueNear" | "queueCalled" | "coupon")[];
  /** 8 to 32 characters. */
  readonly tableCode?: string | null;
  readonly shopId?: Id | null;
}

/** Every kind of message the brand sends. */
export interface ConsentReply {
  readonly consents: readonly ConsentView[];
}

/** A kind of message the brand sends: the template to ask the guest about, and how many they still consent to. */
export interface ConsentView {
  readonly kind: "accepted" | "ready" | "refund" | "booked" | "reminder" | "queueNear" | "queueCalled" | "coupon";
  readonly templateId: string;
  readonly left: number;
}

/** Draw a number for a party of `guests`. `walkIn`: a waiter draws it for a party without the mini-program. */
export interface JoinQueue {
  readonly requestId: RequestId;
  readonly shopId?: Id | null;
  /** 1 to 99. */
  readonly guests: number;
  /** At most 20 characters. */
  readonly name?: string;
  /** Left out: false. */
  readonly walkIn?: boolean;
}

/** The place after the command. */
export interface PlaceReply {
  readonly place: QueuePlace;
}

/** A party's place. `ahead` (parties of its class) and `estimateMin` are there while it waits. */
export interface QueuePlace {
  readonly ticketId: string;
  readonly label: string;
  readonly letter: string;
  readonly guests: number;
  readonly name: string;
  readonly state: "waiting" | "called" | "passed" | "seated" | "left" | "over";
  readonly ahead?: number;
  readonly estimateMin?: number;
  readonly calls: number;
  readonly joinedAt: Moment;
  readonly calledAt?: Moment;
  readonly seatedAt?: Moment;
  readonly sittingId?: string;
  readonly tableName?: string;
}

/** Give up one's own number. */
export interface LeaveQueue {
  readonly requestId: RequestId;
  readonly shopId?: Id | null;
  readonly ticketId: Id;
}

/** One move of the staff's. */
export interface ManageQueue {
  readonly requestId: RequestId;
  readonly shopId?: Id | null;
  readonly move: CallNext | CallParty | PassParty | RecallParty | SeatQueued | RemoveParty;
}

/** Call the party that has waited longest in a class. */
export interface CallNext {
  readonly op: "next";
  /** Matches `^[A-Z]$`. */
  readonly letter: string;
}

/** Call this party: one that waits, or once more one that was called. */
export interface CallParty {
  readonly op: "call";
  readonly ticketId: Id;
}

/** The called party did not come (过号): its number is kept until it is recalled, or is over the last time. */
export interface PassParty {
  readonly op: "pass";
  readonly ticketId: Id;
}

/** Call a passed party again. */
export interface RecallParty {
  readonly op: "recall";
  readonly ticketId: Id;
}

/** Seat the party at a free table: opens the table's sitting, with the guest as its member. */
export interface SeatQueued {
  readonly op: "seat";
  readonly ticketId: Id;
  readonly tableId: Id;
}

/** The party went away. */
export interface RemoveParty {
  readonly op: "remove";
  readonly ticketId: Id;
}

/** The queue of a shop: every class in figures, and the guest's own place; for staff with `all`, every party. */
export interface GetQueue {
  readonly shopId?: Id | null;
  /** Left out: false. */
  readonly all?: boolean;
}

/** The queue now. `mine` is the guest's newest ticket of the day; `parties` are all that are in the queue. */
export interface QueueReply {
  readonly classes: readonly QueueClass[];
  readonly mine?: QueuePlace;
  readonly parties?: readonly QueuePlace[];
}

/** One class: how many parties wait, who is called now, and what a party that joins now may expect. */
export interface QueueClass {
  readonly letter: string;
  readonly maxGuests: number;
  readonly waiting: number;
  readonly called: readonly string[];
  readonly estimateMin: number;
}

/**
 * Reserve a table for a party: a guest for themselves, or staff for somebody on the phone (`asStaff`).
 *
 * `at` is one of the times that `getBookings` offers. `lines` are dishes ordered ahead; they take no stock until the
 * party is seated.
 */
export interface BookTable {
  readonly shopId?: Id | null;
  /** Left out: false. */
  readonly asStaff?: boolean;
  readonly requestId: RequestId;
  readonly at: Moment;
  /** 1 to 99. */
  readonly guests: number;
  /** 1 to 20 characters. */
  readonly name: string;
  /** At most 20 characters. */
  readonly phone?: string | null;
  /** At most 50 characters. */
  readonly note?: string;
  /** At most 60 items. */
  readonly lines?: readonly OrderLine[];
}

/** The reservation after the command. */
export interface BookingReply {
  readonly booking: BookingView;
}

/** A reservation. The kitchen sees the phone number masked. */
export interface BookingView {
  readonly bookingId: string;
  readonly bookingNo: string;
  readonly state: "booked" | "seated" | "cancelled" | "noShow";
  readonly at: Moment;
  readonly endsAt: Moment;
  /** Until then the table waits for a party that is late. */
  readonly heldUntil: Moment;
  readonly bizDate: string;
  readonly guests: number;
  readonly tableId: string;
  readonly tableName: string;
  readonly name: string;
  readonly phone?: string;
  readonly note: string;
  readonly lines: readonly PreorderedDish[];
  readonly sittingId?: string;
  readonly reason?: string;
}

/** A dish ordered ahead. */
export interface PreorderedDish {
  readonly lineId: string;
  readonly dishId: string;
  readonly name: string;
  readonly quantity: number;
  readonly note: string;
}

/** Give a reservation up: a guest their own before it begins, or staff (`asStaff`) with a reason. */
export interface CancelBooking {
  readonly shopId?: Id | null;
  /** Left out: false. */
  readonly asStaff?: boolean;
  readonly requestId: RequestId;
  readonly bookingId: Id;
  /** 1 to 50 characters. */
  readonly reason?: string | null;
}

/** Seat a reserved party at its table, or at another; what it ordered ahead goes to the kitchen. */
export interface SeatParty {
  readonly requestId: RequestId;
  readonly shopId?: Id | null;
  readonly bookingId: Id;
  readonly tableId?: Id | null;
}

/**
 * The seated party: its sitting, the round made of what it ordered ahead, and what could not be ordered.
 *
 * `preorder`: `ordered` all or part, `refused` whole, `none` there was none, or `waiting` in the sitting's cart for
 * somebody to submit it.
 */
export interface SeatReply {
  readonly booking: BookingView;
  readonly sittingId: string;
  readonly tableName: string;
  readonly preorder: "ordered" | "refused" | "none" | "waiting";
  readonly orderId?: string;
  readonly refused: readonly RefusedDish[];
}

/** A dish ordered ahead that could not be ordered, and why. */
export interface RefusedDish {
  readonly lineId: string;
  readonly name: string;
  readonly reason: string;
}

/**
 * A guest's reservations, and the times of a business day that a party of `guests` may book.
 *
 * Staff (`asStaff`) get the shop's reservations of the day, which then is needed; `after` is the `bookingId` that ended
 * the page before.
 */
export interface GetBookings {
  readonly shopId?: Id | null;
  /** Left out: false. */
  readonly asStaff?: boolean;
  readonly date?: LocalDate | null;
  /** 1 to 99. */
  readonly guests?: number | null;
  /** 1 to 100. Left out: 100. */
  readonly limit?: number;
  readonly after?: Id | null;
}

/** Reservations and times; `more` tells that further ones follow. */
export interface BookingsReply {
  readonly bookings: readonly BookingView[];
  readonly more: boolean;
  readonly slots?: readonly SlotView[];
}

/** A time that can be booked, and how many tables are free for the whole turn; 0 is full. */
export interface SlotView {
  readonly at: Moment;
  readonly free: number;
}

/** Take a dish off sale until the next business day or a moment; `until` null puts it back on sale (rule 14). */
export interface SetSoldOut {
  readonly requestId: RequestId;
  readonly shopId?: Id | null;
  readonly dishId: Id;
  readonly until: "nextDay" | Moment | null;
}

/** The dish; `soldOutUntil` is absent when it is on sale. */
export interface SoldOutReply {
  readonly dishId: string;
  readonly name: string;
  readonly soldOutUntil?: Moment;
}

/**
 * How many there are: `left` exactly so many now, of today's; `daily` for every day from today on (rule 13).
 *
 * `daily` null makes the dish unlimited. With both, today has `left` and the days after it `daily`.
 */
export interface SetStock {
  readonly requestId: RequestId;
  readonly shopId?: Id | null;
  readonly dishId: Id;
  /** 0 to 9999. */
  readonly left?: number | null;
  /** 0 to 9999. */
  readonly daily?: number | null;
}

/** The dish; `left` is what is left of it today, absent when it is unlimited, as `daily` is. */
export interface StockReply {
  readonly dishId: string;
  readonly name: string;
  readonly left?: number;
  readonly daily?: number;
}

/** Every code a function may answer, with its HTTP status; see `ErrorCode`. */
export interface ErrorCodes {
  /** The guest has a reservation that overlaps; `details.bookingId` is it (rule 24). 您在这个时间段已有一个预订 */
  readonly ALREADY_BOOKED: 409;
  /**
   * The guest waits in this shop's queue already; `details.ticketId` and `details.label` tell where (rule 25).
   * 您已经在排队，不用重复取号
   */
  readonly ALREADY_QUEUED: 409;
  /** Nothing happened; try again. 点餐的人有点多，请稍等几秒再试 */
  readonly BUSY: 503;
  /**
   * Lines of the shared cart are no longer as shown; `details.lines` names each: gone, changed (rule 10).
   * 购物车有变动，请确认后重新提交
   */
  readonly CART_CHANGED: 409;
  /** The cart takes no more lines, or the line no such quantity (rule 11). 购物车最多 60 项，请先提交已选的菜 */
  readonly CART_LIMIT: 409;
  /**
   * Specs, modifiers or combo choices do not fit the dish; `details.lines` names each (rule 11). 有菜品的规格或加料选择不对，请重新选择
   */
  readonly CHOICE_INVALID: 400;
  /**
   * The code on the guest's screen is not ours, is over, was used, or another one was shown since (rule 20).
   * 券码无效或已过期，请客人重新打开券码
   */
  readonly COUPON_CODE_INVALID: 409;
  /** All coupons of this kind have been given out (rule 20). 券已经领完了，下次早点来 */
  readonly COUPON_GONE: 409;
  /** The member, or their device, has had as many as one may have; `details.limit` is that (rule 20). 您已经领过这张券了 */
  readonly COUPON_LIMIT: 409;
  /** Nobody can claim this coupon here and now (rule 20). 这张券现在不能领取 */
  readonly COUPON_NOT_OFFERED: 409;
  /**
   * A coupon cannot be used for this, or no longer; `details.coupons` names each with its reason (rules 6, 20).
   * 有优惠券不能使用，请重新选择
   */
  readonly COUPON_UNAVAILABLE: 409;
  /** A dish is not on sale now; `details.dishes` names each with its reason. 有菜品暂时不能点 */
  readonly DISH_UNAVAILABLE: 409;
  /** The event is over the platform's 6 MB. 提交的内容过大，请减少后再试 */
  readonly EVENT_TOO_LARGE: 413;
  /**
   * A flash claim cannot be ordered with; `details.claims` names each with its fault: gone, otherDish, 抢到的名额已失效，请重新选择
   */
  readonly FLASH_CLAIM_INVALID: 409;
  /**
   * The member, or their device, has as many pieces as one may have; `details.limit` is that (rule 21).
   * 您已经抢到了，把机会留给其他客人吧
   */
  readonly FLASH_LIMIT: 409;
  /** The flash sale is not on here and now; `details.fault` says why: notHere, notYet, over (rule 21). 秒杀现在没有进行 */
  readonly FLASH_NOT_ON: 409;
  /**
   * More pieces of the flash sale are held or sold than it is to have; `details.taken` is how many (rule 21).
   * 已抢走的份数超过新的总份数
   */
  readonly FLASH_PIECES_TAKEN: 409;
  /**
   * No piece of the flash sale is free; one comes back when somebody does not pay (rule 21). 手慢了，已经抢光。有人未付款时会放出，可以稍后再看
   */
  readonly FLASH_SOLD_OUT: 409;
  /** The group is full and paid, or its time is over (rule 22). 这个团已经结束，请开新团或参加别的团 */
  readonly GROUP_CLOSED: 409;
  /**
   * Every seat of the group is taken; one that is not paid in time comes free again (rule 22).
   * 这个团的位置都有人了，有人未付款时会空出，也可以开新团
   */
  readonly GROUP_FULL: 409;
  /** No group can be opened for this here and now (rule 22). 拼团活动现在没有进行 */
  readonly GROUP_NOT_ON: 409;
  /** A fault of ours. 系统开小差了，请稍后再试 */
  readonly INTERNAL: 500;
  /** The event is not what the action takes; `details.fields` names every field at fault. 提交的内容有误，请检查后再试 */
  readonly INVALID_ARGUMENT: 400;
  /**
   * The guest, or another on this phone, has a seat in an open group of this offer (rule 22).
   * 您已经在这个活动的一个团里了，成团或结束后可以再参加
   */
  readonly IN_GROUP_ALREADY: 409;
  /** WeChat sent nothing; the same message goes through later. `details.reason` is its own code. 微信消息繁忙，请稍后再试 */
  readonly MESSAGES_BUSY: 503;
  /**
   * WeChat's messages are not set up, or WeChat does not accept the mini-program's credentials or rights.
   * 微信消息还没有设置好，请联系管理员
   */
  readonly MESSAGES_UNAVAILABLE: 409;
  /** WeChat's final no to one message; `details.reason` is its own code. 微信没有发送这条消息 */
  readonly MESSAGE_REFUSED: 409;
  /** No answer, or none that can be read: WeChat may have sent the message. 微信没有回应，消息可能已经发出 */
  readonly MESSAGE_UNANSWERED: 503;
  /** Not proved to be WeChat Pay's word, too old, or not about a payment of this merchant (rule 15). 通知无效 */
  readonly NOTICE_INVALID: 401;
  /** No such thing in this caller's reach. 没有找到相应的内容 */
  readonly NOT_FOUND: 404;
  /** What is to be given back is not paid, or not wholly. 还没有付款，不用退款；不要了可以直接取消或退菜 */
  readonly NOT_PAID: 409;
  /** No table seats so many; `details.largest` is the most that one does. 人数较多，请电话联系门店预订 */
  readonly PARTY_TOO_LARGE: 400;
  /** WeChat Pay did nothing; the same numbers go through later. `details.reason` is its own code. 微信支付繁忙，请稍后再试 */
  readonly PAYMENT_BUSY: 503;
  /** WeChat Pay's final no; `details.reason` is its own code. 微信支付没有受理，请重试或请店员帮忙 */
  readonly PAYMENT_REFUSED: 409;
  /**
   * No answer, or none that can be proved: WeChat Pay may have done it, so ask again with the same numbers.
   * 微信支付没有回应，正在确认结果，请稍后再试
   */
  readonly PAYMENT_UNANSWERED: 503;
  /**
   * The shop's merchant is not set up, or WeChat Pay does not accept its credentials or rights. 本店暂时不能用微信支付，请换一种方式付款
   */
  readonly PAYMENT_UNAVAILABLE: 409;
  /** The caller is known and may not do this. 您没有进行此操作的权限 */
  readonly PERMISSION_DENIED: 403;
  /**
   * WeChat has no phone number for this code: it is over after five minutes, and good once (rule 17). 手机号授权已过期，请重新点击授权
   */
  readonly PHONE_CODE_INVALID: 409;
  /** Another member has bound this phone number (rule 17). 这个手机号已绑定其他会员，请换一个手机号 */
  readonly PHONE_TAKEN: 409;
  /** The brand's rule does not let so many points pay for this; `details.points` is the most (rule 4). 使用的积分超过上限，请减少 */
  readonly POINTS_LIMIT: 409;
  /** The member has fewer points than that; `details.points` is how many. 积分不足，请减少使用的积分 */
  readonly POINTS_SHORT: 409;
  /** The quote the guest saw no longer holds; `details.quote` is the new one (rule 3). 价格有变动，请确认后重新提交 */
  readonly PRICE_CHANGED: 409;
  /** More than is left; `details.leftFen`, or of units `details.left`, is what is (rule 16). 退款超过了还可以退的数额 */
  readonly REFUND_TOO_MUCH: 409;
  /**
   * WeChat Pay takes no more refunds of the payment; `details.reason` says why: tooOld, tooMany (rule 16).
   * 这笔微信付款不能再原路退回，请用其他方式退给客人
   */
  readonly REFUND_UNAVAILABLE: 409;
  /** This requestId was used for another body. 请求编号重复，请重新提交 */
  readonly REQUEST_ID_REUSED: 409;
  /**
   * A line was rushed within the last five minutes; `details.lines` names each with when it may be rushed again.
   * 已催过，厨房正在加紧，请稍后再催
   */
  readonly RUSHED_ALREADY: 409;
  /** The shop does not take orders now. 本店现在不在营业时间，暂时不能点餐 */
  readonly SHOP_CLOSED: 409;
  /** The sitting is over, or never was the caller's. 这一桌已经结束，请重新扫码开桌 */
  readonly SITTING_CLOSED: 409;
  /** Nothing is left at that time; `details.free` names the nearest times that are free. 这个时间已经约满，请选择其他时间 */
  readonly SLOT_FULL: 409;
  /** The time cannot be chosen; `details.fault` says why: past, tooSoon, tooFar, notASlot, closed. 这个时间不能选，请选择列出的时间 */
  readonly SLOT_INVALID: 400;
  /** Somebody changed it since it was read. 内容已被他人修改，请刷新后再改 */
  readonly STALE: 409;
  /** The thing is no longer in the state this move starts from (rule 7). 状态已经变化，请刷新后再试 */
  readonly STATE_CONFLICT: 409;
  /** Not enough is left of one dish or more; `details.dishes` names each with what is left (rule 13). 有菜品库存不足 */
  readonly STOCK_SHORT: 409;
  /** The stored value does not cover what is to be paid with it; `details` tells both. 储值余额不足，请充值或换一种支付方式 */
  readonly STORED_VALUE_SHORT: 409;
  /** The table code is not one of ours, of another shop, or no longer valid. 桌码无效，请扫描桌上的二维码，或请服务员帮忙 */
  readonly TABLE_CODE_INVALID: 400;
  /** Somebody sits at that table, or it is kept for somebody else. 这一桌有客人在用餐，请换一桌 */
  readonly TABLE_OCCUPIED: 409;
  /**
   * The top-up would lift the stored value above what a card may hold (rule 18); `details.limitFen` is that.
   * 充值后余额超过上限，请减少充值金额
   */
  readonly TOP_UP_LIMIT: 409;
  /** Nobody, or nobody we can verify, is calling. 请先登录 */
  readonly UNAUTHENTICATED: 401;
  /** It may have happened: ask again with the same requestId. 网络不稳，正在确认结果，请稍后用同一请求再试 */
  readonly UNKNOWN: 503;
}

/**
 * Every function for guests and staff. Any may answer INVALID_ARGUMENT, UNAUTHENTICATED, PERMISSION_DENIED, BUSY,
 * UNKNOWN, INTERNAL besides what it says.
 */
export interface ZaotaiActions {
  /**
   * One shop's menu for now, with what is left of each dish.
   *
   * For: guest.
   *
   * Refusals: NOT_FOUND, TABLE_CODE_INVALID.
   */
  readonly getMenu: { readonly request: GetMenu; readonly reply: MenuReply };
  /**
   * Open the sitting of a table, or join it.
   *
   * For: guest, owner, manager, cashier, waiter.
   *
   * Refusals: NOT_FOUND, REQUEST_ID_REUSED, SHOP_CLOSED, TABLE_CODE_INVALID.
   */
  readonly openTable: { readonly request: OpenTable; readonly reply: SittingReply };
  /**
   * Edit one line of a sitting's shared cart.
   *
   * For: guest, owner, manager, cashier, waiter.
   *
   * Refusals: CART_CHANGED, CART_LIMIT, CHOICE_INVALID, DISH_UNAVAILABLE, NOT_FOUND, REQUEST_ID_REUSED, SITTING_CLOSED,
   * TABLE_CODE_INVALID.
   */
  readonly editCart: { readonly request: EditCart; readonly reply: CartReply };
  /**
   * What is at a table now: guests, shared cart, rounds.
   *
   * For: guest, owner, manager, cashier, waiter.
   *
   * Refusals: NOT_FOUND, TABLE_CODE_INVALID.
   */
  readonly getSitting: { readonly request: GetSitting; readonly reply: SittingState };
  /**
   * Move, merge, count and close parties; put dishes on another bill.
   *
   * For: owner, manager, cashier, waiter.
   *
   * Refusals: CART_LIMIT, NOT_FOUND, REQUEST_ID_REUSED, SITTING_CLOSED, STATE_CONFLICT, TABLE_OCCUPIED.
   */
  readonly arrangeTables: { readonly request: ArrangeTables; readonly reply: ArrangeReply };
  /**
   * What an order would cost, and what could be had off it; nothing is written.
   *
   * For: guest, owner, manager, cashier, waiter.
   *
   * Refusals: CHOICE_INVALID, DISH_UNAVAILABLE, FLASH_CLAIM_INVALID, NOT_FOUND, SITTING_CLOSED, TABLE_CODE_INVALID.
   */
  readonly quoteOrder: { readonly request: QuoteOrder; readonly reply: QuoteReply };
  /**
   * Order: stock, order, kitchen tickets and their events, all or nothing.
   *
   * For: guest, owner, manager, cashier, waiter.
   *
   * Refusals: CART_CHANGED, CHOICE_INVALID, COUPON_UNAVAILABLE, DISH_UNAVAILABLE, FLASH_CLAIM_INVALID, NOT_FOUND,
   * PRICE_CHANGED, REQUEST_ID_REUSED, SHOP_CLOSED, SITTING_CLOSED, SLOT_FULL, SLOT_INVALID, STOCK_SHORT,
   * TABLE_CODE_INVALID.
   */
  readonly submitOrder: { readonly request: SubmitOrder; readonly reply: OrderReply };
  /**
   * Grab a piece of a flash sale: it is the member's to order until its hold is over.
   *
   * For: guest.
   *
   * Refusals: FLASH_LIMIT, FLASH_NOT_ON, FLASH_SOLD_OUT, NOT_FOUND, REQUEST_ID_REUSED, TABLE_CODE_INVALID.
   */
  readonly grabFlashSale: { readonly request: GrabFlashSale; readonly reply: FlashClaimReply };
  /**
   * Make a campaign or change one: coupons, full reductions, points, and what else a brand offers.
   *
   * For: owner, marketing.
   *
   * Refusals: FLASH_PIECES_TAKEN, NOT_FOUND, REQUEST_ID_REUSED, STALE, STATE_CONFLICT.
   */
  readonly saveCampaign: { readonly request: SaveCampaign; readonly reply: SavedCampaign };
  /**
   * Give a segment of the members a coupon each, and let them know.
   *
   * For: owner, marketing.
   *
   * Refusals: COUPON_NOT_OFFERED, NOT_FOUND, REQUEST_ID_REUSED, STATE_CONFLICT.
   */
  readonly pushCoupons: { readonly request: PushCoupons; readonly reply: PushReply };
  /**
   * A member claims a coupon that is offered to everybody.
   *
   * For: guest.
   *
   * Refusals: COUPON_GONE, COUPON_LIMIT, COUPON_NOT_OFFERED, NOT_FOUND, REQUEST_ID_REUSED, TABLE_CODE_INVALID.
   */
  readonly claimCoupon: { readonly request: ClaimCoupon; readonly reply: CouponReply };
  /**
   * What a member can claim, use and join, here and now.
   *
   * For: guest.
   *
   * Refusals: NOT_FOUND, TABLE_CODE_INVALID.
   */
  readonly listOffers: { readonly request: ListOffers; readonly reply: OffersReply };
  /**
   * A guest shows a coupon's code; a cashier scans it, and the coupon is used.
   *
   * For: guest, owner, manager, cashier.
   *
   * Refusals: COUPON_CODE_INVALID, COUPON_UNAVAILABLE, NOT_FOUND, REQUEST_ID_REUSED, STATE_CONFLICT,
   * TABLE_CODE_INVALID.
   */
  readonly redeemCoupon: { readonly request: RedeemCoupon; readonly reply: RedeemReply };
  /**
   * Orders, newest first: a guest's own, or the shop's for its staff.
   *
   * For: guest, owner, manager, cashier, waiter, kitchen, marketing, finance, engineer.
   *
   * Refusals: NOT_FOUND, TABLE_CODE_INVALID.
   */
  readonly listOrders: { readonly request: ListOrders; readonly reply: OrdersReply };
  /**
   * A step in an order's life: started, ready, handed over.
   *
   * For: owner, manager, waiter, kitchen.
   *
   * Refusals: NOT_FOUND, REQUEST_ID_REUSED, STATE_CONFLICT.
   */
  readonly advanceOrder: { readonly request: AdvanceOrder; readonly reply: OrderReply };
  /**
   * Call a ready order to the shop's screen and loudspeaker.
   *
   * For: owner, manager, cashier, waiter.
   *
   * Refusals: NOT_FOUND, REQUEST_ID_REUSED, STATE_CONFLICT.
   */
  readonly callGuest: { readonly request: CallGuest; readonly reply: CallReply };
  /**
   * Cancel a whole order.
   *
   * For: guest, owner, manager, cashier.
   *
   * Refusals: NOT_FOUND, REQUEST_ID_REUSED, STATE_CONFLICT, TABLE_CODE_INVALID.
   */
  readonly cancelOrder: { readonly request: CancelOrder; readonly reply: OrderReply };
  /**
   * Change, void, rush or fire what was ordered.
   *
   * For: guest, owner, manager, cashier, waiter.
   *
   * Refusals: CHOICE_INVALID, DISH_UNAVAILABLE, NOT_FOUND, REQUEST_ID_REUSED, RUSHED_ALREADY, STATE_CONFLICT,
   * STOCK_SHORT, TABLE_CODE_INVALID.
   */
  readonly editOrder: { readonly request: EditOrder; readonly reply: OrderReply };
  /**
   * Pay an order, or a part of a sitting's bill.
   *
   * For: guest, owner, manager, cashier.
   *
   * Refusals: NOT_FOUND, PAYMENT_BUSY, PAYMENT_REFUSED, PAYMENT_UNANSWERED, PAYMENT_UNAVAILABLE, POINTS_LIMIT,
   * POINTS_SHORT, PRICE_CHANGED, REQUEST_ID_REUSED, STATE_CONFLICT, STORED_VALUE_SHORT, TABLE_CODE_INVALID.
   */
  readonly payOrder: { readonly request: PayOrder; readonly reply: PayReply };
  /**
   * Pay in stored value by a package, or pay back what of it is unspent.
   *
   * For: guest, owner, manager, cashier, finance.
   *
   * Refusals: NOT_FOUND, PAYMENT_BUSY, PAYMENT_REFUSED, PAYMENT_UNANSWERED, PAYMENT_UNAVAILABLE, PRICE_CHANGED,
   * REQUEST_ID_REUSED, STATE_CONFLICT, TABLE_CODE_INVALID, TOP_UP_LIMIT.
   */
  readonly topUp: { readonly request: TopUp; readonly reply: TopUpReply };
  /**
   * Give back what was paid for an order.
   *
   * For: owner, manager, cashier.
   *
   * Refusals: NOT_FOUND, NOT_PAID, REFUND_TOO_MUCH, REFUND_UNAVAILABLE, REQUEST_ID_REUSED, STATE_CONFLICT.
   */
  readonly refundOrder: { readonly request: RefundOrder; readonly reply: RefundReply };
  /**
   * Open a group buy, take a seat in one, or look at groups.
   *
   * For: guest.
   *
   * Refusals: GROUP_CLOSED, GROUP_FULL, GROUP_NOT_ON, IN_GROUP_ALREADY, NOT_FOUND, REQUEST_ID_REUSED.
   */
  readonly joinGroup: { readonly request: JoinGroup; readonly reply: GroupReply };
  /**
   * Print a payment's receipt or an unpaid bill at the counter, or open the cash drawer.
   *
   * For: owner, manager, cashier, waiter.
   *
   * Refusals: NOT_FOUND, REQUEST_ID_REUSED, STATE_CONFLICT.
   */
  readonly printReceipt: { readonly request: PrintReceipt; readonly reply: PrintReply };
  /**
   * Change what the shop's papers look like, or try it on paper.
   *
   * For: owner, manager.
   *
   * Refusals: NOT_FOUND, REQUEST_ID_REUSED.
   */
  readonly setPapers: { readonly request: SetPapers; readonly reply: PapersReply };
  /**
   * One's own membership: level, balances, statement.
   *
   * For: guest.
   *
   * Refusals: NOT_FOUND, TABLE_CODE_INVALID.
   */
  readonly getMember: { readonly request: GetMember; readonly reply: MemberReply };
  /**
   * Change something about one's own membership: phone number, birthday, or its end.
   *
   * For: guest.
   *
   * Refusals: MESSAGES_BUSY, MESSAGES_UNAVAILABLE, MESSAGE_UNANSWERED, NOT_FOUND, PHONE_CODE_INVALID, PHONE_TAKEN,
   * REQUEST_ID_REUSED, STATE_CONFLICT, TABLE_CODE_INVALID.
   */
  readonly editMember: { readonly request: EditMember; readonly reply: EditedMember };
  /**
   * A guest consents to messages, or asks which there are.
   *
   * For: guest.
   *
   * Refusals: NOT_FOUND, REQUEST_ID_REUSED, TABLE_CODE_INVALID.
   */
  readonly giveConsent: { readonly request: GiveConsent; readonly reply: ConsentReply };
  /**
   * Draw a number in the waiting queue.
   *
   * For: guest, owner, manager, cashier, waiter.
   *
   * Refusals: ALREADY_QUEUED, NOT_FOUND, REQUEST_ID_REUSED, SHOP_CLOSED.
   */
  readonly joinQueue: { readonly request: JoinQueue; readonly reply: PlaceReply };
  /**
   * Give up one's number in the waiting queue.
   *
   * For: guest.
   *
   * Refusals: NOT_FOUND, REQUEST_ID_REUSED, STATE_CONFLICT.
   */
  readonly leaveQueue: { readonly request: LeaveQueue; readonly reply: PlaceReply };
  /**
   * Call, pass, recall, seat or remove a waiting party.
   *
   * For: owner, manager, cashier, waiter.
   *
   * Refusals: NOT_FOUND, REQUEST_ID_REUSED, STATE_CONFLICT, TABLE_OCCUPIED.
   */
  readonly manageQueue: { readonly request: ManageQueue; readonly reply: PlaceReply };
  /**
   * The waiting queue, and one's own place in it.
   *
   * For: guest, owner, manager, cashier, waiter, kitchen, marketing, finance, engineer.
   *
   * Refusals: NOT_FOUND.
   */
  readonly getQueue: { readonly request: GetQueue; readonly reply: QueueReply };
  /**
   * Reserve a table for a party.
   *
   * For: guest, owner, manager, cashier, waiter.
   *
   * Refusals: ALREADY_BOOKED, CHOICE_INVALID, DISH_UNAVAILABLE, NOT_FOUND, PARTY_TOO_LARGE, REQUEST_ID_REUSED,
   * SLOT_FULL, SLOT_INVALID.
   */
  readonly bookTable: { readonly request: BookTable; readonly reply: BookingReply };
  /**
   * Give a reservation up.
   *
   * For: guest, owner, manager, cashier, waiter.
   *
   * Refusals: NOT_FOUND, REQUEST_ID_REUSED, STATE_CONFLICT.
   */
  readonly cancelBooking: { readonly request: CancelBooking; readonly reply: BookingReply };
  /**
   * Seat a reserved party.
   *
   * For: owner, manager, cashier, waiter.
   *
   * Refusals: NOT_FOUND, REQUEST_ID_REUSED, STATE_CONFLICT, TABLE_OCCUPIED.
   */
  readonly seatParty: { readonly request: SeatParty; readonly reply: SeatReply };
  /**
   * A guest's reservations and free times, or a shop's day.
   *
   * For: guest, owner, manager, cashier, waiter, kitchen.
   *
   * Refusals: NOT_FOUND, PARTY_TOO_LARGE.
   */
  readonly getBookings: { readonly request: GetBookings; readonly reply: BookingsReply };
  /**
   * Staff take a dish off sale until a time or the next business day, or put it back.
   *
   * For: owner, manager, waiter, kitchen.
   *
   * Refusals: NOT_FOUND, REQUEST_ID_REUSED.
   */
  readonly setSoldOut: { readonly request: SetSoldOut; readonly reply: SoldOutReply };
  /**
   * Staff say how many of a dish are left today, or how many every day has.
   *
   * For: owner, manager, kitchen.
   *
   * Refusals: NOT_FOUND, REQUEST_ID_REUSED.
   */
  readonly setStock: { readonly request: SetStock; readonly reply: StockReply };
}

/** A code that a function may answer. */
export type ErrorCode = keyof ErrorCodes;
/** The name of a function. */
export type Action = keyof ZaotaiActions;
/** What the function takes. */
export type RequestOf<A extends Action> = ZaotaiActions[A]["request"];
/** What the function answers under `data`. */
export type ReplyOf<A extends Action> = ZaotaiActions[A]["reply"];
/** The functions that change something. */
export type ChangingAction = {
  [A in Action]: "requestId" extends keyof RequestOf<A> ? A : never;
}[Action];
/** What the client takes: the request, whose `requestId` it makes unless there is one. */
export type Sent<R> = R extends { readonly requestId: RequestId }
  ? Omit<R, "requestId"> & { readonly requestId?: RequestId }
  : R;

/** `wx.cloud` as it behaves with these functions, for those who do without the client: `wx.cloud as unknown as …`. */
export interface ZaotaiCloud {
  callFunction<A extends Action>(call: {
    readonly name: A;
    readonly data: RequestOf<A>;
  }): Promise<{ readonly result: Envelope<ReplyOf<A>> }>;
}

/** Whatever calls functions: `wx.cloud`, or an app of the vendor's web and Node libraries. */
export interface Cloud {
  callFunction(call: { name: string; data: Record<string, any> }): Promise<{ readonly result?: unknown }>;
}

/** The command is about to be sent again, after `afterS` seconds: a page may say that it is still asking. */
export interface Resend {
  readonly action: Action;
  readonly requestId: RequestId | undefined;
  readonly code: "BUSY" | "UNKNOWN" | "NO_ANSWER";
  readonly afterS: number;
}

export interface ClientOptions {
  /** Resolves after so many seconds; by default with `setTimeout`. */
  readonly wait?: (seconds: number) => Promise<unknown>;
  /** A fresh UUID. */
  readonly newRequestId?: () => RequestId;
  readonly onResend?: (resend: Resend) => void;
}

export interface Zaotai {
  /**
   * Calls a function and gives its reply. Without an answer, or after BUSY or UNKNOWN, the same call with the same
   * `requestId` goes out again after 3, 6, 12 and 20 seconds; a refusal is final. Rejects with a `ZaotaiError`.
   */
  call<A extends Action>(action: A, data: Sent<RequestOf<A>>): Promise<ReplyOf<A>>;
}

export declare function createClient(cloud: Cloud, options?: ClientOptions): Zaotai;

/** Why there is no reply. `NO_ANSWER`: the call itself failed, every time; its last error is `cause`. */
export declare class ZaotaiError extends Error {
  readonly name: "ZaotaiError";
  readonly code: ErrorCode | "NO_ANSWER";
  readonly details: Details;
  /** The command's, to send it again later: with BUSY, UNKNOWN and NO_ANSWER it may have happened. */
  readonly requestId: RequestId | undefined;
  /** Of the last call: what the log knows it by. */
  readonly traceId: string | undefined;
  readonly cause: unknown;
}

/** Seconds before each resend. */
export declare const RESEND_AFTER_S: readonly number[];
/** A fresh UUID. */
export declare function newRequestId(): RequestId;
