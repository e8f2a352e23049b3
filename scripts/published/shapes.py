"""Messages as shapes: what a reader of any language has to know of a contract, and no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Way = Literal["request", "reply"]


@dataclass(frozen=True)
class Scalar:
    """A plain value: string, integer, number, boolean, null, unknown, or a named one such as Id, Moment or Fen."""

    name: str


@dataclass(frozen=True)
class Constant:
    """Exactly this value."""

    value: str | int | bool


@dataclass(frozen=True)
class Reference:
    """A shape by its name."""

    name: str


@dataclass(frozen=True)
class ListOf:
    """A list; how long it may be is said in words."""

    item: Type


@dataclass(frozen=True)
class MapOf:
    """An object whose keys are data."""

    value: Type


@dataclass(frozen=True)
class Row:
    """A list of exactly these."""

    items: tuple[Type, ...]


@dataclass(frozen=True)
class OneOf:
    """Any one of these."""

    choices: tuple[Type, ...]


Type = Scalar | Constant | Reference | ListOf | MapOf | Row | OneOf


@dataclass(frozen=True)
class Field:
    """A field. Not `always` there: a request may leave it out, a reply does so when there is nothing to say."""

    name: str
    type: Type
    always: bool
    says: str


@dataclass(frozen=True)
class Shape:
    """A named message: its fields, or the type it is another name for."""

    name: str
    says: str
    fields: tuple[Field, ...] = ()
    alias: Type | None = None

    def types(self) -> tuple[Type, ...]:
        """The types it is made of."""
        return (self.alias,) if self.alias else tuple(field.type for field in self.fields)


def references(found: Type) -> Iterator[str]:
    """The names a type speaks of, in order."""
    if isinstance(found, Reference):
        yield found.name
    for part in _parts(found):
        yield from references(part)


def reachable(named: Mapping[str, Shape], *roots: str) -> tuple[str, ...]:
    """The names that the roots speak of, themselves first, each followed by what it holds."""
    found: dict[str, None] = {}
    todo = list(roots)
    while todo:
        name = todo.pop(0)
        if name not in found:
            found[name] = None
            todo = [told for kind in named[name].types() for told in references(kind)] + todo
    return tuple(found)


def _parts(found: Type) -> tuple[Type, ...]:
    if isinstance(found, OneOf):
        return found.choices
    if isinstance(found, Row):
        return found.items
    if isinstance(found, ListOf):
        return (found.item,)
    return (found.value,) if isinstance(found, MapOf) else ()
