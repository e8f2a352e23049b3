"""The layers hold, and the check that says so can fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("functions", "shared", "edge_bridge", "scripts")
LINTER = Path(sys.executable).with_name("lint-imports")


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """Check the tree."""
    return subprocess.run(
        [LINTER, "--no-cache"], cwd=root, capture_output=True, text=True, timeout=100, check=False, env={"PATH": ""}
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code that is checked, without anything it does not need."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for part in PARTS:
        for source in (ROOT / part).rglob("*.py"):
            target = copy / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return copy


def test_every_contract_of_the_layers_is_kept(tree: Path) -> None:
    done = lint(tree)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("shared/domain/money.py", "import shared.runtime.clock", "Data goes down once"),
        ("shared/store/work.py", "import shared.usecases.ordering", "Data goes down once"),
        ("shared/store/work.py", "import shared.gateways.invoker", "Data goes down once"),
        ("shared/gateways/invoker.py", "import shared.store.client", "Data goes down once"),
        ("functions/getMenu/index.py", "import shared.store.client", "Functions are thin"),
        ("functions/getMenu/index.py", "import functions.callGuest.index", "Functions do not know each other"),
        ("shared/usecases/kitchen.py", "import pymongo", "Only the store knows pymongo"),
        ("shared/usecases/kitchen.py", "import bson", "Only the store knows pymongo"),
        ("shared/store/outbox.py", "import paho.mqtt.client", "Only the MQTT gateway"),
        ("edge_bridge/__init__.py", "import shared.store.client", "The bridge knows only the contracts"),
    ],
)
def test_a_forbidden_import_breaks_its_contract(tree: Path, file: str, line: str, contract: str) -> None:
    path = tree / file
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n{line}\n", encoding="utf-8")
    try:
        done = lint(tree)
    finally:
        path.write_text(text, encoding="utf-8")
    broken = [told for told in done.stdout.splitlines() if told.endswith("BROKEN")]
    assert done.returncode == 1
    assert any(told.startswith(contract) for told in broken), done.stdout


def test_a_new_part_of_shared_must_be_given_a_layer(tree: Path) -> None:
    stray = tree / "shared" / "helpers.py"
    stray.write_text('"""A room of its own."""\n', encoding="utf-8")
    try:
        done = lint(tree)
    finally:
        stray.unlink()
    assert done.returncode == 1
    assert "helpers" in done.stdout + done.stderr
