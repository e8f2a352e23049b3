"""What an environment is now: read from the platform, changing nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from scripts.deploying.cloud import Cloud, Reply, parsed
from scripts.deploying.faults import CloudRefused, DeployError
from scripts.deploying.wanted import MARK, Config, Timer

LOCK = "deployLock"
"""The function that is the lock: its creation can succeed for one engineer only."""
PAGE = 100


@dataclass(frozen=True)
class PresentFunction:
    """One function as it is. `mark` is empty while its code is being changed, or was not put there by this command."""

    name: str
    status: str
    reason: str
    mark: str
    config: Config
    layers: tuple[tuple[str, int], ...]
    timers: tuple[Timer, ...]
    closed_timers: tuple[str, ...] = ()
    """Names of timers that are there and switched off."""

    @property
    def is_settled(self) -> bool:
        """Whether its last change came to its end, and to a good one."""
        return self.status == "Active"


@dataclass(frozen=True)
class Present:
    """An environment. `layer_versions` leads from the hash in the description to the version."""

    functions: Mapping[str, PresentFunction]
    layer_versions: Mapping[str, int]
    domain: str
    routes: Mapping[str, str]
    rules: Mapping[str, Mapping[str, object]] | None


NOTHING = Present(functions={}, layer_versions={}, domain="", routes={}, rules=None)
"""An environment in which nothing was ever deployed."""


class _Variable(BaseModel):
    Key: str
    Value: str


class _Variables(BaseModel):
    Variables: list[_Variable] = Field(default_factory=list)


class _Vpc(BaseModel):
    VpcId: str | None = ""
    SubnetId: str | None = ""


class _LayerRef(BaseModel):
    LayerName: str
    LayerVersion: int


class _Trigger(BaseModel):
    TriggerName: str
    Type: str
    TriggerDesc: str
    Enable: int | str = 1

    @property
    def timer(self) -> Timer:
        """The cron line, which comes bare or inside JSON."""
        text = self.TriggerDesc
        if text.lstrip().startswith("{"):
            text = str(json.loads(text).get("cron", ""))
        return Timer(self.TriggerName, text)

    @property
    def is_open(self) -> bool:
        return self.Enable in (1, "1", "OPEN")


class _Reason(BaseModel):
    ErrorCode: str = ""
    ErrorMessage: str = ""


class FunctionReply(BaseModel):
    """What `GetFunction` answers, as far as it is of use."""

    model_config = ConfigDict(extra="ignore")

    FunctionName: str
    Status: str
    StatusDesc: str | None = ""
    StatusReasons: list[_Reason] | None = None
    Handler: str | None = ""
    Runtime: str | None = ""
    MemorySize: int | None = 0
    Timeout: int | None = 0
    Description: str | None = ""
    Environment: _Variables | None = None
    VpcConfig: _Vpc | None = None
    Layers: list[_LayerRef] | None = None
    Triggers: list[_Trigger] | None = None

    @property
    def reason(self) -> str:
        """Why it is in a failed state."""
        told = [f"{one.ErrorCode} {one.ErrorMessage}".strip() for one in self.StatusReasons or ()]
        return "; ".join(told) or (self.StatusDesc or "")


class _Names(BaseModel):
    class _Function(BaseModel):
        FunctionName: str

    Functions: list[_Function]
    TotalCount: int


class _Layers(BaseModel):
    class _Version(BaseModel):
        LayerVersion: int
        Description: str | None = ""
        Status: str = "Active"

    LayerVersions: list[_Version]


class _Domains(BaseModel):
    class _Domain(BaseModel):
        class _Route(BaseModel):
            Path: str
            UpstreamResourceType: str
            UpstreamResourceName: str

        Domain: str
        IsDefault: bool = False
        Routes: list[_Route] | None = None

    Domains: list[_Domain]


class _Permissions(BaseModel):
    class _Data(BaseModel):
        class _Permission(BaseModel):
            SecurityRule: str | None = None

        PermissionList: list[_Permission] | None = None

    Data: _Data | None = None


class _Environments(BaseModel):
    class _Environment(BaseModel):
        EnvId: str
        Status: str

    EnvList: list[_Environment]


def read_present(cloud: Cloud, env_id: str, *, layer: str, domain: str = "") -> Present:
    """Look at the whole environment. Raises CloudRefused, and DeployError when there is no such environment."""
    require_environment(cloud, env_id)
    found_domain, routes = _routes(cloud, env_id, domain)
    return Present(
        functions={name: read_function(cloud, env_id, name) for name in _names(cloud, env_id) if name != LOCK},
        layer_versions=read_layer_versions(cloud, layer),
        domain=found_domain,
        routes=routes,
        rules=_rules(cloud, env_id),
    )


def require_environment(cloud: Cloud, env_id: str) -> None:
    """Raises DeployError unless the environment is there and usable."""
    try:
        found = _Environments.model_validate(cloud.tcb("DescribeEnvs", {"EnvId": env_id})).EnvList
    except ValidationError as error:
        raise DeployError("DescribeEnvs answered with what is not a list of environments") from error
    status = next((one.Status for one in found if one.EnvId == env_id), None)
    if status is None:
        raise DeployError(f"this account has no environment {env_id} in that region: look at ENV_ID and REGION")
    if status != "NORMAL":
        raise DeployError(f"environment {env_id} is {status}: look at it in the console (bill, set-up under way)")


def read_function(cloud: Cloud, env_id: str, name: str) -> PresentFunction:
    """One function. Raises CloudRefused."""
    reply = function_reply(cloud, env_id, name)
    env = {one.Key: one.Value for one in (reply.Environment.Variables if reply.Environment else ())}
    mark = env.pop(MARK, "")
    vpc = reply.VpcConfig
    timers = [one for one in reply.Triggers or () if one.Type == "timer"]
    return PresentFunction(
        name=name,
        status=reply.Status,
        reason=reply.reason,
        mark=mark,
        config=Config(
            handler=reply.Handler or "",
            runtime=reply.Runtime or "",
            memory_mb=reply.MemorySize or 0,
            timeout_s=reply.Timeout or 0,
            description=reply.Description or "",
            env=env,
            vpc=(vpc.VpcId, vpc.SubnetId or "") if vpc and vpc.VpcId else None,
        ),
        layers=tuple((one.LayerName, one.LayerVersion) for one in reply.Layers or ()),
        timers=tuple(sorted((one.timer for one in timers), key=lambda timer: timer.name)),
        closed_timers=tuple(sorted(one.TriggerName for one in timers if not one.is_open)),
    )


def function_reply(cloud: Cloud, env_id: str, name: str) -> FunctionReply:
    """What the platform says about one function. Raises CloudRefused."""
    reply = cloud.scf("GetFunction", {"Namespace": env_id, "FunctionName": name, "ShowCode": "FALSE"})
    return FunctionReply.model_validate(reply)


def read_layer_versions(cloud: Cloud, layer: str) -> dict[str, int]:
    """Usable versions of the layer by the hash in their description; none for a layer that is not there."""
    try:
        reply = cloud.scf("ListLayerVersions", {"LayerName": layer})
    except CloudRefused as error:
        if error.code.startswith("ResourceNotFound"):
            return {}
        raise
    versions = sorted(_Layers.model_validate(reply).LayerVersions, key=lambda one: one.LayerVersion)
    return {one.Description: one.LayerVersion for one in versions if one.Description and one.Status == "Active"}


def _names(cloud: Cloud, env_id: str) -> Iterator[str]:
    offset = 0
    while True:
        page = _Names.model_validate(
            cloud.scf(
                "ListFunctions", {"Namespace": env_id, "Limit": PAGE, "Offset": offset, "Orderby": "FunctionName"}
            )
        )
        yield from (one.FunctionName for one in page.Functions)
        offset += len(page.Functions)
        if not page.Functions or offset >= page.TotalCount:
            return


def _routes(cloud: Cloud, env_id: str, wanted: str) -> tuple[str, dict[str, str]]:
    """The domain to set routes on, the environment's default unless one is named, and what it leads to."""
    reply: Reply = cloud.tcb("DescribeHTTPServiceRoute", {"EnvId": env_id, "Limit": 1000})
    domains = _Domains.model_validate(reply).Domains
    found = next((one for one in domains if (one.Domain == wanted if wanted else one.IsDefault)), None)
    if found is None:
        return wanted, {}
    routes = (one for one in found.Routes or () if one.UpstreamResourceType == "SCF")
    return found.Domain, {one.Path: one.UpstreamResourceName for one in routes}


def _rules(cloud: Cloud, env_id: str) -> Mapping[str, Mapping[str, object]] | None:
    reply = cloud.tcb("DescribeResourcePermission", {"EnvId": env_id, "ResourceType": "function"})
    data = _Permissions.model_validate(reply).Data
    text = next((one.SecurityRule for one in (data.PermissionList if data else None) or () if one.SecurityRule), None)
    if not text:
        return None
    try:
        return TypeAdapter(dict[str, dict[str, object]]).validate_python(parsed(text))
    except ValidationError:
        return {}
