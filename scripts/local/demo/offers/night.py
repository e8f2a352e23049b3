"""Plays the evening of offers: its three scenes at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from scripts.local.demo.offers.flash import play_flash
from scripts.local.demo.offers.group import play_groups
from scripts.local.demo.offers.past import Past
from scripts.local.demo.offers.push import play_push
from scripts.local.demo.stage import Stage


class Offers:
    """The evening on a stage."""

    def __init__(self, stage: Stage, past: Past) -> None:
        self._stage, self._past = stage, past

    def play(self) -> None:
        """Play every scene. Raises MealFailedError, MealEndedError, RefusalError."""
        stage = self._stage
        with ThreadPoolExecutor(3, thread_name_prefix="offer") as pool:
            scenes = [
                pool.submit(play_flash, stage),
                pool.submit(play_groups, stage, self._past),
                pool.submit(play_push, stage, self._past),
            ]
            for scene in scenes:
                scene.result()
