"""All tables are taken: three parties draw numbers; one is passed and recalled, one leaves, one is seated at once."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.local.demo.dinner.played import Played
from scripts.local.demo.journal import now
from scripts.local.demo.lunch import NORTH
from scripts.local.demo.stage import Stage, require_played
from shared.contracts.waiting import PlaceReply, QueuePlace, QueueReply
from shared.store.orders import CALL_MARK

FRIENDS_TABLE, COUPLE_TABLE = "t05", "t13"
ZHOU, LI = "openid-guest-zhou", "openid-guest-liayi"


@dataclass(frozen=True)
class Seated:
    """The sittings of those who got a table."""

    friends: str
    couple: str


def play_queue(stage: Stage, played: Played) -> Seated:
    """From the first number to the last seat."""
    zhou = _join(stage, ZHOU, guests=4, name="周明")
    li = _join(stage, LI, guests=3, name="李阿姨")
    # An old couple has no phone at hand: the waiter draws for them.
    old = _join(stage, stage.waiter(NORTH)[1], guests=2, name="两位老人", walkIn=True)
    stage.pause()
    _look(stage, LI)
    _call(stage, "next", letter=zhou.letter)
    stage.pause()
    _move(stage, "pass", zhou, said="没有来，过号")
    _call(stage, "next", letter=old.letter)
    couple = _seat(stage, old, COUPLE_TABLE, played)
    stage.pause()
    _leave(stage, li, played)
    _call(stage, "recall", ticketId=zhou.ticket_id)
    friends = _seat(stage, zhou, FRIENDS_TABLE, played)
    return Seated(friends=friends, couple=couple)


def _join(stage: Stage, openid: str, *, guests: int, name: str, **more: object) -> QueuePlace:
    began = now()
    command = {"shopId": NORTH, "guests": guests, "name": name, **more}
    place = stage.client.tell("joinQueue", openid, PlaceReply, **command).place
    text = f"{name} {guests} 位取号 {place.label}，前面 {place.ahead} 桌，约等 {place.estimate_min} 分钟"
    stage.say("queue", NORTH, text, since=began)
    return place


def _look(stage: Stage, openid: str) -> None:
    mine = stage.client.ask("getQueue", openid, QueueReply, shopId=NORTH).mine
    require_played(mine is not None and mine.ahead == 1, f"one party is ahead, but: {mine}")
    if mine is not None:
        stage.say("queue", NORTH, f"{mine.label} 在手机上看排队：前面还有 {mine.ahead} 桌")


def _call(stage: Stage, op: str, **whom: object) -> None:
    """Call the next, or a passed party again, and see it on the screen."""
    began = now()
    place = _managed(stage, {"op": op, **whom})
    again = "，重新叫号" if op == "recall" else ""
    stage.say("call", NORTH, f"{stage.waiter(NORTH)[0]}叫号 {place.label}{again}", since=began)
    stage.require_shown(f"{place.ticket_id}{CALL_MARK}{place.calls}", label=place.label)


def _move(stage: Stage, op: str, place: QueuePlace, *, said: str) -> None:
    _managed(stage, {"op": op, "ticketId": place.ticket_id})
    stage.say("queue", NORTH, f"{place.label} {said}")


def _leave(stage: Stage, place: QueuePlace, played: Played) -> None:
    stage.client.tell("leaveQueue", LI, PlaceReply, shopId=NORTH, ticketId=place.ticket_id)
    played.queued(place.ticket_id, "left")
    stage.say("queue", NORTH, f"{place.label} {place.name}不等了，取消排队")


def _seat(stage: Stage, place: QueuePlace, table_id: str, played: Played) -> str:
    began = now()
    seated = _managed(stage, {"op": "seat", "ticketId": place.ticket_id, "tableId": table_id})
    played.queued(place.ticket_id, "seated")
    stage.say("queue", NORTH, f"{seated.label} {place.name}入座 {seated.table_name}", since=began)
    require_played(seated.sitting_id is not None, f"{seated.label} was seated without a sitting")
    return seated.sitting_id or ""


def _managed(stage: Stage, move: dict[str, object]) -> QueuePlace:
    return stage.client.tell("manageQueue", stage.waiter(NORTH)[1], PlaceReply, shopId=NORTH, move=move).place
