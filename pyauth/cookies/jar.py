"""The cookies of one configuration.

Names are ``[__Secure-]<prefix>.<name>``. Attributes are laid over one another: built-in, then the
configured defaults, then what the cookie itself asks for, then the override for that cookie
(Better Auth 1.6.9: cookies/index.ts).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pyauth.cookies.spec import SECURE_PREFIX, CookieAttributes, CookieSpec

DEFAULT_PREFIX = "better-auth"
"""Upstream's, so that its clients and a server beside it read the same cookies."""

SESSION_DATA_MAX_AGE = 300
"""Seconds that a cached session is believed."""

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CookieOverride:
    """What an app sets for one cookie.

    Attributes:
        name: replaces ``<prefix>.<name>``; ``__Secure-`` is still put before it.
        attributes: laid over all others, by the names of :class:`CookieAttributes`.
    """

    name: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CookieFactory:
    """Builds cookies that follow the configuration.

    Attributes:
        prefix: what the names begin with.
        secure: whether cookies are https-only and named ``__Secure-``.
        attributes: built-in attributes with the configured defaults over them.
        overrides: by plain cookie name, such as ``session_token``.
    """

    prefix: str
    secure: bool
    attributes: CookieAttributes
    overrides: Mapping[str, CookieOverride]

    def create(self, name: str, **attributes: Any) -> CookieSpec:
        """Return the cookie called ``name``.

        Args:
            name: the plain name, such as ``two_factor``; also the key of its override.
            **attributes: what this cookie asks for, such as ``max_age=600``; an attribute that is
                None is left to the defaults.

        Raises:
            ConfigurationError: an attribute is unknown, or the cookie could not be written.
        """
        override = self.overrides.get(name, _NO_OVERRIDE)
        asked = {key: value for key, value in attributes.items() if value is not None}
        return CookieSpec(
            f"{SECURE_PREFIX if self.secure else ''}{override.name or f'{self.prefix}.{name}'}",
            self.attributes.changed({**asked, **override.attributes}),
        )


_NO_OVERRIDE = CookieOverride()


@dataclass(frozen=True, slots=True)
class AuthCookies:
    """The cookies that the core sets, and the way to make a plugin's.

    Attributes:
        session_token: the signed token of the session.
        session_data: the cached session.
        dont_remember: marks a session that ends with the browser.
        plain_session_token: under https, the name that the token would have without it. It is never
            read and never set; a browser that holds it should forget it with the session.
    """

    session_token: CookieSpec
    session_data: CookieSpec
    dont_remember: CookieSpec
    plain_session_token: CookieSpec | None
    _factory: CookieFactory = field(repr=False)

    def create(self, name: str, *, max_age: float | None = None, **attributes: Any) -> CookieSpec:
        """Return a further cookie that follows the configuration: :meth:`CookieFactory.create`."""
        return self._factory.create(name, max_age=max_age, **attributes)


def build_auth_cookies(
    *,
    prefix: str = DEFAULT_PREFIX,
    secure: bool,
    domain: str | None = None,
    session_max_age: int,
    session_data_max_age: int = SESSION_DATA_MAX_AGE,
    default_attributes: Mapping[str, Any] = _NOTHING,
    overrides: Mapping[str, CookieOverride] = MappingProxyType({}),
) -> AuthCookies:
    """Return the cookies of one configuration.

    Args:
        prefix: what the names begin with.
        secure: https-only cookies, named ``__Secure-``.
        domain: the domain that shares the cookies with its subdomains; None for this host alone.
        session_max_age: seconds that a session lives.
        session_data_max_age: seconds that a cached session is believed.
        default_attributes: laid over the built-in attributes of every cookie, by the names of
            :class:`CookieAttributes`.
        overrides: names and attributes of single cookies, by plain name.

    Raises:
        ConfigurationError: a cookie could not be written as configured.
    """
    base = CookieAttributes(secure=secure, domain=domain).changed(default_attributes)
    factory = CookieFactory(
        prefix=prefix, secure=secure, attributes=base, overrides=MappingProxyType(dict(overrides))
    )
    token = factory.create("session_token", max_age=session_max_age)
    plain = token.renamed(token.name.removeprefix(SECURE_PREFIX)) if secure else None
    return AuthCookies(
        session_token=token,
        plain_session_token=plain,
        session_data=factory.create("session_data", max_age=session_data_max_age),
        dont_remember=factory.create("dont_remember"),
        _factory=factory,
    )
