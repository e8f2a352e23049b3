"""The packages in which a brand sells stored value (rule 18).

brand_settings  {_id: "topUp", packages: [{package_id, name, pay_fen, bonus_fen, active}]}
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.errors import NotFound
from shared.store.scope import Shop

_SETTINGS = "brand_settings"


@dataclass(frozen=True)
class Package:
    """What it costs is the principal; the bonus comes on top."""

    package_id: str
    name: str
    pay_fen: int
    bonus_fen: int = 0


def packages(shop: Shop) -> tuple[Package, ...]:
    """What is on sale now, as the brand ordered it."""
    found = shop.db[_SETTINGS].find_one({"_id": "topUp"}) or {"packages": []}
    return tuple(
        Package(one["package_id"], one["name"], one["pay_fen"], one.get("bonus_fen", 0))
        for one in found["packages"]
        if one.get("active", True)
    )


def package(shop: Shop, package_id: str) -> Package:
    """One that is on sale. Raises NotFound."""
    found = next((one for one in packages(shop) if one.package_id == package_id), None)
    if found is None:
        raise NotFound("这个储值套餐已下架，请选择其他套餐")
    return found
