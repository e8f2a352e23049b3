"""What is deployed runs: from an empty folder, with a function's zip and the layer and nothing else to import."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from scripts.local.cloud import LocalCloud
from scripts.release.build import ROOT
from scripts.release.python310 import HOW, python310
from tests.release.conftest import Unpacked, functions, raw_config
from tests.support.shops import DISHES, TestShop

pytestmark = pytest.mark.timeout(300)  # the whole release is built first

RUNNER = "a0e39a496854b516cd42058c6f265169c3cc9c656e2dc4fc4503de61c994f492"
"""The hash of the platform's own local runner as it was published last."""
PROBE = Path(__file__).with_name("probe.py")
ENV = {
    "MONGODB_URI": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=1",
    "TABLE_CODE_KEY": "k",
    "PATH": os.defpath,
    "PYTHONDONTWRITEBYTECODE": "1",
}


def platform(unpacked: Unpacked) -> tuple[str, Path]:
    """The platform's Python and the layer made for it; else this Python, with its own build of the same packages."""
    python = python310()
    if python is not None:
        return str(python), unpacked.layer
    print(f"no Python 3.10 here ({HOW}): the zips run on {sys.version.split()[0]} with the layer of development")
    return sys.executable, ROOT / ".cache" / "layer"


@pytest.fixture(scope="module")
def probed(unpacked: Unpacked, mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each function did in an empty folder, called once with an empty event and a database that is new."""
    python, layer = platform(unpacked)
    empty = tmp_path_factory.mktemp("empty")
    reading, writing = os.pipe()
    env = {**ENV, "MONGODB_URI": mongodb_uri, "MONGODB_DATABASE": "zaotai_release", "ANSWERS": str(writing)}
    codes = [f"{name}={unpacked.code(name)}" for name in functions()]
    program = [python, "-I", "-S", "-X", "utf8", str(PROBE), str(layer), *codes]
    with os.fdopen(reading) as answers:
        with subprocess.Popen(program, cwd=empty, env=env, pass_fds=[writing]) as process:
            os.close(writing)
            said = [json.loads(line) for line in answers]
        assert process.returncode == 0
    assert list(empty.iterdir()) == []
    return {one["name"]: one for one in said}


@pytest.mark.parametrize("function", functions())
def test_a_function_runs_with_its_zip_and_the_layer_alone(probed: dict[str, Any], function: str) -> None:
    said = probed[function]
    assert "failed" not in said, said["failed"]
    assert said["installed"] == []
    assert said["reply"]["success"] or set(said["reply"]) >= {"code", "message", "requestId"}


@pytest.mark.parametrize("function", functions())
def test_importing_a_function_brings_nothing_that_only_some_calls_use(probed: dict[str, Any], function: str) -> None:
    assert probed[function]["late"] == []


def test_what_was_compiled_ahead_is_what_runs(unpacked: Unpacked, tmp_path: Path) -> None:
    if python310() is None:
        pytest.skip(f"nothing is compiled ahead without a Python 3.10: {HOW}")
    code = tmp_path / "code"
    shutil.copytree(unpacked.code("getMenu"), code)
    errors = code / "shared" / "errors.py"
    program = [str(python310()), "-v", "-S", "-c", "import shared.errors"]
    env = {**ENV, "PYTHONPATH": f"{code}:{unpacked.layer}"}

    def matched() -> bool:
        done = subprocess.run(program, capture_output=True, text=True, timeout=60, cwd=tmp_path, env=env, check=True)
        return f"{errors.parent}/__pycache__/errors.cpython-310.pyc matches {errors}" in done.stderr

    assert matched()
    # Somebody edits the code in the platform's console: then the source counts.
    errors.write_text(errors.read_text() + "# edited\n")
    assert not matched()


@pytest.fixture(scope="session")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with which the platform's own local runner starts a Python function, from its last release."""
    work = tmp_path_factory.mktemp("runner")
    (work / "lock.txt").write_text(f"scf==0.2.8 --hash=sha256:{RUNNER}\n")
    fetch = ["download", "--quiet", "--no-deps", "--no-binary=:all:", "--require-hashes", "--no-build-isolation"]
    program = [sys.executable, "-m", "pip", *fetch, "-r", str(work / "lock.txt"), "-d", str(work)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=110, check=False)
    if done.returncode:
        reason = f"the platform's runner could not be fetched: {done.stderr[-300:]}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with tarfile.open(work / "scf-0.2.8.tar.gz") as archive:
        archive.extractall(work, filter="data")
    return work / "scf-0.2.8/tcfcli/cmds/native/common/runtime/python3.6/bootstrap.py"


@pytest.mark.parametrize("function", ["getMenu", "submitOrder", "payNotify"])
def test_the_platforms_own_runner_runs_a_zip(unpacked: Unpacked, bootstrap: Path, function: str) -> None:
    python, layer = platform(unpacked)
    code = unpacked.code(function)
    env = {
        **ENV,
        "PYTHONPATH": f"{code}:{layer}",
        "SCF_FUNCTION_NAME": function,
        "SCF_FUNCTION_TIMEOUT": "10",
        "SCF_EVENT_BODY": json.dumps({"shopId": 7}),
        "SCF_DISPLAY_IS_QUIET": "True",
    }
    program = [python, str(bootstrap), f"{code}/index:main"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, env=env, check=False)
    assert done.returncode == 0, done.stderr
    reply = json.loads(done.stdout.splitlines()[-1])
    expected = {"getMenu": "INVALID_ARGUMENT", "submitOrder": "INVALID_ARGUMENT", "payNotify": "NOT_FOUND"}
    assert (reply["success"], reply["code"]) == (False, expected[function]), done.stdout + done.stderr


def test_a_zip_serves_a_guest_through_the_gateway(unpacked: Unpacked, shop: TestShop, tmp_path: Path) -> None:
    names = ("getMenu", "openTable", "submitOrder")
    root = tmp_path / "project"
    for name in names:
        (root / "functions" / name).mkdir(parents=True)
        shutil.copyfile(unpacked.code(name) / "index.py", root / "functions" / name / "index.py")
    shutil.copytree(unpacked.code("getMenu") / "shared", root / "shared")
    entries = [one for one in raw_config()["functions"] if one["name"] in names]
    (root / "cloudbaserc.json").write_text(json.dumps({**raw_config(), "functions": entries}))
    layer = unpacked.layer if sys.version_info[:2] == (3, 10) else ROOT / ".cache" / "layer"
    settings: dict[str, Any] = {"mongodb_uri": os.environ["MONGODB_URI"], "database": os.environ["MONGODB_DATABASE"]}
    key = os.environ["TABLE_CODE_KEY"]
    with LocalCloud(
        tmp_path / "work",
        root=root,
        layer=layer,
        table_code_key=key,
        mqtt_url="mqtt://nowhere",
        timers=False,
        **settings,
    ) as cloud:
        menu = cloud.invoke("getMenu", {"shopId": shop.shop_id}, openid=shop.guest())
        assert isinstance(menu, dict)
        assert menu["success"], menu
        dishes = {dish["id"] for dish in menu["data"]["dishes"]}
    assert dishes == {dish.id for dish in DISHES}
