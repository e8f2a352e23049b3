"""One lunch at two shops: who comes, what they order, how, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NORTH, RIVER = "s-beihai", "s-qinyuan"
SHOPS = (NORTH, RIVER)


@dataclass(frozen=True)
class Wish:
    """One line as the guest thinks of it. `beyond_left`: one more than the kitchen has; `course` 1 is to come later."""

    dish_id: str
    quantity: int = 1
    specs: Mapping[str, str] = field(default_factory=dict)
    modifiers: Mapping[str, int] = field(default_factory=dict)
    combo: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    beyond_left: bool = False
    course: int = 0


@dataclass(frozen=True)
class Round:
    """What one guest of the party orders in one go. At least one wish of a round is never sold out."""

    guest: str
    wishes: tuple[Wish, ...]
    note: str = ""


@dataclass(frozen=True)
class Party:
    """A party at a table, or, without one, a guest who picks up."""

    shop_id: str
    rounds: tuple[Round, ...]
    table_id: str | None = None
    guests: int | None = None


LUNCH: tuple[Party, ...] = (
    Party(
        NORTH,
        (
            Round(
                "wei",
                (
                    Wish("d-carp-braised", modifiers={"no-coriander": 1}, note="鱼要现杀的"),
                    Wish("d-huimian", 2, specs={"size-bowl": "large"}, modifiers={"egg": 1, "no-coriander": 1}),
                    Wish("d-suanmei", 2, specs={"temperature": "iced"}, modifiers={"less": 1}),
                ),
                note="有老人，请做软一点",
            ),
            Round("wei-friend", (Wish("d-youmo", 2), Wish("d-beer", 2, specs={"temperature": "iced"})), note="加菜"),
        ),
        table_id="t01",
        guests=3,
    ),
    Party(
        NORTH,
        (
            Round(
                "song",
                (
                    Wish(
                        "d-combo-four",
                        combo={
                            "head": "d-liantang",
                            "bowl": "d-kou-surou",
                            "sweet": "d-babaofan",
                            "meat": "d-zhabakuai",
                            "cold": "d-walnut",
                            "soup": "d-dusi",
                            "staple": "d-youmo",
                        },
                    ),
                    Wish("d-rice", 4),
                    Wish("d-dongling-tea", specs={"warmth": "hot"}),
                ),
            ),
        ),
        table_id="t04",
        guests=4,
    ),
    Party(
        NORTH,
        (
            Round(
                "li",
                (
                    Wish(
                        "d-combo-lunch",
                        combo={"staple": "d-laomian", "cold": "d-jingjie", "drink": "d-suanmei"},
                        modifiers={"no-garlic": 1},
                        note="下午开会，不要蒜",
                    ),
                ),
            ),
        ),
        table_id="t13",
        guests=1,
    ),
    Party(
        NORTH,
        (
            Round(
                "zhang",
                (
                    Wish("d-huimian", specs={"size-bowl": "small"}, modifiers={"lamb": 1}),
                    Wish("d-soymilk", specs={"warmth": "hot"}),
                ),
            ),
        ),
    ),
    Party(
        NORTH,
        (
            Round(
                "niu", (Wish("d-daokou-chicken", specs={"size-chicken": "half"}), Wish("d-youmo", 3)), note="烧鸡切块"
            ),
        ),
    ),
    Party(
        RIVER,
        (
            Round(
                "zhao",
                (
                    Wish("d-spicy-chicken", specs={"size-dish": "large", "spicy": "medium"}),
                    Wish("d-tomato-egg"),
                    Wish("d-rice", 3),
                    Wish("d-water", 3, specs={"temperature": "room"}),
                ),
            ),
        ),
        table_id="t02",
        guests=3,
    ),
    Party(
        RIVER,
        (
            Round(
                "lu",
                (
                    Wish("d-pan-fish", beyond_left=True),
                    Wish(
                        "d-hongmen-lamb",
                        specs={"size-pot": "large", "spicy": "mild"},
                        modifiers={"vermicelli": 1, "tofu": 1},
                    ),
                    Wish("d-walnut"),
                    Wish("d-rice-wine", specs={"warmth": "hot"}),
                    Wish("d-youmo", 2),
                ),
                note="家宴，凉菜先上",
            ),
            Round("lu-son", (Wish("d-guantangbao", modifiers={"vinegar": 1}), Wish("d-beansprout"))),
        ),
        table_id="t05",
        guests=6,
    ),
    Party(
        RIVER,
        (
            Round(
                "miao",
                (
                    Wish("d-doumo", 2, specs={"size-breakfast": "large"}),
                    Wish("d-jingjie", note="多放荆芥"),
                    Wish("d-beef-cold"),
                ),
            ),
        ),
    ),
    Party(
        RIVER,
        (Round("chen", (Wish("d-huimian", specs={"size-bowl": "large"}), Wish("d-peanut"))),),
        table_id="t06",
        guests=1,
    ),
)
