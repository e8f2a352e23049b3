"""A table code is ours to the last byte, and fits WeChat's scene."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.access.table_code import CODE_LIMIT, TableRef, make_table_code, read_table_code
from shared.errors import TableCodeInvalid

KEY = "a key of tables"
names = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=7)
tables = st.builds(TableRef, names, names, st.integers(1, 99))


def is_refused(code: str, key: str = KEY) -> bool:
    with pytest.raises(TableCodeInvalid):
        read_table_code(code, key=key)
    return True


@given(tables)
def test_a_code_names_its_table_in_at_most_32_characters(table: TableRef) -> None:
    code = make_table_code(table, key=KEY)
    assert len(code) <= CODE_LIMIT
    assert read_table_code(code, key=KEY) == table


def test_a_code_with_any_byte_changed_is_refused() -> None:
    code = make_table_code(TableRef("yw01", "t8", 3), key=KEY)
    changed = [
        code[:at] + chr(byte) + code[at + 1 :]
        for at in range(len(code))
        for byte in range(1, 256)
        if chr(byte) != code[at]
    ]
    assert len(changed) == 254 * len(code)
    assert all(is_refused(one) for one in changed)


def test_a_code_with_a_byte_more_or_less_is_refused() -> None:
    code = make_table_code(TableRef("yw01", "t8", 3), key=KEY)
    shorter = [code[:at] + code[at + 1 :] for at in range(len(code))]
    longer = [code[:at] + "a" + code[at:] for at in range(len(code) + 1)]
    assert all(is_refused(one) for one in (*shorter, *longer))


@given(tables, st.text(max_size=20).filter(lambda key: key != KEY))
def test_a_code_under_another_key_is_refused(table: TableRef, key: str) -> None:
    assert is_refused(make_table_code(table, key=KEY), key)


def test_one_tables_signature_does_not_serve_another() -> None:
    one = make_table_code(TableRef("yw01", "t8", 3), key=KEY)
    signature = one.rpartition(".")[2]
    for body in ("yw02.t8.3", "yw01.t9.3", "yw01.t8.4", "yw0.1t8.3"):
        assert is_refused(f"{body}.{signature}")


@given(st.text(max_size=40))
def test_anything_else_is_refused(text: str) -> None:
    assert is_refused(text)


@pytest.mark.parametrize("table", [TableRef("s" * 10, "t" * 10, 1), TableRef("a.b", "t1", 1), TableRef("a", "t.1", 1)])
def test_ids_that_do_not_fit_make_no_code(table: TableRef) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        make_table_code(table, key=KEY)
