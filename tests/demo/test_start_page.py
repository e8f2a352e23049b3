"""The start page over real HTTP: what it links, its stream, its form's orders, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from scripts.local.demo.client import Client
from scripts.local.demo.lunch import NORTH, RIVER
from scripts.local.demo.page import StartPage
from scripts.local.demo.site import Ports, Site

LIMIT_S = 60


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of the start page of a running demo that has played no lunch."""
    with (
        Site(tmp_path_factory.mktemp("demo"), ports=Ports.free()) as site,
        Client(site.cloud.url) as client,
        StartPage(site, client) as page,
        httpx.Client(base_url=page.url, timeout=LIMIT_S, trust_env=False) as web,
    ):
        yield web


def test_it_links_both_call_screens_and_they_answer(web: httpx.Client) -> None:
    shops = web.get("/api/places").json()["shops"]
    assert [shop["id"] for shop in shops] == [NORTH, RIVER]
    assert [httpx.get(shop["screen"], trust_env=False).status_code for shop in shops] == [200, 200]


def test_the_page_and_its_parts_are_there(web: httpx.Client) -> None:
    page = web.get("/").text
    assert all(part in page for part in ("自己试一单", 'data-meal="lunch"', 'data-meal="dinner"'))
    paths = ("/static/start.css", "/static/start.js", "/static/icon.svg")
    assert [web.get(path).status_code for path in paths] == [200, 200, 200]


def test_an_order_by_the_form_is_printed_shown_as_pictures_and_called(web: httpx.Client) -> None:
    wanted = {"shopId": NORTH, "tableId": "t08", "dishId": "d-huimian", "quantity": 2, "note": "少盐"}
    order = web.post("/api/order", json=wanted).json()["reply"]["data"]["order"]
    assert [(line["name"], line["quantity"], line["specs"]) for line in order["lines"]] == [("羊肉烩面", 2, ["小碗"])]
    jobs = {ticket["ticketId"] for ticket in order["tickets"]}
    papers = _papers_of(web, jobs)
    assert {paper["jobId"] for paper in papers} == jobs
    assert {paper["printer"] for paper in papers} == {"面点打印机", "传菜打印机"}
    pictures = [web.get(paper["picture"]) for paper in papers]
    assert {picture.headers["content-type"] for picture in pictures} == {"image/png"}
    served = web.post("/api/serve", json={"shopId": NORTH, "orderId": order["orderId"]})
    assert served.json() == {"called": "8号桌"}


def test_more_than_is_left_is_refused_in_words_for_the_guest(web: httpx.Client) -> None:
    wanted = {"shopId": RIVER, "tableId": "t03", "dishId": "d-pan-fish", "quantity": 99}
    reply = web.post("/api/order", json=wanted).json()["reply"]
    assert (reply["success"], reply["code"], reply["message"]) == (False, "STOCK_SHORT", "煎扒青鱼头尾只剩 8 份")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/order", {"shopId": NORTH, "tableId": "t99", "dishId": "d-rice", "quantity": 1}),
        ("/api/order", {"shopId": NORTH, "tableId": "t01", "dishId": "d-nothing", "quantity": 1}),
        ("/api/order", {"shopId": NORTH, "tableId": "t01", "dishId": "d-rice", "quantity": 100}),
        ("/api/order", {}),
        ("/api/serve", {"shopId": NORTH, "orderId": "unknown"}),
        ("/api/serve", {"shopId": "s-tiantan", "orderId": "unknown"}),
    ],
)
def test_what_cannot_be_done_is_told_in_chinese(web: httpx.Client, path: str, body: dict[str, object]) -> None:
    reply = web.post(path, json=body)
    assert reply.status_code == 400
    assert any("\u4e00" <= character <= "\u9fff" for character in reply.json()["message"])


def test_a_form_of_a_foreign_page_orders_nothing(web: httpx.Client) -> None:
    body = json.dumps({"shopId": NORTH, "tableId": "t01", "dishId": "d-rice", "quantity": 1})
    assert web.post("/api/order", content=body, headers={"content-type": "text/plain"}).status_code == 400


@pytest.mark.parametrize(
    "path", ["/paper/p-beihai-hot/9999.png", "/paper/p-beihai-hot/pages.jsonl", "/paper/x/0001.png"]
)
def test_only_pictures_of_its_printers_are_given_out(web: httpx.Client, path: str) -> None:
    assert web.get(path).status_code == 404


def _papers_of(web: httpx.Client, jobs: set[str]) -> list[dict[str, Any]]:
    """The stream's entries for these jobs' paper, once there are as many as jobs."""
    found: list[dict[str, Any]] = []
    with web.stream("GET", "/events") as reply:
        for line in reply.iter_lines():
            if line.startswith("data: "):
                entry = json.loads(line.removeprefix("data: "))
                if entry.get("kind") == "paper" and entry["jobId"] in jobs:
                    found.append(entry)
            if len(found) == len(jobs):
                break
    return found
