"""The board takes each call once, until it expires."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

from edge_bridge.screen.board import KEPT_CALLS, CallBoard
from tests.screen.calls import make_call

NOON = datetime(2026, 5, 1, 12, 0, tzinfo=timezone(timedelta(hours=8)))


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def test_a_call_is_taken_once() -> None:
    board = CallBoard(Clock())
    call = make_call("A012", at=NOON)
    assert [board.show(call), board.show(call)] == [True, False]
    assert board.snapshot().recent == (call,)


def test_calling_again_under_a_new_id_is_a_new_call() -> None:
    board = CallBoard(Clock())
    calls = (make_call("A012", at=NOON), make_call("A012", at=NOON, count=2))
    assert [board.show(call) for call in calls] == [True, True]
    assert board.snapshot().recent == calls


def test_an_expired_call_is_refused_and_changes_nothing() -> None:
    clock = Clock()
    board = CallBoard(clock)
    call = make_call("A012", at=NOON, lives_s=120)
    woken: list[str] = []
    board.listen(lambda: woken.append("woken"))
    clock.now = NOON + timedelta(seconds=120)
    assert not board.show(call)
    assert (board.snapshot().revision, board.snapshot().recent, woken) == (0, (), [])


def test_a_call_that_has_expired_since_is_not_taken_a_second_time() -> None:
    clock = Clock()
    board = CallBoard(clock)
    call = make_call("A012", at=NOON, lives_s=120)
    assert board.show(call)
    clock.now = NOON + timedelta(seconds=121)
    assert board.show(make_call("A013", at=clock.now))
    assert not board.show(call)


def test_current_is_the_newest_call_that_still_holds() -> None:
    clock = Clock()
    board = CallBoard(clock)
    long, short = make_call("A012", at=NOON, lives_s=120), make_call("A013", at=NOON, lives_s=30)
    board.show(long)
    board.show(short)
    current = [board.snapshot().current]
    for seconds in (30, 120):
        clock.now = NOON + timedelta(seconds=seconds)
        current.append(board.snapshot().current)
    assert current == [short, long, None]
    assert board.snapshot().recent == (long, short)


def test_only_the_last_calls_are_kept() -> None:
    board = CallBoard(Clock())
    calls = [make_call(f"A{number:03}", at=NOON) for number in range(KEPT_CALLS + 3)]
    assert all(board.show(call) for call in calls)
    assert board.snapshot().recent == tuple(calls[3:])
    assert [shown.revision for shown in board.after(KEPT_CALLS)] == [51, 52, 53]


def test_a_listener_is_woken_until_it_is_forgotten() -> None:
    board = CallBoard(Clock())
    woken: list[int] = []
    forget = board.listen(lambda: woken.append(board.snapshot().revision))
    board.show(make_call("A012", at=NOON))
    board.show(make_call("A013", at=NOON))
    forget()
    forget()
    board.show(make_call("A014", at=NOON))
    assert (woken, board.listeners) == ([1, 2], 0)


def test_of_many_threads_with_one_call_only_one_shows_it() -> None:
    board = CallBoard(Clock())
    calls = [make_call(f"A{number:03}", at=NOON) for number in range(20)]
    with ThreadPoolExecutor(max_workers=8) as pool:
        taken = list(pool.map(board.show, calls * 8))
    assert taken.count(True) == 20
    assert [shown.revision for shown in board.after(0)] == list(range(1, 21))
