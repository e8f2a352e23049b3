"""The demo's folder belongs to one demo at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.local.demo.folder import own_folder
from scripts.local.process import StartFailedError


def _begin(folder: Path, *, is_fresh: bool) -> None:
    with own_folder(folder, is_fresh=is_fresh) as own:
        own.mkdir(exist_ok=True)


def test_what_a_demo_kept_is_there_again_unless_it_starts_fresh(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    _begin(folder, is_fresh=False)
    (folder / "kept").touch()
    _begin(folder, is_fresh=False)
    assert (folder / "kept").exists()
    _begin(folder, is_fresh=True)
    assert not (folder / "kept").exists()


def test_a_fresh_start_beside_a_running_demo_is_refused_and_takes_nothing_away(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with own_folder(folder, is_fresh=False) as running:
        running.mkdir()
        (running / "kept").touch()
        with pytest.raises(StartFailedError, match="another demo is running"):
            _begin(folder, is_fresh=True)
        assert (running / "kept").exists()
