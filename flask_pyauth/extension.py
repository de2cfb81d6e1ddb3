"""The Flask extension: ``FlaskPyAuth(app)``."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from flask import Flask, has_app_context
from sqlalchemy import MetaData

from flask_pyauth.answers import register_error_answer
from flask_pyauth.api import FlaskApi
from flask_pyauth.commands import add_commands
from flask_pyauth.config import (
    DEFAULT_NAME,
    FLASK_OPTIONS,
    config_prefix,
    read_config,
    spell_as_fields,
)
from flask_pyauth.csrf import exempt_from_csrf
from flask_pyauth.database import FlaskDatabase, resolve_database
from flask_pyauth.guards import Guards
from flask_pyauth.installation import Installation, get_installation, installations
from flask_pyauth.proxies import make_session_proxy, make_user_proxy
from flask_pyauth.routes import add_routes
from flask_pyauth.runner import ReplaceableRunner, make_replaceable
from flask_pyauth.signals import SignalSender
from pyauth import ConfigurationError, PyAuth, Session, User
from pyauth.assembly import Database, Finding, RunnerFactory
from pyauth.clock import Clock
from pyauth.context import AuthContext
from pyauth.crypto.passwords import Passwords
from pyauth.db.migration.plan import Plan
from pyauth.options import Mode
from pyauth.outbound.http import HttpClient
from pyauth.plugin import Plugin
from pyauth.storage import SecondaryStorage


class FlaskPyAuth:
    """An authentication server within Flask apps.

    One object may serve several apps, and an app may have several objects under different names.
    What is not given here is read from ``app.config`` (``PYAUTH_SECRET``,
    ``PYAUTH_SESSION = {...}``), then from the environment, when :meth:`init_app` runs; an option
    given here replaces the configured one whole.

    Args:
        app: the app, or None to call :meth:`init_app` later.
        name: lower-case; tells several instances of one app apart. One that is not called
            ``default`` reads ``<NAME>_PYAUTH_*`` instead, and needs a base path and a cookie
            prefix of its own.
        database: as of :class:`~pyauth.PyAuth`, or the app's Flask-SQLAlchemy object.
        secondary_storage: as of :class:`~pyauth.PyAuth`.
        plugins: in order.
        metadata: the MetaData that the tables join; by default Flask-SQLAlchemy's, or their own.
        passwords, runner, http_client, clock, logger: as of :class:`~pyauth.PyAuth`;
            ``logger=app.logger`` logs with the app.
        login_view: endpoint or address of the sign-in page; ``login_required`` sends browsers
            there with ``?next=``.
        reauth_view: the same for the page that asks for the password again.
        template_context: whether templates see ``current_user`` and ``current_session``
            (``<name>_current_user`` for an instance that is not the default one).
        **options: the options of :class:`~pyauth.PyAuth`.

    Raises:
        ConfigurationError: with an app, whatever :meth:`init_app` refuses.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        name: str = DEFAULT_NAME,
        database: Database | FlaskDatabase = None,
        secondary_storage: SecondaryStorage | str | None = None,
        plugins: Sequence[Plugin] | None = None,
        metadata: MetaData | None = None,
        passwords: Passwords | None = None,
        runner: RunnerFactory | None = None,
        http_client: HttpClient | None = None,
        clock: Clock | None = None,
        logger: logging.Logger | None = None,
        login_view: str | None = None,
        reauth_view: str | None = None,
        template_context: bool | None = None,
        **options: Any,
    ) -> None:
        if not name.isidentifier() or not name.islower():
            raise ConfigurationError(
                f"the name {name!r} must be lower-case letters, digits and underscores"
            )
        self._name = name
        self._given = {
            **spell_as_fields(options),
            "database": database,
            "secondary_storage": secondary_storage,
            "plugins": plugins,
            "metadata": metadata,
            "passwords": passwords,
            "runner": runner,
            "http_client": http_client,
            "clock": clock,
            "logger": logger,
            "login_view": login_view,
            "reauth_view": reauth_view,
            "template_context": template_context,
        }
        self._app = app
        self._user, self._session = make_user_proxy(name), make_session_proxy(name)
        guards = Guards(name)
        self.login_required = guards.login_required
        self.fresh_session_required = guards.fresh_session_required
        if app is not None:
            self.init_app(app)

    @property
    def name(self) -> str:
        """The instance's name."""
        return self._name

    @property
    def core(self) -> PyAuth:
        """The server of the current app, without Flask; of the constructor's app outside of one.

        Raises:
            RuntimeError: there is no current app, and the constructor was given none.
        """
        return self._installation().auth

    @property
    def api(self) -> FlaskApi:
        """The endpoints; within a request each call is made on its behalf."""
        return self._installation().api

    @property
    def context(self) -> AuthContext:
        """Everything the server of the current app holds: stores, adapter, options."""
        return self.core.context

    @property
    def metadata(self) -> MetaData:
        """The MetaData that the tables have joined."""
        return self.core.metadata

    @property
    def current_user(self) -> User:
        """A proxy of the user who sent the request; falsy when there is none."""
        return self._user

    @property
    def current_session(self) -> Session:
        """A proxy of the session of the request; falsy when there is none."""
        return self._session

    def plan(self, *, dialect: str | None = None) -> Plan:
        """Return what the database of the current app lacks; see :meth:`pyauth.PyAuth.plan`."""
        return self.core.plan(dialect=dialect)

    def migrate(self) -> Plan:
        """Create what the database of the current app lacks, and return it."""
        return self.core.migrate()

    def create_schema(self, dialect: str | None = None) -> str:
        """Return the SQL that creates every table; see :meth:`pyauth.PyAuth.create_schema`."""
        return self.core.create_schema(dialect)

    def include_object(self, *arguments: Any) -> bool:
        """For Flask-Migrate; see :meth:`pyauth.PyAuth.include_object`."""
        return self.core.include_object(*arguments)

    def render_item(self, *arguments: Any) -> str | Literal[False]:
        """For Flask-Migrate; see :meth:`pyauth.PyAuth.render_item`."""
        return self.core.render_item(*arguments)

    def compare_type(self, *arguments: Any) -> bool | None:
        """For Flask-Migrate; see :meth:`pyauth.PyAuth.compare_type`."""
        return self.core.compare_type(*arguments)

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document of the routes; see :meth:`pyauth.PyAuth.openapi`."""
        return self.core.openapi()

    def diagnose(self, *, production: bool = False) -> tuple[Finding, ...]:
        """Return what is doubtful or wrong about the server of the current app.

        Args:
            production: judge as in production, whatever the mode.
        """
        return self.core.diagnose(production=production)

    def for_app(self, app: Flask) -> PyAuth:
        """Return the server of an app, for scripts and tests.

        Raises:
            ConfigurationError: :meth:`init_app` has not been called with it.
        """
        return get_installation(self._name, app).auth

    def init_app(self, app: Flask) -> None:
        """Build the server of an app and mount it: routes, proxies, signals, commands.

        Flask's ``debug`` and ``testing`` choose the posture, unless ``PYAUTH_ENV`` does: set them
        first.

        Raises:
            ConfigurationError: lists everything that is wrong with the configuration.
        """
        installed = installations(app)
        if self._name in installed:
            raise ConfigurationError(
                f"the app {app.name!r} already has a FlaskPyAuth named {self._name!r}; "
                "call init_app once, or give the other one a name"
            )
        settings = self._read_settings(app)
        own = {name: settings.pop(name, None) for name in FLASK_OPTIONS}
        installation = self._build(app, settings, own)
        _check_neighbours(installation, installed)
        view = add_routes(app, self._name, installation.auth)
        if own["template_context"] is not False:
            _extend_templates(app, self)
        installed[self._name] = installation
        exempt_from_csrf(app, view)
        register_error_answer(app)
        app.after_request(installation.finish)
        add_commands(app)

    def _read_settings(self, app: Flask) -> dict[str, Any]:
        given = {name: value for name, value in self._given.items() if value is not None}
        settings = {**read_config(app.config, self._name), **given}
        if isinstance(settings.get("mode"), str):
            settings["mode"] = settings["mode"].strip().lower()
        return settings

    def _build(self, app: Flask, settings: dict[str, Any], own: Mapping[str, Any]) -> Installation:
        database, metadata = resolve_database(
            app, settings.pop("database", None), settings.pop("metadata", None)
        )
        auth = PyAuth(
            database=database,
            metadata=metadata,
            plugins=(*settings.pop("plugins", ()), SignalSender(app, self)),
            default_mode=_posture(app),
            runner=make_replaceable(app, settings.pop("runner", None)),
            **settings,
        )
        runner = auth.context.runner
        assert isinstance(runner, ReplaceableRunner)  # noqa: S101 - made two lines above
        return Installation(
            name=self._name,
            app=app,
            auth=auth,
            api=FlaskApi(app, self._name, auth),
            runner=runner,
            login_view=own["login_view"],
            reauth_view=own["reauth_view"],
        )

    def _installation(self) -> Installation:
        app = None if has_app_context() else self._app
        return get_installation(self._name, app)


def _posture(app: Flask) -> Mode | None:
    if app.testing:
        return "test"
    return "development" if app.debug else None


def _check_neighbours(new: Installation, installed: Mapping[str, Installation]) -> None:
    """Refuse two instances of one app that would take each other's requests or cookies."""
    problems = []
    cookie = new.auth.context.cookies.session_token
    for other in installed.values():
        if other.auth.base_path == new.auth.base_path:
            problems.append(
                f"the FlaskPyAuth instances {other.name!r} and {new.name!r} both have the base "
                f"path {new.auth.base_path!r}; set {config_prefix(new.name)}BASE_PATH"
            )
        theirs = other.auth.context.cookies.session_token
        if (cookie.name, cookie.attributes.path) == (theirs.name, theirs.attributes.path):
            problems.append(
                f"the FlaskPyAuth instances {other.name!r} and {new.name!r} both set the cookie "
                f"{cookie.name!r}; give one of them another advanced.cookie_prefix"
            )
    if problems:
        raise ConfigurationError(problems)


def _extend_templates(app: Flask, auth: FlaskPyAuth) -> None:
    prefix = "" if auth.name == DEFAULT_NAME else f"{auth.name}_"
    names = {
        f"{prefix}current_user": auth.current_user,
        f"{prefix}current_session": auth.current_session,
    }
    taken = [name for name in names if name in app.jinja_env.globals]
    if not prefix and hasattr(app, "login_manager"):
        taken.append("current_user")  # Flask-Login's, from a context processor of its own
    if taken:
        raise ConfigurationError(
            f"templates already have {' and '.join(sorted(set(taken)))}; pass "
            "template_context=False and hand them what they need under another name"
        )
    app.context_processor(lambda: dict(names))
