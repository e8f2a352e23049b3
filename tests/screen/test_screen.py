"""The call screen in a real headless Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from edge_bridge.screen.board import CallBoard
from edge_bridge.screen.server import ScreenServer
from edge_bridge.screen.speech import CHIME, clips_for, every_clip
from shared.contracts.events import Call
from tests.screen.browser import SOUND_ALLOWED, body, listed, open_browser, text, until, voice
from tests.screen.calls import make_call, write_clip, write_short_clips

# The ids or classes of what is drawn beyond the window, or holds more than fits into it.
OUTSIDE = """
return [...document.querySelectorAll("header *, section, section *")].filter((part) => {
  const box = part.getBoundingClientRect();
  const spills = getComputedStyle(part).display !== "inline" && part.scrollWidth > part.clientWidth + 1;
  return box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight || spills;
}).map((part) => part.id || part.className);
"""


# How many lines the sentence takes, and the words of it that lie on more than one.
LINES = """
const sentence = document.getElementById("text");
const tops = (range) => new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size;
const whole = document.createRange();
whole.selectNodeContents(sentence);
const cut = [];
for (const node of sentence.childNodes) {
  if (node.nodeType !== Node.TEXT_NODE) continue;
  const word = document.createRange();
  word.selectNodeContents(node);
  if (tops(word) > 1) cut.push(node.textContent);
}
return [tops(whole), cut];
"""
Resize = Callable[[int, int], None]


@pytest.fixture
def resize(browser: Chrome) -> Iterator[Resize]:
    """Gives the page exactly this many pixels; afterwards the window's own again."""

    def to(width: int, height: int) -> None:
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )
        inner = "return [innerWidth, innerHeight]"
        until(browser, lambda: browser.execute_script(inner) == [width, height], "the page kept its size")

    yield to
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with open_browser(tmp_path_factory.mktemp("profile"), SOUND_ALLOWED) as browser:
        yield browser


@pytest.fixture
def board() -> CallBoard:
    return CallBoard()


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    return write_short_clips(tmp_path / "clips")


@pytest.fixture
def server(board: CallBoard, clips: Path) -> Iterator[ScreenServer]:
    server = ScreenServer(board, shop_name="豫味坊·济源店", clips_dir=clips)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def page(browser: Chrome, server: ScreenServer) -> Iterator[Chrome]:
    """The page, connected. Each server has a port, and so a memory of spoken calls, of its own."""
    open_page(browser, server)
    yield browser
    browser.get("about:blank")


def open_page(browser: Chrome, server: ScreenServer) -> None:
    browser.get(server.url)
    until(browser, lambda: body(browser, "connection") == "up", "the page did not connect")


def said_twice(*calls: Call) -> list[str]:
    """The clips that are played for these calls."""
    return [clip for call in calls for clip in (CHIME, *clips_for(call), *clips_for(call))]


def until_spoken(page: Chrome, *calls: Call) -> None:
    ids = [call.call_id for call in calls]
    until(page, lambda: voice(page, "spoken") == ids, f"not spoken in this order: {ids}")


def test_a_number_is_shown_and_spoken_twice(page: Chrome, board: CallBoard) -> None:
    idle = (text(page, "shop"), text(page, "label"))
    call = make_call("A012")
    board.show(call)
    until(page, lambda: body(page, "speaking") == call.call_id, "the call was not spoken")
    assert (text(page, "label"), text(page, "text"), text(page, "kind")) == ("A012", "请到取餐口取餐", "请取餐")
    until_spoken(page, call)
    assert idle == ("豫味坊·济源店", "请留意叫号")
    assert (voice(page, "played"), body(page, "speaking"), text(page, "label")) == (said_twice(call), "", "A012")


def test_a_queue_number_is_shown_with_its_class_and_spoken_twice(page: Chrome, board: CallBoard) -> None:
    calls = (make_call("B011", kind="queue"), make_call("B012", kind="queue"))
    for call in calls:
        board.show(call)
    until_spoken(page, *calls)
    assert [text(page, part) for part in ("kind", "label", "text")] == ["排队叫号", "B012", "请到前台入座"]
    letters = page.find_elements(By.CSS_SELECTOR, "#label .letter, #list .letter")
    assert [letter.text for letter in letters] == ["B", "B"]
    assert listed(page) == ["B011"]
    said = ["qing", "b", "0", "yao", "2", "hao", "dao-qiantai-ruzuo"]
    assert voice(page, "played")[-15:] == ["chime", *said, *said]
    assert page.execute_script(OUTSIDE) == []


def test_calls_at_once_are_spoken_one_after_another_and_listed(page: Chrome, board: CallBoard) -> None:
    calls = (make_call("A012"), make_call("8号桌", kind="table"), make_call("B12", kind="queue"))
    for call in calls:
        board.show(call)
    until_spoken(page, *calls)
    assert voice(page, "played") == said_twice(*calls)
    assert (text(page, "label"), listed(page)) == ("B12", ["8号桌", "A012"])


def test_a_number_called_again_is_spoken_again_and_listed_once(page: Chrome, board: CallBoard) -> None:
    calls = (make_call("A012"), make_call("A013"), make_call("A012", count=2))
    for call in calls:
        board.show(call)
    until_spoken(page, *calls)
    assert (text(page, "label"), text(page, "again"), listed(page)) == ("A012", "第 2 次叫号", ["A013"])


def test_after_a_restart_of_the_bridge_the_page_comes_back_and_repeats_nothing(
    page: Chrome, board: CallBoard, server: ScreenServer, clips: Path
) -> None:
    old, new = make_call("A012"), make_call("A013")
    board.show(old)
    until_spoken(page, old)
    server.stop()
    until(page, lambda: body(page, "connection") == "away", "the page did not notice that the bridge is away")
    kept = (text(page, "label"), page.find_element(By.ID, "away").is_displayed())
    second_board = CallBoard()
    second = ScreenServer(second_board, port=server.port, shop_name="豫味坊·济源店", clips_dir=clips)
    second_board.show(old)  # delivered a second time, as a receipt was lost
    second_board.show(new)
    second.start()
    try:
        until_spoken(page, old, new)
        shown = (text(page, "label"), listed(page), body(page, "connection"))
    finally:
        second.stop()
    assert kept == ("A012", True)
    assert shown == ("A013", ["A012"], "up")
    assert voice(page, "played") == said_twice(old, new)


def test_calls_made_while_the_line_was_down_are_spoken_in_order(
    page: Chrome, board: CallBoard, server: ScreenServer
) -> None:
    calls = [make_call(f"A{number:03}") for number in range(3)]
    board.show(calls[0])
    until_spoken(page, calls[0])
    server.stop()
    board.show(calls[1])
    board.show(calls[2])
    server.start()
    until_spoken(page, *calls)
    assert voice(page, "played") == said_twice(*calls)


def test_a_page_loaded_anew_shows_but_does_not_repeat(page: Chrome, board: CallBoard, server: ScreenServer) -> None:
    old, new = make_call("A012"), make_call("A013")
    board.show(old)
    until_spoken(page, old)
    open_page(page, server)
    shown = text(page, "label")
    board.show(new)
    until_spoken(page, new)
    assert (shown, voice(page, "played"), listed(page)) == ("A012", said_twice(new), ["A012"])


def test_a_call_that_expires_while_it_waits_is_not_spoken_but_stays_listed(
    page: Chrome, board: CallBoard, clips: Path
) -> None:
    write_clip(clips / "chime.wav", seconds=3)
    calls = (make_call("A012"), make_call("A013", lives_s=2), make_call("A014"))
    for call in calls:
        board.show(call)
    until_spoken(page, calls[0], calls[2])
    assert voice(page, "dropped") == [calls[1].call_id]
    assert (voice(page, "played"), listed(page)) == (said_twice(calls[0], calls[2]), ["A013", "A012"])


def test_a_missing_or_damaged_clip_is_skipped(page: Chrome, board: CallBoard, clips: Path) -> None:
    (clips / "qing.wav").write_bytes(b"not a sound")
    call = make_call("A012")
    board.show(call)
    until_spoken(page, call)
    assert voice(page, "missing") == ["qing"]
    assert voice(page, "played") == [clip for clip in said_twice(call) if clip != "qing"]


def test_markup_in_a_call_is_shown_as_it_is_written(page: Chrome, board: CallBoard) -> None:
    markup = "<img src=x onerror=alert(1)>"
    calls = (make_call(markup, text=markup), make_call("A013"))
    board.show(calls[0])
    until_spoken(page, calls[0])
    large = (text(page, "label"), text(page, "text"))
    board.show(calls[1])
    until_spoken(page, *calls)
    assert (large, listed(page)) == ((markup, markup), [markup])
    assert page.find_elements(By.TAG_NAME, "img") == []


def test_every_bundled_clip_is_sound_to_the_browser(page: Chrome, clips: Path) -> None:
    for own in clips.iterdir():
        own.unlink()
    seconds = page.execute_async_script(
        "const [names, done] = arguments;"
        "Promise.all(names.map((name) => window.zaotaiVoice.load(name)))"
        ".then((clips) => done(clips.map((clip) => (clip ? clip.duration : 0))));",
        every_clip(),
    )
    assert [name for name, length in zip(every_clip(), seconds, strict=True) if not 0.2 < length < 3] == []


def test_long_words_stay_inside_the_screen(page: Chrome, board: CallBoard) -> None:
    calls = [make_call(label, kind="table") for label in ("WWMM888", "包间 黄河壹号牡丹厅")]
    calls += [make_call("W888", text="客人说想再加一份烩面并且请带上菜单和热茶过去")]
    outside: list[object] = []
    for number, call in enumerate(calls, start=1):
        board.show(call)
        until_spoken(page, *calls[:number])
        for size in ((1280, 720), (1920, 1080)):
            page.set_window_size(*size)
            outside += page.execute_script(OUTSIDE)
    assert outside == []


def test_a_word_is_never_cut_at_the_end_of_a_line(page: Chrome, board: CallBoard, resize: Resize) -> None:
    served = make_call("12号桌", kind="table", text="您的菜已做好，马上送到")
    long = make_call("A012", text="您的菜已做好，马上送到，请各位贵宾准备好餐具并且耐心等候服务员")

    def lines() -> list[tuple[int, list[str]]]:
        found = []
        for size in ((1280, 720), (1280, 1024), (1920, 1080), (1024, 768), (1080, 1920)):
            resize(*size)
            found.append(tuple(page.execute_script(LINES)))
        return found

    board.show(served)
    until_spoken(page, served)
    assert lines() == [(1, [])] * 5
    board.show(long)
    until_spoken(page, served, long)
    assert [(count > 1, cut) for count, cut in lines()] == [(True, [])] * 5
    page.execute_script("document.getElementById('text').style.wordBreak = 'normal'")  # the control
    assert any(cut for _, cut in lines())


def test_a_browser_that_blocks_sound_shows_calls_and_asks_for_a_touch(
    tmp_path: Path, board: CallBoard, server: ScreenServer
) -> None:
    call = make_call("A012")
    with open_browser(tmp_path / "profile") as browser:
        open_page(browser, server)
        until(browser, lambda: body(browser, "voice") == "blocked", "sound was not blocked")
        board.show(call)
        until(browser, lambda: text(browser, "label") == "A012", "the call was not shown")
        hint = browser.find_element(By.ID, "muted")
        silent = (hint.text, hint.is_displayed(), voice(browser, "played"))
        browser.find_element(By.TAG_NAME, "main").click()
        until_spoken(browser, call)
        assert silent == ("点一下屏幕开启语音", True, [])
        assert (voice(browser, "played"), body(browser, "voice")) == (said_twice(call), "ready")
