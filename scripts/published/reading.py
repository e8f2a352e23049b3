"""From pydantic models to shapes."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from scripts.published.limits import NAMED_PATTERNS, limits
from scripts.published.shapes import (
    Constant,
    Field,
    ListOf,
    MapOf,
    OneOf,
    Reference,
    Row,
    Scalar,
    Shape,
    Type,
    Way,
)
from shared.contracts.wire import Wire

Schema = Mapping[str, Any]
Model = type[BaseModel]
NULL = Scalar("null")
_MODES: Mapping[Way, JsonSchemaMode] = {"request": "validation", "reply": "serialization"}
_BY_FORMAT = {"date-time": "Moment", "date": "LocalDate"}
_PLAIN = frozenset({"string", "integer", "number", "boolean", "null"})


@dataclass(frozen=True)
class Shapes:
    """The named messages of some contracts, and the name a model goes by on each way."""

    named: Mapping[str, Shape]
    names: Mapping[tuple[Model, Way], str]


def shapes(contracts: Sequence[tuple[type[Wire], Way]]) -> Shapes:
    """The shapes of contracts and of all they hold.

    A model that is answered in another form than it is sent goes by two names, the sent one with `Input`.
    """
    models = tuple(dict.fromkeys((model, way) for root, way in contracts for model in _models(root)))
    refs, schema = models_json_schema([(model, _MODES[way]) for model, way in models], by_alias=True)
    keys = {(model, way): _key(refs[model, _MODES[way]]) for model, way in models}
    terse = {m for root, way in contracts if way == "reply" and root.wire is not Wire.wire for m in _models(root)}
    reader = _Reader(schema["$defs"], keys, frozenset(terse))
    while two_formed := reader.two_formed():
        reader = replace(reader, inputs=reader.inputs | two_formed)
    found = {one: reader.shape(*one) for one in models}
    return Shapes({shape.name: shape for shape in found.values()}, {one: shape.name for one, shape in found.items()})


def in_wire_words(text: str) -> str:
    """The text with Python names in back ticks as the wire writes them."""
    return re.sub(r"`([a-z]+(?:_[a-z]+)+)`", lambda found: f"`{to_camel(found[1])}`", text)


@dataclass(frozen=True)
class _Reader:
    """Reads models out of their common schema. `inputs`: models whose sent form has a name of its own."""

    defs: Mapping[str, Schema]
    keys: Mapping[tuple[Model, Way], str]
    terse: frozenset[Model]
    inputs: frozenset[Model] = frozenset()

    def two_formed(self) -> frozenset[Model]:
        """The models, not yet known as such, whose sent and answered forms differ."""
        both = {model for model, way in self.keys if (model, "request") in self.keys and (model, "reply") in self.keys}
        return frozenset(m for m in both - self.inputs if self._form(m, "request") != self._form(m, "reply"))

    def shape(self, model: Model, way: Way) -> Shape:
        """One model on one way."""
        schema = self.defs[self.keys[model, way]]
        name, says = self._name(model, way), in_wire_words(schema.get("description", ""))
        if schema.get("type") != "object":
            return Shape(name, says, alias=self._type(schema, "", way))
        told, absent = _attribute_docs(model), self._absent(model, schema, way)
        fields = []
        for key, found in schema.get("properties", {}).items():
            kind = self._type(found, key, way)
            words = (in_wire_words(told.get(key, "")), limits(found, with_default=way == "request"))
            said = " ".join(word for word in words if word)
            fields.append(Field(key, _without_null(kind) if way == "reply" else kind, key not in absent, said))
        return Shape(name, says, tuple(fields))

    def _form(self, model: Model, way: Way) -> object:
        shape = self.shape(model, way)
        return shape.alias, [(field.name, field.type, field.always) for field in shape.fields]

    def _name(self, model: Model, way: Way) -> str:
        """The model's own name, or with its module where two share it; `Input` where the sent form differs."""
        *place, own = re.sub("-(Input|Output)$", "", self.keys[model, way]).split("__")
        return (place[-1].capitalize() if place else "") + own + ("Input" * (way == "request" and model in self.inputs))

    def _absent(self, model: Model, schema: Schema, way: Way) -> set[str]:
        """The fields that may be missing. A reply leaves out what is null, a terse one also what is as usual."""
        properties = schema.get("properties", {})
        if way == "request":
            tags = {
                field for found in self.defs.values() for key, field in _tags(found) if key == self.keys[model, way]
            }
            return set(properties) - set(schema.get("required", ())) - tags
        kinds = {key: self._type(found, key, way) for key, found in properties.items()}
        usual = {to_camel(name) for name, field in model.model_fields.items() if not field.is_required()}
        return {k for k, kind in kinds.items() if kind != _without_null(kind) or (k in usual and model in self.terse)}

    def _type(self, found: Schema, field: str, way: Way) -> Type:
        if "$ref" in found:
            key = _key(found)
            return Reference(next(self._name(m, w) for (m, w), k in self.keys.items() if (k, w) == (key, way)))
        for choice in ("anyOf", "oneOf"):
            if choice in found:
                return _one_of([self._type(one, field, way) for one in found[choice]])
        if "enum" in found or "const" in found:
            return _one_of([Constant(value) for value in found.get("enum", [found.get("const")])])
        if found.get("type") == "array":
            row = tuple(self._type(item, field, way) for item in found.get("prefixItems", ()))
            return Row(row) if row else ListOf(self._type(found.get("items", {}), field, way))
        if found.get("type") == "object":
            return MapOf(self._type(_value(found), "", way))
        return _scalar(found, field)


def _value(found: Schema) -> Schema:
    """What the entries of an object with free keys are; anything unless it says so."""
    values = [*found.get("patternProperties", {}).values(), found.get("additionalProperties")]
    return values[0] if isinstance(values[0], Mapping) else {}


def _scalar(found: Schema, field: str) -> Type:
    kind = found.get("type")
    if kind == "integer" and (field == "fen" or field.endswith("Fen")):
        return Scalar("Fen")
    if kind == "string" and found.get("pattern") in NAMED_PATTERNS:
        return Scalar(NAMED_PATTERNS[found["pattern"]])
    if kind == "string" and found.get("format") in _BY_FORMAT:
        return Scalar(_BY_FORMAT[found["format"]])
    return Scalar(str(kind) if kind in _PLAIN else "unknown")


def _one_of(choices: Sequence[Type]) -> Type:
    flat = dict.fromkeys(one for each in choices for one in (each.choices if isinstance(each, OneOf) else (each,)))
    return OneOf(tuple(flat)) if len(flat) > 1 else next(iter(flat))


def _without_null(kind: Type) -> Type:
    return _one_of([one for one in kind.choices if one != NULL]) if isinstance(kind, OneOf) else kind


def _tags(found: Schema) -> Iterator[tuple[str, str]]:
    """Each member of a tagged union with its tag's field, which must be sent though it has a default."""
    if "discriminator" in found:
        tag = found["discriminator"]
        yield from ((ref.rsplit("/", 1)[1], tag["propertyName"]) for ref in tag["mapping"].values())
    for value in found.values():
        for part in value if isinstance(value, list) else (value,):
            if isinstance(part, Mapping):
                yield from _tags(part)


def _models(root: Any) -> Iterator[Model]:
    """The model and every model its fields speak of, once each."""
    seen: dict[Model, None] = {}
    todo: list[Any] = [root]
    while todo:
        found = todo.pop(0)
        if isinstance(found, type) and issubclass(found, BaseModel):
            if found not in seen:
                seen[found] = None
                todo += [field.annotation for field in found.model_fields.values()]
        else:
            todo += get_args(found)
    yield from seen


def _attribute_docs(model: Model) -> dict[str, str]:
    """The sentences that stand under fields, by wire name; those of a class it builds on too."""
    told: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        if issubclass(owner, Wire) and owner is not Wire:
            (body,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
            assert isinstance(body, ast.ClassDef)
            for field, said in zip(body.body, body.body[1:], strict=False):
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and _is_text(said):
                    told[to_camel(field.target.id)] = inspect.cleandoc(ast.literal_eval(said.value))  # type: ignore[attr-defined]
    return told


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _key(ref: Schema) -> str:
    return str(ref["$ref"]).rsplit("/", 1)[1]
