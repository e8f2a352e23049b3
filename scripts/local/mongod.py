"""A real `mongod` for one machine: a replica set of one on a free port, so that transactions work."""

from __future__ import annotations

import importlib.util
import json
import shutil
import tempfile
from pathlib import Path
from types import TracebackType

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from scripts.local.process import HOST, Child, StartFailedError, free_port, port_taken, wait_until

REPLICA_SET = "zaotai"
START_LIMIT_S = 40.0
_NOT_YET_INITIALIZED = 94


class Mongod:
    """The database server. Without a folder its data lives in a temporary one and goes with it."""

    def __init__(
        self, data_dir: Path | None = None, *, port: int = 0, test_commands: bool = True, cache_gb: float = 0.5
    ) -> None:
        self._data_dir = data_dir
        self._cache_gb = cache_gb
        self._wanted_port = port
        self._test_commands = test_commands
        self._child: Child | None = None
        self._temporary: Path | None = None
        self._port = 0

    @property
    def uri(self) -> str:
        """Where clients connect, as a replica set."""
        return f"mongodb://{HOST}:{self._port}/?replicaSet={REPLICA_SET}"

    @property
    def host(self) -> str:
        """Its address, by which it is a member of its set."""
        return f"{HOST}:{self._port}"

    @property
    def pid(self) -> int:
        """The server's process id."""
        if self._child is None:
            raise StartFailedError("mongod is not running")
        return self._child.pid

    def start(self) -> Mongod:
        """Bring the server up and return once it is primary. Raises `StartFailedError` with the reason."""
        self.launch()
        try:
            self._make_primary()
        except BaseException:
            self.stop()
            raise
        return self

    def launch(self) -> None:
        """Bring the process up, whatever it is then a member of. Raises `StartFailedError` with the reason."""
        binary = mongod_binary()
        if self._wanted_port and port_taken(self._wanted_port):
            raise StartFailedError(f"port {self._wanted_port} is taken; stop what listens there or choose another port")
        if self._data_dir is None:
            self._temporary = Path(tempfile.mkdtemp(prefix="zaotai-mongod-"))
        folder = self._data_dir or self._temporary
        assert folder is not None
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self._start_on_a_port(binary, folder)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server and wait until it has; again does nothing."""
        if self._child is not None:
            self._child.stop()
            self._child = None
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None

    def __enter__(self) -> Mongod:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start_on_a_port(self, binary: Path, folder: Path) -> None:
        """Another process may take a free port between the look and the bind: then another port is tried."""
        for _ in range(1 if self._wanted_port else 3):
            self._port = self._wanted_port or free_port()
            child = Child(
                [binary, *self._arguments(folder)],
                log=folder / "mongod.log",
                remove=self._temporary,
            )
            self._child = child
            wait_until(lambda c=child: not c.alive or port_taken(self._port), limit_s=START_LIMIT_S)  # type: ignore[misc]
            if child.alive and port_taken(self._port):
                return
            reason = _complaints(child.log_end(100))
            child.stop()
            folder.mkdir(parents=True, exist_ok=True)
            if "already in use" not in reason:
                break
        raise StartFailedError(f"mongod did not come up; its last words:\n{reason}")

    def _make_primary(self) -> None:
        """Found the replica set, or move an old data folder's to the present port, and wait for the election."""
        host = self.host
        with MongoClient[dict[str, object]](f"mongodb://{host}/?directConnection=true") as client:
            try:
                config = client.admin.command("replSetGetConfig")["config"]
            except OperationFailure as error:
                if error.code != _NOT_YET_INITIALIZED:
                    raise
                members = [{"_id": 0, "host": host}]
                client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
            else:
                if config["members"][0]["host"] != host:
                    config["members"][0]["host"] = host
                    config["version"] += 1
                    client.admin.command("replSetReconfig", config, force=True)
        limit_ms = int(START_LIMIT_S * 1000)
        with MongoClient[dict[str, object]](self.uri, serverSelectionTimeoutMS=limit_ms) as client:
            try:
                client.admin.command("ping")
            except PyMongoError as error:
                raise StartFailedError(f"mongod did not become primary: {error}") from error

    def _arguments(self, folder: Path) -> list[str]:
        parameters = {
            # A client that dies inside a transaction must not hold its documents for the default of a minute.
            "transactionLifetimeLimitSeconds": "5",
            "enableTestCommands": "1" if self._test_commands else "0",
            "diagnosticDataCollectionEnabled": "false",
        }
        return [
            *("--dbpath", str(folder), "--port", str(self._port), "--bind_ip", HOST, "--replSet", REPLICA_SET),
            *("--wiredTigerCacheSizeGB", str(self._cache_gb), "--oplogSize", "128", "--nounixsocket"),
            *(word for name, value in parameters.items() for word in ("--setParameter", f"{name}={value}")),
        ]


def mongod_binary() -> Path:
    """The server program in the wheel, found without importing it. Raises `StartFailedError` when it is not there."""
    spec = importlib.util.find_spec("fiftyone")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        binary = Path(place) / "db" / "bin" / "mongod"
        if binary.is_file():
            return binary
    raise StartFailedError(
        "mongod is missing: install the development requirements (Linux x86-64), or set MONGODB_URI to a replica set"
    )


def _complaints(log: str) -> str:
    """What the server's log holds against starting: its errors, each once, or all of it if it is not in JSON."""
    found = []
    for line in log.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            return log
        if entry.get("s") in {"E", "F"}:
            found.append(f"{entry['msg']} {json.dumps(entry.get('attr', {}))}")
    return "\n".join(dict.fromkeys(found)) or log
