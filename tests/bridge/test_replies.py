"""The printer's answers are cut right wherever the network cuts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_bridge.replies import Fence, Paper, Reply, ReplyParser, Status, condition_of

PIECES: dict[bytes, Reply | None] = {
    b"\x12": Status(0x12),
    b"\x1e": Status(0x1E),
    b"\x7e": Status(0x7E),
    b"\x37\x22!!!7\x00": Fence(b"!!!7"),
    b"\x37\x20x\x00": None,
    b"\x5fEPSON\x00": None,
    b"\x00": Paper(0),
    b"\x03": Paper(3),
    b"\x14\x00\x00\x0f": None,
    b"\xff": None,
}


@given(st.lists(st.sampled_from(sorted(PIECES))), st.data())
def test_any_sequence_cut_anywhere_gives_the_same_replies(pieces: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    parser, found = ReplyParser(), list[Reply]()
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += parser.feed(stream[start:end])
    assert found == [reply for piece in pieces if (reply := PIECES[piece]) is not None]


@given(st.binary(max_size=200))
def test_noise_does_no_harm(noise: bytes) -> None:
    parser = ReplyParser()
    parser.feed(noise + b"\x00" * 4)
    parser.feed(b"\x00" * 100)
    assert parser.feed(b"\x37\x22!!!8\x00") == [Fence(b"!!!8")]


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ((0x12, 0x12, 0x12, 0x12), "ready"),
        ((0x12, 0x12, 0x12, 0x1E), "paperLow"),
        ((0x1A, 0x32, 0x12, 0x7E), "paperOut"),
        ((0x1A, 0x16, 0x12, 0x12), "coverOpen"),
        ((0x1A, 0x52, 0x1A, 0x12), "error"),
        ((0x1A, 0x52, 0x32, 0x12), "error"),
        ((0x1A, 0x12, 0x12, 0x12), "offline"),
    ],
)
def test_the_four_status_bytes_as_one_word(statuses: tuple[int, int, int, int], state: str) -> None:
    condition = condition_of(statuses)
    assert (condition.state, condition.prints) == (state, state in ("ready", "paperLow"))
    assert bool(condition.detail) is (state != "ready")
