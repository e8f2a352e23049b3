"""The kept releases: a folder of folders, each enough to deploy from."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from scripts.deploying.faults import DeployError
from scripts.deploying.present import Present
from scripts.deploying.wanted import MARK_DIGITS
from scripts.release.manifest import MANIFEST, Release, ReleaseError, read_release

_NEW = ".new"


def kept(folder: Path) -> list[Release]:
    """Every whole release in the folder, the newest first; a damaged one is left out."""
    found = []
    for home in _homes(folder):
        with suppress(ReleaseError):
            found.append(read_release(home))
    return found


def find(folder: Path, version: str | None) -> Release:
    """The release of this version, the newest without one. Raises DeployError, also for a damaged one."""
    homes = _homes(folder)
    home = next((one for one in homes if version in (None, one.name)), None)
    if home is None:
        there = ", ".join(one.name for one in homes) or "none"
        raise DeployError(f"no release {version or ''} in {folder} (there: {there}); scripts/deploy build makes one")
    try:
        return read_release(home)
    except ReleaseError as error:
        raise DeployError(str(error)) from error


def keep(folder: Path, build: Callable[[Path], Release]) -> Release:
    """Build a release and keep it under its version; the same sources again are the same release, then the newest."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        release = build(folder / _NEW)
        home = folder / release.version
        if home.exists():
            shutil.rmtree(home)
        release.folder.rename(home)
        return read_release(home)
    except ReleaseError as error:
        raise DeployError(str(error)) from error


def running(present: Present, releases: Iterable[Release]) -> Release | None:
    """The kept release whose code every one of its functions runs; None when none does, or it is a mixture."""
    marks = {name: function.mark for name, function in present.functions.items()}
    for release in releases:
        wanted = {name: package.sha256[:MARK_DIGITS] for name, package in release.functions.items()}
        if wanted and all(marks.get(name) == mark for name, mark in wanted.items()):
            return release
    return None


def _homes(folder: Path) -> list[Path]:
    """The folders of releases, the one built last first."""
    manifests = (path for path in folder.glob(f"*/{MANIFEST}") if path.parent.name != _NEW)
    return [path.parent for path in sorted(manifests, key=lambda path: path.stat().st_mtime_ns, reverse=True)]
