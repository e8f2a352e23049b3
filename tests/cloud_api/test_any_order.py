"""Releases come, fail and go back in any order: a mark never lies, and an apply that succeeds is complete."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import ExitStack
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from scripts.deploying.present import LOCK
from scripts.deploying.wanted import MARK
from scripts.release.manifest import Release
from tests.cloud_api.account import Account, Environment, Fault
from tests.cloud_api.office import ENV_ID, FEW, KEY, KEY_ID, Office, entry
from tests.cloud_api.server import serve

CHANGING = (
    "PublishLayerVersion",
    "CreateFunction",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
    "CreateTrigger",
    "DeleteTrigger",
    "CreateHTTPServiceRoute",
    "ModifyHTTPServiceRoute",
    "ModifyResourcePermission",
)
codes = st.sampled_from(["first", "second", "third"])


class Deployments(RuleBasedStateMachine):
    """An environment, and an engineer with more and more releases."""

    def __init__(self) -> None:
        super().__init__()
        self.ends = ExitStack()
        folder = Path(self.ends.enter_context(tempfile.TemporaryDirectory())) / "project"
        folder.mkdir()
        environments = {ENV_ID: Environment(domain="shop.example.com")}
        self.account = Account(keys={KEY_ID: KEY}, environments=environments, looks=1)
        self.office = Office(folder, self.account, self.ends.enter_context(serve(self.account)))
        self.releases: dict[str, Release] = {}

    def teardown(self) -> None:
        self.ends.close()

    @rule(
        code=st.dictionaries(st.sampled_from(FEW), codes),
        layer=st.sampled_from(["layer 1", "layer 2"]),
        cron=st.sampled_from(["30 * * * * * *", "0 * * * * * *"]),
        path=st.sampled_from(["/payNotify", "/told"]),
        without=st.sampled_from([None, "submitOrder", "sweep"]),
    )
    def build(self, code: dict[str, str], layer: str, cron: str, path: str, without: str | None) -> None:
        def edit(config: dict[str, object]) -> None:
            entry(config, "payNotify")["path"] = path
            if without != "sweep":
                entry(config, "sweep")["triggers"][0]["config"] = cron

        version = f"r{len(self.releases) + 1}"
        functions = [name for name in FEW if name != without]
        self.releases[version] = self.office.release(version, functions=functions, code=code, layer=layer, edit=edit)

    @precondition(lambda self: self.releases)
    @rule(action=st.sampled_from(CHANGING), kind=st.sampled_from(["refuse", "fail", "lose"]), name=st.sampled_from(FEW))
    def something_will_go_wrong(self, action: str, kind: str, name: str) -> None:
        of = name if "Function" in action else ""
        self.account.faults.append(Fault(action, kind, of, code="FailedOperation"))

    @precondition(lambda self: self.releases)
    @rule(data=st.data())
    def deploy(self, data: st.DataObject) -> None:
        version = data.draw(st.sampled_from(sorted(self.releases)))
        told = self.office.deploy("apply", "--release", version)
        assert LOCK not in self.account.environments[ENV_ID].functions
        if told.code == 0:
            self.require(self.releases[version])
            self.account.calls.clear()
            assert self.office.deploy("rollback", version).code == 0
            assert self.account.changes() == []

    @precondition(lambda self: self.releases)
    @rule(data=st.data())
    def deploy_until_it_stands(self, data: st.DataObject) -> None:
        version = data.draw(st.sampled_from(sorted(self.releases)))
        tries = sum(fault.times for fault in self.account.faults) + 1
        assert any(self.office.deploy("rollback", version).code == 0 for _ in range(tries))
        self.require(self.releases[version])

    @invariant()
    def a_mark_is_true(self) -> None:
        for function in self.account.environments[ENV_ID].functions.values():
            mark = function.env.get(MARK)
            # A function whose last change failed is not believed, whatever it carries.
            if mark and function.status == "Active":
                assert hashlib.sha256(function.code).hexdigest().startswith(mark)

    def require(self, release: Release) -> None:
        """The environment is this release, except for what it does not know."""
        environment = self.account.environments[ENV_ID]
        for name, package in release.functions.items():
            function = environment.functions[name]
            assert (function.status, function.env[MARK]) == ("Active", package.sha256[:16])
            assert function.code == release.path(package).read_bytes()
        bound = {environment.functions[name].settings["Layers"][0]["LayerVersion"] for name in release.functions}
        layers = next(iter(self.account.layers.values()))
        assert [layers[version - 1].description for version in bound] == [release.layer.sha256]


TestDeployments = Deployments.TestCase
TestDeployments.settings = settings(max_examples=15, stateful_step_count=12)
