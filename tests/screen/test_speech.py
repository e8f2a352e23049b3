"""How calls are said."""

from __future__ import annotations

from typing import Literal

import pytest

from edge_bridge.screen.clips import find_clip
from edge_bridge.screen.speech import clips_for, every_clip
from tests.screen.calls import make_call

PICKUP = "dao-qucankou-qucan"
WAITER = "fuwuyuan-qingdao"
SCREEN = ("qing-kan-pingmu",)


@pytest.mark.parametrize(
    ("kind", "label", "clips"),
    [
        ("pickup", "A012", ("qing", "a", "0", "yao", "2", "hao", PICKUP)),
        ("pickup", "a-012", ("qing", "a", "0", "yao", "2", "hao", PICKUP)),
        ("pickup", "Ａ０１２", ("qing", "a", "0", "yao", "2", "hao", PICKUP)),
        ("pickup", "A012号", ("qing", "a", "0", "yao", "2", "hao", PICKUP)),
        ("pickup", "3456789", ("qing", "3", "4", "5", "6", "7", "8", "9", "hao", PICKUP)),
        ("pickup", "１２ B", ("qing", "yao", "2", "b", "hao", PICKUP)),
        ("table", "8号桌", (WAITER, "8", "hao", "zhuo")),
        ("table", "1号桌", (WAITER, "1", "hao", "zhuo")),
        ("table", "10号桌", (WAITER, "10", "hao", "zhuo")),
        ("table", "12号桌", (WAITER, "10", "2", "hao", "zhuo")),
        ("table", "20号桌", (WAITER, "2", "10", "hao", "zhuo")),
        ("table", "31号桌", (WAITER, "3", "10", "1", "hao", "zhuo")),
        ("table", "08号桌", (WAITER, "0", "8", "hao", "zhuo")),
        ("table", "0号桌", (WAITER, "0", "hao", "zhuo")),
        ("table", "118号桌", (WAITER, "yao", "yao", "8", "hao", "zhuo")),
        ("table", "A8", (WAITER, "a", "8")),
        ("table", "二十一号桌", (WAITER, "2", "10", "1", "hao", "zhuo")),
        ("table", "大厅 6 号台", (WAITER, "dating", "6", "hao", "tai")),
        ("table", "包间3", (WAITER, "baojian", "3")),
        ("table", "牡丹厅", SCREEN),
        ("queue", "B012", ("qing", "b", "0", "yao", "2", "hao", "dao-qiantai-ruzuo")),
        ("queue", "C7号", ("qing", "c", "7", "hao", "dao-qiantai-ruzuo")),
        ("queue", "", SCREEN),
        ("pickup", "<b>1</b>", SCREEN),
        ("pickup", "٣", SCREEN),
        ("pickup", "   ", SCREEN),
    ],
)
def test_a_call_is_said_with_these_clips(
    kind: Literal["pickup", "table", "queue"], label: str, clips: tuple[str, ...]
) -> None:
    assert clips_for(make_call(label, kind=kind)) == clips


def test_every_clip_is_bundled_and_small() -> None:
    paths = [find_clip(name, None) for name in every_clip()]
    sizes = [path.stat().st_size for path in paths if path is not None]
    assert len(set(every_clip())) == len(sizes) == 51
    assert sum(sizes) <= 600_000
