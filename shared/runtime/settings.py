"""What the environment tells every function, read once per process and checked at once."""

from __future__ import annotations

from functools import lru_cache

from pydantic import SecretStr

from shared.runtime.environment import FromEnvironment


class Settings(FromEnvironment):
    """Settings of the cloud side. `mongodb_uri` and `mqtt_url` may hold credentials, so neither is ever logged."""

    zaotai_env: str = "local"
    mongodb_uri: SecretStr
    mongodb_database: str = "zaotai"
    mongodb_pool: int = 2
    """Connections a process keeps at most: an instance works on one call at a time, a test on a crowd of them."""
    mqtt_url: SecretStr = SecretStr("")
    table_code_key: SecretStr
    """Key of the table codes' signatures."""
    local_cloud_bell: str = ""
    """Set by the local cloud: `host:port` of the datagrams that start a function without waiting for it."""
    local_cloud_secret: SecretStr = SecretStr("")
    shop_settings_live_s: float = 1.0
    """How long a warm instance trusts what it read of a shop's settings and its menu's version."""
    scope_guard: bool = False
    """Count commands that do not bind a shop, and fail the call that sent one (on in tests and the local cloud)."""


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The process's settings. Raises pydantic's ValidationError, naming every fault."""
    return Settings.model_validate({})
