"""A shop's PC with three printers, and what is read off their paper: the QR codes of the tickets that came out."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from scripts.local.dataset import PrinterData
from scripts.local.process import wait_until
from scripts.local.store_pc import ShopPlace, StorePC, store_pc_account
from tests.e2e.town import ENV, LIMIT_S, LiveShop, Town

STOVE, COUNTER, PASS = "热菜打印机", "凉菜打印机", "总单打印机"
STATIONS_OF = {STOVE: ("hot", "noodle"), COUNTER: ("cold", "drink"), PASS: ("pass",)}


def store_pc(folder: Path, *, town: Town, shop: LiveShop, sync_interval_s: float) -> StorePC:
    """The shop's PC, not running; the broker lets it in."""
    broker, device = town.cloud.broker, f"pc-{shop.shop_id}"
    assert broker is not None
    broker.add(store_pc_account(ENV, shop.shop_id, device, password=secrets.token_urlsafe(16)))
    printers = tuple(
        PrinterData(f"p{number}", shop.shop_id, name, 58 if name == PASS else 80, stations)
        for number, (name, stations) in enumerate(STATIONS_OF.items())
    )
    return StorePC(
        folder,
        shop=ShopPlace(shop.shop_id, "豫味坊·测试店", printers),
        device_id=device,
        device_key=shop.device_key,
        cloud_url=town.cloud.url,
        mqtt_url=broker.url_for(device),
        env=ENV,
        sync_interval_s=sync_interval_s,
    )


def codes(pc: StorePC, *names: str) -> list[str]:
    """The codes on the pages of these printers (of all, if none is named), sorted."""
    return sorted(code for name in names or pc.printers for page in pc.printers[name].pages for code in page.codes)


def wait_codes(pc: StorePC, wanted: list[str]) -> None:
    """Until these codes are on paper."""
    assert wait_until(lambda: set(wanted) <= set(codes(pc)), limit_s=LIMIT_S, every_s=0.05), (wanted, codes(pc))


def wait_log(pc: StorePC, event: str, *, times: int = 1) -> None:
    """Until the bridge has logged this event so often."""
    assert wait_until(lambda: logged(pc).count(event) >= times, limit_s=LIMIT_S, every_s=0.05), logged(pc)


def logged(pc: StorePC) -> list[str]:
    """The events that the bridge logged so far."""
    lines = pc.log.read_text(encoding="utf-8").splitlines()
    return [str(json.loads(line)["event"]) for line in lines if line.startswith("{") and line.endswith("}")]
