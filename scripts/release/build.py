"""Builds a release: one zip per function, the dependency layer, and the manifest that binds them."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.release.archive import read_files, write_zip
from scripts.release.compiled import compiled
from scripts.release.config import CloudConfig, ConfigError, check_project
from scripts.release.layer import layer_files, layer_wheels
from scripts.release.manifest import (
    CONFIG,
    MANIFEST,
    LayerPackage,
    Package,
    Release,
    ReleaseError,
    sha256,
    write_release,
)
from scripts.release.python310 import HOW, python310
from shared.store.migrations import SCHEMA_VERSION

ROOT = Path(__file__).resolve().parents[2]
ZIP_LIMIT = 20_000_000
"""What the platform takes inside a request."""
UNPACKED_LIMIT = 500_000_000
_ZIP = "{name}.zip"
_LAYER_ZIP = "layer.zip"

Tell = Callable[[str], None]


def build(out: Path, *, root: Path = ROOT, tell: Tell = print) -> Release:
    """Build into the folder `out`, which is new, empty, or an earlier release; the same sources give the same bytes.

    Raises ReleaseError, and then `out` is as it was.
    """
    if out.exists() and any(out.iterdir()) and not (out / MANIFEST).is_file():
        raise ReleaseError(f"{out} holds something else than a release")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".build-") as temporary:
        folder = Path(temporary, "release")
        folder.mkdir()
        release = _build(folder, root, tell)
        if out.exists():
            shutil.rmtree(out)
        folder.rename(out)
    tell(f"release {release.version} in {out}")
    return Release(**(vars(release) | {"folder": out}))


def _build(folder: Path, root: Path, tell: Tell) -> Release:
    try:
        config = check_project(root)
    except ConfigError as error:
        raise ReleaseError(f"{CONFIG}:\n{error}") from error
    if python310() is None:
        tell(f"no Python 3.10 here, so nothing is compiled ahead and functions start slowly: {HOW}")
    shutil.copyfile(root / CONFIG, folder / CONFIG)
    layer = _layer(folder, root, config, tell)
    functions = _functions(folder, root, config, tell)
    _require_limits(functions, layer)
    release = Release(
        folder=folder,
        version=_version(root, [*functions.values(), layer], config_hash=sha256(folder / CONFIG)),
        functions=functions,
        layer=layer,
        config_hash=sha256(folder / CONFIG),
        schema_version=SCHEMA_VERSION,
    )
    write_release(release)
    return release


def _layer(folder: Path, root: Path, config: CloudConfig, tell: Tell) -> LayerPackage:
    (name,) = {layer.name for function in config.functions for layer in function.layers}
    sources = read_files(root / "shared", under="shared/") | read_files(root / config.function_root, under="functions/")
    wheels, unneeded = layer_wheels(root, sources)
    package = write_zip(folder / _LAYER_ZIP, layer_files(wheels))
    left_out = f"; not needed: {', '.join(wheel.name for wheel in unneeded)}" if unneeded else ""
    tell(f"layer      {_sizes(package)}, {len(wheels)} packages{left_out}")
    return LayerPackage(name=name, **package.model_dump())


def _functions(folder: Path, root: Path, config: CloudConfig, tell: Tell) -> dict[str, Package]:
    shared = read_files(root / "shared", under="shared/")
    entries = {one.name: read_files(root / config.function_root / one.dir) for one in config.functions}
    shared |= compiled(shared, prefix="/var/user", kind="checked")
    built = {}
    for number, (name, files) in enumerate(sorted(entries.items()), start=1):
        built[name] = write_zip(folder / _ZIP.format(name=name), shared | files)
        tell(f"{number:>3} of {len(entries)}  {_sizes(built[name])}  {name}")
    return built


def _require_limits(functions: Mapping[str, Package], layer: Package) -> None:
    for name, package in {**functions, "layer": layer}.items():
        if package.size > ZIP_LIMIT:
            raise ReleaseError(f"{name}: {package.size} bytes zipped, the platform takes {ZIP_LIMIT}")
    for name, package in functions.items():
        if package.unpacked + layer.unpacked > UNPACKED_LIMIT:
            raise ReleaseError(f"{name}: over {UNPACKED_LIMIT} bytes unpacked, with its layer")


def _version(root: Path, packages: list[Package], *, config_hash: str) -> str:
    """The project's version, and what tells this content from any other."""
    found = re.search(r'^version = "([^"]+)"', (root / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    content = "".join(sorted(package.sha256 for package in packages)) + config_hash
    return f"{found[1] if found else '0'}+{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def _sizes(package: Package) -> str:
    return f"{package.size / 1e6:6.2f} MB ({package.unpacked / 1e6:.1f} MB unpacked)"
