"""What every call needs and seldom changes, read again once it is older than a second."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from shared.runtime.settings import settings

V = TypeVar("V")


class Kept(Generic[V]):
    """Values by key, each at most as old as the setting `shop_settings_live_s`; of this process."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, ...], tuple[datetime, V]] = {}

    def get(self, *key: str, now: datetime, read: Callable[[], V]) -> V:
        """The value as it was read a moment ago, or is read now. Raises what reading it does."""
        kept = self._values.get(key)
        if kept is None or not 0 <= (now - kept[0]).total_seconds() < settings().shop_settings_live_s:
            kept = self._values[key] = (now, read())
        return kept[1]
