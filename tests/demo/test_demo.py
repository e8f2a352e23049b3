"""`scripts/demo --check` as anybody runs it: lunch and dinner at two shops, judged, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.local.demo.client import Client
from scripts.local.demo.lunch import LUNCH, NORTH
from scripts.local.demo.play import Lunch
from scripts.local.demo.site import Ports, Site
from scripts.local.demo.stage import MealFailedError
from scripts.local.demo.verdict import judge
from shared.store.audit import LAWS

ROOT = Path(__file__).parents[2]
LIMIT_S = 240
TOLD = (
    "只剩 8 份",
    "孙女士 预订",
    "传菜打印机出预订提醒：4号桌 孙女士",
    "4号桌 预点的菜自动下单：红烧黄河鲤鱼×1、道口烧鸡×1、茶位费×6，共 ￥158.00",
    "B002 在手机上看排队：前面还有 1 桌",
    "叫号屏显示并播报：A001，请到前台入座",
    "B001 没有来，过号",
    "张小雨叫号 B001，重新叫号",
    "B002 李阿姨不等了，取消排队",
    "B001 周明入座 5号桌",
    "5号桌 提示客人：煎扒青鱼头尾已沽清，小雅换成鲤鱼焙面",
    "5号桌 小雅算账：7 道菜，茶位费 ￥8.00，合计 ￥388.00",
    "茶位费×4，共 ￥388.00",
    "5号桌 阿杰加菜：千层葱油馍×2，共 ￥24.00",
    "酒水打印机出退菜单：5号桌",
    "热菜打印机出改单：5号桌",
    "热菜打印机出催菜单：5号桌",
    "热菜打印机出起菜单：5号桌",
    "张小雨转台：13号桌 → 15号桌",
    "面点打印机出转台单：15号桌",
    "5号桌 周明 手机付款：微信",
    "会员储值：充500送50，到账 ￥550.00",
    "5号桌 小雅 手机付款：储值",
    "5号桌 李秀芳收现金",
    "李秀芳打印结账单",
    "卫建国退款：红烧黄河鲤鱼",
    "10 位客人同时抢：3 位抢到，7 位提示已抢光",
    "3 人付清，成团，3 单同时下厨房",
    "顾女士的团到时未满，订单取消，￥16.80 原路退回",
    "发券 6 张，消息送达 4 条，核销 2 张，带来营业额 ￥72.00，让利 ￥16.00",
)
"""What the dinner and the offers are about, as the terminal tells it."""


@pytest.mark.timeout(LIMIT_S + 30)
def test_the_check_plays_every_meal_and_finds_paper_screens_and_books_as_they_were_played(tmp_path: Path) -> None:
    status, said = _run_check(tmp_path)
    assert status == 0, said
    assert "check passed" in said
    figures = dict(re.findall(r"│ (\S[^│]*?) +│ +([\d /]+?) +│$", said.rpartition("结果")[2], re.MULTILINE))
    assert figures == {
        "订单": "25",
        "小票 应印 / 已印": "85 / 85",
        "重复 / 缺失": "0 / 0",
        "叫号 / 已显示": "27 / 27",
        "要做的菜 各在一张制作单上": "61",
        "限量菜 设定 = 剩余 + 占用 + 已售": "11",
        "预订 入座": "1",
        "排队号 入座或取消": "3",
        "桌台 付清离店": "3",
        "订单 付清": "24",
        "账目 应守的规律": str(len(LAWS)),
    }
    for happened in TOLD:
        assert happened in said
    assert list(tmp_path.iterdir()) == []


def test_a_printer_that_is_off_makes_the_lunch_fail_and_its_ticket_missing(tmp_path: Path) -> None:
    party = replace(next(p for p in LUNCH if p.table_id == "t13"), guests=None)
    with Site(tmp_path, ports=Ports.free()) as site, Client(site.cloud.url) as client:
        assert site.loaded is not None
        site.pcs[NORTH].printers["凉菜打印机"].set_condition("offline")
        stage = site.stage(client, limit_s=3)
        lunch = Lunch(stage)
        with pytest.raises(MealFailedError, match="no paper for"):
            lunch.play([party])
        verdict = judge(site.journal.facts())
    assert [job.split(".")[1] for job in verdict.missing] == ["cold"]
    assert (verdict.tickets, verdict.printed, verdict.duplicated, verdict.calls) == (4, 3, (), 0)


def _run_check(temporary: Path) -> tuple[int, str]:
    """Exit status and output; the whole group is ended by its own id if it does not end in time."""
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONIOENCODING": "utf-8", "COLUMNS": "200"}
    process = subprocess.Popen(
        [ROOT / "scripts" / "demo", "--check"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env=environment,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=LIMIT_S)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return process.returncode, said
