"""`scripts/load`: a chain's shops into the database, and the store PCs' keys into a file that only its owner reads.

Exits 0 when it is done, 1 when the data set is not sound (every fault is told), 2 when it cannot be written.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pymongo.errors import PyMongoError

from scripts.local.dataset import DatasetError, load_dataset
from scripts.local.loading import load

NEEDED = ("MONGODB_URI", "TABLE_CODE_KEY")


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Load; the exit code. Again it refreshes what head office decides, and keeps keys, table codes and orders."""
    options = _options(arguments)
    missing = [name for name in NEEDED if not environ.get(name)]
    if missing:
        print(f"load: set {' and '.join(missing)}", file=sys.stderr)
        return 2
    try:
        dataset = load_dataset(options.folder)
        database = environ.get("MONGODB_DATABASE", "zaotai")
        loaded = load(environ["MONGODB_URI"], database, dataset, table_code_key=environ["TABLE_CODE_KEY"])
        _write_keys(options.keys, loaded.device_keys)
    except DatasetError as error:
        print(f"load: {error}", file=sys.stderr)
        return 1
    except (PyMongoError, OSError) as error:
        print(f"load: {error}", file=sys.stderr)
        return 2
    for shop in dataset.shops:
        print(f"{shop.id:16} {shop.name}  {len(dataset.tables_of(shop.id))} tables")
    print(f"{len(loaded.device_keys)} device keys in {options.keys}; now scripts/qr --shop … for the table codes")
    return 0


def _write_keys(path: Path, keys: Mapping[str, str]) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(json.dumps(dict(sorted(keys.items())), indent=2) + "\n", encoding="utf-8")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/load", description="Bring a chain's shops into the database.")
    parser.add_argument("folder", type=Path, help="a folder as scripts/local/data/yuweifang; see docs/demo-data.md")
    parser.add_argument("--keys", type=Path, required=True, help="file for the store PCs' keys, outside the repository")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
