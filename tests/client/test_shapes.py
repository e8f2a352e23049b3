"""Every form a contract can take has its form in TypeScript."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import pytest
from pydantic import Field, RootModel, StringConstraints

from scripts.published.reading import Shapes, in_wire_words, shapes
from scripts.published.shapes import reachable
from scripts.published.typescript import type_text
from shared.contracts.wire import Id, Moment, RequestId, Wire


class Spice(Wire):
    """How hot."""

    level: int = 0


class AddDish(Wire):
    """Add."""

    op: Literal["add"] = "add"
    dish_id: Id
    spice: Spice | None = None


class DropDish(Wire):
    """Drop."""

    op: Literal["drop"] = "drop"
    line_id: Id


class Ask(Wire):
    """A question with `dish_id` and `line`."""

    request_id: RequestId
    edit: Annotated[AddDish | DropDish, Field(discriminator="op")]
    until: Literal["nextDay"] | Moment | None
    """Null: at once; not `sold_out`."""
    day: dt.date | None = None
    picks: dict[Id, Annotated[int, Field(ge=1, le=9)]] = Field(default_factory=dict)
    window: tuple[int, int] = (0, 24)
    words: Annotated[tuple[Annotated[str, StringConstraints(max_length=5)], ...], Field(max_length=3)] = ()
    limit: Annotated[int, Field(ge=1)] = 20
    gross_fen: int = 0
    anything: dict[str, object] = Field(default_factory=dict)


class Answer(Wire):
    """An answer."""

    spice: Spice
    spices: tuple[Spice, ...] = ()
    note: str | None = None
    calls: int = 0


class TerseAnswer(Wire):
    """An answer without what is as usual."""

    calls: int = 0
    dish_id: str

    def wire(self) -> dict[str, object]:
        """Without defaults."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


class Either(RootModel[AddDish | DropDish]):
    """One of two."""


class Holder(Wire):
    """Holds one."""

    either: Either


@pytest.fixture(scope="module")
def read() -> Shapes:
    """All of the above."""
    return shapes([(Ask, "request"), (Answer, "reply"), (TerseAnswer, "reply"), (Holder, "request")])


def fields(read: Shapes, name: str) -> dict[str, str]:
    """A shape's fields as TypeScript writes them."""
    found = read.named[name].fields
    return {field.name + ("" if field.always else "?"): type_text(field.type) for field in found}


def test_a_request_may_leave_out_what_has_a_default_and_send_null_where_none_is_taken(read: Shapes) -> None:
    assert fields(read, "Ask") == {
        "requestId": "RequestId",
        "edit": "AddDish | DropDish",
        "until": '"nextDay" | Moment | null',
        "day?": "LocalDate | null",
        "picks?": "Readonly<Record<string, number>>",
        "window?": "readonly [number, number]",
        "words?": "readonly string[]",
        "limit?": "number",
        "grossFen?": "Fen",
        "anything?": "Readonly<Record<string, unknown>>",
    }


def test_a_reply_has_every_field_but_those_that_are_null(read: Shapes) -> None:
    assert fields(read, "Answer") == {
        "spice": "Spice",
        "spices": "readonly Spice[]",
        "note?": "string",
        "calls": "number",
    }


def test_a_reply_that_leaves_its_defaults_out_says_so(read: Shapes) -> None:
    assert fields(read, "TerseAnswer") == {"calls?": "number", "dishId": "string"}


def test_the_tag_of_a_union_must_be_sent_though_it_has_a_default(read: Shapes) -> None:
    assert fields(read, "DropDish") == {"op": '"drop"', "lineId": "Id"}


def test_a_model_that_is_sent_in_another_form_than_it_is_answered_goes_by_two_names(read: Shapes) -> None:
    assert (fields(read, "Spice"), fields(read, "SpiceInput")) == ({"level": "number"}, {"level?": "number"})
    assert fields(read, "AddDish")["spice?"] == "SpiceInput | null"
    assert (read.names[Spice, "request"], read.names[Spice, "reply"]) == ("SpiceInput", "Spice")


def test_a_root_model_is_another_name_for_what_it_holds(read: Shapes) -> None:
    alias = read.named["Either"].alias
    assert alias is not None
    assert (type_text(alias), fields(read, "Holder")) == ("AddDish | DropDish", {"either": "Either"})


def test_limits_defaults_and_the_sentence_under_a_field_are_said(read: Shapes) -> None:
    assert {field.name: field.says for field in read.named["Ask"].fields if field.says} == {
        "until": "Null: at once; not `soldOut`.",
        "picks": "Each: 1 to 9.",
        "words": "At most 3 items. Each: At most 5 characters.",
        "limit": "At least 1. Left out: 20.",
        "grossFen": "Left out: 0.",
    }


def test_what_is_reachable_follows_its_holder(read: Shapes) -> None:
    assert reachable(read.named, "Ask", "Answer") == ("Ask", "AddDish", "SpiceInput", "DropDish", "Answer", "Spice")


def test_prose_speaks_the_wires_names() -> None:
    assert (
        in_wire_words("`sold_out_until` of `dish`, never sold_out; `a_b`")
        == "`soldOutUntil` of `dish`, never sold_out; `aB`"
    )
