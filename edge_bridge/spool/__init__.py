"""The spool: what the store PC has promised to print and to report, in one SQLite file that outlives every crash."""

from edge_bridge.spool.drawers import Drawers, Pulse
from edge_bridge.spool.file import SpoolDamaged, SpoolError, SpoolFile, SpoolFull
from edge_bridge.spool.jobs import Job, Jobs, JobState
from edge_bridge.spool.mail import Batch, Mail
from edge_bridge.spool.spool import Spool

__all__ = [
    "Batch",
    "Drawers",
    "Job",
    "JobState",
    "Jobs",
    "Mail",
    "Pulse",
    "Spool",
    "SpoolDamaged",
    "SpoolError",
    "SpoolFile",
    "SpoolFull",
]
