"""Run one program and end it when whoever started us is gone, however that ended.

`python -I -S supervise.py [--remove FOLDER] -- PROGRAM ARGUMENT…`, with standard input a pipe that the starter holds
open: when it closes (the starter stopped, or was killed), or on SIGTERM, the program is asked to end, then made to. A
program whose folder is to be removed is ended at once. A death signal on the program covers the case that this
supervisor is itself killed. Standard library only: it runs outside every environment.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys

GRACE_S = 10.0
_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Run the program to its end and give its exit code."""
    cut = arguments.index("--")
    options, program = arguments[:cut], arguments[cut + 1 :]
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    # Ctrl-C in a terminal reaches the starter, which then ends us in its own order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    removable = options[1] if options[:1] == ["--remove"] else None
    try:
        child = subprocess.Popen(program, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent)  # noqa: PLW1509 - this process has one thread
        return _watch(child, wake, grace_s=0 if removable else GRACE_S)
    finally:
        if removable:
            shutil.rmtree(removable, ignore_errors=True)


def _watch(child: subprocess.Popen[bytes], wake: int, *, grace_s: float) -> int:
    """Wait for the child's end, or end it when the starter is gone or a signal asks for it."""
    while child.poll() is None:
        ready, _, _ = select.select([sys.stdin.fileno(), wake], [], [])
        signals = os.read(wake, 64) if wake in ready else b""
        if sys.stdin.fileno() in ready or signal.SIGTERM in signals:
            return _end(child, grace_s)
    return child.returncode


def _end(child: subprocess.Popen[bytes], grace_s: float) -> int:
    if grace_s:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.terminate()
            return child.wait(grace_s)
    child.kill()
    return child.wait()


def _die_with_parent() -> None:
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
