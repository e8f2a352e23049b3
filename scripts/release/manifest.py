"""What a release's folder holds: `manifest.json`, one zip per function, the layer's zip, and its `cloudbaserc.json`.

The folder is enough to deploy from and to go back to: nothing of the repository is read any more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MANIFEST = "manifest.json"
CONFIG = "cloudbaserc.json"


class ReleaseError(Exception):
    """A release cannot be built, or what lies in its folder is not one; the message says what and where."""


class Package(BaseModel):
    """One zip of a release: its file name in the folder, the SHA-256 of its bytes, its size, its size unpacked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zip: str = Field(pattern=r"^[A-Za-z0-9._-]+\.zip$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int
    unpacked: int


class LayerPackage(Package):
    """The dependency layer. `name` is as `cloudbaserc.json` writes it, so `{{env.ENV_ID}}` is still to be filled in."""

    name: str


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    functions: dict[str, Package]
    layer: LayerPackage
    config_hash: str
    schema_version: int


@dataclass(frozen=True)
class Release:
    """One release in its folder.

    `version` names its content: two builds of the same files have the same one. `config_hash` is the SHA-256 of its
    `cloudbaserc.json`; `schema_version` is the number of the last data migration its code knows.
    """

    folder: Path
    version: str
    functions: Mapping[str, Package]
    layer: LayerPackage
    config_hash: str
    schema_version: int

    @property
    def config(self) -> Path:
        """The `cloudbaserc.json` that this release was built with."""
        return self.folder / CONFIG

    def path(self, package: Package) -> Path:
        """Where a zip of this release lies."""
        return self.folder / package.zip


def write_release(release: Release) -> None:
    """Write the manifest into the release's folder."""
    written = _Written(
        version=release.version,
        functions=dict(sorted(release.functions.items())),
        layer=release.layer,
        config_hash=release.config_hash,
        schema_version=release.schema_version,
    )
    text = json.dumps(written.model_dump(), indent=2, ensure_ascii=False) + "\n"
    (release.folder / MANIFEST).write_text(text, encoding="utf-8")


def read_release(folder: Path) -> Release:
    """The release in this folder, every file there and as it was built. Raises ReleaseError naming what is not."""
    path = folder / MANIFEST
    try:
        written = _Written.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ReleaseError(f"no release in {folder}: {error.strerror}: {path.name}") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise ReleaseError(f"{path} is not a release's manifest: {faults}") from error
    release = Release(
        folder=folder,
        version=written.version,
        functions=written.functions,
        layer=written.layer,
        config_hash=written.config_hash,
        schema_version=written.schema_version,
    )
    _require_whole(release)
    return release


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex. Raises OSError."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _require_whole(release: Release) -> None:
    wanted = {package.zip: package.sha256 for package in (*release.functions.values(), release.layer)}
    for name, expected in (wanted | {CONFIG: release.config_hash}).items():
        path = release.folder / name
        try:
            found = sha256(path)
        except OSError as error:
            raise ReleaseError(f"{path}: {error.strerror}") from error
        if found != expected:
            raise ReleaseError(f"{path} is not what was built: its SHA-256 is {found}, the manifest says {expected}")
