"""The spool as one thing: its file, its jobs, its drawers and its mail."""

from __future__ import annotations

from pathlib import Path

from edge_bridge.spool.drawers import Drawers
from edge_bridge.spool.file import MAX_MB, SpoolFile
from edge_bridge.spool.jobs import Jobs
from edge_bridge.spool.mail import Mail


class Spool:
    """Shared by all threads of the bridge, and by the command line while the bridge runs. Raises `SpoolError`."""

    def __init__(self, path: Path, *, max_mb: float = MAX_MB) -> None:
        self.file = SpoolFile(path, max_mb=max_mb)
        self.jobs = Jobs(self.file)
        self.drawers = Drawers(self.file)
        self.mail = Mail(self.file)

    def close(self) -> None:
        """Close the file; everything in it is already on the disk."""
        self.file.close()
