"""A plugin: one class that says what it contributes; nothing is special-cased for those we ship.

A plugin is configured by its constructor's keyword arguments, names its ``id`` and returns its
:class:`Contributions`. Each contribution carries the plugin's id, so that two plugins claiming one
thing stop the start-up and both are named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pyauth.context import AuthContext, PasswordValidator
from pyauth.db.hooks import DatabaseHook
from pyauth.db.migration.named import NamedMigration
from pyauth.db.schema import ModelSchema
from pyauth.error_codes import ErrorCode
from pyauth.http.endpoint import Endpoint, endpoint
from pyauth.http.hooks import AfterHook, BeforeHook, OnRequest, OnResponse, PathMiddleware
from pyauth.http.rate_limit import RateRule
from pyauth.options import Field, Options, Reference
from pyauth.outbound import DeliveryKind
from pyauth.state import State, define_state

__all__ = [
    "AfterHook",
    "BeforeHook",
    "Contributions",
    "DatabaseHook",
    "DeliveryKind",
    "Endpoint",
    "ErrorCode",
    "Field",
    "ModelSchema",
    "NamedMigration",
    "OnRequest",
    "OnResponse",
    "PasswordValidator",
    "PathMiddleware",
    "Plugin",
    "RateRule",
    "Reference",
    "State",
    "define_state",
    "endpoint",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributions:
    """Everything a plugin adds, in the order in which it takes effect.

    Attributes:
        schema: new models, or further fields of existing ones.
        migrations: work on existing rows, run once per database by ``migrate``.
        endpoints: operations; one with ``replaces=True`` may take the place of a core endpoint.
        before, after: hooks around endpoints.
        middlewares: guards of paths.
        on_request, on_response: around the whole of a request.
        rate_rules: narrower limits; the first plugin with a matching rule wins.
        error_codes: the codes its answers carry.
        database_hooks: around writes to models.
        password_validators: asked before a password is set.
        trusted_origins: patterns of origins.
        disabled_paths: paths answered with 404.
        delivery_kinds: what it sends in the background.
        social_providers: sign-in providers, by id; a declared place.
        openapi: merged into the OpenAPI document, such as further security schemes.
    """

    schema: Sequence[ModelSchema] = ()
    migrations: Sequence[NamedMigration] = ()
    endpoints: Sequence[Endpoint[Any, Any]] = ()
    before: Sequence[BeforeHook] = ()
    after: Sequence[AfterHook] = ()
    middlewares: Sequence[PathMiddleware] = ()
    on_request: Sequence[OnRequest] = ()
    on_response: Sequence[OnResponse] = ()
    rate_rules: Sequence[RateRule] = ()
    error_codes: Sequence[ErrorCode] = ()
    database_hooks: Sequence[DatabaseHook] = ()
    password_validators: Sequence[PasswordValidator] = ()
    trusted_origins: Sequence[str] = ()
    disabled_paths: Sequence[str] = ()
    delivery_kinds: Sequence[DeliveryKind] = ()
    social_providers: Mapping[str, Any] = field(default_factory=dict)
    openapi: Mapping[str, Any] = field(default_factory=dict)


class Plugin:
    """The base of every plugin."""

    id: ClassVar[str] = ""
    """Unique, in kebab-case as upstream names it: ``two-factor``."""

    def configure(self, options: Options) -> Options:
        """Return the options with what this plugin sets; what the user set wins.

        Runs in list order before the schema is merged. Pure: the plugin may be used by several
        instances.
        """
        return options

    def contribute(self) -> Contributions:
        """Return everything this plugin adds."""
        return Contributions()

    def start(self, context: AuthContext) -> None:
        """Read the finished context once; changing anything there is not possible."""


def source_of(plugin_id: str) -> str:
    """Return how conflict messages name a plugin."""
    return f"plugin {plugin_id}"
