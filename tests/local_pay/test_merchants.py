"""Who takes the money comes from the environment or a file, whole and checked, and is not shown."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from scripts.local.wechat_pay.simulator import BRAND
from shared.errors import PaymentUnavailable
from shared.gateways.wechat_pay import WechatPay, channel_at, pay_channel
from shared.runtime.merchants import GATEWAY, Merchant, MerchantSettings, merchant, merchants
from tests.local_pay.conftest import OTHER, Till


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An environment without merchants; what was read of it is forgotten before and after."""
    for name in [name for name in os.environ if name.startswith("WECHAT_PAY_")]:
        monkeypatch.delenv(name)
    merchants.cache_clear()
    pay_channel.cache_clear()
    yield monkeypatch
    merchants.cache_clear()
    pay_channel.cache_clear()


def test_without_settings_there_is_no_wechat_pay(environment: pytest.MonkeyPatch) -> None:
    with pytest.raises(PaymentUnavailable):
        pay_channel()


def test_the_file_names_each_merchant_the_brands_first(environment: pytest.MonkeyPatch, till: Till) -> None:
    environment.setenv("WECHAT_PAY_FILE", str(till.simulator.merchants_file))
    assert merchant().mchid == merchant(BRAND).mchid == BRAND
    assert merchant(OTHER).mchid == OTHER
    with pytest.raises(PaymentUnavailable):
        merchant("1900000998")


def test_a_callbacks_path_picks_the_keys(environment: pytest.MonkeyPatch, tills: dict[str, Till]) -> None:
    till = tills[OTHER]
    environment.setenv("WECHAT_PAY_FILE", str(till.simulator.merchants_file))
    headers, body = till.simulator.make_notice(out_trade_no=till.paid())
    assert channel_at(f"/payNotify/{OTHER}").read_notice(headers, body).notice_id
    assert channel_at(f"/payNotify/{OTHER}/") is channel_at(f"/x/{OTHER}") is pay_channel(OTHER)
    for path in ("/payNotify/1900000998", "/payNotify"):
        with pytest.raises(PaymentUnavailable):
            channel_at(path)


def test_one_merchant_fits_into_the_environment(environment: pytest.MonkeyPatch, till: Till) -> None:
    known = json.loads(till.simulator.merchants_file.read_text())[0]
    variables = {f"WECHAT_PAY_{name.upper()}": value for name, value in known.items()}
    assert sum(len(name) + len(value) for name, value in variables.items()) < 3000  # of the platform's 4 KB
    for name, value in variables.items():
        environment.setenv(name, value)
    assert merchant() == till.merchant
    number = till.number()
    till.prepare(number)
    assert pay_channel().query(number).state == "NOTPAY"


def test_unset_variables_that_became_empty_mean_no_merchant(environment: pytest.MonkeyPatch) -> None:
    for name in ("FILE", "MCHID", "APPID", "PRIVATE_KEY", "GATEWAY"):
        environment.setenv(f"WECHAT_PAY_{name}", "")
    assert MerchantSettings().merchants() == []


def test_a_key_in_its_frame_serves_as_well(till: Till) -> None:
    text = till.merchant.private_key.get_secret_value()
    lines = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    framed = f"-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----\n"
    known = {**json.loads(till.simulator.merchants_file.read_text())[0], "private_key": framed}
    number = till.number()
    till.prepare(number)
    assert WechatPay(Merchant.model_validate(known)).query(number).state == "NOTPAY"


WRONG = [
    ("mchid", "abc"),
    ("apiv3_key", "too short"),
    ("notify_url", "http://insecure.example/payNotify"),
    ("notify_url", "https://a.example/payNotify?x=1"),
    ("notify_url", "https://a.example/payNotify/"),
    ("gateway", "http://api.mch.weixin.qq.com"),
    ("gateway", "http://127.0.0.1:80@evil.example"),
    ("gateway", "https://api.mch.weixin.qq.com/"),
    ("public_key_id", ""),
    ("surplus", "x"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_setting_is_named_without_showing_a_secret(tmp_path: Path, till: Till, name: str, value: str) -> None:
    known = {**json.loads(till.simulator.merchants_file.read_text())[0], name: value}
    with pytest.raises(ValidationError) as fault:
        Merchant.model_validate(known)
    assert name in str(fault.value)
    for secret in (till.merchant.private_key, till.merchant.apiv3_key):
        assert secret.get_secret_value() not in str(fault.value)
    assert "too short" not in str(fault.value)


def test_without_another_word_the_address_is_wechats_own(till: Till) -> None:
    known = json.loads(till.simulator.merchants_file.read_text())[0]
    del known["gateway"]
    assert Merchant.model_validate(known).gateway == GATEWAY == "https://api.mch.weixin.qq.com"


def test_the_merchants_file_is_for_its_owner_only(till: Till) -> None:
    assert till.simulator.merchants_file.stat().st_mode & 0o777 == 0o600
