"""Settings: file and environment, and every mistake at once in Chinese, without the secrets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edge_bridge.addresses import BrokerAddress, FileAddress, NetworkAddress, parse_broker, parse_printer
from edge_bridge.settings import SettingsError, load_settings
from tests.bridge.parts import ROOT, Place


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return Place(
        folder=tmp_path, mqtt_url="mqtt://pc:p%40ss-word@broker", cloud_url="http://cloud/", printer_port=9100
    ).write()


def wrong_lines(path: Path) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    return caught.value.lines


def test_a_whole_file_is_read(written: Path) -> None:
    settings = load_settings(written)
    assert settings.broker == BrokerAddress("broker", 1883, False, "pc", "p@ss-word")
    assert settings.cloud_url == "http://cloud"
    assert [(one.name, one.address, one.width_dots) for one in settings.printers] == [
        ("热菜打印机", NetworkAddress("127.0.0.1", 9100), 576)
    ]
    assert settings.stations_of("热菜打印机") == ("hot",)
    assert settings.spool_path == written.parent / "data" / "spool.sqlite3"


def test_secrets_do_not_show(written: Path) -> None:
    shown = repr(load_settings(written)) + repr(load_settings(written).broker)
    assert "p@ss" not in shown
    assert "p%40ss" not in shown
    assert "0123456789abcdef" not in shown


def test_the_environment_wins_over_the_file(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAOTAI_BRIDGE__SHOP_NAME", "豫味坊·济源店")
    monkeypatch.setenv("ZAOTAI_BRIDGE__SCREEN__PORT", "8099")
    settings = load_settings(written)
    assert (settings.shop_name, settings.screen.port) == ("豫味坊·济源店", 8099)


def test_every_mistake_is_told_at_once_in_chinese(tmp_path: Path) -> None:
    path = tmp_path / "bridge.toml"
    path.write_text(
        """
shop_id = "一号店"
shop_name = "豫味坊"
device_id = "pc-1"
device_key = "secret-short"
cloud_url = "cloud"
mqtt_url = "http://broker"
zone = "Asia/Jiyuan"
uncertain = "maybe"
colour = "red"
screen = { port = 99999 }
heartbeat_s = "soon"
printers = [
  { name = "热菜", url = "10.0.0.5", width_mm = 76 },
]
stations = [{ station = "hot", printer = "热菜" }]
""",
        encoding="utf-8",
    )
    assert wrong_lines(path) == [
        "env：缺少这一项",
        "shop_id：只能用字母、数字和 _ - : . |",
        "device_key：太短或为空，至少 16",
        "cloud_url：应写成 https://云端地址",
        "mqtt_url：应写成 mqtt://用户名:密码@主机:端口，或 mqtts://…（加密）",
        "zone：不认识这个时区，应写成如 Asia/Shanghai",
        "screen port：超出范围（不大于 65535）",
        "printers 第 1 个的 url：应写成 tcp://打印机IP:9100，或 file:///文件路径",
        "printers 第 1 个的 width_mm：只能是 58 或 80",
        "uncertain：只能是 'reprint' 或 'ask'",
        "heartbeat_s：应是数字",
        "colour：不认识这一项，请检查拼写",
    ]


def test_stations_must_name_printers_that_exist_and_both_only_once(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    twice = '{ name = "甲", url = "tcp://a" }, { name = "甲", url = "tcp://b" }'
    stations = '{ station = "hot", printer = "乙" }, { station = "hot", printer = "甲" }'
    lines = [line for line in text.splitlines() if not line.startswith(("printers", "stations"))]
    written.write_text("\n".join([*lines, f"printers = [{twice}]", f"stations = [{stations}]"]), encoding="utf-8")
    assert wrong_lines(written) == ["printers：打印机名称重复：甲", "stations：档口重复：hot"]
    stations = '{ station = "hot", printer = "乙" }'
    once = '{ name = "甲", url = "tcp://a" }'
    written.write_text("\n".join([*lines, f"printers = [{once}]", f"stations = [{stations}]"]), encoding="utf-8")
    assert wrong_lines(written) == ["stations：没有这台打印机：乙（已有：甲）"]


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (b'env = "a', "配置文件格式不对："),
        ("env = '中'".encode("gbk"), "配置文件不是 UTF-8 编码："),
        (None, "找不到配置文件："),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes | None, start: str) -> None:
    path = tmp_path / "bridge.toml"
    if content is not None:
        path.write_bytes(content)
    [line] = wrong_lines(path)
    assert line.startswith(start)


def test_the_program_ends_with_78_and_the_list(tmp_path: Path) -> None:
    path = tmp_path / "bridge.toml"
    path.write_text('mqtt_url = "ftp://name:very-secret@host"', encoding="utf-8")
    command = [sys.executable, "-m", "edge_bridge", "run", "--config", str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert ended.returncode == 78
    assert ended.stderr.startswith("配置有误，请改好后重新运行：\n  · env：缺少这一项\n")
    assert "very-secret" not in ended.stderr + ended.stdout


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("tcp://10.0.0.5", NetworkAddress("10.0.0.5", 9100)),
        ("tcp://printer.lan:9101", NetworkAddress("printer.lan", 9101)),
        ("file:///var/tmp/a%20b.bin", FileAddress(Path("/var/tmp/a b.bin"))),
        ("file:///C:/tickets.bin", FileAddress(Path("C:/tickets.bin"))),
    ],
)
def test_printer_urls(url: str, address: object) -> None:
    assert parse_printer(url) == address


def test_an_encrypted_broker_has_its_own_port() -> None:
    assert parse_broker("mqtts://host") == BrokerAddress("host", 8883, True, None, None)
    with pytest.raises(ValueError, match="端口号"):
        parse_broker("mqtt://host:notaport")
