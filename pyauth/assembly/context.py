"""The context of one instance: adapter, stores, sessions, cookies, senders."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from pyauth.assembly.cookies import are_secure, build_cookies
from pyauth.assembly.deliveries import delivery_kinds
from pyauth.assembly.hosts import with_host_contexts
from pyauth.assembly.limits import build_store, is_rate_limited
from pyauth.assembly.origins import full_base_url, trusted_origins
from pyauth.assembly.parts import Parts
from pyauth.assembly.plugins import ByPlugin, flatten, name_migrations
from pyauth.assembly.sessions import manager_maker
from pyauth.context import AuthContext
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
from pyauth.options import Options
from pyauth.outbound import Dispatcher, ThreadRunner, index_kinds
from pyauth.outbound.http import GuardedClient
from pyauth.plugin import Plugin, source_of
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
    base_url = full_base_url(options)
    secure = are_secure(options)
    host = urlsplit(base_url).hostname if base_url else None
    cookies = build_cookies(options, secure=secure, host=host)
    writer = HookedWriter(adapter, _database_hooks(options, schema, contributions), schema)
    stores = open_stores(
        options,
        adapter=adapter,
        writer=writer,
        schema=schema,
        clock=parts.clock,
        storage=parts.secondary_storage,
    )
    make_manager = manager_maker(options, parts, keys=keys, schema=schema, store=stores.sessions)
    kinds = index_kinds(delivery_kinds(options, contributions))
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
        trusted_origins=trusted_origins(options, contributions, parts.logger),
        secure=secure,
        rate_limit_enabled=is_rate_limited(options),
        rate_limit_store=build_store(options, parts, adapter, contributions),
        runner=(parts.runner or ThreadRunner)(Dispatcher(kinds).deliver),
        http=parts.http_client or _make_client(options),
        delivery_kinds=kinds,
        migrations=name_migrations(contributions),
        password_validators=tuple(
            flatten(item.password_validators for item in contributions.values())
        ),
        error_codes=_merge_error_codes(contributions),
        plugins=plugins,
        clock=parts.clock,
        logger=parts.logger,
    )
    return with_host_contexts(context, make_manager)


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
        adapter = SQLAlchemyAdapter(
            database,
            metadata=parts.metadata,
            schema_name=options.advanced.database.schema_name,
        )
    if isinstance(adapter, Bindable):
        settings = options.advanced.database
        adapter.bind(
            schema,
            id_policy=settings.generate_id,
            default_limit=settings.default_find_many_limit,
        )
    return adapter


def _build_passwords(options: Options, parts: Parts) -> Passwords:
    if parts.passwords is not None:
        return parts.passwords
    settings = options.email_and_password.password
    if settings.hash is not None and settings.verify is not None:
        return CustomPasswords(hash=settings.hash, verify=settings.verify)
    salt = settings.flask_security_salt
    return PasswordHasher(
        max_concurrent=settings.max_concurrent,
        flask_security_salt=None if salt is None else salt.get_secret_value(),
    )


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
