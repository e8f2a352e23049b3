"""A ticket looks as approved, and says which one it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from edge_bridge.rendering.ticket import code_text
from scripts.local.printer_pages import read_codes
from tests.rendering.golden import WIDTHS, golden_path
from tests.rendering.tickets import CARP, GOLDEN, NEW, PLACED_AT, drawn, ticket_with

BLACK, WHITE = 0, 255


@pytest.mark.parametrize("width_dots", WIDTHS)
@pytest.mark.parametrize("name", GOLDEN)
def test_ticket_looks_as_approved(name: str, width_dots: int) -> None:
    ticket, copy = GOLDEN[name]
    image = drawn(ticket, width_dots=width_dots, copy=copy)
    with Image.open(golden_path(name, width_dots)) as approved:
        assert (image.mode, image.size) == (approved.mode, approved.size)
        assert image.tobytes() == approved.tobytes()


@pytest.mark.parametrize("width_dots", WIDTHS)
@pytest.mark.parametrize(("copy", "text"), [(1, NEW.job_id), (2, f"{NEW.job_id}#2"), (3, f"{NEW.job_id}#3")])
def test_a_scanner_reads_the_job_id_and_the_copy(width_dots: int, copy: int, text: str) -> None:
    assert read_codes(drawn(NEW, width_dots=width_dots, copy=copy)) == (text,)
    assert code_text(NEW.job_id, copy=copy) == text


@pytest.mark.parametrize("width_dots", WIDTHS)
def test_the_longest_job_id_still_fits_and_reads(width_dots: int) -> None:
    ticket = ticket_with(job_id="j" * 64)
    assert read_codes(drawn(ticket, width_dots=width_dots, copy=12)) == ("j" * 64 + "#12",)


@pytest.mark.parametrize("width_dots", WIDTHS)
@settings(max_examples=25)
@given(name=st.text(max_size=80), note=st.text(max_size=200), quantity=st.integers(1, 99))
def test_whatever_is_written_fits_on_the_paper(width_dots: int, name: str, note: str, quantity: int) -> None:
    line = CARP.model_copy(update={"name": name, "note": note, "specs": (name,), "quantity": quantity})
    image = drawn(ticket_with(lines=(line,), note=note, table_name=name, station_name=name), width_dots=width_dots)
    assert image.width == width_dots
    assert read_codes(image) == (NEW.job_id,)


def test_sixty_lines_are_one_ticket() -> None:
    image = drawn(ticket_with(lines=(CARP,) * 60), width_dots=384)
    assert image.height > 60 * 150
    assert read_codes(image) == (NEW.job_id,)


def test_a_note_of_spaces_leaves_nothing_on_paper() -> None:
    assert (
        drawn(ticket_with(note=" \n"), width_dots=576).tobytes()
        == drawn(ticket_with(note=""), width_dots=576).tobytes()
    )


def test_only_a_marked_copy_starts_with_a_black_banner() -> None:
    first, second = (drawn(NEW, width_dots=576, copy=copy) for copy in (1, 2))
    assert first.crop((0, 0, 576, 4)).getcolors() == [(576 * 4, WHITE)]
    assert second.crop((0, 0, 576, 4)).getcolors() == [(576 * 4, BLACK)]


def test_void_strikes_every_dish_through() -> None:
    void = drawn(ticket_with(kind="void", lines=(CARP,), note=""), width_dots=576)
    same = drawn(ticket_with(kind="rush", lines=(CARP,), note=""), width_dots=576)
    assert _longest_black_run(void, left=100, right=430) >= 300
    assert _longest_black_run(same, left=100, right=430) < 100


def test_times_are_the_shops() -> None:
    utc_night = ticket_with(placed_at=PLACED_AT + timedelta(hours=12))
    noon = drawn(NEW, width_dots=576)
    assert noon.tobytes() == drawn(ticket_with(placed_at=PLACED_AT), width_dots=576).tobytes()
    assert noon.tobytes() != drawn(utc_night, width_dots=576).tobytes()


def _longest_black_run(image: Image.Image, *, left: int, right: int) -> int:
    """The longest unbroken black run between the columns, below the head and above the foot."""
    longest = 0
    for y in range(240, image.height - 200):
        row = image.crop((left, y, right, y + 1)).tobytes()
        bits = "".join(f"{byte:08b}" for byte in row)[: right - left]
        longest = max(longest, *map(len, bits.split("1")))
    return longest
