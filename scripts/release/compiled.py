"""Files compiled ahead for the platform's Python, where this machine has it."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Literal

from scripts.release.archive import Files
from scripts.release.manifest import ReleaseError
from scripts.release.python310 import python310

_PROGRAM = Path(__file__).with_name("compile_tree.py")
_LIMIT_S = 180


def compiled(files: Files, *, prefix: str, kind: Literal["checked", "unchecked"]) -> dict[str, bytes]:
    """A `__pycache__` entry for every source among the files, or none without a Python 3.10. Raises ReleaseError."""
    python = python310()
    if python is None:
        return {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, content in files.items():
            if name.endswith(".py"):
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        program = [str(python), "-S", str(_PROGRAM), temporary, prefix, kind]
        env = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(program, env=env, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
        if done.returncode:
            raise ReleaseError(f"{python} could not compile what goes under {prefix}: {done.stderr[-2000:]}")
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.pyc")}
