"""Packages of the npm registry for tests, from a lock in the repository."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

CACHE = Path(__file__).parents[2] / ".cache"


def require_node() -> None:
    """Skip the test where node or npm is missing; in CI, fail it."""
    if not (shutil.which("node") and shutil.which("npm")):
        if os.environ.get("CI"):
            pytest.fail("node and npm are needed to test what is published for clients")
        pytest.skip("node and npm are not on this machine")


def installed(locked: Path, *, name: str) -> Path:
    """The `node_modules` of the folder's lock, installed once; test processes side by side wait for each other."""
    require_node()
    folder, lock = CACHE / name, (locked / "package-lock.json").read_text()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        stamp = folder / "installed-lock.json"
        if not stamp.exists() or stamp.read_text() != lock:
            for file in ("package.json", "package-lock.json"):
                shutil.copy(locked / file, folder / file)
            install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=110)
            stamp.write_text(lock)
    return folder / "node_modules"
