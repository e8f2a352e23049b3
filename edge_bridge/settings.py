"""The store PC's settings: a TOML file, overridden by `ZAOTAI_BRIDGE__…`; every mistake is told at once, in Chinese."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from edge_bridge.addresses import BrokerAddress, PrinterAddress, parse_broker, parse_http, parse_printer
from edge_bridge.complaints import complaints
from shared.contracts.wire import Id

FenceSetting = Literal["auto", "GS ( H", "GS r", "none"]
ENV_PREFIX = "ZAOTAI_BRIDGE__"
_DOTS = {58: 384, 80: 576}
_COLUMNS = {58: 32, 80: 48}


class SettingsError(Exception):
    """The settings cannot be used. `lines` are Chinese, one for each mistake."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def default_config_path() -> Path:
    """Where the settings are looked for without `--config`."""
    from platformdirs import site_config_path

    return site_config_path("zaotai-bridge", appauthor=False) / "bridge.toml"


def default_data_dir() -> Path:
    """Where spool and lock lie unless the settings say otherwise."""
    from platformdirs import user_data_path

    return user_data_path("zaotai-bridge", appauthor=False)


def _printer_url(url: str) -> str:
    parse_printer(url)
    return url


def _zone_name(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError("不认识这个时区，应写成如 Asia/Shanghai") from error
    return name


def _broker_url(url: SecretStr) -> SecretStr:
    parse_broker(url.get_secret_value())
    return url


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PrinterSettings(_Part):
    """One printer: its name on the boards, where it is, its paper, and how it confirms (`device`).

    `mode` text uses the printer's own characters; `drawer_pin` is where the cash drawer hangs, if one does.
    """

    name: Annotated[str, Field(min_length=1, max_length=40)]
    url: Annotated[str, AfterValidator(_printer_url)]
    width_mm: Literal[58, 80] = 80
    fence: FenceSetting = "auto"
    mode: Literal["raster", "text"] = "raster"
    drawer_pin: Literal[2, 5] = 2

    @property
    def width_dots(self) -> int:
        """Printable dots across at 203 dpi."""
        return _DOTS[self.width_mm]

    @property
    def columns(self) -> int:
        """Printable columns across in text mode."""
        return _COLUMNS[self.width_mm]

    @property
    def address(self) -> PrinterAddress:
        """The URL taken apart."""
        return parse_printer(self.url)


class StationSettings(_Part):
    """Which printer a station's tickets come out of. The pass (总单) is a station like any other."""

    station: Id
    printer: str


class ScreenSettings(_Part):
    """Where the call page is served."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8088


class Settings(BaseSettings):
    """Read with `load_settings`. Secrets do not show in a repr."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=ENV_PREFIX, env_nested_delimiter="__", hide_input_in_errors=True
    )

    env: Id
    shop_id: Id
    shop_name: Annotated[str, Field(min_length=1, max_length=40)]
    device_id: Id
    device_key: Annotated[SecretStr, Field(min_length=16)]
    cloud_url: Annotated[str, AfterValidator(parse_http)]
    mqtt_url: Annotated[SecretStr, AfterValidator(_broker_url)]
    data_dir: Annotated[Path, Field(default_factory=default_data_dir)]
    zone: Annotated[str, AfterValidator(_zone_name)] = "Asia/Shanghai"
    screen: ScreenSettings = ScreenSettings()
    printers: tuple[PrinterSettings, ...]
    stations: tuple[StationSettings, ...]
    uncertain: Literal["reprint", "ask"] = "reprint"
    sync_interval_s: Annotated[float, Field(gt=0, le=600)] = 15.0
    heartbeat_s: Annotated[float, Field(gt=0, le=600)] = 30.0

    @property
    def broker(self) -> BrokerAddress:
        """The broker's URL taken apart."""
        return parse_broker(self.mqtt_url.get_secret_value())

    @property
    def spool_path(self) -> Path:
        """The spool's file."""
        return self.data_dir / "spool.sqlite3"

    def stations_of(self, printer: str) -> tuple[str, ...]:
        """The stations whose tickets this printer prints."""
        return tuple(pair.station for pair in self.stations if pair.printer == printer)

    @field_validator("printers")
    @classmethod
    def _names_once(cls, printers: tuple[PrinterSettings, ...]) -> tuple[PrinterSettings, ...]:
        _require(printers)
        _refuse_twice([printer.name for printer in printers], "打印机名称重复")
        return printers

    @field_validator("stations")
    @classmethod
    def _stations_fit(cls, stations: tuple[StationSettings, ...], info: ValidationInfo) -> tuple[StationSettings, ...]:
        _require(stations)
        _refuse_twice([pair.station for pair in stations], "档口重复")
        known = [printer.name for printer in info.data.get("printers", ())]
        missing = sorted({pair.printer for pair in stations} - set(known))
        if known and missing:
            raise ValueError(f"没有这台打印机：{'、'.join(missing)}（已有：{'、'.join(known)}）")
        return stations

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over what the file says."""
        return env_settings, init_settings


def load_settings(path: Path) -> Settings:
    """The settings of this file and the environment. Raises `SettingsError` with every mistake."""
    try:
        return Settings(**_read_toml(path))
    except ValidationError as error:
        raise SettingsError(complaints(error)) from None


def _read_toml(path: Path) -> dict[str, Any]:
    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        values: dict[str, Any] = toml.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError([f"找不到配置文件：{path}。请用 --config 指明，或把配置文件放到那里"]) from None
    except OSError:
        raise SettingsError([f"读不了配置文件：{path}。请检查文件权限"]) from None
    except UnicodeDecodeError:
        raise SettingsError([f"配置文件不是 UTF-8 编码：{path}。请用记事本另存为 UTF-8"]) from None
    except ValueError as error:
        raise SettingsError([f"配置文件格式不对：{path}（{error}）。常见原因：缺少引号、等号或括号"]) from None
    return values


def _require(items: tuple[object, ...]) -> None:
    if not items:
        raise ValueError("至少要有一项")


def _refuse_twice(names: list[str], what: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what}：{'、'.join(twice)}")
