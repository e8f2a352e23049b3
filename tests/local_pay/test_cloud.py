"""In the local cloud, functions pay and are told by settings alone, with what the layer holds."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from scripts.local.cloud import ROOT
from scripts.local.process import StartFailedError, free_port
from scripts.local.wechat_pay.simulator import BRAND, WechatPaySimulator
from tests.local_cloud.conftest import Project
from tests.local_pay.conftest import OTHER

PREPARE = """
from datetime import datetime, timedelta, timezone

from shared.gateways.wechat_pay import pay_channel


def main(event, context):
    later = datetime.now(timezone.utc) + timedelta(minutes=15)
    channel = pay_channel(event["mchid"])
    prepared = channel.prepare(
        out_trade_no=event["number"], amount_fen=2500, openid="o-1", description="豫味坊", expires_at=later
    )
    return {"package": prepared.package, "state": channel.query(event["number"]).state}
"""

NOTIFY = """
from shared.contracts.http import HttpCall
from shared.errors import NoticeInvalid
from shared.gateways.wechat_pay import channel_at


def main(event, context):
    call = HttpCall.of(event)
    try:
        notice = channel_at(call.path).read_notice(call.headers, call.body)
    except NoticeInvalid:
        return {"statusCode": 401, "body": ""}
    print(f"told of {notice.payment.out_trade_no}: {notice.payment.total_fen}")
    return {"statusCode": 204, "body": ""}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    return Project(tmp_path)


def test_functions_prepare_query_and_are_told(project: Project) -> None:
    project.root.mkdir()
    (project.root / "shared").symlink_to(ROOT / "shared")
    project.add("prepare", PREPARE)
    project.add("payNotify", NOTIFY, path="/payNotify")
    with project.run(pay=True, merchants=(BRAND, OTHER)) as cloud:
        assert cloud.wechat_pay is not None
        for mchid in (BRAND, OTHER):
            number = f"P-{mchid}"
            reply = cloud.invoke("prepare", {"number": number, "mchid": mchid})
            assert isinstance(reply, dict)
            assert reply["state"] == "NOTPAY"
            cloud.wechat_pay.pay(number)
            assert cloud.wechat_pay.send_notice(out_trade_no=number) == [204]
            assert cloud.wechat_pay.send_notice(out_trade_no=number, kind="forged") == [401]
            assert f"told of {number}: 2500" in cloud.log.read_text()
        address = cloud.wechat_pay.url
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/sim/now", trust_env=False)


def test_without_pay_nothing_of_it_runs_or_is_set(project: Project) -> None:
    project.add("env", "import os\n\ndef main(event, context):\n    return sorted(os.environ)\n")
    with project.run() as cloud:
        assert cloud.wechat_pay is None
        names = cloud.invoke("env", {})
    assert isinstance(names, list)
    assert not [name for name in names if name.startswith("WECHAT_PAY")]


def test_a_taken_port_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    port = free_port()
    with WechatPaySimulator(tmp_path / "first", port=port):
        second = WechatPaySimulator(tmp_path / "second", port=port)
        with pytest.raises(StartFailedError, match=f"port {port} is taken"):
            second.start()
