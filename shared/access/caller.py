"""Who calls, from this call's context only: never from the event, never from the process environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shared.errors import Unauthenticated

Role = Literal[
    "guest", "owner", "finance", "marketing", "manager", "cashier", "waiter", "kitchen", "engineer", "device", "system"
]
STAFF_ROLES: frozenset[Role] = frozenset(
    {"owner", "finance", "marketing", "manager", "cashier", "waiter", "kitchen", "engineer"}
)


@dataclass(frozen=True)
class Caller:
    """A proved identity. `id` is an openid, a staff id or a device id; `shops` are those staff may act in."""

    id: str
    role: Role
    shops: frozenset[str] = frozenset()

    @property
    def is_staff(self) -> bool:
        """Whether this is a member of staff, who may act in `shops` only."""
        return self.role in STAFF_ROLES


def identity(context: Mapping[str, object]) -> dict[str, str]:
    """The call's own identity variables: `environment` (JSON) if there, else `environ` (`k=v;k=v`)."""
    environment = context.get("environment")
    if isinstance(environment, str) and environment:
        parsed = json.loads(environment)
        return {str(key): str(value) for key, value in parsed.items()} if isinstance(parsed, dict) else {}
    environ = context.get("environ")
    if not isinstance(environ, str):
        return {}
    return dict(pair.split("=", 1) for pair in environ.split(";") if "=" in pair)


def require_openid(context: Mapping[str, object]) -> str:
    """The guest's openid. Raises Unauthenticated when the platform vouches for none."""
    openid = identity(context).get("WX_OPENID", "")
    if not openid:
        raise Unauthenticated("请在微信小程序中打开")
    return openid
