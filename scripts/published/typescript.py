"""`docs/client/zaotai.d.ts`: the contracts as TypeScript, for those who write the mini-program."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence

from scripts.published.actions import EVERYWHERE, Action, error_classes, meaning
from scripts.published.client_types import CLIENT, COMMON
from scripts.published.reading import Shapes, in_wire_words
from scripts.published.shapes import Constant, ListOf, MapOf, OneOf, Reference, Row, Scalar, Shape, Type, reachable

WIDTH = 120
_SCALARS = {"integer": "number", "unknown": "unknown"}


def declarations(actions: Sequence[Action], shapes: Shapes) -> str:
    """The whole file: common types, messages, codes, functions, client."""
    people = [action for action in actions if action.is_for_people]
    roots = [name for action in people for name in root_names(action, shapes)]
    parts = [
        COMMON,
        *("\n".join(_shape(shapes.named[name])) + "\n" for name in reachable(shapes.named, *roots)),
        "\n".join(_codes()) + "\n",
        "\n".join(_actions(people, shapes)) + "\n",
        CLIENT,
    ]
    return "\n".join(parts)


def root_names(action: Action, shapes: Shapes) -> tuple[str, str]:
    """The names of what the function takes and answers."""
    return shapes.names[action.command, "request"], shapes.names[action.reply, "reply"]


def type_text(found: Type) -> str:  # noqa: PLR0911  # a case a type
    """A type as TypeScript writes it."""
    match found:
        case Reference(name):
            return name
        case Constant(value):
            return json.dumps(value, ensure_ascii=False)
        case ListOf(item):
            return f"readonly {_grouped(item)}[]"
        case MapOf(value):
            return f"Readonly<Record<string, {type_text(value)}>>"
        case Row(items):
            return f"readonly [{', '.join(type_text(item) for item in items)}]"
        case OneOf(choices):
            return " | ".join(type_text(choice) for choice in choices)
        case Scalar(name):
            return _SCALARS.get(name, name)


def _grouped(item: Type) -> str:
    text = type_text(item)
    return f"({text})" if isinstance(item, OneOf | ListOf | Row) else text


def _shape(shape: Shape) -> Iterator[str]:
    yield from _doc(shape.says)
    if shape.alias:
        yield f"export type {shape.name} = {type_text(shape.alias)};"
    elif not shape.fields:
        yield f"export type {shape.name} = Readonly<Record<string, never>>;"
    else:
        yield f"export interface {shape.name} {{"
        for field in shape.fields:
            yield from _doc(field.says, indent="  ")
            yield f"  readonly {field.name}{'' if field.always else '?'}: {type_text(field.type)};"
        yield "}"


def _codes() -> Iterator[str]:
    yield from _doc("Every code a function may answer, with its HTTP status; see `ErrorCode`.")
    yield "export interface ErrorCodes {"
    for error in error_classes():
        yield from _doc(in_wire_words(f"{meaning(error)} {error.default_message}"), indent="  ")
        yield f"  readonly {error.code}: {error.http_status};"
    yield "}"


def _actions(actions: Sequence[Action], shapes: Shapes) -> Iterator[str]:
    yield from _doc(
        f"Every function for guests and staff. Any may answer {', '.join(EVERYWHERE)} besides what it says."
    )
    yield "export interface ZaotaiActions {"
    for action in actions:
        request, reply = root_names(action, shapes)
        codes = ", ".join(error.code for error in action.refusals)
        told = [action.summary, f"For: {', '.join(action.roles)}."] + ([f"Refusals: {codes}."] if codes else [])
        yield from _doc("\n\n".join(told), indent="  ")
        yield f"  readonly {action.name}: {{ readonly request: {request}; readonly reply: {reply} }};"
    yield "}"


def _doc(text: str, *, indent: str = "") -> Iterator[str]:
    """The text as a JSDoc comment, on one line if it fits; nothing for no text."""
    text = text.replace("*/", "*\\/").strip()
    if not text:
        return
    if "\n" not in text and len(indent) + len(text) + 7 <= WIDTH:
        yield f"{indent}/** {text} */"
        return
    yield f"{indent}/**"
    for place, paragraph in enumerate(text.split("\n\n")):
        if place:
            yield f"{indent} *"
        lines = textwrap.wrap(paragraph, WIDTH - len(indent) - 3, break_long_words=False, break_on_hyphens=False)
        yield from (f"{indent} * {line}" for line in lines)
    yield f"{indent} */"
