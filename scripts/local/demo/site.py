"""The demo's site: the local cloud with 豫味坊's data, and a store PC with printers in each of two shops."""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from types import TracebackType
from zoneinfo import ZoneInfo

from pymongo import MongoClient

from scripts.local.broker import Account
from scripts.local.cloud import LocalCloud
from scripts.local.dataset import Dataset, DeviceData, load_dataset
from scripts.local.demo.client import Client
from scripts.local.demo.journal import Journal, now
from scripts.local.demo.lunch import SHOPS
from scripts.local.demo.stage import LIMIT_S, Crew, Stage
from scripts.local.demo.watch import OrderBook, Watch
from scripts.local.loading import COUPON_FIELDS, COUPON_TEMPLATE, Loaded, load, shop_title
from scripts.local.process import free_port, port_taken
from scripts.local.store_pc import ShopPlace, StorePC, store_pc_account
from shared.store.client import Document

ENV = "local"
DATABASE = "zaotai_demo"
_PORTS = range(18700, 18720)
"""Start page, gateway and call screens stay where they were from start to start, if nobody else is there."""
_DAY_MIN, _DINNER_MIN = 24 * 60, 120


@dataclass(frozen=True)
class Ports:
    """Where things listen; see docs/demo.md."""

    page: int
    gateway: int
    screens: tuple[int, ...]

    @classmethod
    def usual(cls) -> Ports:
        """The documented ports, with free ones for those that are taken."""
        page, gateway, *screens = (_usual_or_free(port) for port in _PORTS[: 2 + len(SHOPS)])
        return cls(page, gateway, tuple(screens))

    @classmethod
    def free(cls) -> Ports:
        """Free ones."""
        return cls(free_port(), free_port(), tuple(free_port() for _ in SHOPS))


class Site:
    """Everything that runs, in one folder. Start it, use it, stop it; stopping again does nothing."""

    def __init__(self, folder: Path, *, ports: Ports) -> None:
        self._folder, self.ports = folder, ports
        self.dataset: Dataset = load_dataset()
        self.journal = Journal()
        self.pcs: dict[str, StorePC] = {}
        self._book: OrderBook | None = None
        self._watch: Watch | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.cloud = LocalCloud(
            folder / "cloud",
            zaotai_env=ENV,
            database=DATABASE,
            table_code_key=_kept_secret(folder / "table-code-key"),
            accounts=[self._account(shop_id) for shop_id in SHOPS],
            data_dir=folder / "mongo",
            port=ports.gateway,
            prewarm=1,
            pay=True,
            messages=True,
        )
        self.loaded: Loaded | None = None

    def start(self) -> Site:
        """Bring everything up. Raises `StartFailedError` with the reason."""
        try:
            self.cloud.start()
            uri = self.cloud.mongodb_uri
            self.loaded = load(uri, DATABASE, self.dataset, table_code_key=self.cloud.table_code_key, always_open=True)
            _ready_the_shops(uri)
            self._start_shops(self.loaded)
            self._book = OrderBook(uri, DATABASE)
            self._watch = Watch(self.journal, self._book, self.pcs).start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End everything; what is printed until then is in the journal."""
        for pc in self.pcs.values():
            pc.stop()
        if self._watch is not None:
            self._watch.stop()
            self._watch = None
        if self._book is not None:
            self._book.close()
            self._book = None
        self.cloud.stop()

    def __enter__(self) -> Site:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def paper_folder(self, printer_id: str) -> Path | None:
        """Where a printer's pictures are; None for a printer that is not here."""
        for shop_id, pc in self.pcs.items():
            if any(data.id == printer_id for data in pc.shop.printers):
                return self._shop_folder(shop_id) / "paper" / printer_id
        return None

    def crew(self, shop_id: str) -> Crew:
        """The shop's first cook and waiter. Raises LookupError for a shop that is not here."""
        title = self.pcs[shop_id].shop.title
        people = self.dataset.staff_of(shop_id)
        roles = ("kitchen", "waiter", "cashier", "manager")
        found = [next(person for person in people if person.role == role) for role in roles]
        return Crew(title, *((person.name, person.openid) for person in found))

    def stage(
        self, client: Client, *, pace_s: float = 0, ended: threading.Event | None = None, limit_s: float = LIMIT_S
    ) -> Stage:
        """Where meals are played in the shops that are here."""
        assert self.loaded is not None
        crews = {shop_id: self.crew(shop_id) for shop_id in self.pcs}
        codes = self.loaded.table_codes
        wechat, messages = self.cloud.wechat_pay, self.cloud.wechat_messages
        assert wechat is not None
        assert messages is not None
        wechat.habits(notices=True, refunds="succeed")
        messages.add_templates({COUPON_TEMPLATE: tuple(COUPON_FIELDS)})
        owner = next(person for person in self.dataset.staff if person.role == "owner")
        return Stage(
            client,
            self.journal,
            crews=crews,
            table_codes=codes,
            owner=(owner.name, owner.openid),
            wechat=wechat,
            messages=messages,
            pace_s=pace_s,
            ended=ended,
            limit_s=limit_s,
        )

    def _start_shops(self, loaded: Loaded) -> None:
        for shop_id, screen_port in zip(SHOPS, self.ports.screens, strict=True):
            device = self._device(shop_id)
            shop = ShopPlace(
                shop_id, shop_title(self.dataset, self.dataset.shop(shop_id)), self.dataset.printers_of(shop_id)
            )
            # A broker given by MQTT_URL must let everyone in by that URL.
            broker = self.cloud.broker
            mqtt_url = self.cloud.mqtt_url if broker is None else broker.url_for(device.id)
            self.pcs[shop_id] = StorePC(
                self._shop_folder(shop_id),
                shop=shop,
                device_id=device.id,
                device_key=loaded.device_keys[device.id],
                cloud_url=self.cloud.url,
                mqtt_url=mqtt_url,
                env=ENV,
                screen_port=screen_port,
            )
        for pc in self.pcs.values():
            pc.start()

    def _device(self, shop_id: str) -> DeviceData:
        return self.dataset.devices_of(shop_id)[0]

    def _account(self, shop_id: str) -> Account:
        return store_pc_account(ENV, shop_id, self._device(shop_id).id, password=secrets.token_urlsafe(24))

    def _shop_folder(self, shop_id: str) -> Path:
        return self._folder / "shops" / shop_id


def _ready_the_shops(uri: str) -> None:
    """Yesterday's guests have gone home: nothing is taken or reserved, nobody waits; and the day does not end soon."""
    with MongoClient[Document](uri, tz_aware=True) as client:
        db = client[DATABASE]
        db["table_sessions"].update_many({"state": "open"}, {"$set": {"state": "closed"}})
        db["reservations"].delete_many({})
        db["queue_tickets"].delete_many({})
        for shop in db["shops"].find({}, {"zone": 1, "cutoff": 1}):
            cutoff = far_cutoff(now().astimezone(ZoneInfo(shop["zone"])), shop["cutoff"])
            db["shops"].update_one({"_id": shop["_id"]}, {"$set": {"cutoff": cutoff}})


def far_cutoff(local: datetime, usual: str) -> str:
    """The usual end of the business day, or four hours later in the two hours before it: a dinner fits before that."""
    end = time.fromisoformat(usual)
    minutes_left = ((end.hour - local.hour) * 60 + end.minute - local.minute) % _DAY_MIN or _DAY_MIN
    return usual if minutes_left > _DINNER_MIN else f"{(end.hour + 4) % 24:02d}:{end.minute:02d}"


def _kept_secret(path: Path) -> str:
    """The secret in the file, made at the first start: table codes on paper stay good over restarts."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_text(encoding="utf-8")
    secret = secrets.token_urlsafe(32)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write(secret)
    return secret


def _usual_or_free(port: int) -> int:
    return free_port() if port_taken(port) else port
