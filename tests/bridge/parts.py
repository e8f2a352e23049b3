"""What the tests of the bridge are made of: tickets, calls, a cloud that checks signatures, a bridge as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from scripts.local.process import Child, wait_until
from shared.contracts.bridge import SYNC_ROUTE, Receipt, SyncBridge, SyncReply
from shared.contracts.events import (
    Call,
    CallEvent,
    DrawerEvent,
    Event,
    SlipEvent,
    Ticket,
    TicketEvent,
    TicketLine,
)
from shared.contracts.signing import (
    DEVICE_HEADER,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIME_HEADER,
    SignedRequest,
)
from shared.contracts.slips import Drawer, Slip, SlipHead, SlipLine, SlipTender

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=timezone.utc)
SHOP, ENV, DEVICE, KEY = "shop-1", "test", "pc-1", "0123456789abcdef-key"
LIMIT_S = 20.0
ROOT = Path(__file__).parents[2]


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


def ticket_event(number: int, *, station: str = "hot", shop_id: str = SHOP, note: str = "") -> TicketEvent:
    """Ticket `number`: event id `e-N`, job id `j-N`."""
    ticket = Ticket(
        job_id=f"j-{number}",
        kind="new",
        station=station,
        station_name="热菜" if station == "hot" else station,
        shop_name="豫味坊",
        order_id=f"o-{number}",
        order_no=f"{number:04d}",
        round=1,
        revision=1,
        table_name="8号桌",
        lines=(TicketLine(line_id="l-1", name="红烧黄河鲤鱼", quantity=1, note=note),),
        placed_at=NOON,
    )
    return TicketEvent(event_id=f"e-{number}", shop_id=shop_id, occurred_at=NOON, trace_id=f"t-{number}", data=ticket)


def call_event(number: int, *, called_at: datetime, lasts_s: float = 120) -> CallEvent:
    """Call `number`: event id `ce-N`, call id `c-N`."""
    call = Call(
        call_id=f"c-{number}",
        kind="pickup",
        label=f"A{number:03d}",
        text="请到取餐口取餐",
        called_at=called_at,
        expires_at=called_at + timedelta(seconds=lasts_s),
    )
    return CallEvent(event_id=f"ce-{number}", shop_id=SHOP, occurred_at=called_at, trace_id=f"t-{number}", data=call)


def slip_event(number: int, *, station: str = "hot") -> SlipEvent:
    """Receipt `number`: event id and job id `P-N.counter.receipt.1`."""
    job_id = f"P-{number}.counter.receipt.1"
    slip = Slip(
        job_id=job_id,
        kind="receipt",
        station=station,
        head=SlipHead(title="豫味坊", footer=("谢谢惠顾",)),
        pickup_no="A001",
        order_nos=(f"{number:04d}",),
        lines=(SlipLine(name="红烧黄河鲤鱼", quantity=1, fen=6800),),
        gross_fen=6800,
        due_fen=6800,
        paid_fen=6800,
        tenders=(SlipTender(kind="cash", fen=6800, handed_fen=10000, change_fen=3200),),
        payment_no=f"P-{number}",
        at=NOON,
    )
    return SlipEvent(event_id=job_id, shop_id=SHOP, occurred_at=NOON, trace_id=f"t-{number}", data=slip)


def drawer_event(number: int, *, asked_at: datetime, lasts_s: float = 120, station: str = "hot") -> DrawerEvent:
    """Wish `number` for the drawer: event id and job id `P-N.counter.drawer`."""
    job_id = f"P-{number}.counter.drawer"
    drawer = Drawer(job_id=job_id, station=station, expires_at=asked_at + timedelta(seconds=lasts_s))
    return DrawerEvent(event_id=job_id, shop_id=SHOP, occurred_at=asked_at, trace_id=f"t-{number}", data=drawer)


def payload(event: Event) -> bytes:
    """The event as it travels."""
    return json.dumps(event.wire(), ensure_ascii=False).encode()


class CloudStub:
    """`/syncBridge` over real HTTP: refuses a bad signature or a used nonce, remembers reports, hands out `events`."""

    def __init__(self) -> None:
        self.events: list[dict[str, object]] = []
        self.acks: list[str] = []
        self.receipts: list[Receipt] = []
        self.commands: list[SyncBridge] = []
        self.refused = 0
        self.failing = False
        self.clock_ahead_s = 0.0
        self._nonces: set[str] = set()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, headers: dict[str, str], path: str, body: bytes) -> tuple[int, dict[str, object]]:
        with self._lock:
            if self.failing:
                return 503, {"success": False, "code": "BUSY", "message": "忙", "requestId": "r"}
            request = SignedRequest(
                method="POST", path=path, time_s=int(headers[TIME_HEADER]), nonce=headers[NONCE_HEADER], body=body
            )
            signed = request.signature(KEY) == headers[SIGNATURE_HEADER] and headers[DEVICE_HEADER] == DEVICE
            if not signed or request.nonce in self._nonces or path != SYNC_ROUTE:
                self.refused += 1
                return 401, {"success": False, "code": "UNAUTHENTICATED", "message": "请先登录", "requestId": "r"}
            self._nonces.add(request.nonce)
            return 200, {"success": True, "data": self._take(SyncBridge.model_validate_json(body)), "requestId": "r"}

    def wait_receipts(self, count: int) -> list[Receipt]:
        assert wait_until(lambda: len(self.receipts) >= count, limit_s=LIMIT_S), [r.job_id for r in self.receipts]
        return list(self.receipts)

    def wait_acks(self, *event_ids: str) -> None:
        assert wait_until(lambda: set(event_ids) <= set(self.acks), limit_s=LIMIT_S), self.acks

    def _take(self, command: SyncBridge) -> dict[str, object]:
        self.commands.append(command)
        self.acks += command.acks
        self.receipts += command.receipts
        self.events = [event for event in self.events if event.get("eventId") not in command.acks]
        reply = SyncReply(events=(), more=False, server_time=utc_now() + timedelta(seconds=self.clock_ahead_s))
        return {**reply.wire(), "events": self.events}


def _handler(cloud: CloudStub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, envelope = cloud.answer(headers, self.path, body)
            answer = json.dumps(envelope, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Handler


@dataclass
class Place:
    """A store PC's folder and what it is connected to; `write` makes its settings file."""

    folder: Path
    mqtt_url: str
    cloud_url: str
    printer_port: int

    @property
    def config(self) -> Path:
        return self.folder / "bridge.toml"

    @property
    def spool_path(self) -> Path:
        return self.folder / "data" / "spool.sqlite3"

    def write(self, *, uncertain: str = "reprint", fence: str = "auto", mode: str = "raster") -> Path:
        url = f"tcp://127.0.0.1:{self.printer_port}"
        printer = f'name = "热菜打印机", url = "{url}", fence = "{fence}", mode = "{mode}"'
        self.config.write_text(
            f"""
env = "{ENV}"
shop_id = "{SHOP}"
shop_name = "豫味坊"
device_id = "{DEVICE}"
device_key = "{KEY}"
cloud_url = "{self.cloud_url}"
mqtt_url = "{self.mqtt_url}"
data_dir = '{self.folder / "data"}'
uncertain = "{uncertain}"
screen = {{ port = 0 }}
sync_interval_s = 1.0
heartbeat_s = 1.0
printers = [{{ {printer} }}]
stations = [{{ station = "hot", printer = "热菜打印机" }}]
""",
            encoding="utf-8",
        )
        return self.config

    def start(self) -> Child:
        """The bridge as a process; its log is `bridge.log` in the folder."""
        command = [sys.executable, "-m", "edge_bridge", "run", "--config", str(self.config)]
        return Child(command, log=self.folder / "bridge.log", cwd=ROOT)

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command of the bridge, run to its end."""
        command = [sys.executable, "-m", "edge_bridge", *arguments, "--config", str(self.config)]
        env = {**os.environ, "PYTHONIOENCODING": "utf-8"}
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT, env=env)

    def log_events(self) -> list[str]:
        """The names of what the bridge logged so far."""
        lines = (self.folder / "bridge.log").read_text(encoding="utf-8").splitlines()
        return [str(json.loads(line)["event"]) for line in lines if line.startswith("{")]

    def wait_log(self, event: str, count: int = 1) -> None:
        """Until the bridge has logged this event so often."""
        log = self.folder / "bridge.log"
        found = wait_until(lambda: log.exists() and self.log_events().count(event) >= count, limit_s=LIMIT_S)
        assert found, log.read_text(encoding="utf-8")
