"""Options that few need: cookies, addresses, checks, ids and limits of input."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from pyauth.naming import spellings
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


TrustedProxy = IPv4Network | IPv6Network | Literal["unix"]
"""A network of proxies; ``unix``: a peer without an address."""

_HEADER_NAME = re.compile(r"[A-Za-z0-9-]+")


def _read_proxy(entry: object) -> TrustedProxy:
    if entry == "unix":
        return "unix"
    try:
        if not isinstance(entry, str | IPv4Network | IPv6Network):
            raise ValueError("a number would be read as an address")
        network = ip_network(entry, strict=False)
    except ValueError:
        raise ValueError(
            f"{entry!r} is neither an address, nor a network such as 10.0.0.0/24, nor 'unix'"
        ) from None
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped is not None:
        # Addresses are compared in their one spelling, and that is IPv4 here.
        mapped = network.network_address.ipv4_mapped
        network = IPv4Network((int(mapped), max(network.prefixlen - 96, 0)), strict=False)
    if network.prefixlen == 0:
        raise ValueError(f"{entry!r} trusts every address; list the proxies alone")
    return network


class IPAddressOptions(OptionModel):
    """Whose address a request comes from, how addresses are grouped, and whether they are kept.

    Source: Better Auth 1.6.21, ``advanced.ipAddress``; differs: a header counts only when the
    request arrives from a trusted proxy, and an entry that cannot work is an error.
    """

    ip_address_headers: tuple[str, ...] = ()
    """Headers in which trusted proxies tell the client's address; the first that a request has
    decides. Unset beside ``trusted_proxies``: ``X-Forwarded-For``."""
    trusted_proxies: tuple[TrustedProxy, ...] = ()
    """Addresses and networks of the proxies in front of the app, and ``"unix"`` for whoever speaks
    to its Unix socket. List only proxies: a client within these networks could lie."""
    disable_ip_tracking: bool = False
    """Neither store addresses nor limit by them."""
    ipv6_subnet: Literal[32, 48, 56, 64, 128] = 64
    """The prefix by which IPv6 clients count as one."""

    @field_validator("ip_address_headers")
    @classmethod
    def _check_headers(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not _HEADER_NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no header name, such as X-Forwarded-For")
        return tuple(name.lower() for name in names)

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _read_proxies(cls, entries: Any) -> Any:
        if not isinstance(entries, list | tuple):
            return entries
        return tuple(_read_proxy(entry) for entry in entries)

    @model_validator(mode="after")
    def _check_together(self) -> "IPAddressOptions":
        if self.ip_address_headers and not self.trusted_proxies:
            raise ValueError(
                "ip_address_headers needs trusted_proxies: anybody can send "
                f"{self.ip_address_headers[0]}, so it counts only from proxies that are listed "
                "(their addresses or networks, or 'unix')"
            )
        return self


_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class DatabaseOptions(OptionModel):
    """Where tables live, ids and listings."""

    default_find_many_limit: int = Field(default=100, ge=1)
    """The most rows a listing without a limit of its own returns."""
    generate_id: Literal["random", "uuid", "serial"] | Callable[[str], str] = "random"
    """The policy of record ids; a function receives the logical model name."""
    table_prefix: str = Field(default="", max_length=24)
    """Stands before the names of tables that no option names, such as ``auth_``."""
    schema_name: str | None = Field(default=None, max_length=63)
    """The schema of a PostgreSQL database that the tables live in; unset: the first of the
    connection's search path. ``migrate`` creates it."""
    check_schema: bool = True
    """Look once, at the first request of a process, whether tables or columns are missing, and log
    which command adds them."""

    @field_validator("generate_id", mode="before")
    @classmethod
    def _refuse_a_default_of_the_database(cls, policy: Any) -> Any:
        if policy is False:
            raise ValueError(
                "False leaves ids to a default of your own in the database, and the tables made "
                "here have none; use 'serial' (the database counts), 'uuid', or a function that "
                "returns the id of a model's new record"
            )
        return policy

    @field_validator("table_prefix", "schema_name")
    @classmethod
    def _check_identifier(cls, name: str | None) -> str | None:
        if name and not _IDENTIFIER.fullmatch(name):
            raise ValueError("use ASCII letters, digits and underscores, not starting with a digit")
        return name


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
    trusted_proxy_headers: bool = False
    """Believe ``X-Forwarded-Host`` and ``X-Forwarded-Proto`` when the base URL is taken from the
    request: only behind a proxy that sets or removes both."""
    ip_address: IPAddressOptions = IPAddressOptions()
    database: DatabaseOptions = DatabaseOptions()
    skip_trailing_slashes: bool = False
    """Answer ``/path/`` as ``/path``."""
    max_body_size: int = Field(default=10 * 1024 * 1024, ge=1)
    """The longest request body, in bytes."""
    outbound_min_response_time: Annotated[timedelta, Field(ge=timedelta(0))] | None = None
    """The least that an answer takes of an endpoint that signs in or sends something; the worker
    that serves it is held for as long. Unset: as long as the work takes."""
    allow_private_addresses: bool = False
    """Ask servers at loopback and private addresses too, where the server asks others: for
    development, and for providers within one's own network."""

    @model_validator(mode="before")
    @classmethod
    def _point_to_runner(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and not given.keys().isdisjoint(
            spellings("background_tasks")
        ):
            raise ValueError(
                "background_tasks is not an option here: pass runner= to PyAuth, which receives "
                "what is to be sent as data"
            )
        return given
