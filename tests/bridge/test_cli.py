"""The commands a technician types, and what they say in Chinese."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from edge_bridge.cli import main
from edge_bridge.lock import AlreadyRunning, only_one
from edge_bridge.service import notify, watchdog_interval_s
from edge_bridge.spool import Spool
from edge_bridge.table import lines_of, width
from scripts.local.broker import Broker
from scripts.local.printer import VirtualPrinter
from scripts.local.process import free_port
from tests.bridge.parts import NOON, CloudStub, Place, ticket_event


def test_doctor_finds_everything_well(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--config", str(place.config)])
    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    assert lines[0] == "✓ 配置：店铺 豫味坊（shop-1），设备 pc-1"
    assert lines[1].startswith("✓ 磁盘：剩余 ")
    assert lines[2:] == [
        "✓ 小票暂存：完好，0 张等待打印，0 张已打印",
        "✓ 消息服务器：连接正常",
        "✓ 云端：连接正常，设备密钥有效",
        "✓ 时间：准确",
        "✓ 打印机 热菜打印机：就绪",
        "一切正常",
    ]


def test_doctor_says_what_is_wrong_and_what_to_do(
    place: Place, printer: VirtualPrinter, cloud: CloudStub, broker: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    printer.set_condition("paperOut")
    cloud.clock_ahead_s = 200
    broker.stop()
    place.spool_path.parent.mkdir()
    place.spool_path.write_bytes(b"rubbish" * 1000)
    code = main(["doctor", "--config", str(place.config)])
    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert lines[2].startswith("✗ 小票暂存：小票暂存文件已损坏：")
    assert lines[3] == "✗ 消息服务器：连不上消息服务器：请检查网络和 mqtt_url 的主机、端口"
    assert lines[5] == "✗ 时间：这台电脑的时间差了 200 秒，请打开系统的自动校时"
    assert lines[6:] == [
        "✗ 打印机 热菜打印机：打印机缺纸：请换一卷新纸，没打的小票会自动打出",
        "有问题，请按上面带 ✗ 的提示处理",
    ]


def test_jobs_lists_the_spool_as_a_table(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    spool = Spool(place.spool_path)
    for number in (1, 2):
        spool.jobs.put(ticket_event(number), now=NOON)
    spool.jobs.begin("j-1", printer="热菜打印机", now=NOON)
    spool.jobs.finish("j-1", now=NOON)
    spool.close()
    assert main(["jobs", "--config", str(place.config)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "等待打印 1，正在打印 0，已打印 1，不确定 0，无法打印 0",
        "收到时间        档口  序号  单号  桌号/取餐号  状态      份数  打印机      任务号",
        "05-01 12:00:00  热菜  2     0002  8号桌        等待打印  0     -           j-2",
        "05-01 12:00:00  热菜  1     0001  8号桌        已打印    1     热菜打印机  j-1",
    ]


def test_reprint_refuses_what_needs_none(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    spool = Spool(place.spool_path)
    spool.jobs.put(ticket_event(1), now=NOON)
    spool.close()
    assert main(["reprint", "j-1", "--config", str(place.config)]) == 1
    assert main(["reprint", "j-9", "--config", str(place.config)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "不用补打：这张小票等待打印",
        "没有这张小票：j-9。请用 jobs 查看任务号",
    ]


def test_a_damaged_spool_ends_run_with_74_and_the_way_to_mend_it(place: Place) -> None:
    place.spool_path.parent.mkdir()
    place.spool_path.write_bytes(b"rubbish" * 1000)
    ended = place.ask("run")
    assert ended.returncode == 74
    assert ended.stderr.splitlines()[-1].startswith(f"小票暂存文件已损坏：{place.spool_path}。请先停止程序")


def test_a_taken_screen_port_is_named(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = place.config.read_text(encoding="utf-8").replace("port = 0", f"port = {port}")
        place.config.write_text(text, encoding="utf-8")
        ended = place.ask("run")
    assert ended.returncode == 75
    assert f"screen 的端口 {port} 是否被占用" in ended.stderr.splitlines()[-1]


def test_one_process_holds_the_lock(tmp_path: Path) -> None:
    with only_one(tmp_path), pytest.raises(AlreadyRunning, match="已经在运行"), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        assert (tmp_path / "bridge.lock").read_text() == str(os.getpid())


def test_systemd_hears_of_us_when_it_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notify("READY=1")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        notify("WATCHDOG=1")
        assert systemd.recv(100) == b"WATCHDOG=1"
    assert watchdog_interval_s(30.0) == 30.0
    monkeypatch.setenv("WATCHDOG_USEC", "10000000")
    assert watchdog_interval_s(30.0) == 5.0


def test_columns_line_up_with_chinese() -> None:
    lines = lines_of([("单号", "x"), ("a", "菜")])
    assert lines == ["单号  x", "a     菜"]
    assert [width("单号"), width("a")] == [4, 1]


def test_an_unreachable_printer_is_found_by_doctor(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.printer_port = free_port()
    place.write()
    assert main(["doctor", "--config", str(place.config)]) == 1
    assert f"✗ 打印机 热菜打印机：连不上打印机 127.0.0.1:{place.printer_port}" in capsys.readouterr().out
