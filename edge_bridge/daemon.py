"""The daemon, composed: broker → intake → spool → workers → printers, and receipts back up by `syncBridge`."""

from __future__ import annotations

import signal
import threading
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from edge_bridge import __version__
from edge_bridge.addresses import FileAddress
from edge_bridge.cloud import CloudClient, CloudSync
from edge_bridge.delivery import Orders, PrintWorker, Render, settle_uncertain
from edge_bridge.device import Device, FilePrinter, NetworkPrinter
from edge_bridge.intake import Intake
from edge_bridge.lock import only_one
from edge_bridge.log import say, warn
from edge_bridge.reports import all_reports
from edge_bridge.service import notify, watchdog_interval_s
from edge_bridge.settings import PrinterSettings, Settings
from edge_bridge.spool import Job, Spool, SpoolError
from edge_bridge.transport import Transport
from shared.contracts.bridge import BridgeStatus, PrinterReport
from shared.contracts.topics import config_topic, shop_subscriptions, status_topic

_KEEP_JOBS = timedelta(days=30)
_KEEP_CALLS = timedelta(days=2)
_GOODBYE_S = 5.0


def run(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Raises `SpoolError`, `AlreadyRunning`, OSError (the call page's port) at start."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    with only_one(settings.data_dir):
        bridge = Bridge(settings, Spool(settings.spool_path))
        try:
            bridge.start()
            notify("READY=1")
            bridge.watch(stop)
        finally:
            notify("STOPPING=1")
            bridge.stop()


class Bridge:
    """All parts of one store PC, wired."""

    def __init__(self, settings: Settings, spool: Spool) -> None:
        from edge_bridge.screen.board import CallBoard
        from edge_bridge.screen.server import ScreenServer

        self._settings, self._spool, self._started_at = settings, spool, now()
        self._no_more_pages, self._no_more_talk = threading.Event(), threading.Event()
        board = CallBoard()
        self._screen = ScreenServer(
            board, host=settings.screen.host, port=settings.screen.port, shop_name=settings.shop_name
        )
        self._workers = [self._worker(printer) for printer in settings.printers]
        self._intake = Intake(spool, shop_id=settings.shop_id, show=board.show, now=now, arrived=self._arrived)
        self._sync = CloudSync(
            CloudClient(
                settings.cloud_url,
                device_id=settings.device_id,
                device_key=settings.device_key.get_secret_value(),
                now=now,
            ),
            spool=spool,
            receive=self._intake.receive,
            reports=self._reports,
            interval_s=settings.sync_interval_s,
            stop=self._no_more_talk,
        )
        self._transport = Transport(
            settings.broker,
            client_id=settings.device_id,
            topics=shop_subscriptions(settings.env, settings.shop_id),
            take=self._message,
            status_topic=status_topic(settings.env, settings.shop_id, settings.device_id),
            status=self._status,
        )

    def start(self) -> None:
        """From the paper to the broker, so that nothing arrives before there is someone to take it."""
        self._forget_the_old()
        settle_uncertain(self._spool, reprint=self._settings.uncertain == "reprint", now=now())
        self._screen.start()
        for worker in self._workers:
            worker.start()
        self._sync.start()
        self._transport.start()
        say("bridge.started", version=__version__, shop=self._settings.shop_id, screen_port=self._screen.port)

    def watch(self, stop: threading.Event) -> None:
        """Publish the status and feed the watchdog until told to stop."""
        beat_s = watchdog_interval_s(self._settings.heartbeat_s)
        tidied_on = now().date()
        while not stop.wait(beat_s):
            try:
                self._transport.publish_status()
                if tidied_on != now().date():
                    tidied_on = now().date()
                    self._forget_the_old()
                if self._is_well():
                    notify("WATCHDOG=1")
            except SpoolError as error:
                warn("spool.unusable", hint=str(error))

    def stop(self) -> None:
        """In the order of the flow: no more messages, finish the page, tell the cloud, close."""
        self._transport.stop()
        self._no_more_pages.set()
        for worker in self._workers:
            worker.join(_GOODBYE_S)
        self._no_more_talk.set()
        self._sync.join(_GOODBYE_S)
        self._screen.stop()
        self._spool.close()
        say("bridge.stopped")

    def _worker(self, printer: PrinterSettings) -> PrintWorker:
        return PrintWorker(
            Orders(
                printer=printer.name,
                stations=self._settings.stations_of(printer.name),
                reprint_in_doubt=self._settings.uncertain == "reprint",
                drawer_pin=printer.drawer_pin,
            ),
            device=device_of(printer, stop=self._no_more_pages),
            spool=self._spool,
            render=_renderer(printer, ZoneInfo(self._settings.zone)),
            now=now,
            stop=self._no_more_pages,
            changed=self._changed,
        )

    def _message(self, topic: str, payload: bytes) -> None:
        if topic == config_topic(self._settings.env, self._settings.shop_id):
            say("config.changed")
            self._sync.ring()
        else:
            self._intake.receive(payload)

    def _arrived(self) -> None:
        for worker in self._workers:
            worker.ring()
        self._sync.ring()

    def _changed(self) -> None:
        self._sync.ring()

    def _reports(self) -> tuple[PrinterReport, ...]:
        served = {pair.station for pair in self._settings.stations}
        printers = [worker.report() for worker in self._workers]
        return all_reports(self._spool, printers, served=served, since=self._started_at)

    def _status(self, online: bool) -> bytes:
        status = BridgeStatus(device_id=self._settings.device_id, online=online, at=now(), version=__version__)
        if online:
            known = {"waiting": self._spool.jobs.waiting(), "printers": self._reports()}
            status = status.model_copy(update=known)
        return status.model_dump_json(by_alias=True).encode()

    def _is_well(self) -> bool:
        """Alive, and the spool answers. Being without a line to broker or cloud is not an illness a restart cures."""
        self._spool.jobs.waiting()
        return self._transport.alive and self._sync.alive and all(worker.alive for worker in self._workers)

    def _forget_the_old(self) -> None:
        self._spool.jobs.forget_printed(before=now() - _KEEP_JOBS)
        self._spool.mail.forget_calls(before=now() - _KEEP_CALLS)
        self._spool.drawers.forget(before=now() - _KEEP_CALLS)


def now() -> datetime:
    """The one clock of the daemon."""
    return datetime.now(timezone.utc)


def device_of(printer: PrinterSettings, *, stop: threading.Event) -> Device:
    """The device at a printer's URL."""
    address = printer.address
    if isinstance(address, FileAddress):
        return FilePrinter(address.path)
    return NetworkPrinter(address.host, address.port, fence=printer.fence, stop=stop)


def _renderer(printer: PrinterSettings, zone: ZoneInfo) -> Render:
    def render(job: Job, copy: int) -> bytes:
        from edge_bridge.rendering.job import layout_of, page_of

        layout = layout_of(job.paper, seq=job.seq, copy=copy, now=now(), zone=zone)
        return page_of(layout, printer)

    return render
