from typing import Any

import pytest

from pyauth.cookies import AuthCookies, CookieOverride, build_auth_cookies, expire, serialize
from pyauth.errors import ConfigurationError

WEEK = 604800


def build(**options: Any) -> AuthCookies:
    return build_auth_cookies(**{"secure": False, "session_max_age": WEEK, **options})


def test_the_plain_cookies_are_upstreams() -> None:
    cookies = build()
    assert [
        serialize(spec, "v")
        for spec in (cookies.session_token, cookies.session_data, cookies.dont_remember)
    ] == [
        "better-auth.session_token=v; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax",
        "better-auth.session_data=v; Max-Age=300; Path=/; HttpOnly; SameSite=Lax",
        "better-auth.dont_remember=v; Path=/; HttpOnly; SameSite=Lax",
    ]


def test_secure_cookies_have_the_prefix_and_the_attribute() -> None:
    assert serialize(build(secure=True).session_token, "v") == (
        "__Secure-better-auth.session_token=v; Max-Age=604800; Path=/; HttpOnly; Secure;"
        " SameSite=Lax"
    )


def test_a_secure_token_has_a_plain_name_with_the_same_attributes() -> None:
    override = CookieOverride(name="sid", attributes={"path": "/x"})
    plain = build(secure=True, overrides={"session_token": override}).plain_session_token
    assert plain is not None
    assert expire(plain) == "sid=; Max-Age=0; Path=/x; HttpOnly; Secure; SameSite=Lax"
    assert build().plain_session_token is None


def test_the_prefix_can_be_changed() -> None:
    assert build(prefix="acme").session_token.name == "acme.session_token"


def test_the_age_of_the_session_data_can_be_changed() -> None:
    assert build(session_data_max_age=60).session_data.attributes.max_age == 60


def test_a_shared_domain_is_on_every_cookie() -> None:
    cookies = build(domain="example.com")
    for spec in (cookies.session_token, cookies.dont_remember, cookies.create("state")):
        assert spec.attributes.domain == "example.com"


def test_a_custom_name_and_attributes_as_observed_upstream() -> None:
    cookies = build(
        secure=True,
        domain=".example.com",
        default_attributes={"same_site": "none", "partitioned": True},
        overrides={"session_token": CookieOverride(name="sid", attributes={"path": "/x"})},
    )
    assert serialize(cookies.session_token, "v") == (
        "__Secure-sid=v; Max-Age=604800; Domain=.example.com; Path=/x; HttpOnly; Secure;"
        " SameSite=None; Partitioned"
    )


def test_defaults_lie_over_the_built_in_attributes() -> None:
    cookies = build(domain="example.com", default_attributes={"domain": None, "http_only": False})
    assert cookies.session_token.attributes.domain is None
    assert not cookies.session_token.attributes.http_only


def test_what_a_cookie_asks_for_lies_over_the_defaults() -> None:
    cookies = build(default_attributes={"max_age": 5, "path": "/d"})
    assert cookies.session_token.attributes.max_age == WEEK
    assert cookies.dont_remember.attributes.max_age == 5
    assert cookies.create("state", max_age=300).attributes.max_age == 300
    assert cookies.create("state", path="/s").attributes.path == "/s"
    assert cookies.create("state").attributes.path == "/d"


def test_the_override_of_a_cookie_lies_over_all() -> None:
    cookies = build(
        default_attributes={"max_age": 5},
        overrides={"state": CookieOverride(attributes={"max_age": 7, "same_site": None})},
    )
    state = cookies.create("state", max_age=300, same_site="strict")
    assert state.name == "better-auth.state"
    assert state.attributes.max_age == 7
    assert state.attributes.same_site is None
    assert cookies.create("other", max_age=300).attributes.max_age == 300


def test_a_cookie_asks_for_flags_that_are_off_too() -> None:
    method = build().create("last_used_login_method", max_age=2592000, http_only=False)
    assert serialize(method, "email") == (
        "better-auth.last_used_login_method=email; Max-Age=2592000; Path=/; SameSite=Lax"
    )


def test_a_secure_name_stays_secure_whatever_is_configured() -> None:
    cookies = build(secure=True, default_attributes={"secure": False})
    assert cookies.session_token.attributes.secure


def test_secure_can_be_the_attribute_alone() -> None:
    cookies = build(default_attributes={"secure": True})
    assert cookies.session_token.name == "better-auth.session_token"
    assert cookies.session_token.attributes.secure


def test_a_custom_name_may_be_bound_to_the_host() -> None:
    cookies = build(
        domain="example.com", overrides={"session_token": CookieOverride(name="__Host-sid")}
    )
    assert serialize(cookies.session_token, "v") == (
        "__Host-sid=v; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax"
    )


@pytest.mark.parametrize(
    "options",
    [
        {"session_max_age": 34_560_001},
        {"prefix": "a b"},
        {"domain": "example.com; Path=/"},
        {"default_attributes": {"sameSite": "lax"}},
        {"overrides": {"session_data": CookieOverride(attributes={"max_age": -1})}},
        {"overrides": {"dont_remember": CookieOverride(name="a;b")}},
    ],
)
def test_what_could_not_be_written_is_refused_when_built(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        build(**options)


def test_later_changes_to_the_configuration_change_no_cookie() -> None:
    overrides = {"state": CookieOverride(name="first")}
    cookies = build(overrides=overrides)
    overrides["state"] = CookieOverride(name="second")
    assert cookies.create("state").name == "first"
