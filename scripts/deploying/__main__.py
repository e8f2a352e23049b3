"""`scripts/deploy`, on this machine and for a person at its terminal."""

from __future__ import annotations

import getpass
import os
import socket
import sys
import time
from pathlib import Path

from scripts.deploying.command import Surroundings, run
from scripts.deploying.console import Console
from scripts.release.build import build
from shared.runtime.clock import pause, utc_now
from shared.runtime.ids import new_id

if __name__ == "__main__":
    sys.exit(
        run(
            sys.argv[1:],
            Console(sys.stdout, ask=input if sys.stdin.isatty() else None),
            Surroundings(
                environ=os.environ,
                repository=Path(__file__).resolve().parents[2],
                who=f"{getpass.getuser()} at {socket.gethostname()}",
                new_id=new_id,
                now=utc_now,
                monotonic=time.monotonic,
                pause=pause,
                build=build,
            ),
        )
    )
