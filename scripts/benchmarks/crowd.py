"""A crowd of processes, like instances of a function: each has one connection and does one job at a time."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

J = TypeVar("J")
R = TypeVar("R")
Start = Callable[[str, int], Callable[[J], R]]


class Crowd(Generic[J, R]):
    """So many processes that wait for jobs; closing it ends them.

    In each of them `start`, a module's function, is called once with the database's address and the process's number;
    what it returns does the jobs.
    """

    def __init__(self, start: Start[J, R], uri: str, number: int) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes: list[BaseProcess] = []
        for n in range(number):
            here, there = spawn.Pipe()
            process = spawn.Process(target=_serve, args=(there, start, uri, n), daemon=True)
            process.start()
            there.close()
            self._pipes.append(here)
            self._processes.append(process)
        for pipe in self._pipes:
            pipe.recv()

    def do(self, jobs: Sequence[J]) -> list[R]:
        """A job each, for as many processes as there are jobs, side by side; what came of each, in order."""
        busy = self._pipes[: len(jobs)]
        for pipe, job in zip(busy, jobs, strict=True):
            pipe.send(job)
        return [pipe.recv() for pipe in busy]

    def close(self) -> None:
        """End the processes."""
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(5)
            if process.is_alive():
                process.kill()


def _serve(pipe: Connection, start: Start[J, R], uri: str, number: int) -> None:
    work = start(uri, number)
    pipe.send("ready")
    while True:
        try:
            job: J = pipe.recv()
        except EOFError:
            return
        pipe.send(work(job))
