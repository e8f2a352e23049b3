"""A running simulator, and the product's own channel to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from pydantic import TypeAdapter

from scripts.local.wechat_pay.simulator import BRAND, WechatPaySimulator
from shared.gateways.wechat_pay import Prepared, Refund, WechatPay
from shared.runtime.ids import new_id
from shared.runtime.merchants import Merchant

OTHER = "1900000110"
BILLED = "1900000111"
"""Merchants apart, so that each has its own balance and bill."""

MINUTE = timedelta(minutes=1, seconds=1)


@dataclass(frozen=True)
class Till:
    """One merchant's channel at work."""

    simulator: WechatPaySimulator
    merchant: Merchant
    channel: WechatPay

    def number(self) -> str:
        """A fresh number."""
        return f"P{new_id()}"

    def prepare(
        self, number: str, *, amount_fen: int = 2500, description: str = "豫味坊·宣化街店", minutes: int = 15
    ) -> Prepared:
        """Have a payment wait for guest `o-1`."""
        return self.channel.prepare(
            out_trade_no=number,
            amount_fen=amount_fen,
            openid="o-1",
            description=description,
            expires_at=self.simulator.now() + timedelta(minutes=minutes),
        )

    def paid(self, amount_fen: int = 2500) -> str:
        """The number of a payment that was just made."""
        number = self.number()
        self.prepare(number, amount_fen=amount_fen)
        self.simulator.pay(number)
        return number

    def refund(self, number: str, refund_no: str, *, refund_fen: int, total_fen: int = 2500) -> Refund:
        """Ask for a refund."""
        return self.channel.refund(
            out_trade_no=number, out_refund_no=refund_no, refund_fen=refund_fen, total_fen=total_fen, reason="菜品售罄"
        )

    def impatient(self) -> WechatPay:
        """The same merchant's channel, which waits for hardly any answer."""
        return WechatPay(self.merchant.model_copy(update={"answer_limit_s": 0.3}))


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WechatPaySimulator]:
    """WeChat Pay, with three merchants."""
    with WechatPaySimulator(tmp_path_factory.mktemp("wechat_pay"), merchants=(BRAND, OTHER, BILLED)) as running:
        yield running


@pytest.fixture(scope="session")
def tills(simulator: WechatPaySimulator) -> dict[str, Till]:
    """Every merchant's."""
    merchants = TypeAdapter(list[Merchant]).validate_json(simulator.merchants_file.read_bytes())
    return {one.mchid: Till(simulator, one, WechatPay(one)) for one in merchants}


@pytest.fixture
def till(tills: dict[str, Till]) -> Till:
    """The brand's."""
    return tills[BRAND]
