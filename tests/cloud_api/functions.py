"""The functions' service (scf), version 2018-04-16: the actions that a deployment uses, with their limits."""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

from tests.cloud_api.account import Account, Environment, Fault, Function, Layer, Params, Refused

FUNCTIONS_LIMIT = 50
LAYERS_LIMIT = 5
TRIGGERS_LIMIT = 10
VARIABLES_LIMIT = 4096
INLINE_LIMIT = 20 * 1024 * 1024
RUNTIMES = ("Python3.6", "Python3.7", "Python3.9", "Python3.10", "Nodejs16.13", "Nodejs18.15")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,58}[A-Za-z0-9]")
DESCRIPTION = re.compile(r"[A-Za-z0-9 ,.\n\u4e00-\u9fff]{0,1000}")
_SETTINGS = (
    "Handler",
    "Runtime",
    "MemorySize",
    "Timeout",
    "Description",
    "Environment",
    "VpcConfig",
    "Layers",
    "Role",
    "Stamp",
)


def create_function(account: Account, params: Params, fault: Fault | None) -> dict[str, Any]:
    """CreateFunction: ends as Active, or as CreateFailed."""
    environment, name = account.environment(params["Namespace"]), params["FunctionName"]
    if not NAME.fullmatch(name):
        raise Refused("InvalidParameterValue.FunctionName", name)
    if name in environment.functions:
        raise Refused("ResourceInUse.Function", f"{name} exists")
    if len(environment.functions) >= FUNCTIONS_LIMIT:
        raise Refused("LimitExceeded.Function", f"{FUNCTIONS_LIMIT} functions at most")
    if "Code" not in params:
        raise Refused("MissingParameter.Code", "Code")
    _require_settings(account, params)
    code = _code(params["Code"]["ZipFile"])
    function = Function(name, {key: params[key] for key in _SETTINGS if key in params}, code)
    environment.functions[name] = function
    _under_way(account, function, "Creating", fault)
    return {}


def update_function_code(account: Account, params: Params, fault: Fault | None) -> dict[str, Any]:
    """UpdateFunctionCode: the new code is there even when the update fails."""
    function = _idle(account, params)
    function.code = _code(params["ZipFile"])
    function.settings["Handler"] = params.get("Handler", function.settings["Handler"])
    _under_way(account, function, "Updating", fault)
    return {}


def update_function_configuration(account: Account, params: Params, fault: Fault | None) -> dict[str, Any]:
    """UpdateFunctionConfiguration: variables and layers are replaced whole, the runtime never."""
    function = _idle(account, params)
    if params.get("Runtime", function.settings["Runtime"]) != function.settings["Runtime"]:
        raise Refused("InvalidParameterValue.Runtime", "the runtime cannot be changed")
    _require_settings(account, params)
    function.settings |= {key: params[key] for key in _SETTINGS if key in params}
    _under_way(account, function, "Updating", fault)
    return {}


def get_function(account: Account, params: Params, _fault: Fault | None) -> dict[str, Any]:
    """GetFunction: each look brings a change under way nearer to its end."""
    function = _function(account, params)
    _tick(function)
    layers = [dict(one) | {"Status": "Active"} for one in function.settings.get("Layers", [])]
    triggers = [dict(one) | {"TriggerDesc": json.dumps({"cron": one["TriggerDesc"]})} for one in _triggers(function)]
    reasons = [{"ErrorCode": "InternalError", "ErrorMessage": function.reason}] if function.reason else []
    return {
        **{key: function.settings.get(key) for key in _SETTINGS if key != "Stamp"},
        "FunctionName": function.name,
        "Namespace": params["Namespace"],
        "Status": function.status,
        "StatusDesc": function.reason,
        "StatusReasons": reasons,
        "CodeSize": len(function.code),
        "Layers": layers,
        "Triggers": triggers,
        "Type": "Event",
    }


def list_functions(account: Account, params: Params, _fault: Fault | None) -> dict[str, Any]:
    """ListFunctions, by pages."""
    names = sorted(account.environment(params["Namespace"]).functions)
    offset, limit = params.get("Offset", 0), params.get("Limit", 20)
    shown = [{"FunctionName": name} for name in names[offset : offset + limit]]
    return {"Functions": shown, "TotalCount": len(names)}


def delete_function(account: Account, params: Params, _fault: Fault | None) -> dict[str, Any]:
    """DeleteFunction: not while a change is under way."""
    function = _idle(account, params)
    del account.environment(params["Namespace"]).functions[function.name]
    return {}


def publish_layer_version(account: Account, params: Params, _fault: Fault | None) -> dict[str, Any]:
    """PublishLayerVersion: usable a few looks later."""
    text = params["Content"]["ZipFile"]
    if len(text) > INLINE_LIMIT:
        raise Refused("InvalidParameter.RequestTooLarge", f"{len(text)} bytes")
    if unknown := set(params["CompatibleRuntimes"]) - set(RUNTIMES):
        raise Refused("InvalidParameterValue.CompatibleRuntimes", str(unknown))
    versions = account.layers.setdefault(params["LayerName"], [])
    versions.append(Layer(len(versions) + 1, params.get("Description", ""), len(text), account.looks))
    return {"LayerVersion": len(versions)}


def list_layer_versions(account: Account, params: Params, _fault: Fault | None) -> dict[str, Any]:
    """ListLayerVersions, the newest first."""
    if params["LayerName"] not in account.layers:
        raise Refused("ResourceNotFound.Layer", params["LayerName"])
    versions = account.layers[params["LayerName"]]
    for one in versions:
        one.looks_left = max(one.looks_left - 1, 0)
    shown = [
        {
            "LayerName": params["LayerName"],
            "LayerVersion": one.version,
            "Description": one.description,
            "Status": "Publishing" if one.looks_left else "Active",
        }
        for one in reversed(versions)
    ]
    return {"LayerVersions": shown}


def create_trigger(account: Account, params: Params, _fault: Fault | None) -> dict[str, Any]:
    """CreateTrigger, of timers."""
    function, name = _idle(account, params), params["TriggerName"]
    if params["Type"] != "timer" or len(params["TriggerDesc"].split()) != 7:
        raise Refused("InvalidParameterValue.TriggerDesc", params["TriggerDesc"])
    if name in function.triggers:
        raise Refused("ResourceInUse.Trigger", name)
    if len(function.triggers) >= TRIGGERS_LIMIT:
        raise Refused("LimitExceeded.Trigger", f"{TRIGGERS_LIMIT} triggers at most")
    is_open = params.get("Enable", "OPEN") == "OPEN"
    function.triggers[name] = {"Type": "timer", "TriggerDesc": params["TriggerDesc"], "Enable": int(is_open)}
    return {"TriggerInfo": {"TriggerName": name}}


def batch_create_trigger(account: Account, params: Params, _fault: Fault | None) -> dict[str, Any]:
    """BatchCreateTrigger, which the vendor's own tools use: triggers as text, one that is there is set anew."""
    function = _idle(account, params)
    for one in json.loads(params["Triggers"]):
        function.triggers[one["TriggerName"]] = {"Type": one["Type"], "TriggerDesc": one["TriggerDesc"], "Enable": 1}
    return {}


def delete_trigger(account: Account, params: Params, _fault: Fault | None) -> dict[str, Any]:
    """DeleteTrigger."""
    function = _idle(account, params)
    if function.triggers.pop(params["TriggerName"], None) is None:
        raise Refused("ResourceNotFound.Trigger", params["TriggerName"])
    return {}


def invoke(account: Account, params: Params, _fault: Fault | None) -> dict[str, Any]:
    """Invoke, and wait for the answer: whatever the test answers for the function."""
    function = _function(account, params)
    if function.status != "Active":
        raise Refused("FailedOperation.FunctionStatusError", function.status)
    event: Mapping[str, object] = json.loads(params.get("ClientContext") or "{}")
    answer = json.dumps(account.invoke(function.name, event), ensure_ascii=False)
    return {"Result": {"RetMsg": answer, "ErrMsg": "", "Log": "", "FunctionRequestId": "f-1", "Duration": 12.5}}


def get_function_logs(account: Account, params: Params, _fault: Fault | None) -> dict[str, Any]:
    """GetFunctionLogs, the newest first."""
    found = account.logs.get(params["FunctionName"], [])
    if params.get("Filter", {}).get("RetCode") == "not0":
        found = [one for one in found if one["RetCode"] != 0]
    return {"Data": list(reversed(found))[: params.get("Limit", 20)], "TotalCount": len(found)}


ACTIONS: Mapping[str, Callable[[Account, Params, Fault | None], dict[str, Any]]] = {
    "CreateFunction": create_function,
    "UpdateFunctionCode": update_function_code,
    "UpdateFunctionConfiguration": update_function_configuration,
    "GetFunction": get_function,
    "ListFunctions": list_functions,
    "DeleteFunction": delete_function,
    "PublishLayerVersion": publish_layer_version,
    "ListLayerVersions": list_layer_versions,
    "CreateTrigger": create_trigger,
    "BatchCreateTrigger": batch_create_trigger,
    "DeleteTrigger": delete_trigger,
    "Invoke": invoke,
    "GetFunctionLogs": get_function_logs,
}


def _function(account: Account, params: Params) -> Function:
    environment: Environment = account.environment(params.get("Namespace", "default"))
    try:
        return environment.functions[params["FunctionName"]]
    except KeyError:
        raise Refused("ResourceNotFound.FunctionName", params["FunctionName"]) from None


def _idle(account: Account, params: Params) -> Function:
    function = _function(account, params)
    if function.looks_left:
        raise Refused("FailedOperation.FunctionStatusError", f"{function.name} is {function.status}")
    return function


def _under_way(account: Account, function: Function, status: str, fault: Fault | None) -> None:
    failed = fault is not None and fault.kind == "fail"
    function.status, function.looks_left = status, account.looks
    function.next_status = {"Creating": "CreateFailed", "Updating": "UpdateFailed"}[status] if failed else "Active"
    function.reason = ""
    if not account.looks:
        _end(function)


def _tick(function: Function) -> None:
    if function.looks_left:
        function.looks_left -= 1
        if not function.looks_left:
            _end(function)


def _end(function: Function) -> None:
    function.status = function.next_status
    function.reason = "" if function.status == "Active" else "the instance did not start"


def _triggers(function: Function) -> list[dict[str, Any]]:
    return [one | {"TriggerName": name} for name, one in function.triggers.items()]


def _code(text: str) -> bytes:
    """A zip with the entry file at its root."""
    if len(text) > INLINE_LIMIT:
        raise Refused("InvalidParameter.RequestTooLarge", f"{len(text)} bytes")
    try:
        code = base64.b64decode(text, validate=True)
        names = zipfile.ZipFile(io.BytesIO(code)).namelist()
    except (binascii.Error, zipfile.BadZipFile):
        raise Refused("InvalidParameterValue.ZipFile", "not a zip in base64") from None
    if "index.py" not in names:
        raise Refused("InvalidParameterValue.Code", "no index.py at the root")
    return code


def _require_settings(account: Account, params: Params) -> None:
    if not DESCRIPTION.fullmatch(params.get("Description", "")):
        raise Refused("InvalidParameterValue.Description", params["Description"])
    if params.get("Runtime", RUNTIMES[0]) not in RUNTIMES:
        raise Refused("InvalidParameterValue.Runtime", params["Runtime"])
    memory = params.get("MemorySize", 128)
    if memory != 64 and (memory % 128 or not 128 <= memory <= 3072):
        raise Refused("InvalidParameterValue.MemorySize", str(memory))
    if not 1 <= params.get("Timeout", 3) <= 900:
        raise Refused("LimitExceeded.Timeout", str(params["Timeout"]))
    variables = params.get("Environment", {}).get("Variables", [])
    if not all(one["Key"] and one["Value"] for one in variables):
        raise Refused("InvalidParameterValue.Environment", "a variable is empty")
    if sum(len(one["Key"].encode()) + len(one["Value"].encode()) for one in variables) > VARIABLES_LIMIT:
        raise Refused("InvalidParameterValue.EnvironmentExceededLimit", f"{VARIABLES_LIMIT} bytes at most")
    layers = params.get("Layers", [])
    if len(layers) > LAYERS_LIMIT:
        raise Refused("LimitExceeded.Layers", f"{LAYERS_LIMIT} layers at most")
    for one in layers:
        known = [layer for layer in account.layers.get(one["LayerName"], []) if not layer.looks_left]
        if one["LayerVersion"] not in [layer.version for layer in known]:
            raise Refused("ResourceNotFound.LayerVersion", f"{one['LayerName']} {one['LayerVersion']}")
