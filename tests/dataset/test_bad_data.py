"""A wrong edit of the demo's data is refused, with the file, the entry and the field to look at."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.local.dataset import YUWEIFANG, DatasetError, load_dataset

Entry = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(YUWEIFANG, tmp_path / "yuweifang"))


def edit(folder: Path, file: str, key: str, change: Callable[[Entry], object]) -> int:
    """Change the entry with this id in place; its position in the file, counted from 1."""
    path = folder / file
    entries = json.loads(path.read_text(encoding="utf-8"))
    number, entry = next((n, entry) for n, entry in enumerate(entries, start=1) if entry["id"] == key)
    change(entry)
    path.write_text(json.dumps(entries, ensure_ascii=False), encoding="utf-8")
    return number


def problems(folder: Path) -> tuple[str, ...]:
    with pytest.raises(DatasetError) as refused:
        load_dataset(folder)
    return refused.value.problems


FORM = [
    ("dishes.json", "d-carp-noodle", {"price_fen": 99}, "price_fen: Input should be greater than or equal to 100"),
    ("dishes.json", "d-carp-noodle", {"price_fen": "10800"}, "price_fen: Input should be a valid integer"),
    ("dishes.json", "d-carp-noodle", {"price": 1}, "price: Unexpected keyword argument"),
    (
        "dishes.json",
        "d-carp-noodle",
        {"unit": "斤"},
        "unit: Input should be '份', '碗', '只', '条', '笼', '杯', '瓶', '壶', '串' or '张'",
    ),
    ("dishes.json", "d-carp-noodle", {"daily_stock": 0}, "daily_stock: Input should be greater than or equal to 1"),
    ("dishes.json", "d-carp-noodle", {"name": "鲤" * 21}, "name: String should have at most 20 characters"),
    (
        "dishes.json",
        "d-carp-noodle",
        {"windows": [["06:00"]]},
        'windows.0: Value error, a window is a pair of times, like ["10:00", "14:30"]',
    ),
    ("dishes.json", "d-kiwi", {"packing_fen": -1}, "packing_fen: Input should be greater than or equal to 0"),
    *(
        (
            "dishes.json",
            "d-kiwi",
            {"image": url},
            "image: String should match pattern '^https://[A-Za-z0-9.-]+/[A-Za-z0-9._~/%-]+$'",
        )
        for url in (
            "http://img.example.com/kiwi.webp",
            "//img.example.com/kiwi.webp",
            "https://",
            "javascript:alert(1)",
        )
    ),
    ("shops.json", "s-beihai", {"zone": "Asia/Jiyuan"}, "zone: Value error, no such time zone: Asia/Jiyuan"),
    (
        "shops.json",
        "s-beihai",
        {"prices": {"d-rice": 1}},
        "prices.d-rice: Input should be greater than or equal to 100",
    ),
    ("modifiers.json", "avoid", {"max_picks": 6}, "Value error, picks from 0 to 6 of 5 options make no sense"),
    (
        "specs.json",
        "spicy",
        {"options": [{"id": "mild", "name": "微辣"}]},
        "Value error, a spec needs at least two options to pick from",
    ),
    (
        "specs.json",
        "spicy",
        {"options": [{"id": "a", "name": "微辣"}, {"id": "a", "name": "特辣"}]},
        "Value error, two options have the same id",
    ),
    ("printers.json", "p-beihai-hot", {"width_mm": 76}, "width_mm: Input should be 58 or 80"),
    (
        "categories.json",
        "c-hot",
        {"name": "热菜🔥"},
        "Value error, '热菜🔥' is not a name of 1 to 20 printable characters",
    ),
]

REFERENCES = [
    ("dishes.json", "d-carp-noodle", {"id": "d-carp-braised"}, "dishes.json: id d-carp-braised stands 2 times"),
    ("dishes.json", "d-carp-noodle", {"name": "红烧黄河鲤鱼"}, "dishes.json: name 红烧黄河鲤鱼 stands 2 times"),
    ("dishes.json", "d-carp-noodle", {"station": "grill"}, "dishes.json: d-carp-noodle: no cooking station grill"),
    ("dishes.json", "d-carp-noodle", {"station": "pass"}, "dishes.json: d-carp-noodle: no cooking station pass"),
    ("dishes.json", "d-carp-noodle", {"category_id": "c-fish"}, "dishes.json: d-carp-noodle: no category c-fish"),
    ("dishes.json", "d-rice", {"modifiers": ["dip", "dip"]}, "dishes.json: d-rice: group dip stands 2 times"),
    ("dishes.json", "d-carp-noodle", {"specs": ["size"]}, "dishes.json: d-carp-noodle: no spec size"),
    (
        "dishes.json",
        "d-jiangmian",
        {"specs": ["size-bowl"]},
        "dishes.json: d-combo-lunch: slot staple: d-jiangmian makes the guest choose: "
        "give the choice a name that says which form",
    ),
    (
        "dishes.json",
        "d-rice",
        {"windows": [["02:00", "06:00"]]},
        "shops.json: s-beihai: d-rice: is sold only while the shop is closed",
    ),
    ("shops.json", "s-beihai", {"not_sold": ["d-pizza"]}, "shops.json: s-beihai: no dish d-pizza"),
    (
        "shops.json",
        "s-xuanhua",
        {"prices": {"d-combo-six": 30000}},
        "shops.json: s-xuanhua: d-combo-six is not sold here, yet has a price or stock",
    ),
    ("tables.json", "t-beihai-02", {"name": "1号桌"}, "tables.json: name s-beihai 1号桌 stands 2 times"),
    ("tables.json", "t-beihai-02", {"shop_id": "s-luoyang"}, "tables.json: t-beihai-02: no shop s-luoyang"),
    (
        "staff.json",
        "u-beihai-waiter",
        {"shop_ids": []},
        "staff.json: u-beihai-waiter: head office has no shop_ids, everybody else has (role waiter)",
    ),
    (
        "staff.json",
        "u-beihai-waiter",
        {"openid": "openid-beihai-cashier"},
        "staff.json: openid openid-beihai-cashier stands 2 times",
    ),
    (
        "printers.json",
        "p-beihai-hot",
        {"backup_id": "p-yugong-hot"},
        "printers.json: p-beihai-hot: p-yugong-hot is not another printer of s-beihai",
    ),
    (
        "printers.json",
        "p-beihai-hot",
        {"stations": ["cold"]},
        "shops.json: s-beihai: 0 printers for station hot, not one",
    ),
    ("devices.json", "pc-beihai-1", {"shop_id": "s-yugong"}, "shops.json: s-beihai: no store PC"),
    (
        "dishes.json",
        "d-kiwi",
        {"member_prices": {"gold": 1800}},
        "shops.json: s-beihai: d-kiwi: a timed or member price is not below the shop's price 1800",
    ),
    (
        "dishes.json",
        "d-kiwi",
        {"timed_prices": [{"window": ["02:00", "05:00"], "price_fen": 900}]},
        "shops.json: s-beihai: d-kiwi: has a timed price only while the shop is closed",
    ),
]


@pytest.mark.parametrize(("file", "key", "change", "problem"), FORM)
def test_a_wrong_form_is_named_by_entry_and_field(
    folder: Path, file: str, key: str, change: Entry, problem: str
) -> None:
    number = edit(folder, file, key, lambda entry: entry.update(change))
    assert problems(folder) == (f"{file}: entry {number} ({key}): {problem}",)


@pytest.mark.parametrize(("file", "key", "change", "problem"), REFERENCES)
def test_a_wrong_reference_is_named_by_entry(folder: Path, file: str, key: str, change: Entry, problem: str) -> None:
    edit(folder, file, key, lambda entry: entry.update(change))
    assert problems(folder)[0] == problem


def test_a_combo_slot_that_a_shop_cannot_fill_is_named(folder: Path) -> None:
    edit(folder, "shops.json", "s-yugong", lambda shop: shop["not_sold"].extend(["d-kou-surou", "d-kou-tiaozi"]))
    assert problems(folder) == (
        "shops.json: s-yugong: d-combo-four: nothing sold here fills slot bowl",
        "shops.json: s-yugong: d-combo-six: nothing sold here fills slot bowl",
    )


def test_a_window_after_midnight_is_within_the_night_of_an_open_shop(folder: Path) -> None:
    edit(folder, "dishes.json", "d-crayfish", lambda dish: dish.update(windows=[["00:30", "01:30"]]))
    assert "d-crayfish" in load_dataset(folder).menu_of("s-yugong").by_id
    edit(folder, "dishes.json", "d-crayfish", lambda dish: dish.update(windows=[["02:00", "03:30"]]))
    assert problems(folder) == ("shops.json: s-yugong: d-crayfish: is sold only while the shop is closed",)


def test_every_fault_is_reported_at_once(folder: Path) -> None:
    edit(folder, "dishes.json", "d-rice", lambda dish: dish.update(price_fen=0))
    edit(folder, "tables.json", "t-yugong-01", lambda table: table.update(seats=0))
    assert [problem.split(":")[0] for problem in problems(folder)] == ["dishes.json", "tables.json"]


def test_broken_json_is_named_with_its_line(folder: Path) -> None:
    (folder / "staff.json").write_text('[\n  {"id": }\n]', encoding="utf-8")
    assert problems(folder) == ("staff.json: line 2, column 10: Expecting value",)


def test_a_missing_file_and_a_wrong_encoding_are_named(folder: Path) -> None:
    (folder / "brand.json").unlink()
    (folder / "shops.json").write_bytes("北海路店".encode("gbk"))
    assert problems(folder) == (
        "brand.json: cannot be read: No such file or directory",
        "shops.json: is not UTF-8",
    )
