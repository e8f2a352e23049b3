"""Head office: an engineer with releases and values, and the platform's account that the command works on."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from scripts.deploying.command import Surroundings, run
from scripts.deploying.console import Console
from scripts.release.config import variables
from scripts.release.manifest import CONFIG, LayerPackage, Package, Release, ReleaseError, sha256, write_release
from tests.cloud_api.account import Account

PROJECT = Path(__file__).resolve().parents[2]
ENV_ID = "zaotai-staging-1a2b"
KEY_ID, KEY = "AKIDforTests0000000000000000", "secretKeyForTests000000000000000"
FEW = ("getMenu", "submitOrder", "sweep", "payNotify", "checkHealth")
"""A route, a timer, the health function, and two that have neither."""
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
SECRETS = {
    "TENCENTCLOUD_SECRET_ID": KEY_ID,
    "TENCENTCLOUD_SECRET_KEY": KEY,
    "MONGODB_URI": "mongodb://zaotai:db-p%40ssword@10.0.0.7:27017/?replicaSet=rs0",
    "MQTT_URL": "mqtts://relay:mqtt-password@10.0.0.8:8883",
    "TABLE_CODE_KEY": "table-code-key-0001",
}
PLAIN = {
    "ENV_ID": ENV_ID,
    "REGION": "ap-shanghai",
    "ZAOTAI_ENV": "staging",
    "MONGODB_DATABASE": "zaotai",
    "VPC_ID": "vpc-1234",
    "SUBNET_ID": "subnet-1234",
}


@dataclass(frozen=True)
class Told:
    """How a run of the command ended, and all it printed."""

    code: int
    text: str


@dataclass
class Office:
    """One engineer at one machine."""

    folder: Path
    account: Account
    endpoint: str
    who: str = "ada at head office"
    meanwhile: Callable[[float], None] = lambda _seconds: None
    """What happens while the command waits; no time passes."""
    texts: list[str] = field(default_factory=list)
    now: datetime = NOW

    @property
    def values(self) -> dict[str, str]:
        """All values that a deployment needs."""
        names = variables(PROJECT / CONFIG)
        given = {name: f"secret-of-{name.lower()}" for name in names if name.startswith("WECHAT_")}
        return given | {name: "some-value" for name in names if name not in given} | SECRETS | PLAIN

    def deploy(
        self, *arguments: str, ask: Callable[[str], str] | None = None, change: Mapping[str, str | None] | None = None
    ) -> Told:
        """Run the command as this engineer would, with a file of values; `change` sets some, or leaves out (None)."""
        given = {key: value for key, value in (self.values | dict(change or {})).items() if value is not None}
        path = self.folder.parent / f"{self.folder.name}-{uuid.uuid4().hex[:6]}.env"
        path.write_text("".join(f"{key}={value}\n" for key, value in sorted(given.items())))
        path.chmod(0o600)
        return self.run([*arguments, "--values", str(path), "--endpoint", self.endpoint], ask=ask)

    def run(
        self,
        arguments: Sequence[str],
        *,
        ask: Callable[[str], str] | None = None,
        environ: Mapping[str, str] | None = None,
        build: Callable[[Path], Release] | None = None,
    ) -> Told:
        """Run the command with exactly these arguments."""
        out = io.StringIO()
        around = Surroundings(
            environ=environ or {},
            repository=self.folder,
            who=self.who,
            new_id=lambda: str(uuid.uuid4()),
            now=lambda: self.now,
            monotonic=lambda: 0.0,
            pause=self.meanwhile,
            build=build or _no_build,
        )
        code = run(arguments, Console(out, ask), around)
        self.texts.append(out.getvalue())
        return Told(code, out.getvalue())

    def release(
        self,
        version: str,
        *,
        functions: Sequence[str] = FEW,
        code: Mapping[str, str] | None = None,
        layer: str = "layer 1",
        schema_version: int = 1,
        edit: Callable[[dict[str, Any]], None] | None = None,
    ) -> Release:
        """A kept release of these functions, each of one file; `code` differs for some, `edit` changes its config."""
        home = self.folder / "releases" / version
        home.mkdir(parents=True)
        config = json.loads((PROJECT / CONFIG).read_text())
        config["functions"] = [one for one in config["functions"] if one["name"] in functions]
        if edit:
            edit(config)
        (home / CONFIG).write_text(json.dumps(config, ensure_ascii=False))
        packages = {
            one["name"]: _package(home, f"{one['name']}.zip", (code or {}).get(one["name"], "first"))
            for one in config["functions"]
        }
        release = Release(
            folder=home,
            version=version,
            functions=packages,
            layer=LayerPackage(name="layer", **_package(home, "layer.zip", layer).model_dump()),
            config_hash=sha256(home / CONFIG),
            schema_version=schema_version,
        )
        write_release(release)
        return release


def entry(config: dict[str, Any], name: str) -> dict[str, Any]:
    """One function's entry in a config."""
    found: dict[str, Any] = next(one for one in config["functions"] if one["name"] == name)
    return found


def _package(home: Path, name: str, text: str) -> Package:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), f"# {text}\n")
    data = packed.getvalue()
    (home / name).write_bytes(data)
    return Package(zip=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data), unpacked=len(text))


def _no_build(_out: Path) -> Release:
    raise ReleaseError("nothing is built here")
