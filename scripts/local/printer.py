"""A virtual ESC/POS network printer: prints to pictures, answers as printers do, and fails on demand.

As a process: `python -m scripts.local.printer --name hot --port 0 --out DIR [--control-port 0]`; it says its ports as
one line of JSON and ends on SIGTERM or Ctrl-C.
"""

from __future__ import annotations

import socket
from collections import deque
from pathlib import Path
from threading import Condition, Thread

from scripts.local.escpos_decoder import Command
from scripts.local.paper import Paper
from scripts.local.printer_network import Client, Door
from scripts.local.printer_pages import Page, PageTray
from scripts.local.printer_status import CONDITIONS, prints, queued_answer, realtime_status
from scripts.local.printer_status import Condition as PrinterCondition

__all__ = ["CONDITIONS", "Page", "PrinterCondition", "VirtualPrinter"]


class VirtualPrinter:
    """Start it, send it jobs, look at `pages`. Clients may come one after the other or at once.

    Out of paper, with the cover open or offline it keeps what it received and prints it when it is `ready` again, also
    for clients that have left: that is where duplicates come from. Paper left uncut is the top of the next page.
    """

    def __init__(
        self, out_dir: Path, *, name: str = "printer", host: str = "127.0.0.1", port: int = 0, width_dots: int = 576
    ) -> None:
        self.name = name
        self.host = host
        self.port = port
        self.width_dots = width_dots
        self._tray = PageTray(out_dir)
        self._condition: PrinterCondition = "ready"
        self._changed = Condition()
        self._queue: deque[tuple[Client, Command | None]] = deque()
        self._clients: list[Client] = []
        self._uncut: Paper | None = None
        self._unknown = 0
        self._pulses: list[bytes] = []
        self._running = False
        self._door: Door | None = None
        self._head: Thread | None = None

    @property
    def condition(self) -> PrinterCondition:
        """How it is now."""
        return self._condition

    @property
    def pages(self) -> list[Page]:
        """Every page that came out so far."""
        return self._tray.pages

    @property
    def pulses(self) -> list[bytes]:
        """Every pulse that reached the cash drawer so far: the arguments of its `ESC p`."""
        with self._changed:
            return list(self._pulses)

    @property
    def unknown_commands(self) -> int:
        """How many commands were skipped because nobody here knows them."""
        with self._changed:
            return self._unknown + sum(client.decoder.unknown for client in self._clients)

    def wait_pages(self, count: int, timeout_s: float) -> list[Page]:
        """The pages once there are at least `count`; TimeoutError otherwise."""
        return self._tray.wait(count, timeout_s)

    def start(self) -> None:
        """Listen and print. With port 0 the port is chosen now and kept until `stop`."""
        self._tray.open()
        self._queue.clear()
        self._running = True
        self._door = Door(self.host, self.port, self._welcome)
        self.port = self._door.port
        self._head = Thread(target=self._print_all, name=f"{self.name}-head", daemon=True)
        self._head.start()
        if self._condition != "offline":
            self._door.open()

    def stop(self) -> None:
        """Switch off: connections end, what waits unprinted is lost. May be called twice."""
        with self._changed:
            self._running = False
            self._changed.notify_all()
        if self._door is not None:
            self._door.close()
            self._door = None
        self._hang_up()
        if self._head is not None:
            self._head.join()

    def set_condition(self, condition: PrinterCondition) -> None:
        """Make it ready, fail, or answer less (see `printer_status`)."""
        if condition not in CONDITIONS:
            raise ValueError(f"no such condition: {condition}")
        with self._changed:
            self._condition = condition
            self._changed.notify_all()
        if self._door is None:
            return
        if condition == "offline":
            self._door.shut()
            self._hang_up()
        else:
            self._door.open()

    def _welcome(self, connection: socket.socket) -> None:
        client = Client(connection, Paper(self.width_dots))
        with self._changed:
            refused = not self._running or self._condition == "offline"
            if not refused:
                self._clients.append(client)
                client.reader = Thread(target=self._receive, args=(client,), name=f"{self.name}-client", daemon=True)
                client.reader.start()
        if refused:
            connection.close()

    def _receive(self, client: Client) -> None:
        for command in client.commands():
            if command.name == b"\x10\x04":
                client.answer(realtime_status(command.args[0], self._condition))
            else:
                self._enqueue(client, command)
        self._enqueue(client, None)
        client.close()
        with self._changed:
            self._clients.remove(client)
            self._unknown += client.decoder.unknown

    def _enqueue(self, client: Client, command: Command | None) -> None:
        with self._changed:
            self._queue.append((client, command))
            self._changed.notify_all()

    def _print_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: not self._running or (self._queue and prints(self._condition)))
                if not self._running:
                    return
                client, command = self._queue.popleft()
            self._print(client, command)

    def _print(self, client: Client, command: Command | None) -> None:
        """One command on paper; None is the client's end."""
        if command is None:
            if not client.paper.blank:
                self._uncut = self._joined(client.paper)
            return
        client.paper.apply(command)
        if command.name == b"\x1dV":
            self._cut(client)
        if command.name == b"\x1bp":
            with self._changed:
                self._pulses.append(command.args)
        client.answer(queued_answer(command, self._condition))

    def _cut(self, client: Client) -> None:
        if not client.paper.blank:
            self._tray.put(self._joined(client.paper))
            self._uncut = None
        client.paper = Paper(self.width_dots)

    def _joined(self, paper: Paper) -> Paper:
        if self._uncut is not None:
            paper.follow(self._uncut)
        return paper

    def _hang_up(self) -> None:
        with self._changed:
            clients = list(self._clients)
        for client in clients:
            client.hang_up()
        for client in clients:
            if client.reader is not None:
                client.reader.join()


def main() -> None:
    """Run one printer with its control page until a signal says stop."""
    from scripts.local.printer_control import run

    run()


if __name__ == "__main__":
    main()
