"""Signed table codes: what is in the QR on a table, at most 32 characters as WeChat's scene demands.

`{shop id}.{table id}.{revision}.{signature}`; a new revision of a table's code refuses every photograph of the old.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from shared.errors import TableCodeInvalid

CODE_LIMIT = 32
_SIGNATURE_CHARS = 12


@dataclass(frozen=True)
class TableRef:
    """The table a code speaks of. `revision` must still be the table's own when the code is used."""

    shop_id: str
    table_id: str
    revision: int


def make_table_code(table: TableRef, *, key: str) -> str:
    """The code for a table. Raises ValueError if its ids are too long for WeChat's 32 characters."""
    body = f"{table.shop_id}.{table.table_id}.{table.revision}"
    code = f"{body}.{_signature(body, key)}"
    if len(code) > CODE_LIMIT or body.count(".") != 2:
        raise ValueError(f"table code of {body} does not fit {CODE_LIMIT} characters")
    return code


def read_table_code(code: str, *, key: str) -> TableRef:
    """The table of a code that we signed. Raises TableCodeInvalid for anything else."""
    body, _, signature = code.rpartition(".")
    parts = body.split(".")
    if len(parts) != 3 or not parts[2].isdecimal():
        raise TableCodeInvalid
    if not hmac.compare_digest(_signature(body, key).encode(), signature.encode()):
        raise TableCodeInvalid
    return TableRef(shop_id=parts[0], table_id=parts[1], revision=int(parts[2]))


def _signature(body: str, key: str) -> str:
    digest = hmac.new(key.encode(), body.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:_SIGNATURE_CHARS].lower()
