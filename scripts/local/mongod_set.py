"""A replica set of several real `mongod` on one machine, of which any may be killed and come back."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from scripts.local.mongod import REPLICA_SET, START_LIMIT_S, Mongod
from scripts.local.process import StartFailedError, free_port, wait_until

CACHE_GB = 0.25
PRIMARY, SECONDARY, DOWN = 1, 2, 8
"""States of a member, by MongoDB's numbers."""
ELECTION_MS = 1_000
"""How long the others miss a primary before they choose another."""


class MongodSet:
    """So many members with their data in a temporary folder, which goes with them."""

    def __init__(self, members: int = 3) -> None:
        self._count = members
        self._members: list[Mongod] = []
        self._folder: Path | None = None

    @property
    def uri(self) -> str:
        """Where clients connect: to all of them."""
        return f"mongodb://{','.join(one.host for one in self._members)}/?replicaSet={REPLICA_SET}"

    def start(self) -> MongodSet:
        """Bring all up and return once one of them is primary. Raises `StartFailedError` with the reason."""
        self._folder = Path(tempfile.mkdtemp(prefix="zaotai-mongod-set-"))
        ports: set[int] = set()
        while len(ports) < self._count:
            ports.add(free_port())
        try:
            for number, port in enumerate(sorted(ports)):
                member = Mongod(self._folder / str(number), port=port, cache_gb=CACHE_GB)
                member.launch()
                self._members.append(member)
            self._found()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End every member; again does nothing."""
        for member in self._members:
            member.stop()
        self._members = []
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def primary(self, *, limit_s: float = START_LIMIT_S) -> Mongod:
        """The member that takes writes now. Raises `StartFailedError` when there is none within the limit."""
        found: list[Mongod] = []

        def look() -> bool:
            found[:] = [one for one in self._members if _state(one) == PRIMARY]
            return len(found) == 1

        if not wait_until(look, limit_s=limit_s, every_s=0.1):
            raise StartFailedError("no member of the set became primary")
        return found[0]

    def wait_whole(self, *, limit_s: float = START_LIMIT_S) -> None:
        """Until every member can take over: one that still copies cannot. Raises `StartFailedError`."""
        healthy = [PRIMARY, *[SECONDARY] * (self._count - 1)]
        if not wait_until(lambda: sorted(map(_state, self._members)) == healthy, limit_s=limit_s, every_s=0.1):
            raise StartFailedError(f"the members' states are {[*map(_state, self._members)]}")

    def kill_primary(self) -> Mongod:
        """End the primary as a power cut would; it can be launched again."""
        member = self.primary()
        os.kill(member.pid, signal.SIGKILL)
        member.stop()
        return member

    def __enter__(self) -> MongodSet:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _found(self) -> None:
        members = [{"_id": number, "host": one.host} for number, one in enumerate(self._members)]
        settings = {"electionTimeoutMillis": ELECTION_MS, "heartbeatIntervalMillis": ELECTION_MS // 4}
        config = {"_id": REPLICA_SET, "members": members, "settings": settings}
        with MongoClient[dict[str, object]](f"mongodb://{self._members[0].host}/?directConnection=true") as client:
            client.admin.command("replSetInitiate", config)
        self.wait_whole()


def _state(member: Mongod) -> int:
    """As the member says; DOWN when it does not."""
    uri, limit_ms = f"mongodb://{member.host}/?directConnection=true", 2_000
    try:
        with MongoClient[dict[str, Any]](
            uri, serverSelectionTimeoutMS=limit_ms, connectTimeoutMS=limit_ms, socketTimeoutMS=limit_ms
        ) as client:
            return int(client.admin.command("replSetGetStatus")["myState"])
    except PyMongoError:
        return DOWN
