"""Zips whose bytes depend on nothing but the files in them."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

from scripts.release.manifest import Package

Files = Mapping[str, bytes]
"""What goes into a zip: content by path, with `/`, relative to the zip's root."""

_NO_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_READABLE = 0o100644 << 16


def write_zip(path: Path, files: Files) -> Package:
    """Write the files in the order of their names, all of one time and mode: the same files, the same bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.create_system, entry.external_attr = _UNIX, _READABLE
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, 6)
    content = path.read_bytes()
    return Package(
        zip=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        unpacked=sum(map(len, files.values())),
    )


def read_files(folder: Path, *, under: str = "") -> dict[str, bytes]:
    """All of a folder's files but caches, credentials and what an editor leaves, under a path of the zip."""
    return {
        under + path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and "__pycache__" not in path.parts
        and path.suffix != ".pyc"
        and not path.name.startswith(".")
    }
