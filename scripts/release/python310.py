"""The platform's Python, 3.10, where this machine has one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

VERSION = (3, 10)
HOW = "install Python 3.10, or name one in ZAOTAI_PYTHON310"
_ASK = "import sys; print(*sys.version_info[:2]); print(sys.executable)"


@lru_cache(maxsize=1)
def python310() -> Path | None:
    """A Python 3.10 that runs, or None: `ZAOTAI_PYTHON310`, the path's `python3.10`, or one of pyenv's."""
    for candidate in _candidates(os.environ):
        found = _asked(candidate)
        if found is not None:
            return found
    return None


def _candidates(environ: Mapping[str, str]) -> list[str]:
    named, on_path = environ.get("ZAOTAI_PYTHON310"), shutil.which("python3.10")
    pyenv = sorted(Path.home().glob(".pyenv/versions/3.10.*/bin/python3.10"))
    return [str(one) for one in (named, on_path, *pyenv) if one]


def _asked(candidate: str) -> Path | None:
    """Its real path if it is what its name says: a version manager's stand-in may lead nowhere."""
    try:
        done = subprocess.run([candidate, "-I", "-c", _ASK], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    version, executable = done.stdout.splitlines()
    return Path(executable) if version == f"{VERSION[0]} {VERSION[1]}" else None
