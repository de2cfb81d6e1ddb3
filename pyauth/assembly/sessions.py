"""What makes the session manager of an instance: one, or one for each host's cookies."""

from collections.abc import Callable

from pyauth.assembly.parts import Parts
from pyauth.assembly.stateless import is_stateless
from pyauth.cookies import AuthCookies
from pyauth.crypto.secret_keys import SecretKeys
from pyauth.db.schema import Schema
from pyauth.options import Options
from pyauth.sessions import SessionManager, build_session_cache
from pyauth.stores import SessionStore

MakeManager = Callable[[AuthCookies], SessionManager]
"""Returns the session manager of these cookies."""


def manager_maker(
    options: Options, parts: Parts, *, keys: SecretKeys, schema: Schema, store: SessionStore
) -> MakeManager:
    """Return what makes the session managers of one instance."""
    stateless = is_stateless(options, parts)

    def make(cookies: AuthCookies) -> SessionManager:
        cache = build_session_cache(
            options.session.cookie_cache,
            spec=cookies.session_data,
            keys=keys,
            schema=schema,
            clock=parts.clock,
            logger=parts.logger,
            is_stateless=stateless,
        )
        return SessionManager(
            store=store,
            cache=cache,
            cookies=cookies,
            keys=keys,
            options=options.session,
            clock=parts.clock,
            is_stateless=stateless,
        )

    return make
