"""What is published, file by file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from scripts.published.actions import actions
from scripts.published.examples import example_file, examples, pretty
from scripts.published.page import page
from scripts.published.reading import shapes
from scripts.published.typescript import declarations

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "api.md"
TYPES = DOCS / "client" / "zaotai.d.ts"
CLIENT = DOCS / "client" / "zaotai.js"


def published() -> Mapping[Path, str]:
    """Every file that is written from the code, as it should read now."""
    found = actions()
    shown = examples(found)
    read = shapes([part for one in found for part in ((one.command, "request"), (one.reply, "reply"))])
    changing = [one.name for one in found if one.is_for_people and one.changes]
    return {
        PAGE: page(found, read, shown),
        TYPES: declarations(found, read),
        CLIENT: _with_list("CHANGING", changing, CLIENT.read_text(encoding="utf-8")),
        **{
            example_file(name): pretty({"request": one.request, "reply": one.reply}) + "\n"
            for name, one in shown.items()
        },
    }


def _with_list(name: str, words: list[str], program: str) -> str:
    """The program with the words in its set of that name."""
    listed = "".join(f"  {json.dumps(word)},\n" for word in words)
    return re.sub(rf"(?<=const {name} = new Set\(\[)[^\]]*(?=\]\);)", f"\n{listed}" if words else "", program)
