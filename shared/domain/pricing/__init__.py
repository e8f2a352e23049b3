"""What an order costs: the lowest unit price, then each layer's cuts, then what is due (rules 1–6)."""

from __future__ import annotations

from shared.domain.pricing.advice import Advice, Choice, Unusable, Usable
from shared.domain.pricing.choices import choice_faults, require_on_sale, require_orderable, unavailable_reason
from shared.domain.pricing.layers import PointsUse
from shared.domain.pricing.lines import (
    FINAL_RULES,
    ChosenDish,
    Cut,
    Layer,
    LineKind,
    PricedLine,
    PriceRule,
    WantedLine,
)
from shared.domain.pricing.offers import (
    Applied,
    Conditions,
    Coupon,
    CouponLayer,
    Exchange,
    Fixed,
    FullReduction,
    Percent,
    PointsRule,
    Stacking,
    Step,
    Value,
)
from shared.domain.pricing.quote import Quote, advise, quote
from shared.domain.pricing.refusals import Reason, Refusal, refusal_of
from shared.domain.pricing.stock import stock_needed
from shared.domain.pricing.terms import Points, Terms
from shared.domain.pricing.unit import Special, dish_price

__all__ = [
    "FINAL_RULES",
    "Advice",
    "Applied",
    "Choice",
    "ChosenDish",
    "Conditions",
    "Coupon",
    "CouponLayer",
    "Cut",
    "Exchange",
    "Fixed",
    "FullReduction",
    "Layer",
    "LineKind",
    "Percent",
    "Points",
    "PointsRule",
    "PointsUse",
    "PriceRule",
    "PricedLine",
    "Quote",
    "Reason",
    "Refusal",
    "Special",
    "Stacking",
    "Step",
    "Terms",
    "Unusable",
    "Usable",
    "Value",
    "WantedLine",
    "advise",
    "choice_faults",
    "dish_price",
    "quote",
    "refusal_of",
    "require_on_sale",
    "require_orderable",
    "stock_needed",
    "unavailable_reason",
]
