"""Options that few need: cookies, addresses, checks, ids and limits of input."""

from collections.abc import Callable, Mapping
from typing import Literal

from pydantic import Field

from pyauth.options.base import OptionModel


class CookieAttributes(OptionModel):
    """Attributes that replace the built-in ones of a cookie; unset ones stay."""

    domain: str | None = None
    path: str | None = None
    secure: bool | None = None
    http_only: bool | None = None
    same_site: Literal["strict", "lax", "none", "Strict", "Lax", "None"] | None = None
    max_age: int | None = None
    """In seconds."""
    partitioned: bool | None = None


class CookieOptions(OptionModel):
    """One cookie's own name and attributes."""

    name: str | None = None
    attributes: CookieAttributes = CookieAttributes()


class CrossSubDomainCookies(OptionModel):
    """Share the cookies with the subdomains of a domain."""

    enabled: bool = False
    domain: str | None = None
    """The ``Domain`` attribute; by default the host of the base URL."""


class IPAddressOptions(OptionModel):
    """How client addresses are grouped and whether they are kept."""

    disable_ip_tracking: bool = False
    """Neither store addresses nor limit by them."""
    ipv6_subnet: Literal[32, 48, 64, 128] = 64
    """The prefix by which IPv6 clients count as one."""


class DatabaseOptions(OptionModel):
    """Ids and listings."""

    default_find_many_limit: int = Field(default=100, ge=1)
    """The most rows a listing without a limit of its own returns."""
    generate_id: Literal["random", "uuid", "serial"] | Callable[[str], str] = "random"
    """The policy of record ids; a function receives the logical model name."""


class Advanced(OptionModel):
    """What few need to change.

    Source: Better Auth 1.6.9, ``advanced``.
    """

    cookie_prefix: str = "better-auth"
    cookies: Mapping[str, CookieOptions] = {}
    """Cookie key (``session_token``, ``session_data``, ``dont_remember``) to its own options."""
    default_cookie_attributes: CookieAttributes = CookieAttributes()
    cross_sub_domain_cookies: CrossSubDomainCookies = CrossSubDomainCookies()
    use_secure_cookies: bool | None = None
    """Unset: secure under an https base URL, and without one in production."""
    disable_csrf_check: bool | None = None
    """Turn off the origin and fetch-metadata checks of state-changing requests; unset follows
    ``disable_origin_check``."""
    disable_origin_check: bool = False
    """Turn off the check of redirect targets."""
    ip_address: IPAddressOptions = IPAddressOptions()
    database: DatabaseOptions = DatabaseOptions()
    skip_trailing_slashes: bool = False
    """Answer ``/path/`` as ``/path``."""
    max_body_size: int = Field(default=10 * 1024 * 1024, ge=1)
    """The longest request body, in bytes."""
