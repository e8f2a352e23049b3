"""The locked packages as the platform needs them: wheels for Python 3.10 on manylinux2014, checked by their hashes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.parser import Parser
from functools import cached_property
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.release.manifest import ReleaseError

TARGET = {
    "python_version": "3.10",
    "python_full_version": "3.10.13",
    "implementation_name": "cpython",
    "implementation_version": "3.10.13",
    "platform_python_implementation": "CPython",
    "platform_machine": "x86_64",
    "platform_system": "Linux",
    "platform_release": "",
    "platform_version": "",
    "sys_platform": "linux",
    "os_name": "posix",
    "extra": "",
}
"""What a requirement's markers are read against: the platform, whatever Python runs the build."""
_WHEELS_FOR = (
    *("--platform", "manylinux2014_x86_64", "--platform", "manylinux_2_17_x86_64"),
    *("--python-version", "3.10", "--implementation", "cp", "--abi", "cp310", "--abi", "abi3", "--abi", "none"),
    *("--only-binary", ":all:"),
)
_LIMIT_S = 300


@dataclass(frozen=True)
class Wheel:
    """One downloaded package."""

    path: Path

    @cached_property
    def files(self) -> dict[str, bytes]:
        """What lies under the root once it is installed, without what only an installer reads. Raises ReleaseError."""
        with zipfile.ZipFile(self.path) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
            if misplaced := [name for name in names if ".data/" in name.split("/")[0] + "/"]:
                raise ReleaseError(f"{self.path.name}: {misplaced[0]} would need an installer")
            return {name: archive.read(name) for name in names if not name.endswith(".dist-info/RECORD")}

    @property
    def name(self) -> str:
        """The package's name in its canonical spelling."""
        return canonicalize_name(self.path.name.split("-")[0])

    @cached_property
    def modules(self) -> frozenset[str]:
        """The top-level names that it makes importable."""
        tops = {name.split("/")[0] for name in self.files}
        return frozenset(top.split(".")[0] for top in tops if not top.endswith(".dist-info"))

    @cached_property
    def needs(self) -> frozenset[str]:
        """The packages it requires on the platform, extras aside."""
        (metadata,) = (data for name, data in self.files.items() if name.endswith(".dist-info/METADATA"))
        headers = Parser().parsestr(metadata.decode(), headersonly=True)
        return frozenset(_required(headers.get_all("Requires-Dist", [])))


def download(lock: Path, *, cache: Path) -> list[Wheel]:
    """The lock's packages for the platform, fetched once per lock. Raises ReleaseError with pip's words."""
    wanted = "".join(_locked(lock.read_text(encoding="utf-8")))
    folder = cache / hashlib.sha256(wanted.encode()).hexdigest()[:16]
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as temporary:
            _fetch(wanted, Path(temporary))
            try:
                Path(temporary, "wheels").rename(folder)
            except OSError:
                # Another build was faster; what it put there is the same.
                if not folder.is_dir():
                    raise
    return [Wheel(path) for path in sorted(folder.glob("*.whl"))]


def _fetch(wanted: str, work: Path) -> None:
    (work / "lock.txt").write_text(wanted)
    program = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--no-deps",
    ]
    program += [*_WHEELS_FOR, "--require-hashes", "-r", str(work / "lock.txt"), "-d", str(work / "wheels")]
    done = subprocess.run(program, capture_output=True, text=True, timeout=_LIMIT_S, env=dict(os.environ), check=False)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise ReleaseError("the layer's packages could not be fetched: " + "; ".join(errors or [done.stderr[-500:]]))


def _locked(text: str) -> Iterator[str]:
    """The lock's lines that hold on the platform, without their markers: pip would read those for its own Python."""
    for line in text.replace("\\\n", " ").splitlines():
        requirement, *hashes = line.split(" --hash=")
        if not requirement.strip() or requirement.startswith("#"):
            continue
        parsed = Requirement(requirement.strip())
        if parsed.marker is None or parsed.marker.evaluate(TARGET):
            yield " ".join([f"{parsed.name}{parsed.specifier}", *(f"--hash={one.strip()}" for one in hashes)]) + "\n"


def _required(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        parsed = Requirement(line)
        if parsed.marker is None or parsed.marker.evaluate(TARGET):
            yield canonicalize_name(parsed.name)
