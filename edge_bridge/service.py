"""A word to systemd, when it is listening: ready, well, stopping."""

from __future__ import annotations

import contextlib
import os
import socket


def notify(message: str) -> None:
    """Tell systemd; elsewhere nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.sendto(message.encode(), "\0" + address[1:] if address.startswith("@") else address)


def watchdog_interval_s(default_s: float) -> float:
    """How often to say that we are well: twice within what systemd allows."""
    allowed_us = os.environ.get("WATCHDOG_USEC", "")
    return min(default_s, int(allowed_us) / 2_000_000) if allowed_us.isdigit() and int(allowed_us) else default_s
