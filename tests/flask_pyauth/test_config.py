"""Options come from ``app.config`` under keys of their own."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from flask_pyauth import FlaskPyAuth
from flask_pyauth.config import read_config
from pyauth import ConfigurationError
from pyauth.db.memory import MemoryAdapter
from tests.support.app import SECRET


def make_app(**config: Any) -> Flask:
    app = Flask("site")
    app.config.update(PYAUTH_ENV="test", **config)
    return app


def options_of(app: Flask, **given: Any) -> Any:
    auth = FlaskPyAuth(app, **given)
    return auth.for_app(app).context.options


def test_each_top_level_option_has_a_key() -> None:
    options = options_of(
        make_app(
            PYAUTH_SECRET=SECRET,
            PYAUTH_BASE_PATH="/accounts",
            PYAUTH_SESSION={"expires_in": 3600, "freshAge": 60},
            PYAUTH_EMAIL_AND_PASSWORD={"enabled": True},
        )
    )

    assert options.secret.get_secret_value() == SECRET
    assert options.base_path == "/accounts"
    assert options.session.expires_in == timedelta(hours=1)
    assert options.session.fresh_age == timedelta(minutes=1)
    assert options.email_and_password.enabled


@pytest.mark.parametrize("key", ["PYAUTH_URL", "PYAUTH_BASE_URL"])
def test_the_base_url_has_two_spellings(key: str) -> None:
    assert options_of(make_app(**{key: "https://a.example"})).base_url == "https://a.example"


def test_the_database_may_be_configured() -> None:
    adapter = MemoryAdapter()
    app = make_app(PYAUTH_DATABASE=adapter)

    assert FlaskPyAuth(app).for_app(app).context.adapter is adapter


def test_an_argument_wins_over_the_config_and_the_config_over_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYAUTH_URL", "https://environment.example")

    assert options_of(make_app()).base_url == "https://environment.example"
    app = make_app(PYAUTH_URL="https://config.example")
    assert options_of(app).base_url == "https://config.example"
    app = make_app(PYAUTH_URL="https://config.example")
    assert options_of(app, base_url="https://argument.example").base_url == (
        "https://argument.example"
    )


def test_an_argument_in_upstreams_spelling_wins_too() -> None:
    app = make_app(PYAUTH_URL="https://config.example")

    assert options_of(app, baseURL="https://argument.example").base_url == (
        "https://argument.example"
    )


def test_an_argument_replaces_a_configured_group_whole() -> None:
    app = make_app(PYAUTH_SESSION={"expires_in": 3600, "fresh_age": 60})

    session = options_of(app, session={"expires_in": 7200}).session

    assert session.expires_in == timedelta(hours=2)
    assert session.fresh_age == timedelta(days=1)


def test_none_counts_as_unset() -> None:
    assert read_config({"PYAUTH_URL": None}, "default") == {}


def test_unknown_keys_are_refused_with_the_nearest_right_one() -> None:
    with pytest.raises(ConfigurationError) as caught:
        FlaskPyAuth(make_app(PYAUTH_SECRT="x" * 40, PYAUTH_SESION={}))

    assert caught.value.problems == (
        "unknown configuration key 'PYAUTH_SECRT'; did you mean 'PYAUTH_SECRET'?",
        "unknown configuration key 'PYAUTH_SESION'; did you mean 'PYAUTH_SESSION'?",
    )


def test_one_option_under_two_keys_with_two_values_is_refused() -> None:
    app = make_app(PYAUTH_URL="https://a.example", PYAUTH_BASE_URL="https://b.example")

    with pytest.raises(ConfigurationError, match="PYAUTH_URL and PYAUTH_BASE_URL are one option"):
        FlaskPyAuth(app)


def test_an_unknown_option_within_a_group_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"session\.fresh_age"):
        FlaskPyAuth(make_app(PYAUTH_SESSION={"fresh_agee": 3}))


def test_a_secret_is_not_shown_by_an_error() -> None:
    with pytest.raises(ConfigurationError) as caught:
        FlaskPyAuth(make_app(PYAUTH_SECRET=[SECRET]))

    assert SECRET not in str(caught.value)


def test_another_instance_has_keys_of_its_own() -> None:
    config = {"PYAUTH_BASE_PATH": "/api/auth", "ADMIN_PYAUTH_BASE_PATH": "/admin/auth"}

    assert read_config(config, "default") == {"base_path": "/api/auth"}
    assert read_config(config, "admin") == {"base_path": "/admin/auth"}


def test_an_unknown_key_of_another_instance_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'ADMIN_PYAUTH_SECRET'"):
        read_config({"ADMIN_PYAUTH_SECRT": "x"}, "admin")


@pytest.mark.parametrize(
    ("flask", "configured", "mode"),
    [
        ({"TESTING": True}, None, "test"),
        ({"DEBUG": True}, None, "development"),
        ({"DEBUG": True}, "Production", "production"),
        ({}, None, "production"),
    ],
)
def test_flask_chooses_the_posture_unless_it_is_configured(
    flask: dict[str, bool], configured: str | None, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYAUTH_ENV", raising=False)
    app = Flask("site")
    app.config.update(flask, PYAUTH_SECRET=SECRET, PYAUTH_ENV=configured)

    assert options_of(app).mode == mode


def test_the_environment_chooses_the_posture_before_flask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYAUTH_ENV", "production")
    app = Flask("site")
    app.config.update(TESTING=True, PYAUTH_SECRET=SECRET)

    assert options_of(app).mode == "production"


def test_production_needs_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYAUTH_ENV", raising=False)

    with pytest.raises(ConfigurationError, match="secret is missing"):
        FlaskPyAuth(Flask("site"))
