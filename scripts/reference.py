"""Write docs/api.md from the contracts, the permission table and the error tree: `scripts/reference`."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_type_hints

from shared import errors
from shared.access.permissions import ALLOWED
from shared.contracts.wire import Wire

DOC = Path(__file__).parents[1] / "docs" / "api.md"

HEAD = """# API reference

Written by `scripts/reference` from the code; a test keeps it current.

**Calling.** In the mini-program: `wx.cloud.callFunction({name, data})`. On success
`{"success": true, "data": {…}, "requestId": "…"}`, else
`{"success": false, "code": "STOCK_SHORT", "message": "…", "details": {…}, "requestId": "…"}`: `code` is stable and
for programs, `message` is Chinese and for the person who reads it. The store PC calls over HTTP, signed.

**Resending.** A command that changes something takes a `requestId` that the client makes (a UUID). No answer, `BUSY` or
`UNKNOWN`: send the same command with the same `requestId` again after 3, 6, 12 and 20 seconds; it happens once.

**Money** is in fen, **times** are ISO 8601 with offset. Fields not listed are refused by name.
"""


def reference() -> str:
    """The whole page."""
    parts = [HEAD, "## Functions\n"]
    parts += [_function(action) for action in ALLOWED]
    parts += ["## Refusals\n", "| code | HTTP | meaning | what the reader sees |", "| --- | --- | --- | --- |"]
    parts += [f"| `{e.code}` | {e.http_status} | {_sentence(e)} | {e.default_message} |" for e in _errors()]
    return "\n".join(parts) + "\n"


def main() -> None:
    """Write the page."""
    DOC.write_text(reference(), encoding="utf-8")
    print(f"wrote {DOC.name}")


def _function(action: str) -> str:
    module = importlib.import_module(f"functions.{action}.index")
    command, reply = _contract(module)
    roles = ", ".join(sorted(ALLOWED[action]))
    return "\n".join(
        [
            f"### {action}\n",
            f"{module.__doc__}\n",
            f"For: {roles}.\n",
            f"{inspect.getdoc(command)}\n",
            "Request:\n",
            *_table(command),
            "",
            "Reply:\n",
            *_table(reply),
            "",
        ]
    )


def _contract(module: Any) -> tuple[type[Wire], type[Wire]]:
    """The models of the use case that the function's file imports by name."""
    source = inspect.getsource(module)
    name = source.split("return ")[-1].split("(")[0].strip()
    hints = get_type_hints(getattr(module, name))
    reply: type[Wire] = hints.pop("return")
    command: type[Wire] = next(hint for hint in hints.values() if issubclass(hint, Wire))
    return command, reply


def _table(model: type[Wire]) -> Iterator[str]:
    schema = model.model_json_schema(by_alias=True)
    yield "| field | type | |"
    yield "| --- | --- | --- |"
    yield from _rows(schema, schema.get("$defs", {}), prefix="", seen=())


def _rows(schema: Mapping[str, Any], defs: Mapping[str, Any], *, prefix: str, seen: tuple[str, ...]) -> Iterator[str]:
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        kind, inner = _kind(field)
        yield f"| `{prefix}{name}` | {kind} | {'required' if name in required else ''} |"
        for ref in inner:
            if ref not in seen:
                mark = "[]." if kind.startswith("list") else "."
                yield from _rows(defs[ref], defs, prefix=f"{prefix}{name}{mark}", seen=(*seen, ref))


def _kind(field: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    if "$ref" in field:
        return "object", (field["$ref"].rsplit("/", 1)[1],)
    for choice in ("anyOf", "oneOf"):
        if choice in field:
            found = [_kind(one) for one in field[choice] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(k for k, _ in found)), tuple(ref for _, refs in found for ref in refs)
    if field.get("type") == "array":
        kind, inner = _kind(field.get("items", {}))
        most = f", at most {field['maxItems']}" if "maxItems" in field else ""
        return f"list of {kind}{most}", inner
    if "enum" in field or "const" in field:
        values = field.get("enum", [field.get("const")])
        return " or ".join(f"`{value}`" for value in values), ()
    return _scalar(field), ()


def _scalar(field: Mapping[str, Any]) -> str:
    kind = field.get("format") or field.get("type", "any")
    limits = [
        f"{word} {field[key]}"
        for key, word in (("minimum", "from"), ("maximum", "to"), ("minLength", "from"), ("maxLength", "up to"))
        if key in field
    ]
    unit = " characters" if "maxLength" in field else ""
    return f"{kind} {' '.join(limits)}{unit}".strip()


def _errors() -> list[type[errors.ZaotaiError]]:
    found = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, errors.ZaotaiError)]
    own = [cls for cls in found if "code" in vars(cls)]
    return sorted(own, key=lambda cls: cls.code)


def _sentence(error: type[errors.ZaotaiError]) -> str:
    return (inspect.getdoc(error) or "").splitlines()[0] if error is not errors.ZaotaiError else "A fault of ours."


if __name__ == "__main__":
    main()
