"""Calls functions in their pools: at once and waiting for the reply, or queued and on its own."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from weakref import WeakValueDictionary

from scripts.local.invocation import Invocation, context_for, from_timer
from scripts.local.manifest import FunctionSpec, stage
from scripts.local.pool import Pool
from scripts.local.timers import keep_time, next_due
from scripts.local.worker import Instance, Launch, PlatformError, instance_env


class Invoker:
    """All functions of one environment, and what is queued for them. Raises `StartFailedError` for a bad timer."""

    def __init__(
        self,
        functions: Sequence[FunctionSpec],
        *,
        env_id: str,
        root: Path,
        layer: Path,
        work_dir: Path,
        env: Mapping[str, str],
        max_instances: int,
    ) -> None:
        self._env_id = env_id
        self._log = work_dir / "functions.log"
        self._queued: set[tuple[str, bytes, str]] = set()
        self._turns: WeakValueDictionary[tuple[str, bytes, str], asyncio.Lock] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[None]] = set()
        self._locks: dict[str, asyncio.Lock] = {}
        self.pools: dict[str, Pool] = {}
        for function in functions:
            for timer in function.timers:
                next_due(timer, datetime.now(timezone.utc))
            launch = Launch(
                code=stage(function, root=root, into=work_dir / "var"),
                layer=layer,
                env=instance_env({**function.env, **env}),
                log=self._log,
            )
            self.pools[function.name] = Pool(function, launch, max_instances=max_instances)

    async def invoke(self, name: str, invocation: Invocation, *, request_id: str) -> bytes:
        """The reply's JSON. Raises `PlatformError`, and `KeyError` for an unknown function."""
        async with self.pools[name].instance() as instance:
            return await self._call(name, invocation, request_id, instance)

    def enqueue(self, name: str, body: bytes, invocation: Invocation, *, request_id: str) -> None:
        """Call the function later, without a reply.

        The same call still waiting to start is not queued twice, and waits until the one before has ended.
        """
        key = (name, body, invocation.variables.get("WX_OPENID", ""))
        if key not in self._queued:
            self._queued.add(key)
            self._spawn(self._run_queued(key, invocation, request_id))

    async def fire(self, name: str, trigger: str, due: datetime) -> bytes:
        """Fire a timer's function; one run of a timer waits for the one before."""
        async with self._locks.setdefault(f"{name}/{trigger}", asyncio.Lock()):
            return await self.invoke(name, from_timer(trigger, due), request_id=new_request_id())

    def start_timers(self) -> None:
        """Fire every declared timer whenever it is due, from now on."""
        for name, pool in self.pools.items():
            for timer in pool.function.timers:
                self._spawn(keep_time(timer, self._on_due(name, timer.name)))

    async def prewarm(self, count: int) -> None:
        """Bring up the first instances of every function; one that does not load says so when it is called."""
        await asyncio.gather(*(pool.prewarm(count) for pool in self.pools.values()), return_exceptions=True)

    def close(self) -> None:
        """Stop timers and what is queued, and end every instance."""
        for task in self._tasks:
            task.cancel()
        for pool in self.pools.values():
            pool.close()

    async def _run_queued(self, key: tuple[str, bytes, str], invocation: Invocation, request_id: str) -> None:
        name, _, _ = key
        waiting = True
        try:
            async with self._turns.setdefault(key, asyncio.Lock()), self.pools[name].instance() as instance:
                self._queued.discard(key)
                waiting = False
                await self._call(name, invocation, request_id, instance)
        except PlatformError as error:
            # Once started, the same key may stand for a later call that waits.
            if waiting:
                self._queued.discard(key)
            self._note(f"{name} | queued call {request_id} failed: {error.message}")

    def _on_due(self, name: str, trigger: str) -> Callable[[datetime], Awaitable[None]]:
        async def fire(due: datetime) -> None:
            try:
                await self.fire(name, trigger, due)
            except PlatformError as error:
                self._note(f"{name} | timer {trigger} failed: {error.message}")

        return fire

    async def _call(self, name: str, invocation: Invocation, request_id: str, instance: Instance) -> bytes:
        function = self.pools[name].function
        context = context_for(function, invocation.variables, env_id=self._env_id, request_id=request_id)
        return await instance.call(invocation.event, context, limit_s=function.timeout_s)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _note(self, line: str) -> None:
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"gateway: {line}\n")


def new_request_id() -> str:
    """A call's id, as the platform writes it."""
    return str(uuid.uuid4())
