"""What a template makes of the facts is what WeChat takes, whatever guests and shops are called."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.local.wechat_messages.book import Book
from shared.domain.messages import MessagePolicy, Template, fitted, told_amount, told_dishes, told_time

TYPES = ("thing", "character_string", "number", "letter", "symbol", "phone_number", "name", "phrase")


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("thing1", "豫味坊·宣化街店", "豫味坊·宣化街店"),
        ("thing1", "红烧黄河鲤鱼配羊肉烩面加蛋加肉大碗套餐一份多", "红烧黄河鲤鱼配羊肉烩面加蛋加肉大碗套餐…"),
        ("thing1", " 生日\n快乐🎂 ", "生日 快乐"),
        ("thing1", "", "无"),
        ("character_string2", "261124-7K3QXM2P", "261124-7K3QXM2P"),
        ("character_string2", "甲012", "012"),
        ("character_string2", "三号桌", "-"),
        ("number3", "4 位", "4"),
        ("amount4", "12.50元", "12.50元"),
        ("phrase5", "已经备好请取餐", "已经备好请"),
        ("name6", "王女士 Wang", "王女士"),
        ("name6", "Anne-Marie", "AnneMarie"),
        ("time7", "2026年11月24日 18:30", "2026年11月24日 18:30"),
        ("unknown8", "as it is", "as it is"),
    ],
)
def test_a_value_is_made_to_fit_its_key(key: str, text: str, value: str) -> None:
    assert fitted(key, text) == value


@given(st.fixed_dictionaries({f"{kind}{n}": st.text(max_size=60) for n, kind in enumerate(TYPES, 1)}))
def test_wechat_takes_whatever_text_the_facts_are(texts: dict[str, str]) -> None:
    book = Book("wx", "secret", templates={"t": tuple(texts)})
    book.consent("o-1", "t", 1)
    data = Template("t", {key: key for key in texts}).data(texts)
    book.send(openid="o-1", template_id="t", page="", data=data)
    assert book.taken == [{"openid": "o-1", "templateId": "t", "page": "", "data": data}]


@given(st.integers(0, 10**9), st.integers(1_577_836_800, 3_786_912_000))
def test_wechat_takes_every_amount_and_every_time(fen: int, second: int) -> None:
    book = Book("wx", "secret", templates={"t": ("amount1", "time2", "date3")})
    book.consent("o-1", "t", 1)
    told = {
        "fen": told_amount(fen),
        "at": told_time(datetime.fromtimestamp(second, timezone.utc), ZoneInfo("Asia/Shanghai")),
    }
    data = Template("t", {"amount1": "fen", "time2": "at", "date3": "at"}).data(told)
    book.send(openid="o-1", template_id="t", page="", data=data)
    assert len(book.taken) == 1


def test_times_and_amounts_are_told_as_people_read_them() -> None:
    evening = datetime(2026, 11, 24, 10, 5, tzinfo=timezone.utc)
    assert told_time(evening, ZoneInfo("Asia/Shanghai")) == "2026年11月24日 18:05"
    assert [told_amount(fen) for fen in (0, 5, 1250, 100_000)] == ["0.00元", "0.05元", "12.50元", "1000.00元"]


def test_an_order_is_told_by_its_first_dish_and_its_count() -> None:
    assert told_dishes((), 0) == ""
    assert told_dishes(("羊肉烩面",), 1) == "羊肉烩面"
    assert told_dishes(("羊肉烩面", "大麦茶"), 3) == "羊肉烩面等3份"
    assert told_dishes(("一二三四五六七八九十一二三四五六七八九十一二",), 12) == "一二三四五六七八九十一二三四五…等12份"


def test_a_kind_without_a_template_is_not_sent_and_a_page_names_the_thing() -> None:
    told = {"kinds": {"ready": {"template_id": "t", "fields": {"thing1": "shop"}, "page": "pages/o?id={ref}"}}}
    policy = MessagePolicy.of(told)
    assert set(policy.templates) == {"ready"}
    assert (policy.per_minute, policy.near) == (600, 2)
    assert policy.templates["ready"].page_of("o-1") == "pages/o?id=o-1"
    assert MessagePolicy.of({}) == MessagePolicy()
