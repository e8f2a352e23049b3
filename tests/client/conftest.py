"""The TypeScript compiler and the mini-program's own types, from their lock."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.npm import installed

Compile = Callable[..., str]
OPTIONS = ("--noEmit", "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--pretty", "false")
TARGET = ("--target", "es2020", "--lib", "es2020", "--module", "esnext", "--moduleResolution", "bundler")


@pytest.fixture(scope="session")
def compile_strictly() -> Compile:
    """What `tsc --strict` has against files, without a browser's types; nothing if they are sound.

    With `wx` they may use what a mini-program's platform gives them.
    """
    modules = installed(Path(__file__).parent / "node", name="typescript")

    def compiled(*files: Path, wx: bool = False) -> str:
        types = ["--typeRoots", str(modules), "--types", "miniprogram-api-typings"] if wx else []
        program = ["node", str(modules / "typescript" / "bin" / "tsc"), *OPTIONS, *TARGET, *types]
        done = subprocess.run([*program, *map(str, files)], check=False, capture_output=True, text=True, timeout=100)
        assert (done.returncode == 0) == (done.stdout == ""), done.stdout + done.stderr
        return done.stdout

    return compiled
