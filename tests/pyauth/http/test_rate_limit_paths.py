"""Rules for paths with parameters, and long paths, of a whole instance."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug import Request
from werkzeug.test import EnvironBuilder

from pyauth import APIError, PyAuth
from pyauth.http import Call, endpoint
from pyauth.options.fields import MAX_KEY_LENGTH
from pyauth.plugin import Contributions, Plugin, RateRule
from tests.support.app import ADDRESS, ORIGIN, Visitor, make_auth, rows_of
from tests.support.databases import fresh_database
from tests.support.limits import Adding, Counter, Done, limited, statuses

MINUTE = timedelta(minutes=1)


@endpoint("GET", "/thing/:id")
def thing(call: Call) -> Done:
    """Show a thing."""
    return Done()


@endpoint("GET", "/thing/list")
def list_things(call: Call) -> Done:
    """Show all."""
    return Done()


class Things(Plugin):
    """Adds both; a rule for the one with a parameter where told so."""

    id = "things"

    def __init__(self, *rules: RateRule) -> None:
        self.rules = rules

    def contribute(self) -> Contributions:
        return Contributions(endpoints=[thing, list_things], rate_rules=self.rules)


def _ask(auth: PyAuth, identifier: str) -> int:
    """Ask for a thing from Python, for a request of the visitor."""
    environ = EnvironBuilder(base_url=ORIGIN, environ_base={"REMOTE_ADDR": ADDRESS}).get_environ()
    try:
        auth.api.invoke("thing", params={"id": identifier}, request=Request(environ))
    except APIError as error:
        return error.status
    return 200


@pytest.mark.parametrize(
    ("rules", "custom"),
    [
        ((), {"/thing/:id": {"window": 60, "max": 1}}),
        ((), {"/thing/:whatever": {"window": 60, "max": 1}}),
        ((RateRule(max=1, window=MINUTE, paths=("/thing/:id",)),), {}),
        ((RateRule(max=1, window=MINUTE, prefixes=("/thing/:id",)),), {}),
    ],
    ids=["custom", "other name", "plugin", "plugin's beginning"],
)
@pytest.mark.parametrize("door", ["http", "api"])
def test_a_rule_for_a_path_with_a_parameter_applies(
    rules: tuple[RateRule, ...], custom: dict[str, Any], door: str
) -> None:
    auth = make_auth(plugins=[Things(*rules)], rate_limit=limited(custom_rules=custom))
    visitor = Visitor(auth)

    def ask(identifier: str) -> int:
        return (
            _ask(auth, identifier) if door == "api" else visitor.get(f"/thing/{identifier}").status
        )

    assert [ask("one"), ask("one"), ask("two")] == [200, 429, 429]
    assert statuses(visitor, "/thing/list", 2) == [200, 200]


@pytest.mark.parametrize("custom", [{"/thing/one": False}, {"/thing/o*": False}])
def test_a_call_from_python_is_counted_as_the_path_it_stands_for(custom: dict[str, Any]) -> None:
    auth = make_auth(plugins=[Things()], rate_limit=limited(max=1, custom_rules=custom))
    assert [_ask(auth, "one") for _ in range(3)] == [200] * 3
    assert [_ask(auth, "two") for _ in range(2)] == [200, 429]
    assert _ask(auth, "three/../../ok") == 429, "a made-up value gets no fresh count"


def test_calls_and_requests_have_one_count() -> None:
    auth = make_auth(plugins=[Things()], rate_limit=limited(max=2))
    assert [_ask(auth, "one"), Visitor(auth).get("/thing/one").status] == [200, 200]
    assert [_ask(auth, "two"), Visitor(auth).get("/thing/two").status] == [429, 429]


def test_a_rule_for_the_link_of_a_reset_applies() -> None:
    rules = {"/reset-password/:token": {"window": 60, "max": 1}}
    visitor = Visitor(make_auth(rate_limit=limited(custom_rules=rules)))
    answers = [
        visitor.get(f"/reset-password/t{n}", query={"callbackURL": "/x"}).status for n in range(3)
    ]
    assert answers == [302, 429, 429]


# Long paths ---------------------------------------------------------------------------------------

LONG = "/" + "long-" * 60


@endpoint("GET", f"{LONG}one")
def long_one(call: Call) -> Done:
    """Stand at the end of a long path."""
    return Done()


@endpoint("GET", f"{LONG}two")
def long_two(call: Call) -> Done:
    """Stand beside it."""
    return Done()


def test_stores_see_no_key_that_is_too_long_for_them() -> None:
    counter = Counter()
    settings = limited(custom_storage=counter)
    auth = make_auth(plugins=[Adding(long_one, long_two)], rate_limit=settings)
    assert [Visitor(auth).get(f"{LONG}{name}").status for name in ("one", "two")] == [200, 200]
    keys = [key for key, _, _ in counter.asked]
    assert [len(key) <= MAX_KEY_LENGTH for key in keys] == [True, True]
    assert keys[0] != keys[1]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mysql"])
def test_long_paths_are_counted_apart_in_the_database(kind: str, tmp_path: Path) -> None:
    with fresh_database(kind, tmp_path) as url:
        auth = make_auth(
            database=url.render_as_string(hide_password=False),
            plugins=[Adding(long_one, long_two)],
            rate_limit=limited(storage="database", max=1),
        )
        for name in ("one", "two"):
            assert statuses(Visitor(auth), f"{LONG}{name}", 2) == [200, 429]
        assert [row["count"] for row in rows_of(auth, "rate_limit")] == [1, 1]
        auth.close()
