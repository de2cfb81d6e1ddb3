"""The context of one instance: adapter, stores, sessions, cookies, senders."""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pyauth.assembly.deliveries import delivery_kinds
from pyauth.assembly.hosts import with_host_contexts
from pyauth.assembly.limits import build_store, is_rate_limited
from pyauth.assembly.parts import Parts
from pyauth.assembly.plugins import ByPlugin, flatten
from pyauth.assembly.stateless import is_stateless
from pyauth.context import AuthContext
from pyauth.cookies import AuthCookies, CookieOverride, build_auth_cookies
from pyauth.crypto.passwords import CustomPasswords, PasswordHasher, Passwords
from pyauth.crypto.secret_keys import SecretKeys
from pyauth.db.adapter import Adapter
from pyauth.db.hooks import DatabaseHook, HookedWriter
from pyauth.db.lifecycle import Bindable
from pyauth.db.memory import MemoryAdapter
from pyauth.db.schema import Schema
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.error_codes import CORE_ERROR_CODES, ErrorCode
from pyauth.errors import ConflictError
from pyauth.http.base_url import origins_of
from pyauth.http.origins import find_origin, find_pattern_flaw
from pyauth.options import CookieAttributes, DynamicBaseURL, Options
from pyauth.options.base_url import static_address
from pyauth.options.listed import texts_of
from pyauth.outbound import Dispatcher, ThreadRunner, index_kinds
from pyauth.outbound.http import GuardedClient
from pyauth.plugin import Plugin, source_of
from pyauth.sessions import SessionManager, build_session_cache
from pyauth.stores.opening import open_stores


def build_context(
    options: Options,
    parts: Parts,
    keys: SecretKeys,
    schema: Schema,
    plugins: Mapping[str, Plugin],
    contributions: ByPlugin,
) -> AuthContext:
    """Return everything that handlers, hooks and plugins use."""
    adapter = _open_adapter(options, parts, schema)
    secure = _is_secure(options)
    base_url = _full_base_url(options)
    host = urlsplit(base_url).hostname if base_url else None
    cookies = _build_cookies(options, secure=secure, host=host)
    writer = HookedWriter(adapter, _database_hooks(options, schema, contributions), schema)
    stores = open_stores(
        options,
        adapter=adapter,
        writer=writer,
        schema=schema,
        clock=parts.clock,
        storage=parts.secondary_storage,
    )
    kinds = index_kinds(delivery_kinds(options, contributions))

    stateless = is_stateless(options, parts)

    def make_manager(cookies: AuthCookies) -> SessionManager:
        cache = build_session_cache(
            options.session.cookie_cache,
            spec=cookies.session_data,
            keys=keys,
            schema=schema,
            clock=parts.clock,
            logger=parts.logger,
            stateless=stateless,
        )
        return SessionManager(
            store=stores.sessions,
            cache=cache,
            is_stateless=stateless,
            cookies=cookies,
            keys=keys,
            options=options.session,
            clock=parts.clock,
        )

    context = AuthContext(
        options=options,
        keys=keys,
        schema=schema,
        adapter=adapter,
        writer=writer,
        secondary_storage=parts.secondary_storage,
        users=stores.users,
        accounts=stores.accounts,
        sessions=stores.sessions,
        verifications=stores.verifications,
        session_manager=make_manager(cookies),
        passwords=_build_passwords(options, parts),
        cookies=cookies,
        base_url=base_url,
        trusted_origins=_trusted_origins(options, contributions, parts.logger),
        secure=secure,
        rate_limit_enabled=is_rate_limited(options),
        rate_limit_store=build_store(options, parts, adapter),
        runner=(parts.runner or ThreadRunner)(Dispatcher(kinds).deliver),
        http=parts.http_client or _make_client(options),
        delivery_kinds=kinds,
        password_validators=tuple(
            flatten(item.password_validators for item in contributions.values())
        ),
        error_codes=_merge_error_codes(contributions),
        plugins=plugins,
        clock=parts.clock,
        logger=parts.logger,
    )
    return with_host_contexts(context, build_cookies=_build_cookies, make_manager=make_manager)


def _make_client(options: Options) -> GuardedClient:
    return GuardedClient(allow_private_addresses=options.advanced.allow_private_addresses)


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
    base_url = options.base_url
    if isinstance(base_url, str):
        return base_url.startswith("https://")
    if base_url is not None and base_url.protocol != "auto":
        return base_url.protocol == "https"
    return options.is_production


def _build_cookies(options: Options, *, secure: bool, host: str | None) -> AuthCookies:
    """Build the cookies.

    Args:
        options: say how.
        secure: whether they are.
        host: whose subdomains share them, where the options share them without naming a domain.
    """
    advanced = options.advanced
    cross = advanced.cross_sub_domain_cookies
    domain = cross.domain or host if cross.enabled else None
    return build_auth_cookies(
        prefix=advanced.cookie_prefix,
        secure=secure,
        domain=domain,
        session_max_age=int(options.session.expires_in.total_seconds()),
        session_data_max_age=int(options.session.cookie_cache.max_age.total_seconds()),
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
    address = static_address(options.base_url)
    if address is None:
        return None
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}{options.base_path}"


def _trusted_origins(
    options: Options, contributions: ByPlugin, logger: logging.Logger
) -> tuple[str, ...]:
    patterns = [
        *_own_origins(options.base_url),
        *texts_of(options.trusted_origins),
        *flatten(item.trusted_origins for item in contributions.values()),
    ]
    for pattern in patterns:
        flaw = find_pattern_flaw(pattern)
        if flaw is not None:
            logger.warning("trusted origin %r can never match: %s", pattern, flaw)
    return tuple(dict.fromkeys(patterns))


def _own_origins(base_url: str | DynamicBaseURL | None) -> list[str]:
    if isinstance(base_url, DynamicBaseURL):
        return list(origins_of(base_url))
    own = find_origin(base_url) if base_url else None
    return [own] if own else []


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
