"""A release is reproducible, whole, and holds nothing that does not belong in it."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from scripts.release.archive import read_files, write_zip
from scripts.release.build import ROOT, build
from scripts.release.imports import imported, needed
from scripts.release.layer import LOCK, WHEELS, layer_files, layer_wheels
from scripts.release.manifest import MANIFEST, Package, Release, ReleaseError, read_release, sha256
from scripts.release.wheels import Wheel, download
from shared.store.migrations import SCHEMA_VERSION
from tests.release.conftest import SMALL, functions, small_project

THIRD_PARTY = ("pymongo", "pydantic", "paho", "tencentcloud", "wechatpayv3")


def names(release: Release, package: Package) -> set[str]:
    with zipfile.ZipFile(release.path(package)) as archive:
        return set(archive.namelist())


def contents(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path) for path in folder.iterdir()}


def quiet(_line: str) -> None:
    """Nobody listens."""


def test_the_same_sources_give_the_same_bytes_wherever_and_whenever(tmp_path: Path) -> None:
    first, second = small_project(tmp_path / "a"), small_project(tmp_path / "elsewhere" / "b")
    for number, path in enumerate(sorted(second.rglob("*.py"), reverse=True)):
        os.utime(path, (1_700_000_000 + number,) * 2)
        path.chmod(0o600)
    (second / "shared" / "__pycache__").mkdir(exist_ok=True)
    (second / "shared" / "__pycache__" / "entry.cpython-312.pyc").write_bytes(b"left by another Python")
    said: list[str] = []
    one, two = build(tmp_path / "one", root=first, tell=said.append), build(tmp_path / "two", root=second, tell=quiet)
    assert contents(one.folder) == contents(two.folder)
    assert one.version == two.version
    assert one.version.startswith("4.5.6+")
    assert len(contents(one.folder)) == len(SMALL) + 3
    layer, *rest = (line for line in said if not line.startswith("no Python 3.10"))
    assert layer.startswith("layer")
    assert [line.split()[-1] for line in rest[:-1]] == list(SMALL)
    assert all(" MB (" in line for line in (layer, *rest[:-1]))
    assert rest[-1] == f"release {one.version} in {one.folder}"


def test_a_changed_function_is_another_zip_and_another_version_and_the_rest_stays(tmp_path: Path) -> None:
    project = small_project(tmp_path / "project")
    before = build(tmp_path / "before", root=project, tell=quiet)
    index = project / "functions" / "make" / "index.py"
    index.write_text(index.read_text() + "# changed\n")
    after = build(tmp_path / "after", root=project, tell=quiet)
    changed = {name for name in SMALL if before.functions[name].sha256 != after.functions[name].sha256}
    assert (changed, before.layer, before.version == after.version) == ({"make"}, after.layer, False)


def test_the_manifest_says_what_lies_there(release: Release) -> None:
    written = json.loads((release.folder / MANIFEST).read_text())
    assert set(written) == {"version", "functions", "layer", "config_hash", "schema_version"}
    assert sorted(written["functions"]) == functions()
    assert written["layer"]["name"] == "zaotai-deps_{{env.ENV_ID}}"
    assert written["schema_version"] == SCHEMA_VERSION
    for package in (*release.functions.values(), release.layer):
        assert release.path(package).stat().st_size == package.size
        with zipfile.ZipFile(release.path(package)) as archive:
            assert sum(info.file_size for info in archive.infolist()) == package.unpacked
            assert {(info.date_time, info.external_attr >> 16) for info in archive.infolist()} == {
                ((1980, 1, 1, 0, 0, 0), 0o100644)
            }
    assert read_release(release.folder) == release


@pytest.mark.parametrize("function", ["getMenu", "payNotify"])
def test_a_functions_zip_is_its_folder_and_shared(release: Release, function: str) -> None:
    inside = names(release, release.functions[function])
    assert {"index.py", "shared/entry.py", "shared/store/schema/__init__.py"} <= inside
    assert {name.split("/")[0] for name in inside} == {"index.py", "__init__.py", "shared"}
    assert {Path(name).suffix for name in inside} <= {".py", ".pyc"}


def test_the_layer_has_what_functions_import_and_nothing_else(release: Release) -> None:
    inside = names(release, release.layer)
    tops = {name.split("/")[0] for name in inside}
    assert {*THIRD_PARTY, "tzdata"} <= tops
    assert not tops & {"pytest", "pip", "setuptools", "pydantic_settings", "dotenv", "httpx", "PIL", "bin"}
    binaries = {name for name in inside if name.endswith(".so")}
    assert binaries
    assert all("cpython-310" in name or "abi3" in name for name in binaries)


def test_the_layer_is_the_same_when_it_is_built_again(release: Release, tmp_path: Path) -> None:
    sources = read_files(ROOT / "shared", under="shared/") | read_files(ROOT / "functions", under="functions/")
    wheels, _ = layer_wheels(ROOT, sources)
    assert write_zip(tmp_path / "layer.zip", layer_files(wheels)).sha256 == release.layer.sha256


def test_a_package_that_nothing_imports_is_left_out_and_what_it_alone_needs_too(tmp_path: Path) -> None:
    wheels = download(ROOT / LOCK, cache=ROOT / WHEELS)
    assert {wheel.name for wheel in needed({"pymongo"}, wheels)} == {"pymongo", "dnspython", "tzdata"}
    said: list[str] = []
    build(tmp_path / "out", root=small_project(tmp_path / "project"), tell=said.append)
    assert [line.split(", ", 1)[1] for line in said if line.startswith("layer")] == ["2 packages; not needed: idna"]


def test_an_import_that_no_locked_package_brings_stops_the_build(tmp_path: Path) -> None:
    project, out = small_project(tmp_path / "project"), tmp_path / "out"
    index = project / "functions" / "make" / "index.py"
    index.write_text(index.read_text() + "\ndef late() -> None:\n    import numpy\n")
    with pytest.raises(ReleaseError, match=r"in no locked package of the layer: numpy$"):
        build(out, root=project, tell=quiet)
    assert not out.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["project"]


def test_late_and_typing_only_imports_count() -> None:
    source = (
        b"import os\nfrom a.b import c\nif x:\n    import d.e as f\ndef g():\n    from h import i\nfrom . import j\n"
    )
    assert imported({"shared/x.py": source, "x.txt": b"import k"}) == {"a", "d", "h"}


def test_credentials_and_caches_are_not_packed(tmp_path: Path) -> None:
    project = small_project(tmp_path / "project")
    folder = project / "functions" / "make"
    (folder / ".env").write_text("MONGODB_URI=mongodb://secret")
    (folder / "__pycache__").mkdir(exist_ok=True)
    (folder / "__pycache__" / "index.cpython-311.pyc").write_bytes(b"stale")
    release = build(tmp_path / "out", root=project, tell=quiet)
    inside = names(release, release.functions["make"])
    assert not {name for name in inside if ".env" in name or "cpython-311" in name}


def test_a_faulty_file_stops_the_build(tmp_path: Path) -> None:
    project = small_project(tmp_path / "project")
    (project / "functions" / "make" / "index.py").unlink()
    with pytest.raises(ReleaseError, match=r"there is no functions/make/index\.py$"):
        build(tmp_path / "out", root=project, tell=quiet)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ReleaseError, match="holds something else than a release"):
        build(tmp_path, tell=quiet)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("harm", ["changed", "gone", "config", "manifest"])
def test_a_release_that_is_not_as_it_was_built_is_refused(tmp_path: Path, harm: str) -> None:
    release = build(tmp_path / "out", root=small_project(tmp_path / "project"), tell=quiet)
    victim = release.path(release.functions["make"])
    match harm:
        case "changed":
            victim.write_bytes(victim.read_bytes() + b" ")
        case "gone":
            victim.unlink()
        case "config":
            release.config.write_text("{}")
        case _:
            victim = release.folder / MANIFEST
            victim.write_text('{"version": 1}')
    with pytest.raises(ReleaseError, match=release.config.name if harm == "config" else victim.name):
        read_release(release.folder)


def test_a_wheel_that_needs_an_installer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("odd-1.0.data/purelib/odd.py", "")
    wheel = Wheel(path)
    with pytest.raises(ReleaseError, match="would need an installer"):
        _ = wheel.files
