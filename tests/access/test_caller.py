"""Who calls is what this call's context says, and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.access.caller import Caller, identity, require_openid
from shared.errors import Unauthenticated

names = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", min_size=1, max_size=12)


@given(st.dictionaries(names, st.text(max_size=30)))
def test_the_environment_json_is_read_as_it_stands(variables: dict[str, str]) -> None:
    assert identity({"environment": json.dumps(variables)}) == variables


@given(st.dictionaries(names, st.text("abc=+/", max_size=30)))
def test_in_the_environ_line_a_value_may_hold_equals_signs(variables: dict[str, str]) -> None:
    line = ";".join(f"{name}={value}" for name, value in variables.items())
    assert identity({"environ": line}) == variables


def test_the_json_wins_over_the_line() -> None:
    both = {"environment": json.dumps({"WX_OPENID": "json"}), "environ": "WX_OPENID=line"}
    assert require_openid(both) == "json"
    assert require_openid({"environment": "", "environ": "WX_OPENID=line;WX_APPID=wx"}) == "line"


def test_a_json_without_an_openid_is_not_filled_up_from_the_line() -> None:
    assert identity({"environment": "{}", "environ": "WX_OPENID=line"}) == {}


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"environment": "{}"},
        {"environment": "[]"},
        {"environment": '"WX_OPENID"'},
        {"environment": '{"WX_OPENID": ""}'},
        {"environ": "WX_OPENID=;WX_APPID=wx"},
        {"environ": "WX_OPENID"},
        {"environ": None},
        {"environ": {"WX_OPENID": "o"}},
        {"WX_OPENID": "o"},
    ],
)
def test_a_context_that_vouches_for_nobody_is_nobody(
    context: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WX_OPENID", "the-caller-before")
    with pytest.raises(Unauthenticated) as refused:
        require_openid(context)
    assert (refused.value.code, refused.value.http_status) == ("UNAUTHENTICATED", 401)


def test_the_process_environment_of_the_caller_before_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WX_OPENID", "the-caller-before")
    monkeypatch.setenv("WX_APPID", "the-app-before")
    assert require_openid({"environment": json.dumps({"WX_OPENID": "me"})}) == "me"
    assert identity({"environ": "WX_OPENID=me"}) == {"WX_OPENID": "me"}


def test_guests_and_machines_are_not_staff() -> None:
    assert Caller("p", "waiter", frozenset({"s"})).is_staff
    assert not Caller("o", "guest").is_staff
    assert not Caller("d", "device", frozenset({"s"})).is_staff
