"""What release tests ask for: the project's own release, and a small project to build from."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.release.build import ROOT, build
from scripts.release.manifest import CONFIG, Release

SMALL = ("clear", "make", "show")


@dataclass(frozen=True)
class Unpacked:
    """A release as the platform lays it out: one folder for the layer, one for each function's code."""

    release: Release
    folder: Path

    def code(self, function: str) -> Path:
        """What stands for `/var/user`. `shared` is the same in every zip, so it is laid out once."""
        into = self.folder / f"user-{function}"
        if not into.exists():
            with zipfile.ZipFile(self.release.path(self.release.functions[function])) as archive:
                shared = [info for info in archive.infolist() if info.filename.startswith("shared/")]
                contents = "".join(f"{info.filename} {info.CRC} {info.file_size}\n" for info in shared)
                home = self.folder / f"shared-{hashlib.sha256(contents.encode()).hexdigest()[:8]}"
                if not home.exists():
                    archive.extractall(home, [info.filename for info in shared])
                archive.extractall(into, [name for name in archive.namelist() if not name.startswith("shared/")])
            (into / "shared").symlink_to(home / "shared")
        return into

    @property
    def layer(self) -> Path:
        """What stands for `/opt`."""
        into = self.folder / "opt"
        if not into.exists():
            with zipfile.ZipFile(self.release.path(self.release.layer)) as archive:
                archive.extractall(into)
        return into


def functions() -> list[str]:
    """The names of the project's functions."""
    return sorted(path.parent.name for path in (ROOT / "functions").glob("*/index.py"))


def small_project(folder: Path) -> Path:
    """A project of three functions and two small packages, which shares the downloads."""
    (folder / ".cache").mkdir(parents=True)
    (ROOT / ".cache" / "wheels").mkdir(parents=True, exist_ok=True)
    (folder / ".cache" / "wheels").symlink_to(ROOT / ".cache" / "wheels")
    (folder / "requirements").mkdir()
    (folder / "requirements" / "layer.txt").write_text(_locked("annotated-types", "idna", "tzdata"))
    (folder / "pyproject.toml").write_text('[project]\nname = "small"\nversion = "4.5.6"\n')
    (folder / "shared" / "inner").mkdir(parents=True)
    (folder / "shared" / "inner" / "rules.py").write_text("FEE = 3\nKINDS = {'a', 'b', 'c'}\n")
    (folder / "shared" / "entry.py").write_text("import annotated_types\n\nfrom shared.inner.rules import FEE\n")
    for name in SMALL:
        (folder / "functions" / name).mkdir(parents=True)
        code = f"import shared.entry\n\n\ndef main(event, context):\n    return '{name}'\n"
        (folder / "functions" / name / "index.py").write_text(code)
    entry = raw_config()["functions"][0]
    write_config(folder, [{**entry, "name": name, "dir": name} for name in SMALL])
    return folder


def _locked(*names: str) -> str:
    """These packages' part of the project's own lock."""
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements" / "layer.txt").read_text())
    return "\n".join(entry for entry in entries if entry.split("==")[0] in names) + "\n"


def raw_config() -> dict[str, Any]:
    """The project's file as JSON."""
    raw: dict[str, Any] = json.loads((ROOT / CONFIG).read_text())
    return raw


def write_config(folder: Path, functions: list[Any], **more: Any) -> Path:
    """The project's file with these functions, in another folder."""
    path = folder / CONFIG
    path.write_text(json.dumps({**raw_config(), "functions": functions, **more}, ensure_ascii=False))
    return path


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The project's release, built once."""
    return build(tmp_path_factory.mktemp("release") / "built", tell=lambda _line: None)


@pytest.fixture(scope="session")
def unpacked(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    """The same, as the platform lays it out."""
    return Unpacked(release, tmp_path_factory.mktemp("platform"))
