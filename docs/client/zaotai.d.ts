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
 * shared cart. Of what the line costs `claimedFen` is paid or being paid, and `paidFen` is paid.
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
}

/**
 * The price: Σ `amountFen` = `grossFen`, Σ `offers` = Σ `cutFen` = `grossFen` − `dueFen`.
 *
 * Without coupons and points, `hash` is what `submitOrder` takes as `quoteHash`.
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
 * with `pickupAt` for a time slot. `takeaway` has it packed. `quoteHash` is the quote the guest was shown, if any (rule
 * 3). Prices are never sent.
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

/** The bill: what it comes to, what is paid, what nobody pays yet. `settled` tells that the table is free. */
export interface BillView {
  readonly dueFen: Fen;
  readonly paidFen: Fen;
  readonly openFen: Fen;
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
  /** A dish is not on sale now; `details.dishes` names each with its reason. 有菜品暂时不能点 */
  readonly DISH_UNAVAILABLE: 409;
  /** The event is over the platform's 6 MB. 提交的内容过大，请减少后再试 */
  readonly EVENT_TOO_LARGE: 413;
  /** A fault of ours. 系统开小差了，请稍后再试 */
  readonly INTERNAL: 500;
  /** The event is not what the action takes; `details.fields` names every field at fault. 提交的内容有误，请检查后再试 */
  readonly INVALID_ARGUMENT: 400;
  /** Not proved to be WeChat Pay's word, too old, or not about a payment of this merchant (rule 15). 通知无效 */
  readonly NOTICE_INVALID: 401;
  /** No such thing in this caller's reach. 没有找到相应的内容 */
  readonly NOT_FOUND: 404;
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
  /** Another member has bound this phone number (rule 17). 这个手机号已绑定其他会员，请换一个手机号 */
  readonly PHONE_TAKEN: 409;
  /** The brand's rule does not let so many points pay for this; `details.points` is the most (rule 4). 使用的积分超过上限，请减少 */
  readonly POINTS_LIMIT: 409;
  /** The member has fewer points than that; `details.points` is how many. 积分不足，请减少使用的积分 */
  readonly POINTS_SHORT: 409;
  /** The quote the guest saw no longer holds; `details.quote` is the new one (rule 3). 价格有变动，请确认后重新提交 */
  readonly PRICE_CHANGED: 409;
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
   * Refusals: CHOICE_INVALID, DISH_UNAVAILABLE, NOT_FOUND, SITTING_CLOSED, TABLE_CODE_INVALID.
   */
  readonly quoteOrder: { readonly request: QuoteOrder; readonly reply: QuoteReply };
  /**
   * Order: stock, order, kitchen tickets and their events, all or nothing.
   *
   * For: guest, owner, manager, cashier, waiter.
   *
   * Refusals: CART_CHANGED, CHOICE_INVALID, DISH_UNAVAILABLE, NOT_FOUND, PRICE_CHANGED, REQUEST_ID_REUSED, SHOP_CLOSED,
   * SITTING_CLOSED, SLOT_FULL, SLOT_INVALID, STOCK_SHORT, TABLE_CODE_INVALID.
   */
  readonly submitOrder: { readonly request: SubmitOrder; readonly reply: OrderReply };
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
   * One's own membership: level, balances, statement.
   *
   * For: guest.
   *
   * Refusals: NOT_FOUND, TABLE_CODE_INVALID.
   */
  readonly getMember: { readonly request: GetMember; readonly reply: MemberReply };
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
  [A in Action]: RequestOf<A> extends { readonly requestId: RequestId } ? A : never;
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
