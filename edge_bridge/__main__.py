"""`python -m edge_bridge run|doctor|jobs|reprint`."""

from __future__ import annotations

import sys

from edge_bridge.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
