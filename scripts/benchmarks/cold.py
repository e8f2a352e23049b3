"""`scripts/bench cold`: what a function's cold start costs, from the packaged zips: its imports, and its first call.

CPU time of fresh processes, the functions and a bare `import pymongo` taking turns, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from scripts.benchmarks.bound import Bound
from scripts.local.mongod import Mongod
from scripts.release.build import ROOT, build
from scripts.release.manifest import Release
from scripts.release.python310 import HOW, python310

LIMIT = 2.2
BARE = "import pymongo"
_FIRST_CALL = """
import json, sys, time
began = time.process_time()
import index
imported = time.process_time()
out, sys.stdout = sys.stdout, sys.stderr
index.main({}, {"request_id": "r", "environ": "", "time_limit_in_ms": 10000, "environment": "{}"})
print(imported - began, time.process_time() - imported, file=out)
"""
_BARE = "import time; began = time.process_time(); import pymongo; print(time.process_time() - began, 0)"


@dataclass(frozen=True)
class Start:
    """Medians in milliseconds of CPU."""

    name: str
    import_ms: float
    first_call_ms: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a function's imports cost over 2.2 bare drivers."""
    parser = argparse.ArgumentParser(prog="scripts/bench cold", description=__doc__)
    parser.add_argument("functions", nargs="*", help="only these")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary, Mongod() as server:
        release = build(Path(temporary, "release"), tell=lambda _line: None)
        starts = _measure(
            release, Path(temporary), options.functions or sorted(release.functions), options.rounds, server.uri
        )
    return _tell(starts)


def _measure(release: Release, work: Path, names: Sequence[str], rounds: int, uri: str) -> list[Start]:
    python, layer = _platform(release, work)
    folders = {name: _unpack(release, name, work) for name in names}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in (BARE, *names)}
    for _ in range(rounds):
        for name, times in taken.items():
            env = _environment(layer, folders.get(name), uri)
            program = [python, "-X", "utf8", "-c", _FIRST_CALL if name in folders else _BARE]
            done = subprocess.run(program, env=env, capture_output=True, text=True, timeout=120, check=True)
            first, second = map(float, done.stdout.split())
            times.append((first * 1000, second * 1000))
    return [Start(name, median(one for one, _ in each), median(two for _, two in each)) for name, each in taken.items()]


def _platform(release: Release, work: Path) -> tuple[str, Path]:
    python = python310()
    if python is None:
        print(f"no Python 3.10 here ({HOW}): measured on {sys.version.split()[0]} with the layer of development")
        return sys.executable, ROOT / ".cache" / "layer"
    with zipfile.ZipFile(release.path(release.layer)) as archive:
        archive.extractall(work / "opt")
    return str(python), work / "opt"


def _unpack(release: Release, name: str, work: Path) -> Path:
    folder = work / name
    with zipfile.ZipFile(release.path(release.functions[name])) as archive:
        archive.extractall(folder)
    return folder


def _environment(layer: Path, code: Path | None, uri: str) -> Mapping[str, str]:
    settings = {"MONGODB_URI": uri, "MONGODB_DATABASE": "zaotai_cold", "TABLE_CODE_KEY": "k", "TZ": "UTC"}
    # As on the platform, whose files are read-only: what is not compiled ahead is compiled at every start.
    return {"PYTHONPATH": f"{code}:{layer}" if code else str(layer), "PYTHONDONTWRITEBYTECODE": "1", **settings}


def _tell(starts: Sequence[Start]) -> int:
    bare = starts[0]
    print(f"{'CPU ms, median':24} {'imports':>8} {'first call':>11} {'ratio':>6}")
    print(f"{bare.name:24} {bare.import_ms:8.0f} {'':>11} {1:6.2f}")
    for one in sorted(starts[1:], key=lambda start: start.import_ms):
        print(f"{one.name:24} {one.import_ms:8.0f} {one.first_call_ms:11.0f} {one.import_ms / bare.import_ms:6.2f}")
    worst = max(starts[1:], key=lambda start: start.import_ms)
    bound = Bound(f"{worst.name}'s imports, in bare drivers", worst.import_ms / bare.import_ms, LIMIT, at_most=True)
    kept = sum(one.import_ms <= LIMIT * bare.import_ms for one in starts[1:])
    print(f"{bound}; {kept} of {len(starts) - 1} functions keep it")
    return 0 if bound.holds else 1


if __name__ == "__main__":
    sys.exit(main())
