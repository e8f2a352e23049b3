"""The demo's data: 豫味坊's five shops are whole, plausible and printable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import time

import pytest

from scripts.local.dataset import Dataset, load_dataset
from shared.domain.menu import Dish, ModifierGroup, SpecGroup, TimedPrice, Window

SHOPS = ("s-beihai", "s-qinyuan", "s-tiantan", "s-yugong", "s-xuanhua")
BREAKFAST = Window(start=time(6), end=time(10, 30))
NIGHT = Window(start=time(21), end=time(2))


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset()


def test_five_shops_of_jiyuan_take_orders_before_payment(dataset: Dataset) -> None:
    assert (dataset.brand.name, dataset.brand.city) == ("豫味坊", "济源")
    assert [shop.name for shop in dataset.shops] == ["北海路店", "沁园路店", "天坛路店", "愚公路店", "宣化街店"]
    assert tuple(shop.id for shop in dataset.shops) == SHOPS
    assert {(shop.zone, shop.cutoff, shop.payment) for shop in dataset.shops} == {("Asia/Shanghai", time(4), "postpay")}
    assert all(shop.phone.startswith("0391-000-") for shop in dataset.shops), "phones are invented"


def test_one_shop_is_open_over_midnight_and_two_from_six(dataset: Dataset) -> None:
    overnight = [shop.id for shop in dataset.shops if any(window.end <= window.start for window in shop.hours)]
    early = [shop.id for shop in dataset.shops if shop.hours[0].start == time(6)]
    assert overnight == ["s-yugong"]
    assert dataset.shop("s-yugong").hours[-1] == Window(start=time(17), end=time(2))
    assert early == ["s-qinyuan", "s-xuanhua"]


def test_the_brand_has_about_sixty_dishes_a_third_with_daily_stock(dataset: Dataset) -> None:
    assert 55 <= len(dataset.dishes) <= 70
    limited = [dish for dish in dataset.dishes if dish.daily_stock is not None]
    assert 0.25 <= len(limited) / len(dataset.dishes) <= 0.4
    assert sum(bool(dish.combo) for dish in dataset.dishes) >= 4
    assert len(dataset.categories) == 9


@pytest.mark.parametrize("shop_id", SHOPS)
def test_a_menu_is_consistent(dataset: Dataset, shop_id: str) -> None:
    menu = dataset.menu_of(shop_id)
    cooking = {station.id for station in dataset.stations if not station.is_pass}
    sold = menu.by_id
    assert len(menu.dishes) == len(sold) == len({dish.name for dish in menu.dishes})
    assert 55 <= len(menu.dishes) <= 70
    assert {dish.category_id for dish in menu.dishes} == {category.id for category in menu.categories}
    assert [category.position for category in menu.categories] == list(range(1, 10))
    assert {dish.station for dish in menu.dishes} == cooking == {"hot", "cold", "noodle", "drink"}
    for choice in (choice for dish in menu.dishes for slot in dish.combo for choice in slot.choices):
        assert choice.station == sold[choice.dish_id].station


@pytest.mark.parametrize("shop_id", SHOPS)
def test_prices_are_those_of_a_family_restaurant(dataset: Dataset, shop_id: str) -> None:
    dishes = dataset.menu_of(shop_id).dishes
    combos = {dish.id: dish.price_fen for dish in dishes if dish.combo}
    assert all(100 <= dish.price_fen <= 15_000 for dish in dishes if not dish.combo)
    assert all(700 <= price <= 50_000 for price in combos.values())
    assert all(dish.price_fen % 10 == 0 for dish in dishes)


@pytest.mark.parametrize("shop_id", SHOPS)
def test_a_combo_never_costs_more_than_its_dishes(dataset: Dataset, shop_id: str) -> None:
    sold = dataset.menu_of(shop_id).by_id
    combos = [dish for dish in sold.values() if dish.combo]
    assert combos
    for combo in combos:
        assert combo.price_fen < _cheapest_parts(combo, sold), combo.name


def _cheapest_parts(combo: Dish, sold: Mapping[str, Dish]) -> int:
    return sum(
        min(sold[choice.dish_id].price_fen - choice.surcharge_fen for choice in slot.choices) for slot in combo.combo
    )


@pytest.mark.parametrize("shop_id", SHOPS)
def test_everything_a_printer_gets_is_printable_and_short(dataset: Dataset, shop_id: str) -> None:
    menu = dataset.menu_of(shop_id)
    groups: list[SpecGroup | ModifierGroup] = []
    for dish in menu.dishes:
        groups += [*dish.specs, *dish.modifiers]
    names = [
        *(dish.name for dish in menu.dishes),
        *(group.name for group in groups),
        *(option.name for group in groups for option in group.options),
        *(choice.name for dish in menu.dishes for slot in dish.combo for choice in slot.choices),
        *(table.name for table in dataset.tables_of(shop_id)),
        *(printer.name for printer in dataset.printers_of(shop_id)),
        dataset.shop(shop_id).name,
    ]
    assert {name for name in names if len(name) > 20} == set()
    assert {name for name in names if name.encode("gbk", errors="ignore").decode("gbk") != name} == set()


def test_a_dish_is_found_by_its_initials_and_described(dataset: Dataset) -> None:
    initials = [dish.keywords[0] for dish in dataset.dishes]
    wrong = [
        dish.name
        for dish, letters in zip(dataset.dishes, initials, strict=True)
        if not (letters.isascii() and letters.islower() and len(letters) == len(dish.name))
    ]
    assert wrong == []
    assert [dish.name for dish in dataset.dishes if not dish.description] == []
    assert {dish.name: dish.keywords[0] for dish in dataset.dishes}["红烧黄河鲤鱼"] == "hshhly"


def test_a_shop_has_its_own_prices_stock_and_choice_of_dishes(dataset: Dataset) -> None:
    menus = {shop_id: dataset.menu_of(shop_id).by_id for shop_id in SHOPS}
    carp = {
        shop_id: (menu["d-carp-braised"].price_fen, menu["d-carp-braised"].daily_stock)
        for shop_id, menu in menus.items()
    }
    assert carp == {
        "s-beihai": (8800, 36),
        "s-qinyuan": (8800, 24),
        "s-tiantan": (9200, 30),
        "s-yugong": (8800, 20),
        "s-xuanhua": (8800, 15),
    }
    assert [shop_id for shop_id in SHOPS if "d-pan-fish" not in menus[shop_id]] == ["s-xuanhua"]
    assert menus["s-beihai"]["d-rice"].daily_stock is None


def test_a_combo_offers_only_what_the_shop_sells(dataset: Dataset) -> None:
    heads = {
        shop_id: [choice.name for choice in dataset.menu_of(shop_id).by_id["d-combo-four"].combo[0].choices]
        for shop_id in ("s-beihai", "s-tiantan")
    }
    assert heads == {"s-beihai": ["连汤肉片", "牡丹燕菜"], "s-tiantan": ["连汤肉片"]}


def test_a_combo_warns_of_everything_that_may_be_in_it(dataset: Dataset) -> None:
    breakfast = dataset.menu_of("s-xuanhua").by_id["d-combo-breakfast"]
    assert set(breakfast.allergens) == {"麸质", "大豆", "花生", "芝麻", "蛋类"}


def test_breakfast_and_night_dishes_are_sold_where_the_shop_is_open(dataset: Dataset) -> None:
    hulatang = [shop_id for shop_id in SHOPS if "d-hulatang" in dataset.menu_of(shop_id).by_id]
    skewers = [shop_id for shop_id in SHOPS if "d-lamb-skewer" in dataset.menu_of(shop_id).by_id]
    assert (hulatang, skewers) == (["s-qinyuan", "s-xuanhua"], ["s-yugong"])
    windows = {dish.id: dish.windows for dish in dataset.dishes if dish.windows}
    assert windows["d-hulatang"] == (BREAKFAST,)
    assert windows["d-lamb-skewer"] == (NIGHT,)
    assert {window for value in windows.values() for window in value} == {BREAKFAST, NIGHT}


def test_noodles_come_in_two_sizes_with_priced_extras_and_free_wishes(dataset: Dataset) -> None:
    noodles = dataset.menu_of("s-beihai").by_id["d-huimian"]
    assert (noodles.price_fen, noodles.unit, noodles.station) == (2200, "碗", "noodle")
    assert [(o.name, o.price_fen) for o in noodles.specs[0].options] == [("小碗", 0), ("大碗", 400)]
    extra, avoid = noodles.modifiers
    assert ("加蛋", 200) in [(option.name, option.price_fen) for option in extra.options]
    assert {option.price_fen for option in avoid.options} == {0}
    assert "免香菜" in [option.name for option in avoid.options]


@pytest.mark.parametrize("shop_id", SHOPS)
def test_a_shop_has_tables_people_printers_and_a_pc(dataset: Dataset, shop_id: str) -> None:
    key = shop_id.removeprefix("s-")
    tables = dataset.tables_of(shop_id)
    assert 12 <= len(tables) <= 24
    assert tables[0].name == "1号桌"
    assert Counter(person.role for person in dataset.staff_of(shop_id)) == {
        "manager": 1,
        "cashier": 1,
        "waiter": 1,
        "kitchen": 2,
    }
    assert [device.id for device in dataset.devices_of(shop_id)] == [f"pc-{key}-1"]
    assert {printer.stations: (printer.width_mm, printer.backup_id) for printer in dataset.printers_of(shop_id)} == {
        ("hot",): (80, f"p-{key}-cold"),
        ("cold",): (80, f"p-{key}-hot"),
        ("noodle",): (80, f"p-{key}-hot"),
        ("drink",): (58, f"p-{key}-pass"),
        ("pass",): (80, f"p-{key}-hot"),
    }


def test_head_office_is_one_boss_without_a_shop(dataset: Dataset) -> None:
    office = [person for person in dataset.staff if not person.shop_ids]
    assert [(person.id, person.role, person.openid) for person in office] == [
        ("u-hq-owner", "owner", "openid-hq-owner")
    ]
    assert len(dataset.staff) == 26


def test_an_unknown_shop_has_no_menu(dataset: Dataset) -> None:
    with pytest.raises(LookupError, match="no shop s-zhengzhou"):
        dataset.menu_of("s-zhengzhou")


def test_some_dishes_cost_less_in_the_afternoon_and_some_for_gold_members(dataset: Dataset) -> None:
    menu = dataset.menu_of("s-beihai").by_id
    afternoon = Window(start=time(13, 30), end=time(17))
    assert {key: dish.timed_prices for key, dish in menu.items() if dish.timed_prices} == {
        "d-tremella": (TimedPrice(afternoon, 1600),),
        "d-hongshuni": (TimedPrice(afternoon, 1900),),
        "d-huashenggao": (TimedPrice(afternoon, 900),),
        "d-dongling-tea": (TimedPrice(afternoon, 2000),),
        "d-kiwi": (TimedPrice(afternoon, 1200),),
    }
    assert {key: dict(dish.member_prices) for key, dish in menu.items() if dish.member_prices} == {
        "d-carp-braised": {"gold": 7900},
        "d-congpa-lamb": {"gold": 6900},
        "d-huimian": {"gold": 1900},
        "d-kiwi": {"gold": 1500},
    }


def test_two_shops_take_a_seat_fee_and_what_drips_is_packed_for_a_fee(dataset: Dataset) -> None:
    assert {shop.id: shop.seat_fee_fen for shop in dataset.shops if shop.seat_fee_fen} == {
        "s-beihai": 200,
        "s-yugong": 200,
    }
    menu = dataset.menu_of("s-beihai").by_id
    fees = {key: menu[key].packing_fen for key in ("d-carp-braised", "d-huimian", "d-rice", "d-combo-six")}
    assert fees == {"d-carp-braised": 200, "d-huimian": 100, "d-rice": 0, "d-combo-six": 1000}
