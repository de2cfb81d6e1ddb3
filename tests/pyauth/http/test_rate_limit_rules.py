import time
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyauth import RequestInfo
from pyauth.http.rate_limit import SPECIAL_RULES, Limit, RateRule, RuleBook
from pyauth.http.rate_limit.patterns import PathPattern
from pyauth.options import RateLimitRule

TEN_SECONDS = timedelta(seconds=10)
DEFAULT = RateLimitRule(window=TEN_SECONDS, max=100)
ONE = RateLimitRule(window=TEN_SECONDS, max=1)
TWO = RateLimitRule(window=TEN_SECONDS, max=2)
REQUEST = RequestInfo("POST", "http://localhost/api/auth/x", {}, "203.0.113.7")
ENDPOINTS = ("/ok", "/sign-in/email", "/callback/:id", "/reset-password/:token")


def make_book(**given: Any) -> RuleBook:
    return RuleBook(**{"default": DEFAULT, "endpoint_paths": ENDPOINTS, **given})


# Patterns -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("/ok", {"/ok"}),
        ("/sign-in/*", {"/sign-in/email", "/sign-in/x"}),
        ("/sign-in/e*", {"/sign-in/email"}),
        ("/sign-in/*l", {"/sign-in/email"}),
        ("/sign-*/email", {"/sign-in/email", "/sign-up/email"}),
        ("/sign-??/email", {"/sign-in/email", "/sign-up/email"}),
        ("/*", {"/ok", "/okx", "/sign-in", "/sign-information"}),
        ("/sign-in/**", {"/sign-in", "/sign-in/email", "/sign-in/x", "/sign-in/x/y"}),
        ("/**/y", {"/sign-in/x/y"}),
        ("/**/sign-in/**/y", {"/sign-in/x/y"}),
        ("/sign-in/**/x/**", {"/sign-in/x", "/sign-in/x/y"}),
        ("/**/email", {"/sign-in/email", "/sign-up/email"}),
        ("/o[k]*", set()),
        ("/ok.*", set()),
    ],
)
def test_what_a_pattern_is_about(pattern: str, paths: set[str]) -> None:
    known = {
        "/ok", "/okx", "/sign-in", "/sign-information", "/sign-in/email", "/sign-up/email",
        "/sign-in/x", "/sign-in/x/y",
    }  # fmt: skip
    assert {path for path in known if PathPattern(pattern).matches(path)} == paths


@pytest.mark.parametrize("pattern", ["**", "/**", "/**/**"])
@given(path=st.text(alphabet="/a*?[", max_size=12))
def test_two_stars_are_about_everything(pattern: str, path: str) -> None:
    assert PathPattern(pattern).matches(path)


def test_a_long_path_does_not_slow_a_pattern_down() -> None:
    pattern = PathPattern("/**/a*b*c*d/**/a*b*c*e/**/z")
    path = "/" + "/".join(["abc" * 50] * 200)
    begin = time.process_time()
    assert not pattern.matches(path)
    assert time.process_time() - begin < 2


# Precedence ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/sign-in/email", (3, 10)),
        ("/sign-in", (3, 10)),
        ("/sign-up/email", (3, 10)),
        ("/change-password", (3, 10)),
        ("/change-email", (3, 10)),
        ("/request-password-reset", (3, 60)),
        ("/send-verification-email", (3, 60)),
        ("/forget-password/email-otp", (3, 60)),
        ("/email-otp/send-verification-otp", (3, 60)),
        ("/email-otp/request-password-reset", (3, 60)),
        ("/get-session", (100, 10)),
        ("/email-otp/verify-email", (100, 10)),
        ("/", (100, 10)),
        ("/nope", (100, 10)),
    ],
)
def test_the_core_has_narrower_limits_where_guessing_pays(
    path: str, limit: tuple[int, int]
) -> None:
    rule = make_book(rules=SPECIAL_RULES).find(path).rule
    assert rule == RateLimitRule(max=limit[0], window=timedelta(seconds=limit[1]))


def test_the_first_rule_that_matches_wins() -> None:
    own = RateRule(max=1, window=TEN_SECONDS, paths=("/sign-in/email",))
    book = make_book(rules=(own, *SPECIAL_RULES))
    assert book.find("/sign-in/email").rule == ONE
    assert book.find("/sign-in/other").rule == RateLimitRule(max=3, window=TEN_SECONDS)


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        (RateRule(1, TEN_SECONDS), False),
        (RateRule(1, TEN_SECONDS, paths=("/x",)), False),
        (RateRule(1, TEN_SECONDS, paths=("/x/y",)), True),
        (RateRule(1, TEN_SECONDS, prefixes=("/a", "/x")), True),
    ],
)
def test_rules_name_paths_or_beginnings(rule: RateRule, matches: bool) -> None:
    assert rule.matches("/x/y") is matches


def test_custom_rules_come_before_all_others_in_their_order() -> None:
    own = RateRule(max=5, window=TEN_SECONDS, paths=("/ok", "/sign-in/email"))
    book = make_book(
        custom={"/sign-in/*": ONE, "/sign-in/email": TWO, "/ok": TWO, "**": False},
        rules=(own, *SPECIAL_RULES),
    )
    assert book.find("/sign-in/email").rule == ONE
    assert book.find("/ok").rule == TWO
    assert book.find("/get-session").rule is None


# Functions ----------------------------------------------------------------------------------------


def test_a_function_sees_the_request_and_the_rule_that_would_apply() -> None:
    seen: list[tuple[RequestInfo, RateLimitRule]] = []

    def decide(request: RequestInfo, rule: RateLimitRule) -> None:
        seen.append((request, rule))

    book = make_book(custom={"/sign-in/*": decide}, rules=SPECIAL_RULES)
    rule = book.find("/sign-in/email").rule_for(REQUEST)
    assert rule == RateLimitRule(max=3, window=TEN_SECONDS)
    assert seen == [(REQUEST, rule)]


@pytest.mark.parametrize(("answer", "rule"), [(ONE, ONE), (None, DEFAULT), (False, None)])
def test_a_function_decides(answer: Any, rule: RateLimitRule | None) -> None:
    book = make_book(custom={"/ok": lambda request, rule: answer})
    assert book.find("/ok").rule_for(REQUEST) == rule


@pytest.mark.parametrize("answer", [True, 0, {"window": 1, "max": 1}, "10/m"])
def test_another_answer_of_a_function_is_named(answer: Any) -> None:
    limit = make_book(custom={"/ok": lambda request, rule: answer}).find("/ok")
    with pytest.raises(TypeError, match=r"custom_rules for '/ok' returned a .* RateLimitRule"):
        limit.rule_for(REQUEST)


@pytest.mark.parametrize(
    ("usual", "decided", "is_refused"),
    [
        (timedelta(seconds=10), timedelta(days=1), False),
        (timedelta(seconds=10), timedelta(days=1, seconds=1), True),
        (timedelta(days=30), timedelta(days=30), False),
        (timedelta(days=30), timedelta(days=31), True),
    ],
)
def test_a_function_makes_up_no_window_that_stores_do_not_keep(
    usual: timedelta, decided: timedelta, is_refused: bool
) -> None:
    rule = RateLimitRule(window=decided, max=1)
    default = RateLimitRule(window=usual, max=1)
    limit = make_book(custom={"/ok": lambda request, given: rule}, default=default).find("/ok")
    if is_refused:
        with pytest.raises(ValueError, match="custom_rules for '/ok' returned a window of"):
            limit.rule_for(REQUEST)
    else:
        assert limit.rule_for(REQUEST) == rule


# Names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/ok", "/ok"),
        ("/callback/github", "/callback/:id"),
        ("/callback/:id", "/callback/:id"),
        ("/reset-password/secret-token", "/reset-password/:token"),
        ("/reset-password", "*"),
        ("/callback//", "*"),
        ("/callback/a/b", "*"),
        ("/nope", "*"),
        ("/", "*"),
        ("/OK", "*"),
        ("/request-password-reset", "/request-password-reset"),
    ],
)
def test_nothing_a_client_makes_up_is_part_of_a_name(path: str, name: str) -> None:
    assert make_book(rules=SPECIAL_RULES).find(path).counted_as == name


def test_a_custom_rule_has_a_count_of_its_own() -> None:
    book = make_book(custom={"/callback/github": ONE, "/hooks/*": TWO, "/*": DEFAULT})
    assert book.find("/callback/github") == Limit("/callback/github", ONE)
    assert book.find("/callback/google") == Limit("/callback/:id", DEFAULT)
    assert book.find("/hooks/one") == Limit("/hooks/*", TWO)
    assert book.find("/hooks/two") == Limit("/hooks/*", TWO)
    assert book.find("/ok") == Limit("/ok", DEFAULT)


# Parameters ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "path", "fits"),
    [
        ("/callback/:id", "/callback/github", True),
        ("/callback/:id", "/callback/:id", True),
        ("/callback/:provider", "/callback/github", True),
        ("/callback/:id", "/reset-password/github", False),
        ("/callback/:id", "/callback", False),
        ("/callback/:id", "/callback/a/b", False),
        ("/callback/github", "/callback/github", True),
        ("/callback/github", "/callback/google", False),
        ("/thing/:id", "/thing/one", True),
        ("/thing/:id", "/thing/list", False),
        ("/thing/:id/part", "/thing/one/part", True),
        ("/nope/:id", "/nope/one", False),
    ],
)
def test_a_rule_names_a_path_as_it_is_sent_or_declared(about: str, path: str, fits: bool) -> None:
    endpoints = (*ENDPOINTS, "/thing/list", "/thing/:id", "/thing/:id/part")
    contributed = RateRule(max=1, window=TEN_SECONDS, paths=(about,))
    beginning = RateRule(max=1, window=TEN_SECONDS, prefixes=(about,))
    expected = ONE if fits else DEFAULT
    assert make_book(endpoint_paths=endpoints, custom={about: ONE}).find(path).rule == expected
    assert make_book(endpoint_paths=endpoints, rules=(contributed,)).find(path).rule == expected
    if "/part" not in path and "/a/b" not in path:
        assert make_book(endpoint_paths=endpoints, rules=(beginning,)).find(path).rule == expected


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/thing/:id/*", "/thing/one/part", True),
        ("/thing/:id/**", "/thing/one", True),
        ("/thing/:id/*", "/thing/list/part", False),
        ("/thing/*", "/thing/one", True),
        ("/*/?", "/thing/x", True),
        ("/*/?", "/thing/one", False),
    ],
)
def test_a_pattern_may_name_parameters(pattern: str, path: str, fits: bool) -> None:
    endpoints = ("/thing/list", "/thing/:id", "/thing/:id/part", "/thing/list/part")
    book = make_book(endpoint_paths=endpoints, custom={pattern: ONE})
    assert book.find(path).rule == (ONE if fits else DEFAULT)


def test_the_first_custom_rule_wins_among_those_with_parameters_too() -> None:
    narrow_first = make_book(custom={"/callback/github": ONE, "/callback/:id": TWO})
    wide_first = make_book(custom={"/callback/:id": TWO, "/callback/github": ONE})
    assert narrow_first.find("/callback/github").rule == ONE
    assert wide_first.find("/callback/github").rule == TWO


@pytest.mark.parametrize("about", ["/reset-password/:token", "/reset-password/:x", "/**"])
def test_whatever_a_parameter_says_it_is_counted_under_its_pattern(about: str) -> None:
    book = make_book(custom={about: ONE})
    for token in ("one", "two"):
        assert book.find(f"/reset-password/{token}") == Limit("/reset-password/:token", ONE)
