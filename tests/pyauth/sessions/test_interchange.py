"""A server of Better Auth beside this one: each reads the cached sessions of the other."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pyauth import PyAuth
from pyauth.cookies import set_cookie_pair
from pyauth.db.memory import MemoryAdapter
from tests.support.app import FrozenClock, Visitor, make_auth
from tests.support.watched import WatchedAdapter
from tests.vectors.upstream import load_cookie_caches, read_caches

FIELDS: dict[str, Any] = {
    "born": {"type": "date", "required": False},
    "profile": {"type": "json", "required": False},
    "tags": {"type": "string[]", "required": False},
    "score": {"type": "number", "required": False},
    "member": {"type": "boolean", "required": False},
    "secretNote": {"type": "string", "required": False, "returned": False},
}
CACHES = load_cookie_caches()
ROTATED = f"2:{CACHES['secret']},1:{CACHES['older']}"


def caching_auth(
    *, strategy: str, version: str = "1", clock: Any = None, database: Any = None, **secrets: Any
) -> PyAuth:
    cache = {"enabled": True, "strategy": strategy, "version": version}
    options: dict[str, Any] = {"secret": None, "session": {"cookie_cache": cache}, **secrets}
    if clock is not None:
        options["clock"] = clock
    return make_auth(
        user={"additional_fields": FIELDS}, database=database or MemoryAdapter(), **options
    )


@pytest.mark.parametrize(
    "case",
    CACHES["cases"],
    ids=[f"{case['strategy']}-{n}" for n, case in enumerate(CACHES["cases"])],
)
def test_what_upstream_cached_is_read_without_a_query(case: dict[str, Any]) -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    made = FrozenClock(datetime.fromtimestamp(case["made_at"] / 1000, UTC))
    auth = caching_auth(
        strategy=case["strategy"],
        version=case["version"],
        clock=made,
        database=adapter,
        secrets=ROTATED,
    )
    visitor = Visitor(auth)
    visitor.cookies.update(map(set_cookie_pair, case["cookies"]))
    found = visitor.get_session()
    if found is None:
        assert case["strategy"] != "jwe", "what an older secret encrypted is read"
        assert adapter.statements == ["find_joined session"]
        return
    assert found == case["session"]
    assert adapter.statements == []


def test_cases_of_both_secrets_are_among_them() -> None:
    assert {(case["strategy"], case["rotating"]) for case in CACHES["cases"]} == {
        (strategy, rotating) for strategy in ("compact", "jwt", "jwe") for rotating in (False, True)
    }


BODY: dict[str, Any] = {
    "born": "2001-02-03T04:05:06.789Z",
    "tags": ["a", "ž"],
    "score": 12,
    "member": True,
    "secret_note": "hidden",
    "profile": {
        "b": [1, 2.5, 2.0, 1e-7, 0.00001, -0.25, True, None],
        "10": "ten",
        "2": {"text": 'kůň 🐎 \u2028 " \\ \n\t\u007f\u0001/'},
    },
}


@pytest.mark.node
def test_upstream_reads_what_is_cached_here() -> None:
    cases, shown = [], []
    rotated = [{"version": 2, "value": CACHES["secret"]}, {"version": 1, "value": CACHES["older"]}]
    for strategy in ("compact", "jwt", "jwe"):
        for version, more in (("1", {}), ("seven", {"remember_me": False})):
            for extra in ({}, {"tags": ["x" * 9000]}):
                auth = caching_auth(strategy=strategy, version=version, secret=CACHES["secret"])
                visitor = Visitor(auth)
                visitor.sign_up(**{**BODY, **more, **extra})
                shown.append(visitor.get_session())
                case = {"strategy": strategy, "version": version, "fields": FIELDS}
                cases.append({**case, "secret": CACHES["secret"], "cookie": visitor.cookie_header})
    # What the older secret encrypted is read by a server whose secrets have gone on.
    visitor = Visitor(caching_auth(strategy="jwe", secrets=f"1:{CACHES['older']}"))
    visitor.sign_up(**BODY)
    token = Visitor(caching_auth(strategy="jwe", secrets=ROTATED))
    token.cookies = dict(visitor.cookies)
    shown.append(token.get_session())
    cases.append(
        {"strategy": "jwe", "fields": FIELDS, "secrets": rotated, "cookie": token.cookie_header}
    )
    assert read_caches(cases) == shown
