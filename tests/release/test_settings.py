"""What a cold start pays for: settings without a settings library, contracts whose annotations are compiled ahead."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field, SecretStr, ValidationError

from scripts.release.build import ROOT
from shared.runtime.environment import FromEnvironment


class Kettle(FromEnvironment):
    """Settings of a test's own."""

    PREFIX = "KETTLE_"

    cups: Annotated[int, Field(ge=1)]
    name: str = "the small one"
    on: bool = False
    recipe: Path | None = None
    key: SecretStr = SecretStr("")


def test_fields_are_read_from_the_environment_by_their_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"CUPS": "4", "ON": "true", "RECIPE": "/tmp/tea", "KEY": "s3cret"}.items():
        monkeypatch.setenv(f"KETTLE_{name}", value)
    monkeypatch.setenv("NAME", "another's")
    kettle = Kettle.model_validate({})
    assert (kettle.cups, kettle.name, kettle.on, kettle.recipe) == (4, "the small one", True, Path("/tmp/tea"))
    assert kettle.key.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(kettle)


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTLE_CUPS", "2")
    monkeypatch.setenv("KETTLE_NAME", "")
    monkeypatch.setenv("KETTLE_ON", "")
    assert Kettle.model_validate({}) == Kettle(cups=2, name="the small one", on=False)


def test_what_the_constructor_is_given_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTLE_CUPS", "2")
    monkeypatch.setenv("KETTLE_NAME", "from outside")
    assert Kettle(cups=7) == Kettle(cups=7, name="from outside")


def test_every_fault_is_named_and_no_value_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KETTLE_CUPS", "pa55word")
    monkeypatch.setenv("KETTLE_ON", "pa55word too")
    with pytest.raises(ValidationError) as refused:
        Kettle.model_validate({})
    assert {fault["loc"] for fault in refused.value.errors()} == {("cups",), ("on",)}
    assert "pa55word" not in str(refused.value)


def test_no_contract_postpones_its_annotations() -> None:
    contracts = sorted((ROOT / "shared" / "contracts").glob("*.py"))
    assert contracts
    postponing = [path.name for path in contracts if "from __future__ import annotations" in path.read_text()]
    assert postponing == []
