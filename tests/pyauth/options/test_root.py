from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from pyauth import ConfigurationError, EmailAndPassword, Field
from pyauth.options import Environment, Mode, Options, read_options

NOWHERE = Environment()


def read(
    environment: Environment = NOWHERE, suggested: Mode | None = None, **given: Any
) -> Options:
    return read_options(given, environment, suggested)


def problems_of(environment: Environment = NOWHERE, **given: Any) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        read(environment, **given)
    return caught.value.problems


def test_models_and_plain_data_say_the_same() -> None:
    plain = read(email_and_password={"enabled": True, "min_password_length": 10})
    assert plain == read(email_and_password=EmailAndPassword(enabled=True, min_password_length=10))


def test_a_typescript_configuration_ports_by_hand() -> None:
    typescript: dict[str, Any] = {
        "baseURL": "https://a.example",
        "basePath": "/auth",
        "emailAndPassword": {"enabled": True, "minPasswordLength": 10, "autoSignIn": False},
        "session": {"expiresIn": 3600, "updateAge": 60},
        "user": {
            "modelName": "people",
            "additionalFields": {
                "nick": {"type": "string", "required": False, "defaultValue": "x"}
            },
        },
        "advanced": {
            "cookiePrefix": "acme",
            "disableCSRFCheck": True,
            "ipAddress": {"ipv6Subnet": 48},
        },
        "trustedOrigins": ["https://b.example"],
        "onAPIError": {"errorURL": "/oops"},
    }
    assert read(**typescript) == read(
        base_url="https://a.example",
        base_path="/auth",
        email_and_password={"enabled": True, "min_password_length": 10, "auto_sign_in": False},
        session={"expires_in": timedelta(hours=1), "update_age": timedelta(minutes=1)},
        user={
            "model_name": "people",
            "additional_fields": {"nick": Field(type="string", required=False, default="x")},
        },
        advanced={
            "cookie_prefix": "acme",
            "disable_csrf_check": True,
            "ip_address": {"ipv6_subnet": 48},
        },
        trusted_origins=["https://b.example"],
        on_api_error={"error_url": "/oops"},
    )


def test_the_defaults_are_upstreams() -> None:
    options = read()
    session, passwords = options.session, options.email_and_password
    assert (session.expires_in, session.update_age, session.fresh_age) == (
        timedelta(days=7),
        timedelta(days=1),
        timedelta(days=1),
    )
    assert (passwords.enabled, passwords.min_password_length, passwords.max_password_length) == (
        False,
        8,
        128,
    )
    assert (options.base_path, options.advanced.cookie_prefix) == ("/api/auth", "better-auth")
    assert (options.rate_limit.window, options.rate_limit.max) == (timedelta(seconds=10), 100)
    assert options.email_verification.expires_in == timedelta(hours=1)


def test_options_never_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read().session.expires_in = timedelta(1)


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ({"emial_and_password": {}}, "'emial_and_password'; did you mean 'email_and_password'?"),
        ({"email_and_password": {"enable": True}}, "did you mean 'email_and_password.enabled'?"),
        ({"session": {"expire_in": 1}}, "did you mean 'session.expires_in'?"),
        ({"advanced": {"ip_address": {"subnet": 64}}}, "advanced.ip_address"),
        ({"expires_in": 5}, "expires_in'?"),
        ({"zzzzzz": 1}, "unknown option 'zzzzzz'"),
    ],
)  # fmt: skip
def test_a_misspelt_option_names_the_nearest_right_one(given: dict[str, Any], hint: str) -> None:
    (problem,) = problems_of(**given)
    assert hint in problem


def test_every_problem_is_listed_at_once() -> None:
    assert len(problems_of(base_url="nope", session={"expires_in": -1}, nonsense=1)) == 3


@pytest.mark.parametrize(
    "given",
    [
        {"base_url": "app.example.com"},
        {"base_url": "ftp://app.example.com"},
        {"base_url": "https://"},
        {"base_url": "https://user@app.example.com"},
        {"base_url": "https://app.example.com?x=1"},
        {"base_url": "https://app.example.com#x"},
        {"base_url": "https://app.example.com:99999"},
        {"base_url": "https://app.example.com:port"},
        {"base_url": "https://\u00e4.example.com"},
        {"base_url": "https://app example.com"},
        {"base_url": "https://app.example.com/other"},
        {"base_path": "auth"},
        {"base_path": "//auth"},
        {"mode": "prod"},
        {"naming": "django"},
        {"trusted_origins": "https://a.example"},
        {"session": {"expires_in": 0}},
        {"session": {"update_age": -1}},
        {"session": {"fresh_age": timedelta(seconds=-1)}},
        {"rate_limit": {"window": 0}},
        {"rate_limit": {"max": 0}},
        {"email_verification": {"expires_in": 0}},
        {"email_verification": {"send_on_sign_up": True}},
        {"email_and_password": {"min_password_length": 0}},
        {"email_and_password": {"max_password_length": 5000}},
        {"email_and_password": {"min_password_length": 20, "max_password_length": 10}},
        {"email_and_password": {"password": {"hash": str}}},
        {"advanced": {"max_body_size": 0}},
        {"advanced": {"ip_address": {"ipv6_subnet": 65}}},
        {"advanced": {"cross_sub_domain_cookies": {"enabled": True}}},
        {"user": {"additional_fields": {"x": {"type": "text"}}}},
    ],
)
def test_what_cannot_work_is_refused(given: dict[str, Any]) -> None:
    assert problems_of(**given)


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example.com",
        "https://app.example.com/",
        "https://app.example.com/api/auth",
        "http://localhost:3000",
        "http://[::1]:3000",
    ],
)
def test_what_a_base_url_may_be(url: str) -> None:
    assert read(base_url=url).base_url == url.rstrip("/")


def test_arguments_win_over_the_environment() -> None:
    environment = Environment(
        secret="theirs", url="https://theirs.example", mode="test", trusted_origins=("*.t.example",)
    )
    own = read(environment, base_url="https://own.example", secret="own", mode="development")
    assert own.secret is not None
    assert (own.base_url, own.secret.get_secret_value(), own.mode) == (
        "https://own.example",
        "own",
        "development",
    )
    filled = read(environment, trustedOrigins=["https://own.example"])
    assert (filled.base_url, filled.mode) == ("https://theirs.example", "test")
    assert filled.trusted_origins == ("https://own.example", "*.t.example")


def test_a_list_of_origins_stays_a_list_beside_the_environment() -> None:
    environment = Environment(trusted_origins=("https://theirs.example",))
    assert problems_of(environment, trusted_origins="https://own.example")


def test_each_kind_of_secret_comes_from_its_own_place() -> None:
    """A rotation begun in the environment must not be missed, nor the secret before it."""
    began = read(Environment(secret="theirs", secrets="1:theirs"), secret="own")
    assert began.secret is not None
    assert began.secret.get_secret_value() == "own"
    assert isinstance(began.secrets, SecretStr)
    assert began.secrets.get_secret_value() == "1:theirs"
    kept = read(Environment(secret="before"), secrets="1:own")
    assert kept.secret is not None
    assert kept.secret.get_secret_value() == "before"


@pytest.mark.parametrize(
    ("environment", "suggested", "mode"),
    [
        (NOWHERE, None, "production"),
        (NOWHERE, "development", "development"),
        (Environment(mode="production"), "development", "production"),
        (Environment(mode="test"), None, "test"),
    ],
)
def test_the_posture_is_production_unless_something_says_otherwise(
    environment: Environment, suggested: Mode | None, mode: str
) -> None:
    assert read(environment, suggested).mode == mode


def test_neither_errors_nor_repr_show_a_value() -> None:
    given: dict[str, Any] = {
        "secret": "sEcReT-one",
        "secrets": "1:sEcReT-two",
        "base_url": "sEcReT-three",
        "session": {"expires_in": "sEcReT-four"},
    }
    assert "sEcReT" not in " ".join(problems_of(**given))
    options = read(secret="sEcReT", secrets="1:sEcReT")
    assert "sEcReT" not in f"{options!r} {options}"


def test_numbered_secrets_may_be_a_list() -> None:
    given = [{"version": 2, "value": "sEcReT-two"}, {"version": 1, "value": "sEcReT-one"}]
    options = read(secrets=given)
    assert isinstance(options.secrets, tuple)
    assert [item.version for item in options.secrets] == [2, 1]
    assert "sEcReT" not in f"{options!r} {options}"
    assert "sEcReT" not in " ".join(problems_of(secrets=[{"version": -1, "value": "sEcReT"}]))
