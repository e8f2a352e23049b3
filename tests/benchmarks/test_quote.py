"""The benchmark of a quote prices what it says, and tells a bound that is broken."""

from __future__ import annotations

import pytest

from scripts.benchmarks import quote as bench
from shared.domain.pricing import Layer


def test_the_case_has_twenty_lines_and_ten_offers_of_which_every_layer_has_one_at_work() -> None:
    case = bench.busy_case()
    quote, advice = case.quote()
    dishes = [line for line in quote.lines if line.kind == "dish"]
    layers: list[Layer] = [offer.layer for offer in quote.offers]
    assert (len(dishes), case.offers, layers) == (20, 10, ["item", "reduction", "order", "points"])
    assert {line.price_rule for line in dishes} == {"dish", "timed", "member"}
    assert len(advice.usable) + len(advice.unusable) == len(case.terms.coupons)
    assert (quote.gross_fen, quote.due_fen) == (128_888, 121_888)
    assert (advice.best.coupon_ids, advice.best.due_fen) == (("i2", "o2"), 115_588)


def test_a_short_run_prints_the_figure_and_the_ratio(capsys: pytest.CaptureFixture[str]) -> None:
    code = bench.main(["--quotes", "2", "--rounds", "2"])
    figure, with_best, bound = capsys.readouterr().out.splitlines()
    assert figure.startswith("1,000 quotes of 20 lines with 10 offers: ")
    assert with_best.startswith("the same with the best choice: ")
    assert (bound.split()[-1], code) in {("holds", 0), ("BROKEN", 1)}
