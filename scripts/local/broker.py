"""A real MQTT 5 broker for one machine: Mosquitto with passwords and an ACL, else `iotcore` with passwords only."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import shutil
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal
from urllib.parse import quote

from scripts.local.process import HOST, Child, StartFailedError, free_port, port_taken, wait_until

Kind = Literal["mosquitto", "iotcore"]
_START_LIMIT_S = 15.0
_MESSAGE_LIMIT_BYTES = 64 * 1024
_NAME_LIMIT = 64
_HASH_ROUNDS = 101


@dataclass(frozen=True)
class Account:
    """Who may connect, and the topic filters it may read and write. Nothing else is allowed."""

    username: str
    password: str
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """A line break would add lines to the generated files."""
        for text in (self.username, self.password, *self.read, *self.write):
            if not text or any(character in text for character in "\r\n\0"):
                raise ValueError("an account's name, password and topics must be single lines with text")
        if ":" in self.username or len(self.username) > _NAME_LIMIT:
            raise ValueError(f"an account's name has no colon and at most {_NAME_LIMIT} characters")


class Broker:
    """The broker; its queue, files and log lie in the work folder and outlive a stop or a kill, like its port."""

    def __init__(
        self, work_dir: Path, *, accounts: Sequence[Account] = (), port: int = 0, kind: Kind | None = None
    ) -> None:
        self._folder = work_dir
        self._accounts = tuple(accounts)
        self._port = port
        self._kind = kind
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """Where clients connect, without an account."""
        return f"mqtt://{HOST}:{self._port}"

    @property
    def port(self) -> int:
        """The port on 127.0.0.1; it stays the same over restarts."""
        return self._port

    @property
    def kind(self) -> Kind:
        """Which broker this is: Mosquitto where it is installed."""
        return self._kind or ("mosquitto" if _program("mosquitto") else "iotcore")

    @property
    def alive(self) -> bool:
        """Whether the broker runs."""
        return self._child is not None and self._child.alive

    def url_for(self, username: str) -> str:
        """Where clients connect, with this account's name and password in the URL."""
        account = next(account for account in self._accounts if account.username == username)
        return f"mqtt://{quote(account.username, safe='')}:{quote(account.password, safe='')}@{HOST}:{self._port}"

    def start(self) -> Broker:
        """Bring the broker up, or up again on the same port. Raises `StartFailedError` with the reason."""
        if self._port and port_taken(self._port):
            raise StartFailedError(
                f"port {self._port} is taken; stop what listens there or choose another port for the broker"
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        self._port = self._port or free_port()
        self._write_files()
        child = Child(self._command(), log=self._folder / "broker.log")
        self._child = child
        wait_until(lambda: not child.alive or port_taken(self._port), limit_s=_START_LIMIT_S)
        if not (child.alive and port_taken(self._port)):
            reason = child.log_end()
            self.stop()
            raise StartFailedError(f"the MQTT broker did not come up; its last words:\n{reason}")
        return self

    def stop(self) -> None:
        """End the broker and wait until it has; again does nothing."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def kill(self) -> None:
        """End the broker at once, as a power cut would."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    def add(self, *accounts: Account) -> None:
        """Let further accounts in, replacing those of the same names; connections stay up (Mosquitto)."""
        new = {account.username for account in accounts}
        self._accounts = (*(old for old in self._accounts if old.username not in new), *accounts)
        if self._child is None:
            return
        self._write_files()
        if self.kind == "mosquitto":
            os.kill(self._child.pid, signal.SIGHUP)
        else:
            self.stop()
            self.start()

    def __enter__(self) -> Broker:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _command(self) -> list[str]:
        program = _program("mosquitto")
        if self.kind == "mosquitto":
            if program is None:
                raise StartFailedError("mosquitto is not installed; on Debian: apt-get install mosquitto")
            return [program, "-c", str(self._folder / "mosquitto.conf")]
        return [sys.executable, "-I", "-m", "iotcore", "--config", str(self._folder / "iotcore.toml")]

    def _write_files(self) -> None:
        if self.kind == "iotcore":
            _write_private(self._folder / "iotcore.toml", _iotcore_config(self._port, self._accounts))
            return
        _write_private(self._folder / "passwords", mosquitto_passwords(self._accounts))
        _write_private(self._folder / "acl", mosquitto_acl(self._accounts))
        _write_private(self._folder / "mosquitto.conf", _mosquitto_config(self._port, self._folder))


def mosquitto_acl(accounts: Sequence[Account]) -> str:
    """The ACL file: each account's own topics; without a general rule the rest is refused."""
    lines = []
    for account in accounts:
        lines.append(f"user {account.username}")
        lines += [f"topic read {topic}" for topic in account.read]
        lines += [f"topic write {topic}" for topic in account.write]
        lines.append("")
    return "\n".join(lines)


def mosquitto_passwords(accounts: Sequence[Account]) -> str:
    """The password file, salted and hashed (PBKDF2-SHA512) as `mosquitto_passwd` does it."""
    lines = []
    for account in accounts:
        salt = secrets.token_bytes(12)
        key = hashlib.pbkdf2_hmac("sha512", account.password.encode(), salt, _HASH_ROUNDS, dklen=64)
        parts = ("", "7", str(_HASH_ROUNDS), base64.b64encode(salt).decode(), base64.b64encode(key).decode())
        lines.append(f"{account.username}:{'$'.join(parts)}\n")
    return "".join(lines)


def _mosquitto_config(port: int, folder: Path) -> str:
    settings = {
        "listener": f"{port} {HOST}",
        "allow_anonymous": "false",
        "password_file": str(folder / "passwords"),
        "acl_file": str(folder / "acl"),
        "persistence": "true",
        "persistence_location": f"{folder}/",
        # Together: saved after every change, so a kill loses the last message or two, not the whole queue.
        "autosave_interval": "1",
        "autosave_on_changes": "true",
        "max_queued_messages": "100000",
        "message_size_limit": str(_MESSAGE_LIMIT_BYTES),
        "log_dest": "stdout",
    }
    if os.geteuid() == 0:
        # It would become another user otherwise, who cannot read these files.
        settings["user"] = "root"
    return "".join(f"{name} {value}\n" for name, value in settings.items())


def _iotcore_config(port: int, accounts: Sequence[Account]) -> str:
    """One MQTT 5 listener with names and passwords. This broker has no ACL: it is for machines without Mosquitto."""
    auth = "".join(f"{_toml(account.username)} = {_toml(account.password)}\n" for account in accounts)
    return f"""id = 0
[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
[v5.1]
name = "v5-1"
listen = "{HOST}:{port}"
next_connection_delay_ms = 1
[v5.1.connections]
connection_timeout_ms = 60000
max_payload_size = {_MESSAGE_LIMIT_BYTES}
max_inflight_count = 100
dynamic_filters = true
[v5.1.connections.auth]
{auth}"""


def _toml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _write_private(path: Path, text: str) -> None:
    """Put the file in place whole, readable by its owner only."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def _program(name: str) -> str | None:
    """Debian keeps daemons in a folder that is not on every user's PATH."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")
