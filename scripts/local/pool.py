"""The instances of a function: started when needed, kept warm, reused last-in first-out, one event at a time each."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import deque
from collections.abc import AsyncIterator

from scripts.local.manifest import FunctionSpec
from scripts.local.worker import Instance, Launch, PlatformError


class Pool:
    """One function's instances; grows while events wait, up to the limit, and replaces those that ended."""

    def __init__(self, function: FunctionSpec, launch: Launch, *, max_instances: int) -> None:
        self.function = function
        self._launch = launch
        self._max = max_instances
        self._numbers = itertools.count(1)
        self._instances: set[Instance] = set()
        self._idle: list[Instance] = []
        self._waiting: deque[asyncio.Future[Instance]] = deque()
        self._starting: set[asyncio.Task[None]] = set()

    @property
    def size(self) -> int:
        """How many instances are up."""
        return sum(instance.alive for instance in self._instances)

    @property
    def busy(self) -> int:
        """How many of them are working."""
        return sum(instance.busy for instance in self._instances)

    async def prewarm(self, count: int) -> None:
        """Have so many instances up before the first event."""
        while self.size < min(count, self._max):
            await self._start()

    @contextlib.asynccontextmanager
    async def instance(self) -> AsyncIterator[Instance]:
        """An instance for one event, as soon as one is free. Raises `PlatformError` when a new one cannot load."""
        instance = await self._take()
        try:
            yield instance
        finally:
            self._give_back(instance)

    def close(self) -> None:
        """End every instance."""
        for task in self._starting:
            task.cancel()
        for instance in self._instances:
            instance.kill()

    async def _take(self) -> Instance:
        while self._idle:
            instance = self._idle.pop()
            if instance.alive:
                return instance
            self._instances.discard(instance)
        waiter: asyncio.Future[Instance] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._grow()
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and not waiter.exception():
                self._offer(waiter.result())
            raise

    def _give_back(self, instance: Instance) -> None:
        if instance.busy:
            # Whoever waited for the reply has gone; it must not reach the next caller.
            instance.kill()
        if instance.alive:
            self._offer(instance)
        else:
            self._instances.discard(instance)
            self._grow()

    def _offer(self, instance: Instance) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(instance)
                return
        self._idle.append(instance)

    def _grow(self) -> None:
        room = self._max - len(self._instances) - len(self._starting)
        if room > 0 and len(self._starting) < len(self._waiting):
            task = asyncio.create_task(self._start_for_waiting())
            self._starting.add(task)
            task.add_done_callback(self._started)

    def _started(self, task: asyncio.Task[None]) -> None:
        self._starting.discard(task)
        if not task.cancelled():
            self._grow()

    async def _start_for_waiting(self) -> None:
        try:
            await self._start()
        except PlatformError as error:
            while self._waiting:
                waiter = self._waiting.popleft()
                if not waiter.done():
                    waiter.set_exception(error)
                    return

    async def _start(self) -> None:
        instance = await Instance.start(self.function, self._launch, next(self._numbers))
        self._instances.add(instance)
        self._offer(instance)
