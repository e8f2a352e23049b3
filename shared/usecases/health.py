"""Is everything there that the functions need, as seen from inside the environment?"""

from __future__ import annotations

from pydantic import ValidationError

from shared.contracts.health import BrokerState, CheckHealth, CredentialState, HealthReply
from shared.errors import MessagesUnavailable
from shared.runtime.clock import utc_now
from shared.runtime.merchants import merchants
from shared.runtime.settings import settings
from shared.runtime.wechat_app import wechat_app
from shared.store.health import database_health
from shared.store.scope import Chain


def check_health(_command: CheckHealth, chain: Chain) -> HealthReply:
    """Look at each in turn; what is out of reach is told, not raised."""
    database = database_health(chain)
    return HealthReply(
        now=utc_now(),
        database=database.state,
        schema_version=database.schema_version,
        broker=_broker(),
        wechat_pay=_wechat_pay(),
        wechat_messages=_wechat_messages(),
    )


def _broker() -> BrokerState:
    url = settings().mqtt_url.get_secret_value()
    if not url:
        return "missing"
    from shared.gateways.reach import reach_broker

    return reach_broker(url)


def _wechat_pay() -> CredentialState:
    try:
        return "ok" if merchants() else "missing"
    except (ValidationError, OSError):
        return "unreadable"


def _wechat_messages() -> CredentialState:
    try:
        wechat_app()
    except MessagesUnavailable:
        return "missing"
    except ValidationError:
        return "unreadable"
    return "ok"
