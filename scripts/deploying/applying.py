"""Carry out a plan, one step after the other, each to its end; the first failure stops it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.deploying.cloud import Cloud
from scripts.deploying.faults import CloudRefused, DeployError, StepFailed
from scripts.deploying.planning import (
    CreateFunction,
    DeleteFunction,
    Plan,
    PublishLayer,
    SetPermissions,
    SetRoutes,
    SetTriggers,
    Step,
    UpdateFunction,
)
from scripts.deploying.present import function_reply, read_layer_versions
from scripts.deploying.wanted import MARK, Config, Wanted, WantedFunction

INLINE_LIMIT = 20 * 1024 * 1024
"""What the platform takes of a zip in one request, in base64."""
LOOK_EVERY_S = 1.0
LOOKS = 180
_UNDER_WAY = ("Creating", "Updating", "Publishing", "Deleting")


@dataclass
class Deployment:
    """Where a plan is carried out. `layer_version` is known once the layer is there."""

    cloud: Cloud
    wanted: Wanted
    pause: Callable[[float], None]
    layer_version: int

    def do(self, step: Step) -> None:
        """One step, to its end. Raises StepFailed and CloudRefused."""
        match step:
            case PublishLayer():
                self._publish_layer()
            case CreateFunction():
                self._create(step)
            case UpdateFunction():
                self._update(step)
            case SetTriggers():
                self._set_triggers(step)
            case SetRoutes():
                self._set_routes(step)
            case SetPermissions():
                self._set_permissions(step.rules)
            case DeleteFunction():
                self.cloud.scf("DeleteFunction", self._named(step.name))

    def wait_active(self, name: str) -> None:
        """Look until the function's change has ended. Raises StepFailed if it failed, or never ended."""
        for _ in range(LOOKS):
            now = function_reply(self.cloud, self.wanted.env_id, name)
            if now.Status == "Active":
                return
            if now.Status not in _UNDER_WAY:
                raise StepFailed(f"{name} is {now.Status}: {now.reason or 'the platform gives no reason'}")
            self.pause(LOOK_EVERY_S)
        raise StepFailed(f"{name} is still {now.Status} after {LOOKS} looks: see the console")

    def _publish_layer(self) -> None:
        layer = self.wanted.layer
        params = {
            "LayerName": layer.name,
            "CompatibleRuntimes": [layer.runtime],
            "Content": {"ZipFile": _zip(layer.zip)},
            "Description": layer.sha256,
        }
        self.cloud.scf("PublishLayerVersion", params)
        for _ in range(LOOKS):
            version = read_layer_versions(self.cloud, layer.name).get(layer.sha256)
            if version is not None:
                self.layer_version = version
                return
            self.pause(LOOK_EVERY_S)
        raise StepFailed(f"{layer.name}: its new version is not usable after {LOOKS} looks: see the console")

    def _create(self, step: CreateFunction) -> None:
        function, name = step.function, step.function.name
        if step.replaces_failed:
            self.cloud.scf("DeleteFunction", self._named(name))
        params = self._named(name) | self._settings(function.config, mark=function.mark)
        params |= {
            "Runtime": function.config.runtime,
            "Handler": function.config.handler,
            "Role": "TCB_QcsRole",
            "Stamp": "MINI_QCBASE",
            "Code": {"ZipFile": _zip(function.zip)},
        }
        try:
            self.cloud.scf("CreateFunction", params)
        except CloudRefused as error:
            # A lost answer: the call was sent again and met what its first sending had made.
            if not error.code.startswith("ResourceInUse.Function"):
                raise
        self.wait_active(name)

    def _update(self, step: UpdateFunction) -> None:
        """With new code: settings without mark, code, mark. So the mark never names code that is not there."""
        function, name = step.function, step.function.name
        self._settle(name)
        if not step.code:
            self._configure(function, mark=function.mark)
            return
        self._configure(function, mark="")
        params = {"Handler": function.config.handler, "ZipFile": _zip(function.zip), "InstallDependency": "FALSE"}
        self._change("UpdateFunctionCode", name, params)
        self._configure(function, mark=function.mark)

    def _settle(self, name: str) -> None:
        """Wait for what somebody else began; a change that failed earlier is what this step repairs."""
        try:
            self.wait_active(name)
        except StepFailed:
            if function_reply(self.cloud, self.wanted.env_id, name).Status in _UNDER_WAY:
                raise

    def _configure(self, function: WantedFunction, *, mark: str) -> None:
        settings = self._settings(function.config, mark=mark)
        self._change("UpdateFunctionConfiguration", function.name, settings)

    def _change(self, action: str, name: str, params: Mapping[str, object]) -> None:
        """One change of a function that is there, to its end. Each sets something whole, so it may be sent twice."""
        try:
            self.cloud.scf(action, self._named(name) | dict(params))
        except CloudRefused as error:
            # A lost answer: sent again, it met the update that its first sending had begun.
            if error.code not in ("FailedOperation.FunctionStatusError", "FailedOperation.OperationConflict"):
                raise
            self.wait_active(name)
            self.cloud.scf(action, self._named(name) | dict(params))
        self.wait_active(name)

    def _set_triggers(self, step: SetTriggers) -> None:
        for timer in step.remove:
            params = {"TriggerName": timer.name, "Type": "timer"}
            self.cloud.scf("DeleteTrigger", self._named(step.function) | params)
            self.wait_active(step.function)
        for timer in step.create:
            params = {"TriggerName": timer.name, "Type": "timer", "TriggerDesc": timer.cron, "Enable": "OPEN"}
            try:
                self.cloud.scf("CreateTrigger", self._named(step.function) | params)
            except CloudRefused as error:
                if not error.code.startswith("ResourceInUse.Trigger"):
                    raise
            self.wait_active(step.function)

    def _set_routes(self, step: SetRoutes) -> None:
        for action, routes in (("CreateHTTPServiceRoute", step.create), ("ModifyHTTPServiceRoute", step.modify)):
            if routes:
                domain = {"Domain": step.domain, "Routes": [_route(path, name) for path, name in routes]}
                self.cloud.tcb(action, {"EnvId": self.wanted.env_id, "Domain": domain})

    def _set_permissions(self, rules: Mapping[str, object]) -> None:
        params = {
            "EnvId": self.wanted.env_id,
            "ResourceType": "function",
            "Permission": "CUSTOM",
            "SecurityRule": json.dumps(rules),
        }
        self.cloud.tcb("ModifyResourcePermission", params)

    def _named(self, name: str) -> dict[str, object]:
        return {"Namespace": self.wanted.env_id, "FunctionName": name}

    def _settings(self, config: Config, *, mark: str) -> dict[str, object]:
        env = dict(config.env) | ({MARK: mark} if mark else {})
        vpc_id, subnet_id = config.vpc or ("", "")
        return {
            "Description": config.description,
            "MemorySize": config.memory_mb,
            "Timeout": config.timeout_s,
            "Environment": {"Variables": [{"Key": key, "Value": value} for key, value in sorted(env.items())]},
            "VpcConfig": {"VpcId": vpc_id, "SubnetId": subnet_id},
            "Layers": [{"LayerName": self.wanted.layer.name, "LayerVersion": self.layer_version}],
            "InstallDependency": "FALSE",
        }


def carry_out(found: Plan, deployment: Deployment, *, progress: Callable[[int, Step], Callable[[], None]]) -> None:
    """Do every step; `progress` hears of each before, and what it returns after. Raises DeployError telling how far."""
    for number, step in enumerate(found.steps):
        finish = progress(number, step)
        try:
            deployment.do(step)
        except (DeployError, KeyboardInterrupt) as error:
            raise _stopped(found, number, error) from error
        finish()


def _stopped(found: Plan, number: int, error: BaseException) -> StepFailed:
    done, rest = found.steps[:number], found.steps[number + 1 :]
    reason = str(error) if isinstance(error, DeployError) else "interrupted"
    return StepFailed(
        f"stopped at step {number + 1} of {len(found.steps)}, {found.steps[number].title}: {reason}\n"
        f"  done ({len(done)}): {_titles(done)}\n"
        f"  not done ({len(rest)}): {_titles(rest)}\n"
        "  → mend the cause and give the same command again: it goes on from here"
    )


def _titles(steps: tuple[Step, ...]) -> str:
    return ", ".join(step.title for step in steps) or "none"


def _route(path: str, name: str) -> dict[str, object]:
    # The device signs method and path, so the whole path must arrive.
    return {
        "Path": path,
        "UpstreamResourceType": "SCF",
        "UpstreamResourceName": name,
        "EnableAuth": False,
        "EnablePathTransmission": True,
    }


def _zip(path: Path) -> str:
    """The file in base64. Raises StepFailed when the platform would not take it in one request."""
    try:
        text = base64.b64encode(path.read_bytes()).decode()
    except OSError as error:
        raise StepFailed(f"cannot read {path}: {error.strerror}") from error
    if len(text) > INLINE_LIMIT:
        raise StepFailed(f"{path.name} is {len(text):,} bytes in base64, and the platform takes {INLINE_LIMIT:,}")
    return text
