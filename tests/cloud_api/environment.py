"""The environment's service (tcb), version 2018-06-08: environments, HTTP routes, security rules."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.cloud_api.account import Account, Environment, Fault, Params, Refused

ROUTES_LIMIT = 20
"""In one request."""


def describe_envs(account: Account, params: Params, _fault: Fault | None) -> dict[str, Any]:
    """DescribeEnvs: of the one asked for, or of all."""
    wanted = params.get("EnvId")
    shown = [
        {
            "EnvId": name,
            "Status": one.status,
            "Source": "qcloud",
            "EnvType": "baas",
            "Region": "ap-shanghai",
            "Functions": [{"Namespace": name, "Region": "ap-shanghai"}],
            "Storages": [{"Bucket": f"bucket-{name}", "AppId": "1250000000", "Region": "ap-shanghai"}],
        }
        for name, one in account.environments.items()
        if wanted in (None, name)
    ]
    return {"EnvList": shown, "Total": len(shown)}


def describe_routes(account: Account, params: Params, _fault: Fault | None) -> dict[str, Any]:
    """DescribeHTTPServiceRoute: the default domain, if HTTP access is on."""
    environment = _environment(account, params)
    if not environment.domain:
        return {"Domains": [], "TotalCount": 0}
    routes = [
        {"Path": path, "UpstreamResourceType": "SCF", "UpstreamResourceName": name}
        for path, name in environment.routes.items()
    ]
    return {"Domains": [{"Domain": environment.domain, "IsDefault": True, "Routes": routes}], "TotalCount": 1}


def create_routes(account: Account, params: Params, _fault: Fault | None) -> dict[str, Any]:
    """CreateHTTPServiceRoute: all of them or none."""
    environment, routes = _environment(account, params), _routes(account, params)
    if taken := sorted(set(routes) & set(environment.routes)):
        raise Refused("ResourceInUse.HTTPServiceRoute", ", ".join(taken))
    environment.routes |= routes
    return {}


def modify_routes(account: Account, params: Params, _fault: Fault | None) -> dict[str, Any]:
    """ModifyHTTPServiceRoute."""
    environment, routes = _environment(account, params), _routes(account, params)
    if unknown := sorted(set(routes) - set(environment.routes)):
        raise Refused("InvalidParameter.ResourceNotExists", ", ".join(unknown))
    environment.routes |= routes
    return {}


def describe_permission(account: Account, params: Params, _fault: Fault | None) -> dict[str, Any]:
    """DescribeResourcePermission, of functions."""
    environment = _environment(account, params)
    if params["ResourceType"] != "function":
        raise Refused("InvalidParameter", params["ResourceType"])
    rule = {"ResourceType": "function", "Permission": "CUSTOM", "SecurityRule": environment.rules}
    return {"Data": {"TotalCount": 1, "PermissionList": [rule] if environment.rules else []}}


def modify_permission(account: Account, params: Params, _fault: Fault | None) -> dict[str, Any]:
    """ModifyResourcePermission: the rules whole, with a rule for all others."""
    environment = _environment(account, params)
    if params["ResourceType"] != "function" or params["Permission"] != "CUSTOM":
        raise Refused("InvalidParameter", "functions take CUSTOM only")
    try:
        rules = json.loads(params["SecurityRule"])
        valid = "*" in rules and all("invoke" in rule for rule in rules.values())
    except (ValueError, AttributeError, TypeError):
        valid = False
    if not valid:
        raise Refused("InvalidParameter", "SecurityRule")
    environment.rules = params["SecurityRule"]
    return {"Data": {"Success": True}}


ACTIONS: Mapping[str, Callable[[Account, Params, Fault | None], dict[str, Any]]] = {
    "DescribeEnvs": describe_envs,
    "DescribeHTTPServiceRoute": describe_routes,
    "CreateHTTPServiceRoute": create_routes,
    "ModifyHTTPServiceRoute": modify_routes,
    "DescribeResourcePermission": describe_permission,
    "ModifyResourcePermission": modify_permission,
}


def _environment(account: Account, params: Params) -> Environment:
    try:
        return account.environments[params["EnvId"]]
    except KeyError:
        raise Refused("ResourceNotFound.EnvNotExist", str(params.get("EnvId"))) from None


def _routes(account: Account, params: Params) -> dict[str, str]:
    environment, domain = _environment(account, params), params["Domain"]
    if domain["Domain"] != environment.domain:
        raise Refused("ResourceNotFound.HTTPServiceDomain", domain["Domain"])
    routes = {one["Path"]: one["UpstreamResourceName"] for one in domain["Routes"]}
    if len(routes) > ROUTES_LIMIT:
        raise Refused("LimitExceeded.HTTPServiceRoute", f"{ROUTES_LIMIT} in one request")
    if unknown := sorted(set(routes.values()) - set(environment.functions)):
        raise Refused("InvalidParameter.ServiceNotExist", ", ".join(unknown))
    return routes
