"""The URLs of the settings, taken apart once: broker, cloud, printers. Errors are Chinese ValueErrors."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit


@dataclass(frozen=True)
class BrokerAddress:
    """Where the MQTT broker is, and as whom to go there."""

    host: str
    port: int
    tls: bool
    username: str | None
    password: str | None = field(repr=False)


@dataclass(frozen=True)
class NetworkAddress:
    """An ESC/POS printer on the network."""

    host: str
    port: int


@dataclass(frozen=True)
class FileAddress:
    """A file that page bytes are appended to."""

    path: Path


PrinterAddress = NetworkAddress | FileAddress


def parse_broker(url: str) -> BrokerAddress:
    """`mqtt://[user:password@]host[:1883]`, or `mqtts://…[:8883]` with TLS."""
    parts = _split(url)
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        raise ValueError("应写成 mqtt://用户名:密码@主机:端口，或 mqtts://…（加密）")
    tls = parts.scheme == "mqtts"
    return BrokerAddress(
        host=parts.hostname,
        port=_port(parts) or (8883 if tls else 1883),
        tls=tls,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def parse_printer(url: str) -> PrinterAddress:
    """`tcp://host[:9100]` or `file:///path`."""
    parts = _split(url)
    if parts.scheme == "tcp" and parts.hostname:
        return NetworkAddress(host=parts.hostname, port=_port(parts) or 9100)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        path = unquote(parts.path)
        # file:///C:/tickets.bin names a Windows drive
        return FileAddress(Path(path[1:] if path[2:3] == ":" else path))
    raise ValueError("应写成 tcp://打印机IP:9100，或 file:///文件路径")


def parse_http(url: str) -> str:
    """`https://host[:port][/prefix]` without a slash at the end."""
    parts = _split(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("应写成 https://云端地址")
    _port(parts)
    return url.rstrip("/")


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise ValueError("地址写得不对") from error


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError as error:
        raise ValueError("端口号应是 1 到 65535 的数字") from error
