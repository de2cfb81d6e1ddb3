"""Options come from ``app.config`` under keys of their own."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import MetaData

from flask_pyauth import FlaskPyAuth
from flask_pyauth.config import read_config
from flask_pyauth.runner import ReplaceableRunner
from pyauth import ConfigurationError, DynamicBaseURL
from pyauth.db.memory import MemoryAdapter
from pyauth.outbound import InlineRunner
from pyauth.outbound.http import GuardedClient
from pyauth.plugins import Bearer
from pyauth.storage import MemoryStorage, RedisStorage
from pyauth.testing import cheap_passwords
from tests.support.app import SECRET, FrozenClock


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


def test_every_part_that_is_an_object_has_a_key() -> None:
    clock, passwords, storage = FrozenClock(), cheap_passwords(), MemoryStorage()
    http_client, metadata = GuardedClient(), MetaData()
    app = make_app(
        PYAUTH_DATABASE="sqlite://",
        PYAUTH_METADATA=metadata,
        PYAUTH_SECONDARY_STORAGE=storage,
        PYAUTH_PLUGINS=[Bearer()],
        PYAUTH_PASSWORDS=passwords,
        PYAUTH_RUNNER=InlineRunner,
        PYAUTH_HTTP_CLIENT=http_client,
        PYAUTH_CLOCK=clock,
    )
    context = FlaskPyAuth(app).for_app(app).context

    assert context.secondary_storage is storage
    assert context.find_plugin(Bearer)
    assert context.passwords is passwords
    assert context.http is http_client
    assert context.clock is clock
    assert "users" in metadata.tables
    assert isinstance(context.runner, ReplaceableRunner)
    assert context.runner.stats is not None
    context.adapter.close()
    http_client.close()


def test_an_object_given_as_argument_wins_too() -> None:
    clock = FrozenClock()
    app = make_app(PYAUTH_CLOCK=FrozenClock())

    assert FlaskPyAuth(app, clock=clock).for_app(app).context.clock is clock


def test_the_secondary_storage_may_be_a_url() -> None:
    app = make_app(PYAUTH_SECONDARY_STORAGE="redis://127.0.0.1:1", PYAUTH_DATABASE=MemoryAdapter())
    auth = FlaskPyAuth(app).for_app(app)

    assert isinstance(auth.context.secondary_storage, RedisStorage)
    auth.close()


def test_groups_may_come_from_prefixed_environment_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FLASK_PYAUTH_SESSION__expires_in", "3600")
    monkeypatch.setenv("FLASK_PYAUTH_EMAIL_AND_PASSWORD__enabled", "true")
    app = make_app()
    app.config.from_prefixed_env()

    options = options_of(app)

    assert options.session.expires_in == timedelta(hours=1)
    assert options.email_and_password.enabled


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


def test_unknown_names_within_groups_are_named_with_their_key_all_at_once() -> None:
    app = make_app(
        PYAUTH_SESSION={"fresh_agee": 3},
        PYAUTH_ADVANCED={"ip_address": {"ipv6Subnett": 64}, "nonsense": 1},
        PYAUTH_BASE_URL={"allowed_host": ["a.example"]},
        PYAUTH_SECRT="x",
    )
    with pytest.raises(ConfigurationError) as caught:
        FlaskPyAuth(app)

    assert set(caught.value.problems) == {
        "unknown configuration key PYAUTH_SESSION['fresh_agee']; did you mean 'fresh_age'?",
        "unknown configuration key PYAUTH_ADVANCED['ip_address']['ipv6Subnett']; "
        "did you mean 'ipv6_subnet'?",
        "unknown configuration key PYAUTH_ADVANCED['nonsense']",
        "unknown configuration key PYAUTH_BASE_URL['allowed_host']; did you mean 'allowed_hosts'?",
        "unknown configuration key 'PYAUTH_SECRT'; did you mean 'PYAUTH_SECRET'?",
    }


def test_names_that_an_app_chooses_are_no_options() -> None:
    options = options_of(
        make_app(
            PYAUTH_USER={
                "additionalFields": {"favouriteColour": {"type": "string", "required": False}},
                "fields": {"email": "mail"},
            }
        )
    )
    assert "favourite_colour" in options.user.additional_fields


def test_the_base_url_may_be_a_rule() -> None:
    rule = {"allowedHosts": ["a.example", "*.b.example"], "fallback": "https://a.example"}
    for key in ("PYAUTH_URL", "PYAUTH_BASE_URL"):
        base_url = options_of(make_app(**{key: rule})).base_url
        assert base_url == DynamicBaseURL(
            allowed_hosts=("a.example", "*.b.example"), fallback="https://a.example"
        )


@pytest.mark.parametrize("key", ["PYAUTH_URL", "PYAUTH_BASE_URL"])
def test_either_spelling_in_the_config_wins_over_either_in_the_environment(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYAUTH_URL", "PYAUTH_BASE_URL"):
        monkeypatch.setenv(name, "https://environment.example")
        assert options_of(make_app(**{key: "https://config.example"})).base_url == (
            "https://config.example"
        )


def test_trusted_origins_of_the_environment_join_those_of_the_config(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYAUTH_TRUSTED_ORIGINS", "https://environment.example")
    app = make_app(PYAUTH_TRUSTED_ORIGINS=["https://config.example"])
    assert options_of(app).trusted_origins == (
        "https://config.example",
        "https://environment.example",
    )


def test_the_logger_is_the_librarys_the_configs_or_the_arguments() -> None:
    def logger_of(app: Flask, **given: Any) -> logging.Logger:
        return FlaskPyAuth(app, **given).for_app(app).context.logger

    assert logger_of(make_app()) is logging.getLogger("pyauth")
    configured, given = logging.getLogger("configured"), logging.getLogger("given")
    assert logger_of(make_app(PYAUTH_LOGGER=configured)) is configured
    assert logger_of(make_app(PYAUTH_LOGGER=configured), logger=given) is given
    with pytest.raises(ConfigurationError, match=r"logging\.Logger"):
        FlaskPyAuth(make_app(PYAUTH_LOGGER={"disabled": True}))


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
