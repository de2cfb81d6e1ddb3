"""The health check and the error page."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Response

from pyauth import ConfigurationError
from pyauth.http import Redirect
from tests.support.app import Visitor, make_auth

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "&lt;script&gt;",
    "</style><script>",
    "javascript:alert(1)",
]


def test_the_server_says_that_it_is_there() -> None:
    answer = Visitor(make_auth()).get("/ok")
    assert (answer.status, answer.text) == (200, "OK")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_the_page_shows_code_and_description() -> None:
    answer = Visitor(make_auth()).get(
        "/error", query={"error": "state_mismatch", "error_description": "The state & more"}
    )
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<code>state_mismatch</code>" in answer.text
    assert "<p>The state &amp; more</p>" in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("code", ["", "a b", "a<b", "\u00e4", "a\nb", *HOSTILE[:4]])
def test_a_code_of_other_characters_is_not_shown(code: str) -> None:
    answer = Visitor(make_auth()).get("/error", query={"error": code})
    assert "<code>UNKNOWN</code>" in answer.text


def test_a_quote_in_a_code_is_escaped() -> None:
    answer = Visitor(make_auth()).get("/error", query={"error": "it's"})
    assert "<code>it&#39;s</code>" in answer.text


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_from_the_query_becomes_markup(text: str) -> None:
    plain = Visitor(make_auth()).get("/error", query={"error_description": "MARK"}).text
    hostile = Visitor(make_auth()).get("/error", query={"error": text, "error_description": text})
    assert hostile.text.count("<") == plain.count("<")
    assert hostile.text.count(">") == plain.count(">")
    assert unescape(hostile.text.partition("</code></p>\n<p>")[2]).startswith(text)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60))
def test_any_description_is_text(text: str) -> None:
    answer = Visitor(AUTH).get("/error", query={"error_description": text})
    assert answer.text.count("<") == PLAIN.count("<")


AUTH = make_auth()
PLAIN = Visitor(AUTH).get("/error").text


def test_of_repeated_parameters_the_first_counts() -> None:
    answer = Visitor(make_auth()).get("/error", query="error=first&error=second")
    assert "<code>first</code>" in answer.text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        (
            {"error": "state_mismatch", "error_description": "Too late"},
            ("state_mismatch", "Too late"),
        ),
        ({"error": ["A", "B"], "error_description": ["first", "second"]}, ("A", "first")),
        ({"error": [], "error_description": None}, ("UNKNOWN", None)),
        ({"error": 5, "error_description": {"a": 1}}, ("UNKNOWN", None)),
        (None, ("UNKNOWN", None)),
    ],
)
def test_the_page_is_made_in_process_too(
    query: dict[str, Any] | None, shown: tuple[str, str | None]
) -> None:
    page = make_auth().api.error(query=query)
    assert isinstance(page, Response)
    text = page.get_data(as_text=True)
    code, description = shown
    assert f"<code>{code}</code>" in text
    assert description is None or f"<p>{description}</p>" in text


def test_a_redirect_to_the_apps_own_page_is_a_result_in_process() -> None:
    auth = make_auth(on_api_error={"error_url": "/oops"})
    assert auth.api.error(query={"error": "A"}) == Redirect("/oops?error=A", content_type=None)


def test_the_page_can_be_dressed() -> None:
    page = {
        "title": "Oh <no>",
        "heading": "Oh & no",
        "message": "Sorry",
        "home_url": "/start?a=1&b=2",
        "home_text": "<Home>",
    }
    text = dressed(**page)
    assert "<title>Oh &lt;no&gt;</title>" in text
    assert "<h1>Oh &lt;no&gt;</h1>" in text
    assert "<h2>Oh &amp; no</h2>" in text
    assert "<p>Sorry</p>" in text
    assert '<a href="/start?a=1&amp;b=2">&lt;Home&gt;</a>' in text


def dressed(**page: Any) -> str:
    auth = make_auth(on_api_error={"customize_default_error_page": page})
    return Visitor(auth).get("/error", query={"error": "CODE"}).text


COLORS = [
    *("background", "foreground", "primary", "primaryForeground", "mutedForeground", "border"),
    *("destructive", "titleBorder", "titleColor", "gridColor", "cardBackground", "cornerBorder"),
]
SIZES = ["radiusSm", "radiusMd", "radiusLg", "textSm", "text2xl", "text4xl", "text6xl"]
FONTS = ["defaultFamily", "monoFamily"]


@pytest.mark.parametrize(
    ("group", "name", "value"),
    [
        *(("colors", name, "oklch(0.5 0.1 20)") for name in COLORS),
        *(("size", name, "1.25rem") for name in SIZES),
        *(("font", name, "Arial, 'Open Sans', sans-serif") for name in FONTS),
    ],
)
def test_every_value_of_upstreams_dress_is_worn(group: str, name: str, value: str) -> None:
    text = dressed(**{group: {name: value}})
    variable = re.sub(r"([A-Z]|(?<=[a-z])[0-9])", lambda match: "-" + match[1].lower(), name)
    assert text.count(f"--{variable}: ") == 1, "in light and dark alike"
    assert f"--{variable}: {value};" in text
    assert f"var(--{variable})" in text


@pytest.mark.parametrize(
    ("flag", "style"),
    [
        ("disable_corner_decorations", "main::before"),
        ("disable_background_grid", "body::before"),
    ],
)
def test_the_trimmings_can_be_left_off(flag: str, style: str) -> None:
    assert style in dressed()
    assert style not in dressed(**{flag: True})


def test_the_frame_of_the_title_can_be_left_off() -> None:
    style = "h1 { border-color: transparent; }"
    assert style not in dressed()
    assert style in dressed(disable_title_border=True)


@pytest.mark.parametrize(
    "value", ["red; } body { display: none", "</style>", "a{b}", "\\65", "url(//x.test)", "a/*"]
)
@pytest.mark.parametrize(
    ("group", "name"), [("colors", "primary"), ("size", "text_sm"), ("font", "mono_family")]
)
def test_the_dress_is_css_values_only(group: str, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match="plain CSS value"):
        dressed(**{group: {name: value}})


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JavaScript:x", "data:text/html,x", "\tjavascript:x", "java\nscript:x"],
)
def test_the_way_back_is_a_web_address(url: str) -> None:
    with pytest.raises(ConfigurationError, match="http or https address"):
        dressed(home_url=url)


@pytest.mark.parametrize("url", ["/", "/a:b", "https://app.example.com", "home"])
def test_the_way_back_may_be_anywhere_on_the_web(url: str) -> None:
    assert f'<a href="{url}">' in dressed(home_url=url)


def test_the_page_fetches_nothing_and_names_nobody_else() -> None:
    text = dressed()
    assert "http" not in text
    assert "url(" not in text
    assert "<script" not in text


@pytest.mark.parametrize(
    ("url", "target"),
    [("/oops", "/oops?"), ("https://app.example.com/e?a=1", "https://app.example.com/e?a=1&")],
)
def test_browsers_can_be_sent_elsewhere(url: str, target: str) -> None:
    answer = Visitor(make_auth(on_api_error={"error_url": url})).get(
        "/error", query={"error": "x", "error_description": "a&b=<c>"}
    )
    assert (answer.status, answer.location) == (
        302,
        f"{target}error=x&error_description=a%26b%3D%3Cc%3E",
    )


PRODUCTION: dict[str, Any] = {
    "mode": "production",
    "secret": "kT9vQ2mXz7LpR4wYb8NcF6hJd3GsA5eU",
    "base_url": "https://app.example.com",
}


def test_production_shows_no_built_in_page() -> None:
    answer = Visitor(make_auth(**PRODUCTION)).get("/error", query={"error": "<x>"})
    assert answer.status == 302
    assert urlsplit(answer.location).path == "/"
    assert parse_qs(urlsplit(answer.location).query) == {"error": ["UNKNOWN"]}


def test_production_shows_the_page_that_was_dressed() -> None:
    auth = make_auth(**PRODUCTION, on_api_error={"customize_default_error_page": {"title": "Hm"}})
    assert "<title>Hm</title>" in Visitor(auth).get("/error").text
