"""A real headless Chromium for the call screen's tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.support.ui import WebDriverWait

WAIT_S = 40
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--lang=zh-CN",
)
SOUND_ALLOWED = "--autoplay-policy=no-user-gesture-required"
PROXIES = tuple(name for stem in ("http_proxy", "https_proxy", "all_proxy") for name in (stem, stem.upper()))
Found = TypeVar("Found")


@contextmanager
def open_browser(profile: Path, *flags: str, size: tuple[int, int] = (1920, 1080)) -> Iterator[Chrome]:
    """A browser with a profile of its own, ended with the block. Without Chromium: fails in CI, skips elsewhere."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        message = "the call screen's tests need chromium and chromedriver (Debian: chromium-driver)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    options = ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, *flags, f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}"):
        options.add_argument(flag)
    with pytest.MonkeyPatch.context() as environment:
        for name in PROXIES:
            environment.delenv(name, raising=False)
        browser = Chrome(options=options, service=ChromeService(executable_path=driver, env=dict(os.environ)))
        try:
            yield browser
        finally:
            browser.quit()


def until(browser: Chrome, condition: Callable[[], Found], message: str) -> Found:
    """What `condition` gives once it is true; fails with the message after the limit."""
    return WebDriverWait(browser, WAIT_S, poll_frequency=0.1).until(lambda _: condition(), message)


def text(browser: Chrome, element_id: str) -> str:
    """The text an element shows."""
    return str(browser.execute_script("return document.getElementById(arguments[0]).textContent", element_id))


def voice(browser: Chrome, name: str) -> list[str]:
    """One of the voice queue's lists: played, missing, spoken, dropped."""
    return [str(entry) for entry in browser.execute_script("return window.zaotaiVoice[arguments[0]]", name)]


def body(browser: Chrome, name: str) -> str:
    """One of the page's states: speaking, connection, voice."""
    return str(browser.execute_script("return document.body.dataset[arguments[0]]", name))


def listed(browser: Chrome) -> list[str]:
    """The labels in the list of recent calls, newest first."""
    script = "return [...document.querySelectorAll('#list .label')].map((label) => label.textContent)"
    return [str(label) for label in browser.execute_script(script)]
