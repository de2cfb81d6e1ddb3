"""Building one instance: options, secrets, schema, stores, endpoints; checked together, once."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import MetaData
from sqlalchemy.engine import Engine

from pyauth.clock import Clock, utc_now
from pyauth.codec import make_writer
from pyauth.context import AuthContext
from pyauth.cookies import AuthCookies, CookieOverride, build_auth_cookies
from pyauth.crypto.passwords import CustomPasswords, PasswordHasher, Passwords
from pyauth.crypto.secret_keys import (
    DEVELOPMENT_SECRET,
    SecretKeys,
    parse_secret_versions,
    weakness,
)
from pyauth.db.adapter import Adapter
from pyauth.db.core_schema import core_models
from pyauth.db.hooks import DatabaseHook, HookedWriter
from pyauth.db.lifecycle import Bindable
from pyauth.db.memory import MemoryAdapter
from pyauth.db.schema import ModelSchema, Renaming, Schema, build_schema
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.error_codes import CORE_ERROR_CODES, ErrorCode
from pyauth.errors import ConfigurationError, ConflictError
from pyauth.http.hooks import AfterHook, BeforeHook
from pyauth.http.origins import find_origin, find_pattern_flaw
from pyauth.http.pipeline import Site
from pyauth.http.rate_limit import SPECIAL_RULES, MemoryRateLimitStore, RateLimiter, RateRule
from pyauth.http.registry import Contributed, Registry
from pyauth.http.rendering import make_encoder
from pyauth.options import CookieAttributes, Options, PasswordOptions
from pyauth.outbound import Delivery, DeliveryKind, Dispatcher, Runner, ThreadRunner, index_kinds
from pyauth.plugin import Contributions, Plugin, source_of
from pyauth.routes import CORE_ENDPOINTS
from pyauth.routes.sign_up import existing_user_kind
from pyauth.routes.verification_mail import verification_email_kind
from pyauth.sessions import SessionManager
from pyauth.stores import AccountStore, SessionStore, UserStore, VerificationStore

Database = str | Engine | Callable[[], Engine] | Adapter | None
"""Where the records live: a URL, an Engine, a function that returns one, or an adapter."""

RunnerFactory = Callable[[Callable[[Delivery], None]], Runner]
"""Receives the function that sends one delivery; returns what runs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a caller may put in the place of the built-in parts."""

    database: Database = None
    metadata: MetaData | None = None
    plugins: Sequence[Plugin] = ()
    passwords: Passwords | None = None
    runner: RunnerFactory | None = None
    clock: Clock = utc_now
    logger: logging.Logger = field(default_factory=lambda: logging.getLogger("pyauth"))


def assemble(options: Options, parts: Parts) -> Site:
    """Build everything of one instance.

    Raises:
        ConfigurationError: the options contradict one another, or the posture forbids them.
        ConflictError: two contributors claim one thing.
    """
    plugins = _index_plugins(parts.plugins)
    for plugin in plugins.values():
        options = _configure(plugin, options)
    contributions = {
        plugin_id: _attribute(plugin_id, plugin.contribute())
        for plugin_id, plugin in plugins.items()
    }
    keys = _read_keys(options)
    _check_posture(options, parts, keys)
    schema = _build_schema(options, contributions, parts.clock)
    context = _build_context(options, parts, keys, schema, plugins, contributions)
    registry = _build_registry(options, schema, contributions)
    _warn_of_idle_paths(registry, parts.logger)
    limiter = _build_limiter(context, contributions) if context.rate_limit_enabled else None
    encode = make_encoder(schema)
    site = Site(context, registry, limiter, encode, make_writer(encode))
    for plugin in plugins.values():
        plugin.start(context)
    return site


def _index_plugins(plugins: Sequence[Plugin]) -> dict[str, Plugin]:
    indexed: dict[str, Plugin] = {}
    for plugin in plugins:
        if not plugin.id:
            raise ConfigurationError(f"{type(plugin).__name__} has no id; a plugin needs one")
        if plugin.id in indexed:
            raise ConflictError(
                f"the plugin id {plugin.id!r}",
                first=type(indexed[plugin.id]).__name__,
                second=type(plugin).__name__,
            )
        indexed[plugin.id] = plugin
    return indexed


def _configure(plugin: Plugin, options: Options) -> Options:
    configured: object = plugin.configure(options)
    if not isinstance(configured, Options):
        raise ConfigurationError(f"configure() of {source_of(plugin.id)} must return the options")
    return configured


def _attribute(plugin_id: str, contributions: Contributions) -> Contributions:
    """Return the contributions under their plugin's name, which conflicts then give."""
    source = source_of(plugin_id)

    def attributed(items: Iterable[Any]) -> list[Any]:
        return [replace(item, source=source) for item in items]

    return replace(
        contributions,
        schema=attributed(contributions.schema),
        endpoints=attributed(contributions.endpoints),
        before=attributed(contributions.before),
        after=attributed(contributions.after),
        middlewares=attributed(contributions.middlewares),
        delivery_kinds=attributed(contributions.delivery_kinds),
    )


def _read_keys(options: Options) -> SecretKeys:
    single = None if options.secret is None else options.secret.get_secret_value()
    if options.secrets is not None:
        versions = parse_secret_versions(options.secrets.get_secret_value())
        return SecretKeys.rotating(versions, legacy=single)
    if single:
        return SecretKeys(single)
    if options.is_production:
        raise ConfigurationError(
            "secret is missing: set PYAUTH_SECRET to at least 32 random characters "
            "(`pyauth secret` makes some), or PYAUTH_ENV=development on your own machine"
        )
    return SecretKeys(DEVELOPMENT_SECRET)


def _check_posture(options: Options, parts: Parts, keys: SecretKeys) -> None:
    """Refuse contradictions, and what is unsafe in production; every problem at once."""
    problems = []
    settings = options.email_and_password.password
    if parts.passwords is not None and settings != PasswordOptions():
        problems.append(
            "passwords= and email_and_password.password both say how to hash; give one of them"
        )
    if options.advanced.database.generate_id == "serial" and _hides_addresses(options):
        parts.logger.warning(
            "sign-up hides whether an address is taken, but counted ids show it: a made-up user "
            "cannot have the next number; prefer generate_id='random' or 'uuid'"
        )
    problems += _find_unsafe(options, parts, keys) if options.is_production else []
    if problems:
        raise ConfigurationError(problems)


def _hides_addresses(options: Options) -> bool:
    sign_up = options.email_and_password
    return sign_up.enabled and (sign_up.require_email_verification or not sign_up.auto_sign_in)


def _find_unsafe(options: Options, parts: Parts, keys: SecretKeys) -> list[str]:
    problems = []
    flaw = weakness(keys.for_signing())
    if flaw is not None:
        problems.append(
            f"the secret is too weak for production: {flaw}; `pyauth secret` makes a good one"
        )
    if parts.database is None and options.email_and_password.enabled:
        problems.append("email_and_password needs a database in production: set database")
    if options.base_url is None and options.email_verification.send_verification_email:
        problems.append(
            "base_url is missing: without it the links in mails would lead wherever a request's "
            "Host header says; set base_url or PYAUTH_URL"
        )
    return problems


ByPlugin = Mapping[str, Contributions]


def _build_schema(options: Options, contributions: ByPlugin, clock: Clock) -> Schema:
    groups = {
        "user": options.user,
        "session": options.session,
        "account": options.account,
        "verification": options.verification,
    }
    additions = [
        ModelSchema(model, group.additional_fields, source="option additional_fields")
        for model, group in groups.items()
        if group.additional_fields
    ]
    additions += _flatten(item.schema for item in contributions.values())
    renamings = {model: Renaming(group.model_name, group.fields) for model, group in groups.items()}
    schema = build_schema(core_models(clock), additions, naming=options.naming, renamings=renamings)
    _check_session_fields(schema)
    return schema


def _check_session_fields(schema: Schema) -> None:
    """Refuse fields without which no session could ever be made: the server makes them alone."""
    problems = [
        f"field {item.name!r} of model 'session' ({item.source}) is required and has no default; "
        "give it a default, or required=False"
        for item in schema.model("session").additional
        if item.spec.required and not item.spec.has_default
    ]
    if problems:
        raise ConfigurationError(problems)


def _build_context(
    options: Options,
    parts: Parts,
    keys: SecretKeys,
    schema: Schema,
    plugins: Mapping[str, Plugin],
    contributions: ByPlugin,
) -> AuthContext:
    adapter = _open_adapter(options, parts, schema)
    secure = _is_secure(options)
    cookies = _build_cookies(options, secure=secure)
    writer = HookedWriter(adapter, _database_hooks(options, schema, contributions))
    shared: dict[str, Any] = {
        "adapter": adapter,
        "writer": writer,
        "schema": schema,
        "clock": parts.clock,
    }
    users = UserStore(**shared)
    sessions = SessionStore(users=users, **shared)
    kinds = index_kinds(_delivery_kinds(options, contributions))
    return AuthContext(
        options=options,
        keys=keys,
        schema=schema,
        adapter=adapter,
        writer=writer,
        users=users,
        accounts=AccountStore(**shared),
        sessions=sessions,
        verifications=VerificationStore(**shared),
        session_manager=SessionManager(
            store=sessions,
            cookies=cookies,
            keys=keys,
            options=options.session,
            clock=parts.clock,
        ),
        passwords=_build_passwords(options, parts),
        cookies=cookies,
        base_url=_full_base_url(options),
        trusted_origins=_trusted_origins(options, contributions, parts.logger),
        secure=secure,
        rate_limit_enabled=_is_rate_limited(options),
        runner=(parts.runner or ThreadRunner)(Dispatcher(kinds).deliver),
        delivery_kinds=kinds,
        password_validators=tuple(
            _flatten(item.password_validators for item in contributions.values())
        ),
        error_codes=_merge_error_codes(contributions),
        plugins=plugins,
        clock=parts.clock,
        logger=parts.logger,
    )


def _open_adapter(options: Options, parts: Parts, schema: Schema) -> Adapter:
    database = parts.database
    adapter: Adapter
    if database is None:
        adapter = MemoryAdapter()
    elif isinstance(database, Adapter):
        adapter = database
    else:
        adapter = SQLAlchemyAdapter(database, metadata=parts.metadata)
    if isinstance(adapter, Bindable):
        settings = options.advanced.database
        adapter.bind(
            schema,
            clock=parts.clock,
            id_policy=settings.generate_id,
            default_limit=settings.default_find_many_limit,
        )
    return adapter


def _is_secure(options: Options) -> bool:
    if options.advanced.use_secure_cookies is not None:
        return options.advanced.use_secure_cookies
    if options.base_url is not None:
        return options.base_url.startswith("https://")
    return options.is_production


def _build_cookies(options: Options, *, secure: bool) -> AuthCookies:
    advanced = options.advanced
    cross = advanced.cross_sub_domain_cookies
    domain = None
    if cross.enabled:
        domain = cross.domain or urlsplit(options.base_url or "").hostname
    return build_auth_cookies(
        prefix=advanced.cookie_prefix,
        secure=secure,
        domain=domain,
        session_max_age=int(options.session.expires_in.total_seconds()),
        default_attributes=_given(advanced.default_cookie_attributes),
        overrides={
            name: CookieOverride(cookie.name, _given(cookie.attributes))
            for name, cookie in advanced.cookies.items()
        },
    )


def _given(attributes: CookieAttributes) -> dict[str, Any]:
    return attributes.model_dump(exclude_none=True)


def _build_passwords(options: Options, parts: Parts) -> Passwords:
    if parts.passwords is not None:
        return parts.passwords
    settings = options.email_and_password.password
    if settings.hash is not None and settings.verify is not None:
        return CustomPasswords(hash=settings.hash, verify=settings.verify)
    return PasswordHasher(max_concurrent=settings.max_concurrent)


def _full_base_url(options: Options) -> str | None:
    if options.base_url is None:
        return None
    parts = urlsplit(options.base_url)
    return f"{parts.scheme}://{parts.netloc}{options.base_path}"


def _trusted_origins(
    options: Options, contributions: ByPlugin, logger: logging.Logger
) -> tuple[str, ...]:
    own = find_origin(options.base_url) if options.base_url else None
    patterns = [
        *([own] if own else []),
        *options.trusted_origins,
        *_flatten(item.trusted_origins for item in contributions.values()),
    ]
    for pattern in patterns:
        flaw = find_pattern_flaw(pattern)
        if flaw is not None:
            logger.warning("trusted origin %r can never match: %s", pattern, flaw)
    return tuple(dict.fromkeys(patterns))


def _database_hooks(
    options: Options, schema: Schema, contributions: ByPlugin
) -> list[DatabaseHook]:
    hooks = []
    for model in ("user", "session", "account", "verification"):
        group = getattr(options.database_hooks, model)
        for action in ("create", "update", "delete"):
            pair = getattr(group, action)
            if pair.before is not None or pair.after is not None:
                hooks.append(DatabaseHook(model, action, pair.before, pair.after))
    for contribution in contributions.values():
        for hook in contribution.database_hooks:
            schema.model(hook.model)  # refuses a model that does not exist
            hooks.append(hook)
    return hooks


def _delivery_kinds(options: Options, contributions: ByPlugin) -> list[DeliveryKind]:
    kinds = []
    if options.email_verification.send_verification_email is not None:
        kinds.append(verification_email_kind(options.email_verification.send_verification_email))
    if options.email_and_password.on_existing_user_sign_up is not None:
        kinds.append(existing_user_kind(options.email_and_password.on_existing_user_sign_up))
    return [*kinds, *_flatten(item.delivery_kinds for item in contributions.values())]


def _merge_error_codes(contributions: ByPlugin) -> dict[str, ErrorCode]:
    merged = dict(CORE_ERROR_CODES)
    sources = dict.fromkeys(merged, "core")
    for plugin_id, contribution in contributions.items():
        own = source_of(plugin_id)
        for code in contribution.error_codes:
            known = merged.setdefault(code.code, code)
            source = sources.setdefault(code.code, own)
            if known.message != code.message:
                raise ConflictError(f"error code {code.code}", first=source, second=own)
    return merged


def _build_registry(options: Options, schema: Schema, contributions: ByPlugin) -> Registry:
    all_of = contributions.values()
    endpoints = [*CORE_ENDPOINTS, *_flatten(item.endpoints for item in all_of)]
    hooks = options.hooks
    app_before = [BeforeHook(hooks.before)] if hooks.before else []
    app_after = [AfterHook(hooks.after)] if hooks.after else []
    disabled = [
        f"/{path.strip('/')}"
        for path in (*options.disabled_paths, *_flatten(item.disabled_paths for item in all_of))
    ]
    contributed = Contributed(
        before=[*app_before, *_flatten(item.before for item in all_of)],
        after=[*app_after, *_flatten(item.after for item in all_of)],
        middlewares=_flatten(item.middlewares for item in all_of),
        on_request=_flatten(item.on_request for item in all_of),
        on_response=_flatten(item.on_response for item in all_of),
        disabled_paths=frozenset(disabled),
    )
    return Registry(endpoints, contributed, schema)


def _warn_of_idle_paths(registry: Registry, logger: logging.Logger) -> None:
    for path in sorted(registry.contributed.disabled_paths):
        if not registry.router.knows(path):
            logger.warning("disabled path %r leads to no endpoint", path)


def _is_rate_limited(options: Options) -> bool:
    wanted = options.rate_limit.enabled
    return options.is_production if wanted is None else wanted


def _build_limiter(context: AuthContext, contributions: ByPlugin) -> RateLimiter:
    settings = context.options.rate_limit
    rules = []
    for plugin_id, contribution in contributions.items():
        for rule in contribution.rate_rules:
            if not (rule.paths or rule.prefixes):
                raise ConfigurationError(
                    f"a rate rule of {source_of(plugin_id)} names no paths and no prefixes"
                )
            rules.append(rule)
    return RateLimiter(
        store=MemoryRateLimitStore(clock=context.clock),
        rules=[*rules, *SPECIAL_RULES],
        default=RateRule(max=settings.max, window=settings.window),
        unknown_address=settings.unknown_address,
        logger=context.logger,
    )


def _flatten(groups: Iterable[Iterable[Any]]) -> list[Any]:
    return list(chain.from_iterable(groups))
