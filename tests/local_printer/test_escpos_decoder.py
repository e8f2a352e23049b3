"""Commands are found whatever pieces the bytes come in."""

from __future__ import annotations

from itertools import pairwise

import pytest
from escpos.printer import Dummy
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from scripts.local.escpos_decoder import Command, EscPosDecoder
from scripts.local.paper import Paper

RASTER = b"\x1dv0\x00\x02\x00\x03\x00" + b"\x1b@\x1dV\x00\xff"
"""Three rows of two bytes that look like commands."""

PIECES = st.sampled_from(
    [
        b"\x1b@",
        b"\x1bt\x00",
        b"\x1c&",
        "鱼香肉丝".encode("gbk"),
        b"plain 12",
        b"\n",
        b"\x1c.",
        b"\x1bd\x02",
        b"\x1ba\x01",
        b"\x1d!\x11",
        RASTER,
        b"\x1dVA\x03",
        b"\x10\x04\x01",
        b"\x1dr\x01",
        b"\x1d(H\x06\x0000abcd",
        b"\x1bp0\x19\x19",
        b"\x1d(k\x03\x001C\x03",
        b"\x1d8L\x02\x00\x00\x0002",
        b"\x1dk\x04123\x00",
        b"\x1dkI\x03abc",
        b"\x1b*\x21\x01\x00abc",
        b"\x1bD\x08\x10\x00",
    ]
)


@given(st.lists(PIECES, max_size=20).map(b"".join), st.lists(st.integers(0, 300)))
def test_any_cut_of_the_stream_gives_the_same_commands_and_paper(stream: bytes, cuts: list[int]) -> None:
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    parts = [stream[start:end] for start, end in pairwise(edges)]
    for pieces in (parts, [bytes((byte,)) for byte in stream]):
        assert _merged(pieces) == _merged([stream])
        assert _paper(pieces).tobytes() == _paper([stream]).tobytes()


@pytest.mark.parametrize(
    ("stream", "commands"),
    [
        (RASTER, [Command(b"\x1dv0", RASTER[3:])]),
        (b"\x1dV\x01ok", [Command(b"\x1dV", b"\x01"), Command(b"", b"ok")]),
        (b"\x1dVB\x00ok", [Command(b"\x1dV", b"B\x00"), Command(b"", b"ok")]),
        (b"\x1d(H\x06\x0000abcd\n", [Command(b"\x1d(H", b"\x06\x0000abcd"), Command(b"\n")]),
        (b"\x1dkI\x03\x1b@\x00x", [Command(b"\x1dk", b"I\x03\x1b@\x00"), Command(b"", b"x")]),
        (b"\x1b", []),
        (b"\x1dv0\x00\x02\x00\x03\x00only", []),
        (b"\x00\x01\x02", []),
    ],
)
def test_each_command_takes_exactly_its_own_bytes(stream: bytes, commands: list[Command]) -> None:
    assert list(EscPosDecoder().feed(stream)) == commands


def test_an_unknown_command_is_skipped_and_counted() -> None:
    decoder = EscPosDecoder()
    assert list(decoder.feed(b"\x1b\xffa\x1d\x7fb\n")) == [Command(b"", b"a"), Command(b"", b"b"), Command(b"\n")]
    assert decoder.unknown == 2


@given(st.binary(max_size=300))
def test_no_bytes_break_the_printer(noise: bytes) -> None:
    decoder = EscPosDecoder()
    paper = Paper(384)
    for command in decoder.feed(noise):
        paper.apply(command)
    assert paper.image().width == 384


@pytest.mark.parametrize("impl", ["bitImageRaster", "graphics"])
def test_both_ways_of_python_escpos_put_the_picture_on_paper(impl: str) -> None:
    picture = Image.effect_noise((64, 40), 90).convert("1")
    dummy = Dummy()
    dummy.image(picture, impl=impl, center=False)
    paper = _paper([dummy.output])
    assert paper.crop((0, 0, 64, 40)).convert("1").tobytes() == picture.tobytes()


def _merged(pieces: list[bytes]) -> list[Command]:
    """The commands, neighbouring text joined: text may arrive in any pieces."""
    decoder = EscPosDecoder()
    merged: list[Command] = []
    for piece in pieces:
        for command in decoder.feed(piece):
            if merged and command.name == b"" and merged[-1].name == b"":
                merged[-1] = Command(b"", merged[-1].args + command.args)
            else:
                merged.append(command)
    return merged


def _paper(pieces: list[bytes]) -> Image.Image:
    decoder = EscPosDecoder()
    paper = Paper(384)
    for piece in pieces:
        for command in decoder.feed(piece):
            paper.apply(command)
    return paper.image()
