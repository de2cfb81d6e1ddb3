"""Sessions without a store: the cookie is the session."""

from typing import Any

from pyauth.assembly.parts import Parts
from pyauth.options import CookieCache, Options


def is_stateless(options: Options, parts: Parts) -> bool:
    """Return whether sessions live in cookies alone: no store outlives the process."""
    return not _has_store(parts) and options.session.cookie_cache.enabled


def settle_cookie_cache(options: Options, parts: Parts) -> Options:
    """Return the options with the cookie cache as the stores want it; what the user set wins.

    Without a store the cache is on, encrypted, and lives as long as a session. With one, a cache
    is never made anew out of itself.

    Source: Better Auth 1.6.9, ``context/create-context.ts``.
    """
    cache = options.session.cookie_cache
    if not _has_store(parts):
        return _with_cache(options, _defaults(options, cache))
    if cache.refresh_cache is False:
        return options
    parts.logger.warning(
        "session.cookie_cache.refresh_cache is ignored: there is a store to read sessions from"
    )
    return _with_cache(options, {"refresh_cache": False})


def _has_store(parts: Parts) -> bool:
    return parts.database is not None or parts.secondary_storage is not None


def _defaults(options: Options, cache: CookieCache) -> dict[str, Any]:
    wanted = {
        "enabled": True,
        "strategy": "jwe",
        "refresh_cache": True,
        "max_age": options.session.expires_in,
    }
    return {name: value for name, value in wanted.items() if name not in cache.model_fields_set}


def _with_cache(options: Options, changes: dict[str, Any]) -> Options:
    cache = options.session.cookie_cache.model_copy(update=changes)
    session = options.session.model_copy(update={"cookie_cache": cache})
    return options.model_copy(update={"session": session})
