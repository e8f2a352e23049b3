"""The vendor's own command line reads the same `cloudbaserc.json`, and finds in it what our command finds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from scripts.deploying.wanted import MARK
from tests.cloud_api.account import Account
from tests.cloud_api.office import ENV_ID, FEW, KEY, KEY_ID, PROJECT, Office
from tests.cloud_api.proxy import proxied
from tests.support.npm import installed

NODE = Path(__file__).with_name("node")
LIMIT_S = 40


def vendor_cli(office: Office, account: Account, folder: Path, arguments: list[str]) -> str:
    """Run `tcb` as an engineer who is logged in, in a folder with our file; it reaches only the simulated platform."""
    program = installed(NODE, name="deploy-cli") / ".bin" / "tcb"
    project, home = folder / "cli", folder / "home"
    project.mkdir(exist_ok=True)
    shutil.copy(PROJECT / "cloudbaserc.json", project)
    (project / ".env").write_text("".join(f"{key}={value}\n" for key, value in office.values.items()))
    login = home / ".config" / ".cloudbase" / "auth.json"
    login.parent.mkdir(parents=True, exist_ok=True)
    login.write_text(json.dumps({"credential": {"secretId": KEY_ID, "secretKey": KEY}}))
    with proxied(account, folder) as (proxy, certificate):
        done = subprocess.run(
            [program, *arguments],
            cwd=project,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "CI": "1",
                "HTTPS_PROXY": proxy,
                "http_proxy": proxy,
                "NODE_EXTRA_CA_CERTS": str(certificate),
            },
            input="\n",
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_vendors_command_sets_from_our_file_what_our_command_sets(
    office: Office, account: Account, tmp_path: Path
) -> None:
    office.release("r1")
    office.deploy("apply")
    sweep = account.environments[ENV_ID].functions["sweep"]
    before, env, triggers = dict(sweep.settings), dict(sweep.env), dict(sweep.triggers)
    sweep.settings |= {"Timeout": 7, "MemorySize": 1024, "Environment": {"Variables": []}, "Description": "other"}
    sweep.triggers.clear()

    vendor_cli(office, account, tmp_path, ["fn", "config", "update", "sweep"])

    shown = ("Handler", "Runtime", "Timeout", "MemorySize", "Description", "VpcConfig")
    assert {name: sweep.settings[name] for name in shown} == {name: before[name] for name in shown}
    assert sweep.env == {name: value for name, value in env.items() if name != MARK}
    assert sweep.triggers == triggers


def test_the_vendors_command_lists_what_our_command_deployed(office: Office, account: Account, tmp_path: Path) -> None:
    office.release("r1")
    office.deploy("apply")
    listed = vendor_cli(office, account, tmp_path, ["fn", "list"])
    assert [name for name in FEW if name not in listed] == []
