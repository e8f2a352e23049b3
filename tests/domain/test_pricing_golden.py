"""Every golden case of pricing holds (rules 1–6, 20): `tests/golden/pricing` is for any implementation."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.pricing import Advice, Quote, Refusal, advise
from tests.domain import golden_pricing as golden

CASES = list(golden.cases())
_LINE = {"rule": "price_rule", "unitFen": "unit_fen", "wasFen": "was_fen", "amountFen": "amount_fen"}
_FEE = {"kind": "kind", "quantity": "quantity", "unitFen": "unit_fen", "amountFen": "amount_fen"}


def test_there_are_enough_cases_and_no_fact_stands_twice() -> None:
    names = [name for name, _ in CASES]
    assert len(names) >= 60
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("name", "case"), CASES, ids=[name for name, _ in CASES])
def test_the_golden_case_holds(name: str, case: golden.Case) -> None:
    quote, advice = advise(
        golden.wanted(case),
        golden.menu(),
        now=golden.moment(case),
        calendar=golden.CALENDAR,
        terms=golden.terms(case),
    )
    expected = case["expect"]
    assert {key: _found(key, expected, quote, advice) for key in expected} == expected


def _found(key: str, expected: golden.Case, quote: Quote, advice: Advice) -> Any:
    """What came out, in the words of the golden files; of lines, fees and refusals only what the case asks for."""
    dishes = [line for line in quote.lines if line.kind == "dish"]
    fees = [line for line in quote.lines if line.kind != "dish"]
    if key == "lines":
        assert len(dishes) == len(expected["lines"])
        return [_told(line, _LINE, asked) for line, asked in zip(dishes, expected["lines"], strict=True)]
    if key == "fees":
        assert len(fees) == len(expected["fees"])
        return [_told(line, _FEE, asked) for line, asked in zip(fees, expected["fees"], strict=True)]
    if key == "refused":
        return _refusals(dict(quote.refused), expected["refused"])
    if key == "unusable":
        return _refusals({one.coupon_id: one.refusal for one in advice.unusable}, expected["unusable"])
    plain = {
        "grossFen": quote.gross_fen,
        "dueFen": quote.due_fen,
        "points": quote.points,
        "couldPay": [advice.points.points, advice.points.fen],
        "offers": [[offer.layer, offer.offer_id, offer.fen] for offer in quote.offers],
        "usable": {one.coupon.id: [one.cut_fen, one.due_fen] for one in advice.usable},
        "best": {"couponIds": list(advice.best.coupon_ids), "dueFen": advice.best.due_fen},
    }
    return plain[key]


def _told(line: Any, names: dict[str, str], asked: golden.Case) -> dict[str, Any]:
    cuts = [[cut.layer, cut.offer_id, cut.fen] for cut in line.cuts]
    return {key: cuts if key == "cuts" else getattr(line, names[key]) for key in asked}


def _refusals(found: dict[str, Refusal], asked: golden.Case) -> dict[str, Any]:
    return {
        coupon_id: {
            key: {"reason": one.reason, "missingFen": one.missing_fen, "message": one.message}[key]
            for key in asked.get(coupon_id, {"reason": ""})
        }
        for coupon_id, one in found.items()
    }
