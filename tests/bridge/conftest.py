"""Real parts for each test, on free ports, ended with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge_bridge.spool import Spool
from scripts.local.broker import Account, Broker
from scripts.local.printer import VirtualPrinter
from scripts.local.process import Child
from shared.contracts.topics import shop_subscriptions, status_topic
from tests.bridge.cloud_line import CloudLine
from tests.bridge.parts import DEVICE, ENV, SHOP, CloudStub, Place


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[VirtualPrinter]:
    machine = VirtualPrinter(tmp_path / "pages")
    machine.start()
    yield machine
    machine.stop()


@pytest.fixture
def cloud() -> Iterator[CloudStub]:
    stub = CloudStub()
    stub.start()
    yield stub
    stub.stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Mosquitto with two accounts: the cloud, which publishes, and the store PC with its own topics only."""
    accounts = (
        Account("cloud", "cloud-password", read=("zaotai/#",), write=("zaotai/#",)),
        Account(
            DEVICE,
            "pc-password",
            read=shop_subscriptions(ENV, SHOP),
            write=(status_topic(ENV, SHOP, DEVICE),),
        ),
    )
    with Broker(tmp_path / "broker", accounts=accounts, kind="mosquitto") as running:
        yield running


@pytest.fixture
def cloud_line(broker: Broker) -> Iterator[CloudLine]:
    line = CloudLine(broker)
    yield line
    line.close()


@pytest.fixture
def place(tmp_path: Path, broker: Broker, cloud: CloudStub, printer: VirtualPrinter) -> Place:
    """A store PC with its settings written, not running."""
    found = Place(folder=tmp_path, mqtt_url=broker.url_for(DEVICE), cloud_url=cloud.url, printer_port=printer.port)
    found.write()
    return found


@pytest.fixture
def start(place: Place) -> Iterator[Callable[[], Child]]:
    """Start the bridge as a process; what still runs at the end is ended."""
    started: list[Child] = []

    def begin() -> Child:
        started.append(place.start())
        return started[-1]

    yield begin
    for child in started:
        if child.alive:
            child.stop()
