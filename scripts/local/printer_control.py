"""A virtual printer as a process, steered over HTTP: `GET /pages`, `GET /condition`, `POST /condition`."""

from __future__ import annotations

import argparse
import json
import signal
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

from scripts.local.printer import VirtualPrinter
from scripts.local.printer_pages import page_record
from scripts.local.printer_status import CONDITIONS


class PrinterControl:
    """The control page of one printer, on its own port of the loopback."""

    def __init__(self, printer: VirtualPrinter, *, port: int = 0) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(printer))
        self.port = int(self._server.server_address[1])
        self._serving = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="printer-control")

    def start(self) -> None:
        """Serve in the background."""
        self._serving.start()

    def stop(self) -> None:
        """Stop serving and give the port back."""
        self._server.shutdown()
        self._serving.join()
        self._server.server_close()


def run() -> None:
    """The command line: start, say the ports, wait for SIGTERM or SIGINT."""
    options = _options()
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    printer = VirtualPrinter(options.out, name=options.name, port=options.port, width_dots=options.width_dots)
    printer.start()
    control = None if options.control_port is None else PrinterControl(printer, port=options.control_port)
    if control is not None:
        control.start()
    ports = {"name": printer.name, "port": printer.port, "controlPort": control.port if control else None}
    print(json.dumps(ports, ensure_ascii=False), flush=True)
    stopping.wait()
    if control is not None:
        control.stop()
    printer.stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts.local.printer", description="A virtual ESC/POS network printer.")
    parser.add_argument("--name", default="printer")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--out", type=Path, required=True, help="where the pages go")
    parser.add_argument("--control-port", type=int, help="0 picks a free one; without it there is no control page")
    parser.add_argument("--width-dots", type=int, choices=(384, 576), default=576)
    return parser.parse_args()


def _handler(printer: VirtualPrinter) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/pages":
                self._reply(HTTPStatus.OK, [page_record(page) for page in printer.pages])
            elif self.path == "/condition":
                self._reply(HTTPStatus.OK, {"condition": printer.condition})
            else:
                self._reply(HTTPStatus.NOT_FOUND, {"error": "no such page"})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            wanted = _condition(body)
            known = next((condition for condition in CONDITIONS if condition == wanted), None)
            if self.path != "/condition" or known is None:
                self._reply(HTTPStatus.BAD_REQUEST, {"error": f"POST /condition with one of {', '.join(CONDITIONS)}"})
                return
            printer.set_condition(known)
            self._reply(HTTPStatus.OK, {"condition": known})

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the output is the one line with the ports."""

        def _reply(self, status: HTTPStatus, value: object) -> None:
            body = json.dumps(value, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _condition(body: bytes) -> object:
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value.get("condition") if isinstance(value, dict) else None
