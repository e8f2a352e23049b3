"""A shop's store PC on this machine: the real `edge_bridge` as a process, and the shop's printers as virtual ones."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.local.broker import Account
from scripts.local.dataset import PrinterData
from scripts.local.printer import VirtualPrinter
from scripts.local.process import HOST, Child, StartFailedError, free_port, wait_until
from shared.contracts.topics import shop_subscriptions, status_topic

ROOT = Path(__file__).resolve().parents[2]
_START_LIMIT_S = 40.0
_DOTS = {58: 384, 80: 576}


@dataclass(frozen=True)
class ShopPlace:
    """The shop a store PC stands in."""

    shop_id: str
    title: str
    """The shop's name on tickets' and calls' screens."""
    printers: tuple[PrinterData, ...]


def store_pc_account(env: str, shop_id: str, device_id: str, *, password: str) -> Account:
    """A store PC's account at the broker: reads its own shop's topics, writes its own status."""
    return Account(
        username=device_id,
        password=password,
        read=shop_subscriptions(env, shop_id),
        write=(status_topic(env, shop_id, device_id),),
    )


class StorePC:
    """One shop's PC with its printers. Everything lies in `work_dir`: settings, spool, log, printed pages.

    `env` is the system's environment (`local`), part of the MQTT topics. Ports stay the same over restarts.
    """

    def __init__(
        self,
        work_dir: Path,
        *,
        shop: ShopPlace,
        device_id: str,
        device_key: str,
        cloud_url: str,
        mqtt_url: str,
        env: str,
        screen_port: int = 0,
        sync_interval_s: float = 5.0,
    ) -> None:
        self.shop, self.device_id, self.env = shop, device_id, env
        self._work_dir = work_dir
        self._device_key, self._cloud_url, self._mqtt_url = device_key, cloud_url, mqtt_url
        self._screen_port, self._sync_interval_s = screen_port, sync_interval_s
        self._bridge: Child | None = None
        self.printers: dict[str, VirtualPrinter] = {}
        """By the printer's name (`热菜打印机`)."""
        for printer in shop.printers:
            self.printers[printer.name] = VirtualPrinter(
                work_dir / "paper" / printer.id, name=printer.name, width_dots=_DOTS[printer.width_mm]
            )

    @property
    def screen_url(self) -> str:
        """The call screen's page."""
        return f"http://{HOST}:{self._screen_port}/"

    @property
    def log(self) -> Path:
        """What the bridge says, JSON lines."""
        return self._work_dir / "bridge.log"

    @property
    def config(self) -> Path:
        """The bridge's settings, for its other commands (`jobs`, `doctor`)."""
        return self._work_dir / "bridge.toml"

    @property
    def alive(self) -> bool:
        """Whether the bridge runs."""
        return self._bridge is not None and self._bridge.alive

    def start(self) -> StorePC:
        """Switch on printers and bridge; returns when the call screen answers. Raises `StartFailedError`."""
        self._work_dir.mkdir(parents=True, exist_ok=True)
        try:
            for printer in self.printers.values():
                printer.start()
            self._screen_port = self._screen_port or free_port()
            self._write_config()
            self.start_bridge()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the bridge and switch off the printers; again does nothing."""
        if self._bridge is not None:
            self._bridge.stop()
            self._bridge = None
        for printer in self.printers.values():
            printer.stop()

    def kill(self) -> None:
        """End the bridge at once, as `kill -9` would; the printers stay on."""
        if self._bridge is not None:
            self._bridge.kill()
            self._bridge = None

    def restart_bridge(self) -> None:
        """End the bridge if it runs, and start it again with its spool."""
        if self._bridge is not None:
            self._bridge.stop()
        self.start_bridge()

    def start_bridge(self) -> None:
        """Start the bridge; returns when the call screen answers. Raises `StartFailedError`."""
        command = [sys.executable, "-m", "edge_bridge", "run", "--config", str(self.config)]
        bridge = Child(command, log=self.log, cwd=ROOT, env=_bridge_environment(os.environ))
        self._bridge = bridge
        answered = wait_until(lambda: not bridge.alive or self._answers(), limit_s=_START_LIMIT_S)
        if not (answered and bridge.alive):
            raise StartFailedError(f"the store PC of {self.shop.title} did not start:\n{bridge.log_end()}")

    def _answers(self) -> bool:
        import httpx

        try:
            reply = httpx.get(f"{self.screen_url}api/calls", timeout=2, trust_env=False)
        except httpx.HTTPError:
            return False
        return reply.status_code == httpx.codes.OK

    def _write_config(self) -> None:
        printers = [(data, self.printers[data.name].port) for data in self.shop.printers]
        settings: dict[str, str | float] = {
            "env": self.env,
            "shop_id": self.shop.shop_id,
            "shop_name": self.shop.title,
            "device_id": self.device_id,
            "device_key": self._device_key,
            "cloud_url": self._cloud_url,
            "mqtt_url": self._mqtt_url,
            "data_dir": str(self._work_dir / "data"),
            "sync_interval_s": self._sync_interval_s,
        }
        lines = [f"{name} = {_toml(value)}" for name, value in settings.items()]
        lines += ["stations = ["]
        for data, _ in printers:
            lines += [f"  {{ station = {_toml(s)}, printer = {_toml(data.name)} }}," for s in data.stations]
        lines += ["]", "[screen]", f"port = {self._screen_port}"]
        for data, port in printers:
            lines += ["[[printers]]", f"name = {_toml(data.name)}", f'url = "tcp://{HOST}:{port}"']
            lines += [f"width_mm = {data.width_mm}"]
        self.config.touch(mode=0o600)
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _bridge_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """This machine's environment without settings meant for another bridge."""
    return {name: value for name, value in environment.items() if not name.startswith("ZAOTAI_BRIDGE__")}


def _toml(value: str | float) -> str:
    # A JSON string is a TOML basic string.
    return json.dumps(value, ensure_ascii=False)
