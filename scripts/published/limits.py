"""The limits of a field in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from shared.contracts.wire import Id, RequestId

Schema = Mapping[str, Any]
NAMED_PATTERNS = {
    TypeAdapter(kind).json_schema()["pattern"]: name for kind, name in ((RequestId, "RequestId"), (Id, "Id"))
}
"""The strings that have a type of their own, which says their limits."""


def limits(found: Schema, *, with_default: bool) -> str:
    """What a value must keep to, and what counts when a request leaves the field out."""
    words = list(_limits(found))
    default = found.get("default")
    if with_default and isinstance(default, str | int | float) and default != "":
        words.append(f"Left out: {str(default).lower() if isinstance(default, bool) else default}.")
    return " ".join(words)


def _limits(found: Schema) -> Iterator[str]:
    choices = [one for one in found.get("anyOf", ()) if one.get("type") != "null"]
    if len(choices) == 1:
        yield from _limits(choices[0])
    kind = found.get("type")
    if kind in ("integer", "number"):
        yield from _range(found, "minimum", "maximum")
    elif kind == "string" and found.get("pattern") not in NAMED_PATTERNS:
        yield from _range(found, "minLength", "maxLength", " characters")
        yield from (f"Matches `{found[key]}`." for key in ("pattern",) if key in found)
    elif kind == "array" and "prefixItems" not in found:
        yield from _range(found, "minItems", "maxItems", " items")
        yield from (f"Each: {said}" for said in _limits(found.get("items", {})))
    elif kind == "object":
        yield from _range(found, "minProperties", "maxProperties", " entries")
        yield from (f"Each: {said}" for value in _values(found) for said in _limits(value))


def _values(found: Schema) -> Iterator[Schema]:
    yield from found.get("patternProperties", {}).values()
    if isinstance(found.get("additionalProperties"), Mapping):
        yield found["additionalProperties"]


def _range(found: Schema, least: str, most: str, unit: str = "") -> Iterator[str]:
    low, high = found.get(least), found.get(most)
    if low is not None and high is not None:
        yield f"{low} to {high}{unit}."
    elif high is not None:
        yield f"At most {high}{unit}."
    elif low is not None:
        yield f"At least {low}{unit}."
