"""`python -m scripts.release`: whether `cloudbaserc.json` can be deployed; exits 1 with everything that is wrong."""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.release.config import ConfigError, check_project
from scripts.release.manifest import CONFIG

ROOT = Path(__file__).resolve().parents[2]


def main(root: Path = ROOT) -> int:
    """Check the project's file; the exit code."""
    try:
        check_project(root)
    except ConfigError as error:
        print(*(f"{CONFIG}: {fault}" for fault in error.faults), sep="\n", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
