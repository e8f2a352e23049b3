"""A store PC's signature holds for exactly one request, for five minutes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from shared.access.device import DeviceClaim, read_claim, require_genuine
from shared.contracts.signing import DEVICE_HEADER, NONCE_HEADER, SIGNATURE_HEADER, TIME_HEADER, SignedRequest
from shared.errors import Unauthenticated

KEY = "the key of this store PC"
NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
REQUEST = SignedRequest("POST", "/syncBridge", int(NOW.timestamp()), "0123456789abcdef", b'{"acks":[]}')
HEADERS = REQUEST.headers(device_id="pc-1", key=KEY)


def claim(request: SignedRequest = REQUEST, headers: Mapping[str, str] = HEADERS) -> DeviceClaim:
    """What arrives: the request's method, path and body, with these headers."""
    return read_claim(method=request.method, path=request.path, headers=headers, body=request.body)


def refusal(found: DeviceClaim, *, key: str = KEY, now: datetime = NOW) -> str:
    with pytest.raises(Unauthenticated) as refused:
        require_genuine(found, key=key, now=now)
    return refused.value.message


def test_what_was_signed_with_the_devices_key_is_genuine() -> None:
    assert claim().device_id == "pc-1"
    assert claim().request == REQUEST
    require_genuine(claim(), key=KEY, now=NOW)
    require_genuine(claim(replace(REQUEST, method="post")), key=KEY, now=NOW)


@pytest.mark.parametrize(
    "changed",
    [
        replace(REQUEST, method="PUT"),
        replace(REQUEST, path="/syncBridge/"),
        replace(REQUEST, path="/payNotify"),
        replace(REQUEST, body=b'{"acks": []}'),
        replace(REQUEST, body=b""),
    ],
)
def test_another_method_path_or_body_is_refused(changed: SignedRequest) -> None:
    assert refusal(claim(changed)) == "设备签名不正确"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (TIME_HEADER, str(REQUEST.time_s + 1)),
        (NONCE_HEADER, "0123456789abcdeF"),
        (SIGNATURE_HEADER, ""),
        (SIGNATURE_HEADER, HEADERS[SIGNATURE_HEADER].upper()),
        (SIGNATURE_HEADER, HEADERS[SIGNATURE_HEADER][:-1]),
        (SIGNATURE_HEADER, "é" * 64),
    ],
)
def test_another_time_nonce_or_signature_is_refused(header: str, value: str) -> None:
    assert refusal(claim(headers={**HEADERS, header: value})) == "设备签名不正确"


def test_another_devices_key_is_refused() -> None:
    assert refusal(claim(), key="the key of another") == "设备签名不正确"


@pytest.mark.parametrize("off_s", [-300, -299, 0, 299, 300])
def test_a_clock_within_five_minutes_will_do(off_s: int) -> None:
    found = claim()
    require_genuine(found, key=KEY, now=NOW + timedelta(seconds=off_s))
    assert found.request.time_s == int(NOW.timestamp())


@pytest.mark.parametrize("off_s", [-301, 301, 600])
def test_a_clock_further_off_is_refused_and_told_to_be_set(off_s: int) -> None:
    assert "校准" in refusal(claim(), now=NOW + timedelta(seconds=off_s))


@pytest.mark.parametrize("name", [DEVICE_HEADER, TIME_HEADER, NONCE_HEADER])
def test_a_missing_header_is_no_claim(name: str) -> None:
    with pytest.raises(Unauthenticated):
        claim(headers={header: value for header, value in HEADERS.items() if header != name})


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (TIME_HEADER, "noon"),
        (TIME_HEADER, "-1"),
        (TIME_HEADER, "1.5"),
        (TIME_HEADER, "9" * 5000),
        (TIME_HEADER, "１２３"),
        (NONCE_HEADER, "short"),
        (NONCE_HEADER, "n" * 65),
        (DEVICE_HEADER, ""),
    ],
)
def test_a_header_out_of_shape_is_no_claim(header: str, value: str) -> None:
    with pytest.raises(Unauthenticated):
        claim(headers={**HEADERS, header: value})
