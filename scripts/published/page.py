"""`docs/api.md`: the reference that people read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from scripts.published.actions import Action, error_classes, meaning
from scripts.published.examples import Example, pretty
from scripts.published.page_head import FOR_MACHINES, HEAD, REFUSALS
from scripts.published.reading import Shapes, in_wire_words
from scripts.published.shapes import Constant, ListOf, MapOf, OneOf, Reference, Row, Scalar, Shape, Type, reachable
from scripts.published.typescript import root_names

_SCALARS = {"Moment": "time", "LocalDate": "date", "Fen": "fen", "Id": "id", "RequestId": "UUID", "unknown": "any"}


def page(actions: Sequence[Action], shapes: Shapes, examples: Mapping[str, Example]) -> str:
    """The whole page: for people, for machines, the objects they share, and the codes."""
    people = [action for action in actions if action.is_for_people]
    machines = [action for action in actions if not action.is_for_people]
    roots = [name for action in (*people, *machines) for name in root_names(action, shapes)]
    lines = [HEAD, "## Functions\n"]
    lines += [line for action in people for line in _action(action, shapes, examples.get(action.name))]
    lines += [FOR_MACHINES]
    lines += [line for action in machines for line in _action(action, shapes, examples.get(action.name))]
    lines += ["## Objects\n"]
    shared = [name for name in reachable(shapes.named, *roots) if name not in roots]
    lines += [line for name in sorted(shared) for line in _object(shapes.named[name])]
    lines += [REFUSALS, "| code | HTTP | meaning | what the reader sees |", "| --- | --- | --- | --- |"]
    for e in error_classes():
        lines.append(f"| `{e.code}` | {e.http_status} | {in_wire_words(meaning(e))} | {e.default_message} |")
    return "\n".join(lines) + "\n"


def type_text(found: Type) -> str:  # noqa: PLR0911  # a case a type
    """A type in words, objects as links."""
    match found:
        case Reference(name):
            return f"[{name}](#{name.lower()})"
        case Constant(value):
            return f"`{json.dumps(value, ensure_ascii=False) if isinstance(value, bool) else value}`"
        case ListOf(item):
            return f"list of {type_text(item)}"
        case MapOf(value):
            return f"{type_text(value)} by key"
        case Row(items):
            return f"({', '.join(type_text(item) for item in items)})"
        case OneOf(choices):
            return " or ".join(type_text(choice) for choice in choices if choice != Scalar("null")) + _or_null(choices)
        case Scalar(name):
            return _SCALARS.get(name, name)


def _or_null(choices: Sequence[Type]) -> str:
    """Null is worth a word only where it stands beside constants; elsewhere it is the same as leaving the field out."""
    return " or `null`" if Scalar("null") in choices and len(choices) > 2 else ""


def _action(action: Action, shapes: Shapes, example: Example | None) -> Iterator[str]:
    request, reply = (shapes.named[name] for name in root_names(action, shapes))
    yield f"### {action.name}\n"
    yield f"{action.summary}\n"
    yield f"For: {', '.join(action.roles)}.\n"
    if request.says and request.says != action.summary:
        yield f"{request.says}\n"
    yield from _table("Request", request, always="required")
    yield from _table("Reply", reply, always="always")
    if codes := [f"[`{error.code}`](#refusals)" for error in action.refusals]:
        yield f"Refusals: {', '.join(codes)}.\n"
    if example:
        yield "<details><summary>Example</summary>\n"
        yield "```js"
        yield f"await zaotai.call({json.dumps(action.name)}, {pretty(example.request)})"
        yield f"// {pretty(example.reply)}".replace("\n", "\n// ")
        yield "```\n"
        yield "</details>\n"


def _object(shape: Shape) -> Iterator[str]:
    yield f"### {shape.name}\n"
    if shape.says:
        yield f"{shape.says}\n"
    yield from _table("", shape, always="always")


def _table(title: str, shape: Shape, *, always: str) -> Iterator[str]:
    lead = f"{title}: " if title else ""
    if shape.alias:
        yield f"{lead}{type_text(shape.alias)}.\n"
        return
    if not shape.fields:
        yield f"{lead}nothing.\n"
        return
    if title:
        yield f"{title}:\n"
    yield f"| field | type | {always} | |"
    yield "| --- | --- | --- | --- |"
    for field in shape.fields:
        says = field.says.replace("\n", " ").replace("|", "\\|")
        yield f"| `{field.name}` | {type_text(field.type)} | {'yes' if field.always else ''} | {says} |"
    yield ""
