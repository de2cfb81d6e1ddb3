"""The rate limit of a whole instance, by requests."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from werkzeug import Request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from pyauth import APIError, ConfigurationError, PyAuth, RequestInfo, StoreUnavailable
from pyauth.db.memory import MemoryAdapter
from pyauth.http import Call, endpoint
from pyauth.options import RateLimitRule
from pyauth.plugin import Contributions, Plugin, RateRule
from pyauth.storage import MemoryStorage, RedisStorage
from tests.pyauth.conftest import MakeAuth
from tests.support.app import ADDRESS, FrozenClock, Visitor, make_auth, row_counts, rows_of
from tests.support.databases import fresh_database
from tests.support.limits import TEN_SECONDS, Adding, Counter, Done, limited, statuses
from tests.support.redis import own_redis

STRONG = "kT9vQ2mXz7LpR4wYb8NcF6hJd3GsA5eU"
WEEK = timedelta(days=7)
GUESS = {"email": "a@example.com", "password": "wrong horse"}


# Rules --------------------------------------------------------------------------------------------


def test_custom_rules_apply_in_their_order() -> None:
    rules = {"/ok": {"window": 60, "max": 1}, "/get-*": False, "/**": {"window": 60, "max": 2}}
    visitor = Visitor(make_auth(rate_limit=limited(max=1, custom_rules=rules)))
    assert statuses(visitor, "/ok", 2) == [200, 429]
    assert statuses(visitor, "/get-session", 4) == [200] * 4
    assert statuses(visitor, "/list-sessions", 3) == [401, 401, 429]


def test_a_rule_may_lift_a_special_limit() -> None:
    rules = {"/sign-in/email": {"window": 10, "max": 5}}
    visitor = Visitor(make_auth(rate_limit=limited(custom_rules=rules)))
    answers = [visitor.post("/sign-in/email", GUESS).status for _ in range(6)]
    assert answers == [401] * 5 + [429]


def test_a_function_decides_per_request() -> None:
    seen: list[tuple[RequestInfo, RateLimitRule]] = []

    def decide(request: RequestInfo, rule: RateLimitRule) -> Any:
        seen.append((request, rule))
        return {"free": RateLimitRule(window=TEN_SECONDS, max=1), "paid": False}.get(
            request.headers.get("x-plan", "")
        )

    visitor = Visitor(make_auth(rate_limit=limited(max=2, custom_rules={"/ok": decide})))
    free = [visitor.get("/ok", headers={"X-Plan": "free"}).status for _ in range(2)]
    paid = [visitor.get("/ok", headers={"X-Plan": "paid"}).status for _ in range(3)]
    assert (free, paid) == ([200, 429], [200] * 3)
    assert statuses(visitor, "/ok", 2) == [200, 429]
    request, rule = seen[0]
    assert (request.method, request.ip, rule.max) == ("GET", ADDRESS, 2)


def test_a_function_that_fails_is_an_error_of_ours_and_admits_nobody() -> None:
    def decide(request: RequestInfo, rule: RateLimitRule) -> None:
        raise LookupError("secret detail")

    answer = Visitor(make_auth(rate_limit=limited(custom_rules={"/ok": decide}))).get("/ok")
    assert answer.refusal == (500, "INTERNAL_SERVER_ERROR")
    assert "secret" not in answer.text


def test_a_plugins_rule_comes_after_custom_rules_and_before_special_ones() -> None:
    class Strict(Plugin):
        id = "strict"

        def contribute(self) -> Contributions:
            rule = RateRule(max=1, window=TEN_SECONDS, paths=("/ok",), prefixes=("/sign-in",))
            return Contributions(rate_rules=[rule])

    rules = {"/ok": {"window": 10, "max": 2}}
    visitor = Visitor(make_auth(plugins=[Strict()], rate_limit=limited(custom_rules=rules)))
    assert statuses(visitor, "/ok", 3) == [200, 200, 429]
    assert [visitor.post("/sign-in/email", GUESS).status for _ in range(2)] == [401, 429]


@pytest.mark.parametrize(("limit", "window"), [(0, 10), (-1, 10), (1, 0)])
def test_a_plugins_rule_that_admits_nothing_stops_the_start(limit: int, window: int) -> None:
    class Closed(Plugin):
        id = "closed"

        def contribute(self) -> Contributions:
            rule = RateRule(max=limit, window=timedelta(seconds=window), paths=("/ok",))
            return Contributions(rate_rules=[rule])

    with pytest.raises(ConfigurationError, match="rate rule of plugin closed admits nothing"):
        make_auth(plugins=[Closed()], rate_limit=limited())


def test_a_rule_for_a_path_that_leads_nowhere_is_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rules = {"/sign-in/emial": False, "/ok": False, "/nope/*": False}
    make_auth(rate_limit=limited(custom_rules=rules))
    assert [record.getMessage() for record in caplog.records] == [
        "rate_limit.custom_rules: '/sign-in/emial' leads to no endpoint"
    ]


# Names of counts, by a real server ----------------------------------------------------------------


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *arguments: Any) -> None: ...


@contextmanager
def serving(auth: PyAuth) -> Iterator[Callable[[str], int]]:
    """Serve an instance; yield what sends a raw target and returns the status."""
    server: BaseWSGIServer = make_server(
        "127.0.0.1", 0, auth.wsgi_app, request_handler=_Quiet, threaded=False
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def send(target: str) -> int:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
        try:
            connection.putrequest("GET", target, skip_accept_encoding=True)
            connection.endheaders()
            return connection.getresponse().status
        finally:
            connection.close()

    try:
        yield send
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("skip_slashes", [False, True])
def test_no_spelling_of_a_path_gets_a_fresh_count(skip_slashes: bool) -> None:
    spellings = (
        "/ok", "/ok/", "/ok//", "/%6Fk", "/%6fk", "/o%6B", "//ok", "/./ok", "/x/../ok",
        "/%2e%2e/auth/ok", "/ok%2F", "/ok/.", "/OK", "/ok?x=1", "/ok;x=1", "/ok%00", "/ok%20",
        "/ok%252F", "/%C3%B6k", "/%FFok", "/ok#x",
    )  # fmt: skip
    auth = make_auth(
        rate_limit=limited(max=2, window=600),
        advanced={"skip_trailing_slashes": skip_slashes},
    )
    with serving(auth) as send:
        seen = [send(f"/api/auth{spelling}") for _ in range(2) for spelling in spellings]
    served = [status for status in seen if status == 200]
    astray = [status for status in seen if status == 404]
    assert len(served) <= 2, "one count for whatever reaches the endpoint"
    assert len(served) + len(astray) <= 4, "and one for all that leads nowhere"
    assert set(seen) == {200, 404, 429}


def test_made_up_parameters_share_the_count_of_their_path() -> None:
    @endpoint("GET", "/codes/:code")
    def try_code(call: Call) -> Done:
        return Done()

    auth = make_auth(plugins=[Adding(try_code)], rate_limit=limited(max=3))
    visitor = Visitor(auth)
    assert [visitor.get(f"/codes/{number}").status for number in range(5)] == [200] * 3 + [429] * 2
    assert visitor.get("/ok").status == 200


# Addresses ----------------------------------------------------------------------------------------


def test_behind_a_trusted_proxy_clients_are_told_apart_by_its_header() -> None:
    auth = make_auth(
        rate_limit=limited(max=1), advanced={"ip_address": {"trusted_proxies": ["10.0.0.0/8"]}}
    )
    proxy = Visitor(auth, address="10.0.0.5")

    def come(chain: str) -> int:
        return proxy.get("/ok", headers={"X-Forwarded-For": chain}).status

    assert come("198.51.100.10") == 200
    assert come("203.0.113.99, 198.51.100.10, 10.0.0.6") == 429, "made-up hops change nothing"
    assert come("198.51.100.11") == 200
    stranger = Visitor(auth, address="192.0.2.9")
    spoofs = [
        stranger.get("/ok", headers={"X-Forwarded-For": f"198.51.100.{number}"}).status
        for number in range(20, 23)
    ]
    assert spoofs == [200, 429, 429]


def test_the_address_behind_a_proxy_is_kept_with_the_session() -> None:
    auth = make_auth(advanced={"ip_address": {"trusted_proxies": ["unix"]}})
    visitor = Visitor(auth, address=None)
    visitor.request(
        "POST",
        "/sign-up/email",
        json={"name": "Ada", "email": "ada@example.com", "password": "correct horse"},
        headers={"X-Forwarded-For": "[2001:DB8::1]:4711"},
    )
    assert rows_of(auth, "session")[0]["ip_address"] == "2001:db8::1"


def test_a_chain_that_names_nobody_meets_the_policy_in_production() -> None:
    auth = make_auth(
        mode="production",
        secret=STRONG,
        advanced={"ip_address": {"trusted_proxies": ["10.0.0.0/8"]}},
    )
    proxy = Visitor(auth, address="10.0.0.5")
    assert proxy.get("/ok", headers={"X-Forwarded-For": "rubbish"}).status == 429
    assert proxy.get("/ok", headers={"X-Forwarded-For": "198.51.100.10"}).status == 200


def test_without_tracking_nothing_is_counted_and_that_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    auth = make_auth(
        mode="production",
        secret=STRONG,
        rate_limit={"max": 1},
        advanced={"ip_address": {"disable_ip_tracking": True}},
    )
    assert not auth.context.rate_limit_enabled
    assert "turns the rate limit off" in caplog.text
    assert statuses(Visitor(auth), "/ok", 3) == [200] * 3


# Storage ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ({"storage": "secondary-storage"}, "set secondary_storage"),
        ({"hybrid": {"enabled": True}}, "set rate_limit.storage to 'database'"),
        ({"storage": "database"}, "set database"),
    ],
)
def test_a_storage_that_is_not_there_stops_the_start(given: dict[str, Any], hint: str) -> None:
    with pytest.raises(ConfigurationError, match=hint):
        make_auth(database=None, email_and_password={"enabled": False}, rate_limit=given)


def test_the_database_has_a_table_only_where_it_counts(new_auth: MakeAuth) -> None:
    assert "rate_limit" not in new_auth().context.schema.models
    auth = new_auth(rate_limit={"storage": "database", "model_name": "limits"})
    assert auth.context.schema.model("rate_limit").table == "limits"


def test_the_table_fits_a_database_of_the_typescript_library() -> None:
    auth = make_auth(
        database="sqlite://",
        naming="better-auth",
        rate_limit={"storage": "database", "fields": {"count": "hits"}},
    )
    columns = auth.metadata.tables["rateLimit"].columns
    assert {column.name for column in columns} == {"id", "key", "hits", "lastRequest"}
    auth.close()


def test_the_database_counts(new_auth: MakeAuth) -> None:
    auth = new_auth(rate_limit=limited(storage="database"))
    visitor = Visitor(auth)
    assert [visitor.post("/sign-in/email", GUESS).status for _ in range(5)] == [401] * 3 + [429] * 2
    (row,) = rows_of(auth, "rate_limit")
    assert (row["key"], row["count"]) == (f"{ADDRESS}|/sign-in/email", 3)


def test_a_call_that_fails_was_counted_all_the_same(new_auth: MakeAuth) -> None:
    def refuse(event: Any) -> bool:
        raise LookupError

    auth = new_auth(
        rate_limit=limited(storage="database"),
        database_hooks={"session": {"create": {"before": refuse}}},
    )
    visitor = Visitor(auth)
    assert [visitor.sign_up(f"u{number}@example.com").status for number in range(5)] == [
        500, 500, 500, 429, 429,
    ]  # fmt: skip
    assert row_counts(auth)["user"] == 0
    assert rows_of(auth, "rate_limit")[0]["count"] == 3


def test_instances_on_one_database_have_one_count(tmp_path: Path, clock: FrozenClock) -> None:
    url = f"sqlite:///{tmp_path}/shared.sqlite3"
    settings = limited(storage="database", max=3)
    pair = [make_auth(database=url, rate_limit=settings, clock=clock) for _ in range(2)]
    answers = [Visitor(auth).get("/ok").status for auth in [*pair, *pair, *pair]]
    assert answers == [200] * 3 + [429] * 3
    for auth in pair:
        auth.close()


class _Weekly(Plugin):
    id = "weekly"

    def contribute(self) -> Contributions:
        return Contributions(rate_rules=[RateRule(max=1, window=WEEK, paths=("/ok",))])


@pytest.mark.parametrize(
    ("plugins", "settings"),
    [
        ([], {"custom_rules": {"/ok": {"window": WEEK, "max": 1}}}),
        ([], {"window": WEEK, "max": 1}),
        ([_Weekly()], {}),
    ],
    ids=["custom rule", "default", "plugin's rule"],
)
def test_an_instance_deletes_no_count_of_a_rule_that_it_has_not_served(
    plugins: list[Plugin], settings: dict[str, Any], tmp_path: Path, clock: FrozenClock
) -> None:
    url = f"sqlite:///{tmp_path}/shared.sqlite3"
    counting = limited(storage="database", **settings)
    busy, idle = (
        make_auth(database=url, rate_limit=counting, clock=clock, plugins=plugins) for _ in range(2)
    )
    assert Visitor(busy).get("/ok").status == 200
    clock.advance(days=6)
    Visitor(idle).get("/get-session")
    assert Visitor(busy).get("/ok").status == 429
    for auth in (busy, idle):
        auth.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mysql"])
def test_a_burst_of_guesses_passes_no_more_than_the_limit(kind: str, tmp_path: Path) -> None:
    with fresh_database(kind, tmp_path) as url:
        auth = make_auth(
            database=url.render_as_string(hide_password=False),
            rate_limit=limited(storage="database"),
        )
        with ThreadPoolExecutor(32) as pool:
            guesses = [
                pool.submit(lambda: Visitor(auth).post("/sign-in/email", GUESS).status)
                for _ in range(64)
            ]
        answers = [guess.result() for guess in guesses]
        assert (answers.count(401), answers.count(429)) == (3, 61)
        auth.close()


def test_a_secondary_storage_counts_unless_told_otherwise(clock: FrozenClock) -> None:
    storage = MemoryStorage(clock=clock)
    settings: dict[str, Any] = {"secondary_storage": storage, "clock": clock}
    pair = [make_auth(rate_limit=limited(max=3), **settings) for _ in range(2)]
    answers = [Visitor(auth).get("/ok").status for auth in [*pair, *pair]]
    assert answers == [200, 200, 200, 429]
    alone = make_auth(rate_limit=limited(max=3, storage="memory"), **settings)
    assert Visitor(alone).get("/ok").status == 200


def test_a_store_of_the_apps_own_counts() -> None:
    counter = Counter()
    visitor = Visitor(make_auth(rate_limit=limited(custom_storage=counter)))
    assert visitor.post("/sign-in/email", GUESS).status == 401
    assert counter.asked == [(f"{ADDRESS}|/sign-in/email", 3, TEN_SECONDS)]
    counter.answer = timedelta(seconds=1.2)
    refused = visitor.get("/ok")
    assert (refused.status, refused.headers["X-Retry-After"]) == (429, "2")
    assert refused.headers["Content-Type"] == "application/json"
    assert refused.json == {
        "code": "TOO_MANY_REQUESTS",
        "message": "Too many requests. Please try again later.",
    }


def test_a_flood_does_not_reach_a_store_behind_a_hybrid() -> None:
    counter = Counter()
    counter.answer = TEN_SECONDS
    settings = limited(custom_storage=counter, max=2, hybrid={"enabled": True})
    assert statuses(Visitor(make_auth(rate_limit=settings)), "/ok", 50) == [429] * 50
    assert len(counter.asked) == 4


@pytest.mark.parametrize("failure", [StoreUnavailable("down"), ConnectionError("10.1.2.3:6379")])
def test_while_the_store_is_down_requests_are_refused_with_503(
    failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    counter = Counter()
    auth = make_auth(rate_limit=limited(custom_storage=counter))
    visitor = Visitor(auth)
    counter.fail = failure
    answers = [visitor.post("/sign-in/email", GUESS), visitor.get("/ok"), visitor.get("/nope")]
    assert {answer.refusal for answer in answers} == {(503, "SERVICE_UNAVAILABLE")}
    assert "10.1.2.3" not in "".join(answer.text for answer in answers)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    with pytest.raises(APIError) as caught:
        auth.api.sign_in_email(body=GUESS, request=Request({"REMOTE_ADDR": ADDRESS}))
    assert caught.value.status == 503
    counter.fail = None
    assert visitor.get("/ok").status == 200


def test_an_outage_of_redis_is_over_when_it_is_back(tmp_path: Path) -> None:
    with own_redis(tmp_path) as server:
        storage = RedisStorage(server.url, timeout=timedelta(milliseconds=500))
        auth = make_auth(
            secondary_storage=storage, rate_limit=limited(max=2, storage="secondary-storage")
        )
        visitor = Visitor(auth)
        assert visitor.get("/ok").status == 200
        server.stop()
        assert visitor.get("/ok").refusal == (503, "SERVICE_UNAVAILABLE")
        server.start()
        assert statuses(visitor, "/ok", 3)[-1] == 429
        auth.close()
        storage.close()


def test_while_the_store_is_down_requests_may_be_let_through() -> None:
    counter = Counter()
    counter.fail = StoreUnavailable("down")
    settings = limited(custom_storage=counter, store_unavailable="allow")
    assert statuses(Visitor(make_auth(rate_limit=settings)), "/ok", 3) == [200] * 3


def test_a_local_count_holds_while_the_store_is_down() -> None:
    counter = Counter()
    counter.fail = StoreUnavailable("down")
    settings = limited(
        custom_storage=counter, store_unavailable="allow", max=1, hybrid={"enabled": True}
    )
    assert statuses(Visitor(make_auth(rate_limit=settings)), "/ok", 4) == [200, 200, 429, 429]


@pytest.mark.parametrize(
    ("settings", "warned"), [({}, True), ({"custom_storage": Counter()}, False)]
)
def test_counts_of_several_processes_are_warned_of_where_they_are_apart(
    settings: dict[str, Any], warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    auth = make_auth(rate_limit=limited(**settings))
    Visitor(auth).get("/ok", environ={"wsgi.multiprocess": True})
    assert ("counts requests for itself" in caplog.text) is warned


def test_memory_is_what_counts_without_anything_else() -> None:
    auth = make_auth(rate_limit=limited(max=1), database=MemoryAdapter())
    assert statuses(Visitor(auth), "/ok", 2) == [200, 429]
    assert "rate_limit" not in auth.context.schema.models
