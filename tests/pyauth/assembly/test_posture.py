"""What the configuration itself shows: in which mode, how bad, and who is told."""

import logging
from typing import Any

import pytest

from pyauth import ConfigurationError, Finding, PyAuth
from pyauth.assembly import UnsafeConfiguration
from pyauth.crypto.secret_keys import DEVELOPMENT_SECRET
from pyauth.db.memory import MemoryAdapter
from pyauth.storage.memory import MemoryStorage
from tests.support.app import make_auth

STRONG = "kT9vQ2mXz7LpR4wYb8NcF6hJd3GsA5eU"
OLDER = "mW3xN8qLz5VtK1rYc7JbD4gHs9FpE2uA"
GOOD: dict[str, Any] = {
    "mode": "production",
    "secret": STRONG,
    "base_url": "https://app.example.com",
    "database": "sqlite://",
}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET", "SECRETS", "URL", "BASE_URL", "TRUSTED_ORIGINS", "ENV"):
        monkeypatch.delenv(f"PYAUTH_{name}", raising=False)


def findings_of(**arguments: Any) -> tuple[Finding, ...]:
    """Return the findings of an instance, or those of its refusal."""
    try:
        return PyAuth(**arguments).diagnose()
    except UnsafeConfiguration as refusal:
        return refusal.findings


def found(code: str, **arguments: Any) -> list[tuple[str, str]]:
    """Return level and message of the findings with a code."""
    return [(item.level, item.message) for item in findings_of(**arguments) if item.code == code]


def test_a_good_configuration_has_nothing_doubtful() -> None:
    auth = PyAuth(**GOOD, email_and_password={"enabled": True})
    auth.migrate()
    levels = {finding.code: finding.level for finding in auth.diagnose()}
    auth.close()
    assert levels == {
        "config.loaded": "info",
        "client_address.unknown": "info",
        "rate_limit.memory": "info",
        "database.schema": "info",
    }


def test_hosts_that_allow_every_one_are_an_error_in_production_alone() -> None:
    given = {**GOOD, "base_url": {"allowed_hosts": ["a.example", "*"]}}
    ((level, words),) = found("security.base_url", **given)
    assert level == "error"
    assert "'*', which allows every host" in words
    development = PyAuth(**{**given, "mode": "development"})
    assert not [item for item in development.diagnose() if item.level == "error"]
    judged = development.diagnose(production=True)
    assert [item.code for item in judged if item.level == "error"] == ["security.base_url"]


@pytest.mark.parametrize(
    ("code", "level", "arguments", "words"),
    [
        ("security.secret", "error", {"secret": None}, "secret is missing"),
        ("security.secret", "error", {"secret": " "}, "secret is empty"),
        ("security.secret", "error", {"secret": "short"}, "shorter than 32"),
        ("security.secret", "error", {"secret": "ab" * 20}, "too few characters"),
        ("security.secret", "error", {"secret": DEVELOPMENT_SECRET}, "published default"),
        (
            "security.secret",
            "error",
            {"secret": "rustauth-secret-123456789012345678901"},
            "published default",
        ),
        (
            "security.secret",
            "error",
            {"secret": None, "secrets": f"2:weak,1:{STRONG}"},
            "shorter than 32",
        ),
        (
            "security.older_secret",
            "warn",
            {"secret": None, "secrets": f"2:{STRONG},1:weak"},
            "version 1 is weak",
        ),
        (
            "security.older_secret",
            "error",
            {"secret": None, "secrets": f"2:{STRONG},1:{DEVELOPMENT_SECRET}"},
            "version 1 is weak: it is a published default",
        ),
        (
            "security.older_secret",
            "warn",
            {"secret": "weak", "secrets": f"2:{STRONG}"},
            "before the rotation is weak",
        ),
        (
            "security.base_url",
            "error",
            {"base_url": None, "email_verification": {"send_verification_email": print}},
            "email_verification.send_verification_email",
        ),
        (
            "security.base_url",
            "error",
            {
                "base_url": None,
                "email_and_password": {"enabled": True, "send_reset_password": print},
            },
            "email_and_password.send_reset_password",
        ),
        ("security.base_url", "warn", {"base_url": None}, "Host header"),
        ("security.base_url_https", "warn", {"base_url": "http://intranet"}, "use https"),
        (
            "security.base_url_https",
            "warn",
            {"base_url": {"allowed_hosts": ["a.example"], "protocol": "http"}},
            "base_url.protocol is 'http'",
        ),
        ("security.localhost", "warn", {"base_url": "http://localhost:3000"}, "localhost:3000"),
        ("security.localhost", "warn", {"base_url": "http://[::1]:3000"}, "same machine"),
        (
            "database.url",
            "error",
            {"database": None, "email_and_password": {"enabled": True}},
            "needs a database in production",
        ),
        ("database.url", "warn", {"database": None}, "gone when the process ends"),
        ("database.memory", "warn", {"database": MemoryAdapter()}, "set database to a URL"),
        ("rate_limit.disabled", "warn", {"rate_limit": {"enabled": False}}, "guessed"),
        (
            "rate_limit.addresses",
            "warn",
            {"advanced": {"ip_address": {"disable_ip_tracking": True}}},
            "nobody to count",
        ),
        (
            "client_address.unknown",
            "warn",
            {"rate_limit": {"unknown_address": "allow"}},
            "not counted",
        ),
        ("client_address.unknown", "info", {"rate_limit": {"unknown_address": "share"}}, "share"),
        ("rate_limit.memory", "info", {}, "each process counts"),
        (
            "rate_limit.store_unavailable",
            "warn",
            {"rate_limit": {"storage": "database", "store_unavailable": "allow"}},
            "is down",
        ),
        (
            "client_address.proxies",
            "warn",
            {"advanced": {"ip_address": {"trusted_proxies": ["8.0.0.0/8"]}}},
            "8.0.0.0/8",
        ),
        (
            "client_address.forwarded_host",
            "warn",
            {"base_url": None, "advanced": {"trusted_proxy_headers": True}},
            "X-Forwarded-Host",
        ),
        (
            "security.private_addresses",
            "warn",
            {"advanced": {"allow_private_addresses": True}},
            "your own network",
        ),
        ("storage.memory", "warn", {"secondary_storage": MemoryStorage()}, "use Redis"),
        ("security.csrf", "warn", {"advanced": {"disable_csrf_check": True}}, "check of origins"),
        ("security.csrf", "warn", {"advanced": {"disable_origin_check": True}}, "check of origins"),
        ("security.redirects", "warn", {"advanced": {"disable_origin_check": True}}, "anywhere"),
        ("security.trusted_origins", "warn", {"trusted_origins": ["https://*"]}, "every site"),
        ("security.cookies", "warn", {"advanced": {"use_secure_cookies": False}}, "plain http"),
        (
            "security.cookies",
            "warn",
            {"advanced": {"default_cookie_attributes": {"secure": False}}},
            "secure=False",
        ),
        (
            "security.cookies",
            "warn",
            {"advanced": {"cookies": {"session_token": {"attributes": {"http_only": False}}}}},
            "advanced.cookies.session_token has http_only=False",
        ),
        (
            "security.password_length",
            "warn",
            {"email_and_password": {"enabled": True, "min_password_length": 6}},
            "at least 8",
        ),
        (
            "security.password_length",
            "warn",
            {"email_and_password": {"enabled": True, "max_password_length": 20}},
            "allow at least 64",
        ),
        ("errors.throw", "warn", {"on_api_error": {"throw": True}}, "on_error"),
        (
            "security.serial_ids",
            "warn",
            {
                "advanced": {"database": {"generate_id": "serial"}},
                "email_and_password": {"enabled": True, "auto_sign_in": False},
            },
            "prefer generate_id",
        ),
        (
            "config.password_hashing",
            "error",
            {"passwords": object(), "email_and_password": {"password": {"max_concurrent": 2}}},
            "give one of them",
        ),
    ],
)
def test_production_finds(code: str, level: str, arguments: dict[str, Any], words: str) -> None:
    ((given_level, message),) = found(code, **{**GOOD, **arguments})
    assert given_level == level
    assert words in message


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (
            "security.csrf",
            {"advanced": {"disable_csrf_check": False, "disable_origin_check": True}},
        ),
        (
            "security.cookies",
            {"base_url": "http://intranet", "advanced": {"use_secure_cookies": 0}},
        ),
        ("security.password_length", {"email_and_password": {"min_password_length": 1}}),
        ("security.trusted_origins", {"trusted_origins": ["https://*.example.com"]}),
        ("rate_limit.disabled", {"rate_limit": {"enabled": True}}),
        ("rate_limit.memory", {"rate_limit": {"storage": "database"}}),
        (
            "client_address.proxies",
            {"advanced": {"ip_address": {"trusted_proxies": ["10.0.0.0/8", "unix", "8.8.8.8"]}}},
        ),
        ("client_address.forwarded_host", {"advanced": {"trusted_proxy_headers": True}}),
        ("security.base_url", {"base_url": {"allowed_hosts": ["a.example"]}}),
        ("security.older_secret", {"secret": None, "secrets": f"2:{STRONG},1:{OLDER}"}),
    ],
)
def test_production_has_nothing_against(code: str, arguments: dict[str, Any]) -> None:
    assert found(code, **{**GOOD, **arguments}) == []


def test_every_error_is_told_at_once_and_no_secret_with_them() -> None:
    with pytest.raises(ConfigurationError) as caught:
        PyAuth(
            secret="sEcReT",
            email_and_password={"enabled": True},
            email_verification={"send_verification_email": print},
        )
    assert [problem.partition(":")[0] for problem in caught.value.problems] == [
        "the secret is too weak for production",
        "base_url is missing",
        "email_and_password needs a database in production",
    ]
    assert isinstance(caught.value, UnsafeConfiguration)
    assert all("sEcReT" not in item.message for item in caught.value.findings)


def test_warnings_are_logged_once_and_what_is_only_good_to_know_is_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "pyauth")
    auth = PyAuth(**{**GOOD, "base_url": "http://intranet"})
    auth.diagnose()
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert "http://intranet" in record.message
    assert record.message.endswith("(security.base_url_https)")


def test_development_is_judged_as_production_when_asked() -> None:
    auth = PyAuth(mode="development", email_and_password={"enabled": True})
    assert {item.code for item in auth.diagnose() if item.level != "info"} == set()
    errors = {item.code for item in auth.diagnose(production=True) if item.level == "error"}
    assert errors == {"security.secret", "database.url"}


def test_a_weak_secret_is_warned_of_in_development(caplog: pytest.LogCaptureFixture) -> None:
    make_auth(secret="short")
    assert "too weak for anything but your own machine" in caplog.text


def test_an_empty_secret_is_refused_in_every_mode() -> None:
    with pytest.raises(ConfigurationError, match="secret is empty"):
        PyAuth(mode="test", secret="")
