"""Four friends at one table: they fill one cart at once, order what it shows, and then change their minds."""

from __future__ import annotations

from dataclasses import replace

from scripts.local.demo.client import RefusalError
from scripts.local.demo.dinner.cart import Cart
from scripts.local.demo.dinner.played import Played
from scripts.local.demo.dinner.queue import FRIENDS_TABLE
from scripts.local.demo.journal import now
from scripts.local.demo.lunch import NORTH, Wish
from scripts.local.demo.service import call, change, cook, cook_and_call, hand_over, serve
from scripts.local.demo.stage import Stage, in_words, require_played, yuan
from scripts.local.demo.till import Phone, bill_of_table, open_fen, rounds, take_cash
from shared.contracts.menu import SoldOutReply
from shared.contracts.ordering import OrderView

ZHOU, YA, JIE, LIN = "周明", "小雅", "阿杰", "琳琳"
_OPENIDS = {name: f"openid-guest-{latin}" for name, latin in ((ZHOU, "zhou"), (YA, "ya"), (JIE, "jie"), (LIN, "lin"))}
_SHORT_DISH = "d-pan-fish"
_FIRST = {
    ZHOU: {"lamb": Wish("d-hongmen-lamb", specs={"size-pot": "large", "spicy": "mild"}, modifiers={"vermicelli": 1})},
    YA: {"fish": Wish(_SHORT_DISH), "plum": Wish("d-suanmei", 2, specs={"temperature": "iced"})},
    JIE: {
        "chicken": Wish("d-spicy-chicken", specs={"size-dish": "small", "spicy": "medium"}),
        "beer": Wish("d-beer", 2, specs={"temperature": "iced"}),
    },
    LIN: {"egg": Wish("d-tomato-egg", note="少盐"), "sweet": Wish("d-babaofan", course=1)},
}
_INSTEAD = Wish("d-carp-noodle")
_MORE = Wish("d-youmo", 2)
_EVERYWHERE_S = 1.5
"""A function's instance knows within a second of it that a dish was sold out by hand."""


def play_friends(stage: Stage, played: Played, sitting_id: str) -> None:
    """Scan, fill the cart, order, order more, change, eat, leave."""
    cart = Cart(stage, NORTH, FRIENDS_TABLE, sitting_id, openids=_OPENIDS)
    cart.scan()
    stage.pause()
    _fill(cart)
    stage.pause()
    _run_short(stage, cart)
    first = _order(stage, cart, by=YA)
    stage.pause()
    second = _order_more(stage, cart)
    first = _change_minds(stage, cart, first)
    _eat(stage, cart, first)
    cook_and_call(stage, NORTH, second)
    hand_over(stage, NORTH, second)
    _pay(stage, cart, sitting_id)
    played.settled(sitting_id)


def _fill(cart: Cart) -> None:
    """Everybody adds at once; then two want one more beer each in the same moment, and nothing is lost."""
    cart.at_once(
        {name: [cart.adding(line_id, wish) for line_id, wish in wishes.items()] for name, wishes in _FIRST.items()}
    )
    more = {"op": "change", "lineId": "beer", "by": 1}
    cart.at_once({ZHOU: [more], JIE: [more], LIN: [{"op": "note", "lineId": "egg", "note": "少盐，多放番茄"}]})
    seen = cart.look(ZHOU)
    quantities = {line.line_id: line.quantity for line in seen.lines}
    wanted = {line_id: wish.quantity for wishes in _FIRST.values() for line_id, wish in wishes.items()}
    require_played(quantities == {**wanted, "beer": 4}, f"something is lost in the cart: {quantities}")
    cart.tell(seen)


def _run_short(stage: Stage, cart: Cart) -> None:
    """The kitchen runs out of a dish that lies in the cart: the order is refused, and another dish chosen."""
    shown = cart.look(YA)
    began, (name, openid) = now(), stage.cook(NORTH)
    command = {"shopId": NORTH, "dishId": _SHORT_DISH, "until": "nextDay"}
    dish = stage.client.tell("setSoldOut", openid, SoldOutReply, **command)
    stage.say("change", NORTH, f"{name}沽清：{dish.name}，今天没有了", since=began)
    stage.pause(_EVERYWHERE_S)
    try:
        cart.submit(YA, shown, quote_hash=shown.quote_hash)
    except RefusalError as refusal:
        require_played(refusal.code == "DISH_UNAVAILABLE", f"sold out, but: {refusal}")
        stage.say("refused", NORTH, f"{cart.table_name} 提示客人：{refusal.message}，{YA}换成鲤鱼焙面")
    else:
        require_played(False, "a dish that is sold out was ordered")
    cart.at_once({YA: [{"op": "remove", "lineId": "fish"}, cart.adding("carp", _INSTEAD)]})


def _order(stage: Stage, cart: Cart, *, by: str) -> OrderView:
    """Ask what it costs, and order exactly that."""
    shown = cart.look(by)
    began = now()
    quote = cart.quote(by, shown)
    fees = "、".join(f"{fee.name} {yuan(fee.amount_fen)}" for fee in quote.lines if fee.kind != "dish")
    said = f"{cart.table_name} {by}算账：{len(shown.lines)} 道菜" + (f"，{fees}" if fees else "")
    stage.say("cart", NORTH, f"{said}，合计 {yuan(quote.due_fen)}", since=began)
    began = now()
    order = cart.submit(by, shown, quote_hash=quote.hash)
    shown_lines = {(line.line_id, line.quantity) for line in shown.lines}
    ordered = {(line.line_id, line.quantity) for line in order.lines if line.station}
    is_as_shown = (order.due_fen, ordered) == (quote.due_fen, shown_lines) and quote.due_fen == shown.due_fen
    require_played(is_as_shown, f"not what was shown: {order}")
    said = "下单" if order.round == 1 else "加菜"
    stage.say("order", NORTH, f"{cart.table_name} {by}{said}：{in_words(order)}", since=began)
    stage.follow(NORTH, order)
    return order


def _order_more(stage: Stage, cart: Cart) -> OrderView:
    cart.at_once({JIE: [cart.adding("cake", _MORE)]})
    second = _order(stage, cart, by=JIE)
    require_played(second.round == 2 and all(line.station for line in second.lines), f"not an add-on: {second}")
    return second


def _change_minds(stage: Stage, cart: Cart, order: OrderView) -> OrderView:
    """A drink taken back, a note changed, the lamb hurried; each reaches the kitchen as its own ticket."""
    name, openid = stage.waiter(NORTH)
    table = cart.table_name
    void = {"op": "void", "lineId": "plum", "reason": "点重了"}
    order = change(stage, NORTH, order, f"{table} {name}退菜：古法酸梅汤×2，点重了", openid, shopId=NORTH, edit=void)
    note = {"op": "change", "lineId": "egg", "note": "少盐，不要葱"}
    order = change(stage, NORTH, order, f"{table} {name}改单：番茄炒鸡蛋 少盐，不要葱", openid, shopId=NORTH, edit=note)
    rush = {"op": "rush", "lineIds": ["lamb"]}
    said = f"{table} {ZHOU}催菜：红焖羊肉"
    return change(stage, NORTH, order, said, _OPENIDS[ZHOU], tableCode=cart.code, edit=rush)


def _eat(stage: Stage, cart: Cart, order: OrderView) -> None:
    """What is cooked is brought; then the sweet dish that was held is fired, cooked, called and brought."""
    cook(stage, NORTH, order)
    order = serve(stage, NORTH, order, line_id="lamb")
    stage.say("done", NORTH, f"{cart.table_name} 红焖羊肉上桌")
    order = serve(stage, NORTH, order)
    fire = {"op": "fire", "course": 1}
    said = f"{cart.table_name} {LIN}起菜：扣碗八宝饭"
    order = change(stage, NORTH, order, said, _OPENIDS[LIN], tableCode=cart.code, edit=fire)
    cook(stage, NORTH, order)
    call(stage, NORTH, order)
    hand_over(stage, NORTH, order)


def _pay(stage: Stage, cart: Cart, sitting_id: str) -> None:
    """周明 pays his part by phone, 小雅 hers with stored value she buys first, the till takes the rest in cash."""
    for name, tender in ((ZHOU, "wechat"), (YA, "stored")):
        phone = Phone(stage, stage.wechat, _OPENIDS[name])
        if tender == "stored":
            phone.top_up(NORTH, "p-500")
        own = sum(
            open_fen(line)
            for order in rounds(stage, NORTH, sitting_id)
            for line in order.lines
            if line.guest_name == name
        )
        bill = bill_of_table(stage, NORTH, sitting_id, code=cart.code)
        mine = replace(bill, label=f"{bill.label} {name}", due_fen=own)
        phone.pay(mine, tenders=[{"kind": tender}], part={"by": "guest"})
        stage.pause()
    take_cash(stage, bill_of_table(stage, NORTH, sitting_id))
