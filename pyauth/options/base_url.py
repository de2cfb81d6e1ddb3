"""Under which address an instance is reached: one origin, or a rule that chooses per request."""

import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import ValidationError, field_validator

from pyauth.options.base import OptionModel, explain_problems

_NETLOC = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?")
_HOST_PATTERN = re.compile(
    r"(?:https?://)?(?:[A-Za-z0-9._*?-]+|\[[0-9A-Fa-f:.*?]+\])(?::[0-9*?]{1,5})?/?"
)


class DynamicBaseURL(OptionModel):
    """Choose the base URL of each request by its host, from a list of allowed ones.

    Source: Better Auth 1.6.9, ``baseURL.allowedHosts``; differs: forwarded headers count only with
    ``advanced.trusted_proxy_headers``, as upstream since 1.7.0.
    """

    allowed_hosts: tuple[str, ...]
    """Hosts with their port where it is not the scheme's own: ``app.example.com``,
    ``localhost:3000``; ``*`` and ``?`` stand for any and one character: ``*.example.com``."""
    fallback: str | None = None
    """The origin for requests under any other host, and for calls without a request; without it
    such requests are refused."""
    protocol: Literal["auto", "http", "https"] = "auto"
    """The scheme of the chosen base URL; ``auto`` takes the request's."""

    @field_validator("allowed_hosts")
    @classmethod
    def _check_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if not hosts:
            raise ValueError("must name at least one host, such as app.example.com")
        for host in hosts:
            if not _HOST_PATTERN.fullmatch(host):
                raise ValueError("must be hosts such as app.example.com or *.example.com:8443")
        return hosts

    @field_validator("fallback")
    @classmethod
    def _check_fallback(cls, url: str | None) -> str | None:
        return None if url is None else check_address(url)

    @property
    def host_patterns(self) -> tuple[str, ...]:
        """The allowed hosts alone, without the scheme that some of them name."""
        return tuple(bare_host(host) for host in self.allowed_hosts)


def bare_host(host: str) -> str:
    """Return an allowed host in lower case, without a scheme or a closing slash."""
    return host.lower().rpartition("://")[2].rstrip("/")


def allows_every_host(host: str) -> bool:
    """Return whether an allowed host is made of wildcards alone."""
    name = re.sub(r":[0-9*?]+$", "", bare_host(host))
    return not any(character.isalnum() for character in name)


def check_address(url: str) -> str:
    """Return the address of an origin without its closing slashes.

    Raises:
        ValueError: it is none, or holds more than an origin and a path.
    """
    parts = urlsplit(url)
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must not hold a query, a fragment or a user name")
    if parts.scheme not in {"http", "https"} or not _NETLOC.fullmatch(parts.netloc):
        raise ValueError("must be an address such as https://app.example.com")
    _ = parts.port  # raises for a port beyond 65535
    return url.rstrip("/")


def read_base_url(value: Any) -> Any:
    """Return a base URL as the options keep it: a checked address, or a rule.

    Raises:
        ValueError: it is neither.
    """
    if value is None or isinstance(value, DynamicBaseURL):
        return value
    if isinstance(value, str):
        return check_address(value)
    if not isinstance(value, Mapping):
        raise ValueError("must be an address such as https://app.example.com, or a DynamicBaseURL")
    try:
        return DynamicBaseURL.model_validate(dict(value))
    except ValidationError as exc:
        raise ValueError("; ".join(explain_problems(exc, DynamicBaseURL))) from None


def static_address(base_url: str | DynamicBaseURL | None) -> str | None:
    """Return the address that holds without a request: the configured one or the fallback."""
    return base_url.fallback if isinstance(base_url, DynamicBaseURL) else base_url
