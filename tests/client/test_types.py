"""The published types take what the contracts take, and refuse what they refuse."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from scripts.published.actions import actions
from scripts.published.examples import examples
from scripts.published.files import TYPES, published
from tests.client.conftest import Compile
from tests.client.variants import Variant, is_misshapen, is_never_answered, variants

HERE = Path(__file__).parent
ACTIONS = {action.name: action for action in actions() if action.is_for_people}
LEAST_VARIANTS = 20


@pytest.fixture(scope="module")
def types() -> str:
    """The types as they should be published now."""
    return published()[TYPES]


@pytest.fixture(scope="module")
def pages(compile_strictly: Compile) -> str:
    """What the compiler says of a sound page of a mini-program and of one with mistakes."""
    return compile_strictly(HERE / "sample.ts", HERE / "wrong.ts", wx=True)


def test_a_page_of_a_mini_program_compiles(pages: str) -> None:
    assert "sample.ts" not in pages
    assert "zaotai.d.ts" not in pages


def test_each_mistake_of_a_page_is_seen(pages: str) -> None:
    program = (HERE / "wrong.ts").read_text(encoding="utf-8").splitlines()
    wrong = [number for number, text in enumerate(program, 1) if "// wrong" in text]
    assert [int(number) for number in re.findall(r"wrong\.ts\((\d+),", pages)] == wrong
    assert len(wrong) == 9


def test_the_types_agree_with_the_contracts_on_every_example_and_on_what_differs_from_it_in_one_place(
    compile_strictly: Compile, types: str, tmp_path: Path
) -> None:
    (tmp_path / "zaotai.d.ts").write_text(types, encoding="utf-8")
    lines = ['import type { ReplyOf, RequestOf } from "./zaotai.js";']
    refused: Counter[bool] = Counter()
    for name, example in examples(list(ACTIONS.values())).items():
        action = ACTIONS[name]
        for kind, message, refuses in (
            ("RequestOf", example.request, partial(is_misshapen, action.command)),
            ("ReplyOf", example.reply, partial(is_never_answered, action.reply)),
        ):
            for variant in (Variant("as it is", message), *variants(message)):
                wrong = refuses(variant)
                refused[wrong] += 1
                lines += [f"// @ts-expect-error {variant.said}" if wrong else f"// {variant.said}"]
                lines += [f'export const c{len(lines)}: {kind}<"{name}"> = {variant.line};']
    (tmp_path / "agree.ts").write_text("\n".join(lines), encoding="utf-8")
    assert compile_strictly(tmp_path / "agree.ts") == ""
    assert min(refused.values()) >= LEAST_VARIANTS, refused


def test_every_function_for_people_is_there_and_no_machines(
    compile_strictly: Compile, types: str, tmp_path: Path
) -> None:
    (tmp_path / "zaotai.d.ts").write_text(types, encoding="utf-8")
    names = " | ".join(f'"{name}"' for name in ACTIONS)
    changing = " | ".join(f'"{action.name}"' for action in ACTIONS.values() if action.changes) or "never"
    program = f"""
    import type {{ Action, ChangingAction }} from "./zaotai.js";
    type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
    export const all: Same<Action, {names}> = true;
    export const changing: Same<ChangingAction, {changing}> = true;
    """
    (tmp_path / "names.ts").write_text(program, encoding="utf-8")
    assert compile_strictly(tmp_path / "names.ts") == ""
    assert "syncBridge" not in types


def test_no_two_types_share_a_name(types: str) -> None:
    names = Counter(
        re.findall(r"^export (?:declare )?(?:interface|type|class|function|const) (\w+)", types, re.MULTILINE)
    )
    assert [name for name, count in names.items() if count > 1] == []
