"""Plays the dinner: its scenes at once, as on any evening."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from scripts.local.demo.dinner.booking import play_booking
from scripts.local.demo.dinner.couple import play_couple
from scripts.local.demo.dinner.friends import play_friends
from scripts.local.demo.dinner.played import Played
from scripts.local.demo.dinner.queue import play_queue
from scripts.local.demo.dinner.takeaway import play_takeaway
from scripts.local.demo.stage import Stage

_SCENES_AT_ONCE = 4


class Dinner:
    """The evening on a stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.played = Played()

    def play(self) -> None:
        """Play every scene; returns when the last party has left.

        Raises MealFailedError, MealEndedError, RefusalError.
        """
        stage, played = self._stage, self.played
        with ThreadPoolExecutor(_SCENES_AT_ONCE, thread_name_prefix="scene") as pool:
            scenes = [
                pool.submit(play_booking, stage, played),
                pool.submit(play_takeaway, stage),
            ]
            seated = play_queue(stage, played)
            scenes += [
                pool.submit(play_friends, stage, played, seated.friends),
                pool.submit(play_couple, stage, played, seated.couple),
            ]
            for scene in scenes:
                scene.result()
