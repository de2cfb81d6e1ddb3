"""The face: posture, wiring and what several instances share, which is nothing."""

import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, create_engine
from sqlalchemy.pool import NullPool

from pyauth import ConfigurationError, PyAuth
from pyauth.cookies import Unsigned
from pyauth.db.adapter import Where
from pyauth.db.memory import MemoryAdapter
from pyauth.outbound import Delivery, ThreadRunner, UnknownDeliveryKind
from pyauth.outbound.http import GuardedClient
from pyauth.sessions import Resolution
from pyauth.storage import MemoryStorage
from tests.support.app import ORIGIN, Visitor, make_auth, row_counts

STRONG = "kT9vQ2mXz7LpR4wYb8NcF6hJd3GsA5eU"
ENVIRONMENT = ("SECRET", "SECRETS", "URL", "BASE_URL", "TRUSTED_ORIGINS", "ENV")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(f"PYAUTH_{name}", raising=False)


def problems_of(**arguments: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        PyAuth(**arguments)
    return str(caught.value)


# Posture ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "secret is missing"),
        ({"secret": ""}, "secret is empty"),
        ({"secret": "short"}, "too weak for production"),
        ({"secret": "a" * 40}, "too weak for production"),
        ({"secret": "better-auth-secret-12345678901234567890"}, "too weak for production"),
        ({"secret": STRONG, "email_and_password": {"enabled": True}}, "needs a database"),
        (
            {
                "secret": STRONG,
                "email_verification": {"send_verification_email": print},
                "database": MemoryAdapter(),
            },
            "base_url is missing",
        ),
    ],
)
def test_production_refuses_what_is_unsafe(arguments: dict[str, Any], problem: str) -> None:
    assert problem in problems_of(**arguments)


def test_production_lists_every_problem_at_once() -> None:
    text = problems_of(
        secret="sEcReT",
        email_and_password={"enabled": True},
        email_verification={"send_verification_email": print},
    )
    assert all(word in text for word in ("too weak", "needs a database", "base_url is missing"))
    assert "sEcReT" not in text


@pytest.mark.parametrize("arguments", [{"mode": "development"}, {"default_mode": "test"}])
def test_development_works_out_of_the_box(arguments: dict[str, Any]) -> None:
    auth = PyAuth(email_and_password={"enabled": True}, **arguments)
    assert Visitor(auth).sign_up().status == 200
    assert not auth.context.rate_limit_enabled
    auth.close()


def test_the_environment_decides_where_the_arguments_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYAUTH_ENV", "test")
    monkeypatch.setenv("PYAUTH_SECRET", STRONG)
    monkeypatch.setenv("PYAUTH_URL", "https://app.example.com")
    monkeypatch.setenv("PYAUTH_TRUSTED_ORIGINS", "https://b.example.com")
    context = PyAuth(default_mode="production").context
    assert (context.options.mode, context.keys.current) == ("test", STRONG)
    assert (context.base_url, context.secure) == ("https://app.example.com/api/auth", True)
    assert context.trusted_origins == ("https://app.example.com", "https://b.example.com")


@pytest.mark.parametrize(
    ("arguments", "enabled"),
    [
        ({"mode": "test"}, False),
        ({"mode": "test", "rate_limit": {"enabled": True}}, True),
        ({"mode": "production", "secret": STRONG}, True),
        ({"mode": "production", "secret": STRONG, "rate_limit": {"enabled": False}}, False),
    ],
)
def test_the_rate_limit_is_on_in_production(arguments: dict[str, Any], enabled: bool) -> None:
    assert PyAuth(**arguments).context.rate_limit_enabled is enabled


@pytest.mark.parametrize(
    ("arguments", "secure"),
    [
        ({"mode": "test"}, False),
        ({"mode": "production", "secret": STRONG}, True),
        ({"mode": "production", "secret": STRONG, "base_url": "http://intranet"}, False),
        ({"mode": "test", "base_url": "https://app.example.com"}, True),
        ({"mode": "test", "advanced": {"use_secure_cookies": True}}, True),
    ],
)
def test_cookies_are_secure_where_they_can_be(arguments: dict[str, Any], secure: bool) -> None:
    assert PyAuth(**arguments).context.secure is secure


def test_a_pattern_that_can_never_match_is_said_aloud(caplog: pytest.LogCaptureFixture) -> None:
    make_auth(trusted_origins=["app.example.com", "https://fine.example.com"])
    assert "'app.example.com' can never match" in caplog.text
    assert "fine" not in caplog.text


# Databases ----------------------------------------------------------------------------------------


def test_a_url_an_engine_and_a_function_are_databases(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/auth.sqlite3"
    engine = create_engine(url, poolclass=NullPool)
    for number, database in enumerate((url, engine, lambda: engine)):
        auth = make_auth(database=database)
        auth.migrate()
        Visitor(auth).sign_up(f"u{number}@example.com")
        assert row_counts(auth)["user"] == number + 1
        auth.close()


def test_the_tables_join_the_apps_metadata() -> None:
    metadata = MetaData()
    auth = make_auth(database="sqlite://", metadata=metadata)
    assert auth.metadata is metadata
    assert {"users", "sessions", "accounts", "verifications"} <= set(metadata.tables)
    auth.close()


def test_names_can_be_chosen() -> None:
    auth = make_auth(
        database="sqlite://",
        user={"model_name": "people", "fields": {"email": "mail"}},
    )
    assert "mail" in auth.metadata.tables["people"].columns
    assert Visitor(auth).sign_up().status == 200
    assert Visitor(auth).sign_in().status == 200
    auth.close()


def test_a_database_of_the_typescript_library_has_its_names() -> None:
    auth = make_auth(database="sqlite://", naming="better-auth")
    assert {"user", "session", "account", "verification"} <= set(auth.metadata.tables)
    assert "emailVerified" in auth.metadata.tables["user"].columns
    assert Visitor(auth).sign_up().status == 200
    auth.close()


@pytest.mark.parametrize("name", ["plan", "migrate", "create_schema"])
def test_memory_has_no_tables(name: str) -> None:
    auth = make_auth()
    with pytest.raises(ConfigurationError, match="set database"):
        getattr(auth, name)()
    with pytest.raises(ConfigurationError, match="set database"):
        _ = auth.metadata


@pytest.mark.parametrize(
    ("policy", "fits"),
    [
        ("random", lambda text: len(text) == 32 and text.isalnum()),
        ("uuid", lambda text: len(text) == 36),
        ("serial", lambda text: text == "1"),
        (lambda model: f"{model}-x", lambda text: text == "user-x"),
    ],
)
def test_ids_follow_the_policy(policy: Any, fits: Any) -> None:
    auth = make_auth(advanced={"database": {"generate_id": policy}})
    user = Visitor(auth).sign_up().json["user"]
    assert fits(user["id"])
    assert isinstance(user["id"], str)


# Wiring -------------------------------------------------------------------------------------------


def test_instances_share_nothing() -> None:
    first = make_auth(advanced={"cookie_prefix": "one"})
    second = make_auth(advanced={"cookie_prefix": "two"}, secret="another-secret-0123456789-ABCDEF")
    visitor = Visitor(first)
    visitor.sign_up()
    assert row_counts(second)["user"] == 0
    stranger = Visitor(second)
    stranger.cookies["two.session_token"] = visitor.session_cookie
    assert stranger.get_session() is None


def test_the_base_path_can_be_moved() -> None:
    for path in ("/auth", "/a/b/", "/"):
        auth = make_auth(base_path=path)
        assert Visitor(auth).get("/ok").text == "OK"
        assert auth.base_path == path.rstrip("/")


def test_handle_answers_a_request_of_any_host() -> None:
    from werkzeug import Request
    from werkzeug.test import EnvironBuilder

    auth = make_auth()
    request = EnvironBuilder(path="/api/auth/ok", base_url=ORIGIN).get_request(Request)
    assert auth.handle(request).get_data() == b"OK"


def test_several_processes_over_memory_are_said_aloud_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    auth = make_auth(rate_limit={"enabled": True})
    visitor = Visitor(auth)
    visitor.get("/ok")
    assert caplog.records == []
    for _ in range(3):
        visitor.get("/ok", environ={"wsgi.multiprocess": True})
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]


def test_so_is_a_secondary_storage_in_the_memory_of_each(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It holds the sessions and the counts."""
    auth = make_auth(
        database="sqlite://", secondary_storage=MemoryStorage(), rate_limit={"enabled": True}
    )
    assert auth.site.limiter is not None
    assert not auth.site.limiter.is_shared
    visitor = Visitor(auth)
    for _ in range(3):
        visitor.get("/ok", environ={"wsgi.multiprocess": True})
    said = [(record.levelno, record.getMessage()) for record in caplog.records]
    assert [level for level, _ in said] == [logging.ERROR, logging.WARNING]
    assert "its secondary storage lives in the memory of each" in said[0][1]
    assert "counts requests for itself" in said[1][1]
    auth.close()


def test_counts_in_the_database_are_shared_whatever_the_storage_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    auth = make_auth(
        database="sqlite://",
        secondary_storage=MemoryStorage(),
        rate_limit={"enabled": True, "storage": "database"},
    )
    Visitor(auth).get("/ok", environ={"wsgi.multiprocess": True})
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    auth.close()


def test_a_delivery_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UnknownDeliveryKind, match="no delivery kind 'nope'"):
        make_auth().deliver(Delivery("d1", "nope", {}))


def test_closing_drains_the_deliveries(outbox: Any) -> None:
    auth = make_auth(
        verification=outbox, email_verification={"send_on_sign_up": True}, runner=ThreadRunner
    )
    Visitor(auth).sign_up()
    auth.close()
    assert len(outbox.sent) == 1


def test_a_client_that_was_lent_stays_open() -> None:
    closed: list[bool] = []

    class Lent(GuardedClient):
        def close(self) -> None:
            closed.append(True)

    make_auth(http_client=Lent()).close()
    assert closed == []


@pytest.mark.parametrize("path", ["/sign-up/email", "/sign-up/email/", "sign-up/email"])
def test_a_disabled_path_is_found_however_its_slashes_are_written(path: str) -> None:
    assert Visitor(make_auth(disabled_paths=[path])).sign_up().status == 404


def test_a_path_with_a_parameter_is_disabled_under_its_pattern() -> None:
    auth = make_auth(disabled_paths=["/reset-password/:token"])
    answer = Visitor(auth).get("/reset-password/abc", query={"callbackURL": "/"})
    assert answer.refusal == (404, "NOT_FOUND")


def test_a_disabled_path_that_leads_nowhere_is_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_auth(disabled_paths=["/sing-up/email"])
    assert "disabled path '/sing-up/email' leads to no endpoint" in caplog.text


def test_two_ways_to_hash_are_one_too_many() -> None:
    settings = {"enabled": True, "password": {"max_concurrent": 2}}
    with pytest.raises(ConfigurationError, match="passwords= and email_and_password"):
        make_auth(email_and_password=settings)


def test_tokens_and_hashes_are_not_shown() -> None:
    auth = make_auth()
    Visitor(auth).sign_up()
    (user,) = auth.context.users.list()
    issued = auth.context.session_manager.issue(user)
    assert issued is not None
    token = issued.session.token
    shown = [
        issued,
        Resolution(None, issued.cookies),
        Where("token", token),
        Unsigned(token, stale=True),
    ]
    assert all(token not in repr(item) for item in shown)
