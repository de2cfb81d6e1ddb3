from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from pyauth.events import (
    DatabaseEvent,
    EmailVerificationEvent,
    ExistingUserSignUp,
    RequestInfo,
    SyntheticUser,
    VerificationEmail,
)
from pyauth.models import User

CREDENTIALS = [
    "Cookie",
    "Authorization",
    "Proxy-Authorization",
    "X-Api-Key",
    "X-CSRFToken",
    "X-XSRF-Token",
    "X-Auth-Request-Access-Token",
    "Cf-Access-Jwt-Assertion",
]
ADA = User({"id": "u1", "email": "ada@example.com"})


def make_info(headers: dict[str, str]) -> RequestInfo:
    return RequestInfo("POST", "https://a.example/x?token=sEcReT", headers, "203.0.113.7")


@pytest.mark.parametrize("name", CREDENTIALS)
@pytest.mark.parametrize("spell", [str, str.upper, str.lower])
def test_headers_with_credentials_are_left_out(name: str, spell: Any) -> None:
    info = make_info({spell(name): "sEcReT", "User-Agent": "curl", "X-Other": "1"})
    assert info.headers == {"user-agent": "curl", "x-other": "1"}
    assert "sEcReT" not in str(info.to_data())


def test_queries_are_left_out_since_they_may_hold_a_token() -> None:
    info = make_info({"Referer": "https://a.example/reset?token=sEcReT"})
    assert info.url == "https://a.example/x"
    assert info.headers == {"referer": "https://a.example/reset"}


def test_the_record_says_who_asked_for_what() -> None:
    info = make_info({"User-Agent": "curl"})
    assert (info.method, info.ip, info.user_agent) == ("POST", "203.0.113.7", "curl")
    assert make_info({}).user_agent is None


def test_the_record_survives_a_delivery() -> None:
    info = make_info({"Accept": "text/html"})
    assert RequestInfo.from_data(info.to_data()) == info


@pytest.mark.parametrize(
    "event",
    [
        VerificationEmail(ADA, "https://a.example/?token=sEcReT", "sEcReT"),
        DatabaseEvent("account", "create", {"password": "sEcReT"}),
        RequestInfo("GET", "https://a.example", {"referer": "sEcReT"}),
    ],
)
def test_repr_shows_no_secret(event: object) -> None:
    assert "sEcReT" not in repr(event)


@pytest.mark.parametrize(
    "event",
    [
        VerificationEmail(ADA, "", ""),
        ExistingUserSignUp(ADA),
        EmailVerificationEvent(ADA),
        SyntheticUser({}, {}, "u1"),
        DatabaseEvent("user", "create"),
    ],
)
def test_events_are_frozen(event: Any) -> None:
    name = next(iter(event.__dataclass_fields__))
    with pytest.raises(FrozenInstanceError):
        setattr(event, name, None)
