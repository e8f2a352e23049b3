"""`checkHealth`: does this environment reach what it needs? States only, nothing that helps who should not ask."""

from typing import Literal

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from shared.contracts.wire import Moment, Wire

DatabaseState = Literal["ok", "unreachable", "refused", "noTransactions", "empty"]
BrokerState = Literal["ok", "unreachable", "refused", "missing"]
CredentialState = Literal["ok", "missing", "unreadable"]


class CheckHealth(Wire):
    """Look at the database, the broker, the credentials for WeChat, and the clock. Changes nothing."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class HealthReply(Wire):
    """What was found.

    `database`: `noTransactions` is a server that is no replica set, `empty` one without this project's collections;
    `schema_version` is the number of the last data migration it has been through. `broker` and the credentials are
    `missing` when nothing is set, the credentials `unreadable` when what is set cannot be used.
    """

    now: Moment
    database: DatabaseState
    schema_version: int
    broker: BrokerState
    wechat_pay: CredentialState
    wechat_messages: CredentialState
