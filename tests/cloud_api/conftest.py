"""An engineer at head office, and an empty environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud_api.account import Account, Environment
from tests.cloud_api.office import ENV_ID, KEY, KEY_ID, SECRETS, Office
from tests.cloud_api.server import serve


@pytest.fixture
def account() -> Account:
    """An account with one environment in which nothing was deployed, HTTP access switched on."""
    empty = Environment(domain=f"{ENV_ID}.service.tcloudbase.com")
    return Account(keys={KEY_ID: KEY}, environments={ENV_ID: empty})


@pytest.fixture
def office(tmp_path: Path, account: Account) -> Iterator[Office]:
    """One engineer; afterwards, nothing that was ever printed held a secret."""
    with serve(account) as endpoint:
        found = Office(tmp_path / "project", account, endpoint)
        found.folder.mkdir()
        yield found
    printed = "".join(found.texts)
    hidden = [*SECRETS.values(), "db-p%40ssword", "db-p@ssword", "mqtt-password", "secret-of-wechat"]
    assert [secret for secret in hidden if secret in printed] == []
