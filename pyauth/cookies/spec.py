"""What one cookie is called, which attributes it has, and how it is written.

A :class:`CookieSpec` is built once, when pyauth starts, and checked then; writing a cookie is
joining strings.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from pyauth.cookies.encoding import encode_uri_component
from pyauth.cookies.signed import sign_value
from pyauth.errors import ConfigurationError

MAX_COOKIE_AGE = 34_560_000
"""Seconds, 400 days: what browsers cut longer ages to (RFC 6265bis, section 5.5)."""

SECURE_PREFIX = "__Secure-"
"""What begins the name of a cookie that browsers take over https alone."""

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # a token of RFC 9110, section 5.6.2
_ATTRIBUTE_TEXT = re.compile(r"[\x21-\x2b\x2d-\x3a\x3c-\x7e]+")  # printable, no comma, no semicolon
_SAME_SITE = {"lax": "Lax", "strict": "Strict", "none": "None"}
_HOST_PREFIX = "__Host-"


@dataclass(frozen=True, slots=True)
class CookieAttributes:
    """The attributes of one cookie.

    Attributes:
        max_age: seconds, rounded down when written; None for a cookie that ends with the browser.
        domain: the domain whose hosts receive it; None for this host alone.
        path: where it is sent; None for the folder of the URL that set it.
        secure: sent over https only.
        http_only: hidden from scripts.
        same_site: ``lax``, ``strict`` or ``none`` in any case; None leaves it to the browser.
        partitioned: kept apart for each embedding site; implies ``secure``.
    """

    max_age: float | None = None
    domain: str | None = None
    path: str | None = "/"
    secure: bool = False
    http_only: bool = True
    same_site: str | None = "lax"
    partitioned: bool = False

    def changed(self, changes: Mapping[str, Any]) -> "CookieAttributes":
        """Return these attributes with ``changes``, by attribute name, laid over them.

        Raises:
            ConfigurationError: a name is not an attribute.
        """
        unknown = sorted(set(changes) - _ATTRIBUTE_NAMES)
        if unknown:
            raise ConfigurationError(
                [f"cookie attributes: {name!r} is not one; known: {_KNOWN}" for name in unknown]
            )
        return replace(self, **changes)


_ATTRIBUTE_NAMES = frozenset(attribute.name for attribute in fields(CookieAttributes))
_KNOWN = ", ".join(sorted(_ATTRIBUTE_NAMES))


@dataclass(frozen=True, slots=True)
class CookieSpec:
    """One cookie that pyauth sets: its full name and its attributes.

    The prefixes bind as browsers enforce them (RFC 6265bis, section 4.1.3): ``__Secure-`` makes it
    Secure, ``__Host-`` makes it Secure, with path ``/`` and without a domain.

    Raises:
        ConfigurationError: a name or an attribute could not be written to a header, or the age is
            negative or beyond 400 days.
    """

    name: str
    attributes: CookieAttributes = field(default_factory=CookieAttributes)
    _default_age: str = field(init=False, repr=False, compare=False)
    _tail: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        attributes = _bind_prefix(self.name, self.attributes)
        problems = _find_problems(self.name, attributes)
        if problems:
            raise ConfigurationError(problems)
        object.__setattr__(self, "attributes", attributes)
        object.__setattr__(self, "_default_age", _render_age(attributes.max_age))
        object.__setattr__(self, "_tail", _render_tail(attributes))

    def changed(self, **changes: Any) -> "CookieSpec":
        """Return this cookie with other attributes, such as ``changed(max_age=60)``."""
        return CookieSpec(self.name, self.attributes.changed(changes))

    def renamed(self, name: str) -> "CookieSpec":
        """Return a cookie of another full name with the same attributes."""
        return CookieSpec(name, self.attributes)


class _Default:
    """Tells "as the spec says" from None, "no Max-Age at all"."""


DEFAULT_AGE: Final = _Default()


def serialize(
    spec: CookieSpec, value: str, *, max_age: float | _Default | None = DEFAULT_AGE
) -> str:
    """Return the ``Set-Cookie`` text that gives ``spec`` this value.

    Args:
        spec: the cookie.
        value: plain text; it is percent-encoded here.
        max_age: seconds instead of the spec's; None for a cookie that ends with the browser.

    Raises:
        ValueError: the age is beyond 400 days.
    """
    return _write(spec, encode_uri_component(value), max_age)


def serialize_signed(
    spec: CookieSpec, value: str, secret: str, *, max_age: float | _Default | None = DEFAULT_AGE
) -> str:
    """Return the ``Set-Cookie`` text that gives ``spec`` this value, signed.

    Args:
        spec: the cookie.
        value: plain text; it is signed and percent-encoded here.
        secret: the current secret.
        max_age: as in :func:`serialize`.

    Raises:
        ValueError: the age is beyond 400 days.
    """
    return _write(spec, sign_value(value, secret), max_age)


def expire(spec: CookieSpec) -> str:
    """Return the ``Set-Cookie`` text that makes the browser forget ``spec``."""
    return f"{spec.name}=; Max-Age=0{spec._tail}"


def _write(spec: CookieSpec, encoded: str, max_age: float | _Default | None) -> str:
    age = spec._default_age if isinstance(max_age, _Default) else _render_age(max_age)
    return f"{spec.name}={encoded}{age}{spec._tail}"


def _render_age(max_age: float | None) -> str:
    if max_age is None:
        return ""
    if not max_age <= MAX_COOKIE_AGE:
        raise ValueError(f"a cookie lives at most {MAX_COOKIE_AGE} seconds (400 days)")
    # What has already ended is expired, not kept until the browser closes.
    return f"; Max-Age={max(math.floor(max_age), 0)}"


def _render_tail(attributes: CookieAttributes) -> str:
    same_site = attributes.same_site
    parts = (
        attributes.domain and f"; Domain={attributes.domain}",
        attributes.path and f"; Path={attributes.path}",
        attributes.http_only and "; HttpOnly",
        attributes.secure and "; Secure",
        same_site and f"; SameSite={_SAME_SITE[same_site.lower()]}",
        attributes.partitioned and "; Partitioned",
    )
    return "".join(part for part in parts if part)


def _bind_prefix(name: str, attributes: CookieAttributes) -> CookieAttributes:
    if name.startswith(_HOST_PREFIX):
        return replace(attributes, secure=True, path="/", domain=None)
    if name.startswith(SECURE_PREFIX) or attributes.partitioned:
        return replace(attributes, secure=True)
    return attributes


def _find_problems(name: str, attributes: CookieAttributes) -> list[str]:
    problems: list[str] = []
    if not _NAME.fullmatch(name):
        problems.append(f"cookie name {name!r}: letters, digits and !#$%&'*+-.^_`|~ only")
    for label, text in (("domain", attributes.domain), ("path", attributes.path)):
        if text and not _ATTRIBUTE_TEXT.fullmatch(text):
            problems.append(f"cookie {name}: the {label} holds a character no header may carry")
    if attributes.same_site and attributes.same_site.lower() not in _SAME_SITE:
        problems.append(f"cookie {name}: same_site is one of {', '.join(_SAME_SITE)}")
    age = attributes.max_age
    if age is not None and not 0 <= age <= MAX_COOKIE_AGE:
        problems.append(
            f"cookie {name}: max_age is 0 to {MAX_COOKIE_AGE} seconds (400 days), not {age}"
        )
    return problems
