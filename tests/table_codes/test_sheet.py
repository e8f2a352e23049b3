"""A printed sheet reads back as the shop's table codes, and a rotated table's photograph opens nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from scripts.local.printer_pages import read_codes
from scripts.local.table_codes.__main__ import main
from shared.access.table_code import CODE_LIMIT, TableRef, read_table_code
from tests.support.shops import Reply, TestShop, line, request_id

KEY = "test-table-code-key"


def printed(sheet: Path) -> list[list[str]]:
    """What a phone reads off each page, at the resolution of a simple printer."""
    if shutil.which("pdftoppm") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("the sheet's tests need pdftoppm (Debian: poppler-utils)")
        pytest.skip("pdftoppm is not on this machine")
    subprocess.run(["pdftoppm", "-r", "150", "-gray", "-png", sheet, sheet.with_suffix("")], check=True, timeout=60)
    pictures = sorted(sheet.parent.glob(f"{sheet.stem}-*.png"))
    return [sorted(read_codes(Image.open(picture))) for picture in pictures]


def qr(shop: TestShop, out: Path, *more: str) -> int:
    return main(["--shop", shop.shop_id, "--out", str(out), *more])


def scene(content: str) -> str:
    """The scene that the mini-program's page is opened with."""
    (found,) = parse_qs(urlsplit(content).query)["scene"]
    return found


def revisions(shop: TestShop) -> dict[str, int]:
    return {one["table_id"]: one["code_revision"] for one in shop.db["tables"].find({"shop_id": shop.shop_id})}


def open_table(shop: TestShop, code: str, guest: str = "guest") -> Reply:
    return shop.call("openTable", shop.guest(guest), requestId=request_id(), tableCode=code)


def test_every_code_on_paper_is_its_tables_and_opens_it(shop: TestShop, tmp_path: Path) -> None:
    sheet = tmp_path / "codes.pdf"
    assert qr(shop, sheet) == 0
    ((*contents,),) = printed(sheet)
    assert [urlsplit(content).path for content in contents] == ["pages/menu/index"] * 4
    codes = [scene(content) for content in contents]
    assert max(map(len, codes)) <= CODE_LIMIT
    assert [read_table_code(code, key=KEY) for code in codes] == [
        TableRef(shop.shop_id, f"t{number}", 1) for number in range(1, 5)
    ]
    assert open_table(shop, codes[2])["data"]["tableName"] == "3号桌"


def test_more_tables_than_fit_go_on_the_next_page_and_long_names_stay_on_their_card(
    shop: TestShop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    room = {"shop_id": shop.shop_id, "name": "包间·王屋厅与沁园厅之间的长廊尽头", "seats": 12, "code_revision": 1}
    shop.db["tables"].insert_many({**room, "table_id": f"t{n}"} for n in range(5, 10))
    sheet = tmp_path / "codes.pdf"
    assert qr(shop, sheet) == 0
    assert capsys.readouterr().out == f"{sheet}: 9 table codes on 2 pages\n"
    pages = printed(sheet)
    assert [len(page) for page in pages] == [6, 3]
    read = {read_table_code(scene(content), key=KEY).table_id for page in pages for content in page}
    assert read == {f"t{n}" for n in range(1, 10)}


def test_a_photograph_of_a_rotated_tables_code_opens_nothing(shop: TestShop, tmp_path: Path) -> None:
    photographs = [shop.code(f"t{number}") for number in range(1, 5)]
    assert qr(shop, tmp_path / "new.pdf", "--rotate") == 0
    assert revisions(shop) == {"t1": 2, "t2": 2, "t3": 2, "t4": 2}
    before = shop.counts()
    for code in photographs:
        for reply in (open_table(shop, code), shop.call("getMenu", shop.guest(), tableCode=code)):
            assert (reply["code"], reply["message"]) == (
                "TABLE_CODE_INVALID",
                "桌码无效，请扫描桌上的二维码，或请服务员帮忙",
            )
    assert shop.counts() == before
    ((*contents,),) = printed(tmp_path / "new.pdf")
    assert [open_table(shop, scene(content))["success"] for content in contents] == [True] * 4


def test_who_sits_there_eats_on_and_who_only_has_the_photograph_does_not(shop: TestShop, tmp_path: Path) -> None:
    sitting_id = shop.seat()["sittingId"]
    photograph = shop.code()
    assert qr(shop, tmp_path / "new.pdf", "--rotate") == 0
    assert shop.submit([line("tea")], sittingId=sitting_id)["success"]
    before = shop.counts()
    stranger = {"guest": "stranger", "sittingId": sitting_id, "tableCode": photograph}
    assert shop.submit([line("tea")], **stranger)["code"] == "SITTING_CLOSED"
    seen = shop.call("listOrders", shop.guest("stranger"), sittingId=sitting_id, tableCode=photograph)
    assert seen["code"] == "NOT_FOUND"
    assert shop.counts() == before


def test_only_the_named_tables_are_printed_and_rotated(shop: TestShop, tmp_path: Path) -> None:
    sheet = tmp_path / "two.pdf"
    more = ("--tables", "t2,t4", "--rotate", "--page", "packages/order/scan", "--link", "https://go.example.com/")
    assert qr(shop, sheet, *more) == 0
    assert revisions(shop) == {"t1": 1, "t2": 2, "t3": 1, "t4": 2}
    ((*contents,),) = printed(sheet)
    assert [content.partition("?")[0] for content in contents] == ["https://go.example.com/packages/order/scan"] * 2
    assert [read_table_code(scene(content), key=KEY) for content in contents] == [
        TableRef(shop.shop_id, "t2", 2),
        TableRef(shop.shop_id, "t4", 2),
    ]


def test_an_unknown_shop_or_table_prints_and_rotates_nothing(
    shop: TestShop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "none.pdf"
    assert qr(shop, sheet, "--rotate", "--tables", "t1,t9") == 1
    assert main(["--shop", "s-nowhere", "--out", str(sheet), "--rotate"]) == 1
    assert capsys.readouterr().err == f"qr: no table t9 in shop {shop.shop_id}\nqr: no shop s-nowhere\n"
    assert (set(revisions(shop).values()), sheet.exists()) == ({1}, False)


@pytest.mark.parametrize(
    "wrong", [["--page", "/pages/menu/index"], ["--page", "pages/menu?x=1"], ["--out", "/nowhere/at/all.pdf"]]
)
def test_a_wrong_page_or_folder_is_told_before_anything_is_rotated(
    shop: TestShop, tmp_path: Path, wrong: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        qr(shop, tmp_path / "none.pdf", "--rotate", *wrong)
    assert ended.value.code == 2
    assert set(revisions(shop).values()) == {1}
