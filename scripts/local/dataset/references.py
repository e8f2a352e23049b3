"""What one entry of a data set says about another: unique ids and names, references, and what a shop is left with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Protocol

from scripts.local.dataset.entries import DishData, PrinterData, ShopData
from scripts.local.dataset.whole import Dataset
from shared.domain.menu import Window

HEAD_OFFICE = ("owner", "finance", "marketing", "engineer")
DAY_MIN = 24 * 60


class _Entry(Protocol):
    """What the entries of all files have."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


def reference_problems(dataset: Dataset) -> tuple[str, ...]:
    """Every fault, as `file: entry: what`; none for a sound data set. Later checks need what earlier ones prove."""
    for check in (_unique, _references, _dishes, _shops):
        if problems := tuple(check(dataset)):
            return problems
    return ()


def _unique(dataset: Dataset) -> Iterator[str]:
    named: dict[str, Sequence[_Entry]] = {
        "shops": dataset.shops,
        "categories": dataset.categories,
        "stations": dataset.stations,
        "dishes": dataset.dishes,
    }
    others: dict[str, Sequence[_Entry]] = {
        "specs": dataset.specs,
        "modifiers": dataset.modifiers,
        "tables": dataset.tables,
        "staff": dataset.staff,
        "printers": dataset.printers,
        "devices": dataset.devices,
    }
    for file, entries in {**named, **others}.items():
        yield from _twice(f"{file}.json", "id", (entry.id for entry in entries))
    for file, entries in named.items():
        yield from _twice(f"{file}.json", "name", (entry.name for entry in entries))
    yield from _twice("staff.json", "openid", (person.openid for person in dataset.staff))
    yield from _twice("tables.json", "name", (f"{table.shop_id} {table.name}" for table in dataset.tables))
    yield from _twice("categories.json", "position", (str(category.position) for category in dataset.categories))


def _references(dataset: Dataset) -> Iterator[str]:
    shops = {shop.id for shop in dataset.shops}
    stations = {station.id for station in dataset.stations}
    dishes = {dish.id for dish in dataset.dishes}
    for table in dataset.tables:
        yield from _unknown("tables", table.id, "shop", [table.shop_id], shops)
    for device in dataset.devices:
        yield from _unknown("devices", device.id, "shop", [device.shop_id], shops)
    for person in dataset.staff:
        yield from _unknown("staff", person.id, "shop", person.shop_ids, shops)
        if bool(person.shop_ids) is (person.role in HEAD_OFFICE):
            yield f"staff.json: {person.id}: head office has no shop_ids, everybody else has (role {person.role})"
    for printer in dataset.printers:
        yield from _unknown("printers", printer.id, "shop", [printer.shop_id], shops)
        yield from _unknown("printers", printer.id, "station", printer.stations, stations)
        yield from _backup(printer, dataset.printers)
    for shop in dataset.shops:
        yield from _unknown("shops", shop.id, "dish", [*shop.not_sold, *shop.prices, *shop.daily_stocks], dishes)
        idle = sorted({*shop.prices, *shop.daily_stocks} & {*shop.not_sold})
        yield from (f"shops.json: {shop.id}: {dish_id} is not sold here, yet has a price or stock" for dish_id in idle)


def _dishes(dataset: Dataset) -> Iterator[str]:
    cooking = {station.id for station in dataset.stations if not station.is_pass}
    known = (
        ("category", {category.id for category in dataset.categories}),
        ("spec", {group.id for group in dataset.specs}),
        ("modifier", {group.id for group in dataset.modifiers}),
        ("cooking station", cooking),
    )
    for dish in dataset.dishes:
        named = ([dish.category_id], dish.specs, dish.modifiers, [dish.station])
        for (kind, ids), wanted in zip(known, named, strict=True):
            yield from _unknown("dishes", dish.id, kind, wanted, ids)
        yield from _twice(f"dishes.json: {dish.id}", "group", (*dish.specs, *dish.modifiers))
        yield from _twice(f"dishes.json: {dish.id}", "slot", (slot.id for slot in dish.combo))
        yield from _choices(dish, dataset)


def _choices(combo: DishData, dataset: Dataset) -> Iterator[str]:
    dishes = {dish.id: dish for dish in dataset.dishes}
    asking = {group.id for group in dataset.modifiers if group.min_picks}
    for slot in combo.combo:
        where = f"dishes.json: {combo.id}: slot {slot.id}"
        yield from _twice(where, "dish", (choice.dish_id for choice in slot.choices))
        for choice in slot.choices:
            dish = dishes.get(choice.dish_id)
            if dish is None:
                yield f"{where}: no dish {choice.dish_id}"
            elif dish.combo:
                yield f"{where}: {dish.id} is itself a combo"
            elif (dish.specs or asking & {*dish.modifiers}) and choice.name is None:
                yield f"{where}: {dish.id} makes the guest choose: give the choice a name that says which form"
            elif dish.windows not in ((), combo.windows):
                yield f"{where}: {dish.id} has selling windows that the combo does not have"


def _shops(dataset: Dataset) -> Iterator[str]:
    for shop in dataset.shops:
        yield from (f"shops.json: {shop.id}: {fault}" for fault in _shop_faults(shop, dataset))


def _shop_faults(shop: ShopData, dataset: Dataset) -> Iterator[str]:
    printing = Counter(station for printer in dataset.printers_of(shop.id) for station in printer.stations)
    for station in dataset.stations:
        if printing[station.id] != 1:
            yield f"{printing[station.id]} printers for station {station.id}, not one"
    if not dataset.tables_of(shop.id):
        yield "no table"
    if not dataset.devices_of(shop.id):
        yield "no store PC"
    for dish in dataset.menu_of(shop.id).dishes:
        empty = [slot.id for slot in dish.combo if not slot.choices]
        if empty:
            yield f"{dish.id}: nothing sold here fills slot {', '.join(empty)}"
        if dish.windows and not _meet(dish.windows, shop.hours):
            yield f"{dish.id}: is sold only while the shop is closed"
        lower = [*dish.member_prices.values(), *(timed.price_fen for timed in dish.timed_prices)]
        if lower and max(lower) >= dish.price_fen:
            yield f"{dish.id}: a timed or member price is not below the shop's price {dish.price_fen}"
        if any(not _meet([timed.window], shop.hours) for timed in dish.timed_prices):
            yield f"{dish.id}: has a timed price only while the shop is closed"


def _backup(printer: PrinterData, printers: Iterable[PrinterData]) -> Iterator[str]:
    others = {other.id for other in printers if other.shop_id == printer.shop_id and other.id != printer.id}
    if printer.backup_id is not None and printer.backup_id not in others:
        yield f"printers.json: {printer.id}: {printer.backup_id} is not another printer of {printer.shop_id}"


def _unknown(file: str, entry: str, kind: str, wanted: Iterable[str], known: set[str]) -> Iterator[str]:
    yield from (f"{file}.json: {entry}: no {kind} {key}" for key in wanted if key not in known)


def _twice(where: str, what: str, values: Iterable[str]) -> Iterator[str]:
    yield from (f"{where}: {what} {value} stands {n} times" for value, n in Counter(values).items() if n > 1)


def _meet(windows: Iterable[Window], hours: Iterable[Window]) -> bool:
    return any(
        max(start, opens + shift) < min(end, closes + shift)
        for (start, end), (opens, closes), shift in product(
            map(_minutes, windows), map(_minutes, hours), (-DAY_MIN, 0, DAY_MIN)
        )
    )


def _minutes(window: Window) -> tuple[int, int]:
    start = window.start.hour * 60 + window.start.minute
    end = window.end.hour * 60 + window.end.minute
    return start, end if end > start else end + DAY_MIN
