"""`scripts/qr`: a shop's table codes as a PDF to print; with `--rotate` every earlier print is refused from then on."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from pymongo.errors import PyMongoError

from scripts.local.process import StartFailedError
from scripts.local.table_codes.sheet import Card, write_sheet
from scripts.local.table_codes.source import Source, SourceError, open_source
from shared.access.table_code import TableRef, make_table_code
from shared.store.scope import Shop
from shared.store.shops import Table, rotate_codes, tables

DEMO = Path(__file__).resolve().parents[3] / ".local" / "demo"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the sheet; the exit code."""
    options = _options(arguments)
    try:
        with open_source(options.demo) as source:
            cards = _cards(source, options)
            pages = write_sheet(cards, options.out)
    except (SourceError, StartFailedError, PyMongoError, LookupError, OSError) as error:
        print(f"qr: {error.args[0] if isinstance(error, LookupError) else error}", file=sys.stderr)
        return 1
    print(f"{options.out}: {len(cards)} table codes on {pages} pages" + (", earlier ones refused" * options.rotate))
    return 0


def _cards(source: Source, options: argparse.Namespace) -> list[Card]:
    """The wanted tables' cards, rotated before they are drawn. Raises LookupError."""
    found = source.db["shops"].find_one({"_id": options.shop}, {"name": 1})
    if found is None:
        raise LookupError(f"no shop {options.shop}")
    shop = Shop(source.db, options.shop)
    if options.rotate:
        rotate_codes(shop, [table.table_id for table in _wanted(shop, options.tables)])
    return [
        Card(found["name"], table.name, code, _content(code, page=options.page, link=options.link))
        for table in _wanted(shop, options.tables)
        for code in [make_table_code(TableRef(shop.shop_id, table.table_id, table.code_revision), key=source.key)]
    ]


def _wanted(shop: Shop, table_ids: Sequence[str]) -> list[Table]:
    known = tables(shop)
    unknown = set(table_ids) - {table.table_id for table in known}
    if unknown or not known:
        raise LookupError(f"no table {', '.join(sorted(unknown)) or 'at all'} in shop {shop.shop_id}")
    return [table for table in known if not table_ids or table.table_id in table_ids]


def _content(code: str, *, page: str, link: str) -> str:
    """What WeChat's unlimited mini-program codes carry: the page's path and the scene."""
    return f"{link}{page}?scene={quote(code, safe='')}"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/qr", description=__doc__)
    parser.add_argument("--shop", required=True, help="the shop's id")
    parser.add_argument("--out", required=True, type=Path, help="the PDF to write")
    parser.add_argument("--tables", type=lambda text: text.split(","), default=[], help="only these: t01,t02")
    parser.add_argument("--rotate", action="store_true", help="make new codes; every earlier print is refused")
    parser.add_argument("--page", type=_page, default="pages/menu/index", help="the mini-program's page")
    parser.add_argument(
        "--link", default="", help="put before the page, where a registered link opens the mini-program"
    )
    parser.add_argument("--demo", type=Path, default=DEMO, help="the demo's folder, read unless MONGODB_URI is set")
    options = parser.parse_args(arguments)
    if not options.out.parent.is_dir():
        parser.error(f"there is no folder {options.out.parent}")
    return options


def _page(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*", text):
        raise argparse.ArgumentTypeError("a page is a path without a leading slash, like pages/menu/index")
    return text


if __name__ == "__main__":
    sys.exit(main())
