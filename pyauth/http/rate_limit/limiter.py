"""The limiter: which client, which rule, admitted or not."""

import logging
import math
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Literal, Protocol

from pyauth import error_codes
from pyauth.errors import APIError
from pyauth.events import RequestInfo
from pyauth.http.addresses import group_address
from pyauth.http.rate_limit.rules import RuleBook
from pyauth.options.fields import MAX_KEY_LENGTH
from pyauth.options.limits import RateLimitStore

UNKNOWN_ADDRESS = "no-trusted-ip"
"""What all clients without an address are counted as (Better Auth 1.6.21)."""


class CountedRequest(Protocol):
    """What the limiter looks at; a call is one."""

    @property
    def path(self) -> str:
        """Below the base path."""

    @property
    def params(self) -> Mapping[str, str]:
        """The values of parameters that the path names; none where it is as it was sent."""

    @property
    def ip(self) -> str | None:
        """The client address, normalised; None where it is unknown."""

    @property
    def request_info(self) -> RequestInfo | None:
        """The request as plain data, for the app's functions."""


class RateLimiter:
    """The limit of one instance.

    Args:
        store: counts; its failures have become errors of the contract already.
        rules: which limit applies to a path.
        ipv6_subnet: prefix length by which IPv6 clients count as one.
        unknown_address: what happens to a client whose address is unknown.
        logger: told once when that happens.
        is_shared: whether several processes have one count.
    """

    def __init__(
        self,
        *,
        store: RateLimitStore,
        rules: RuleBook,
        logger: logging.Logger,
        ipv6_subnet: int = 64,
        unknown_address: Literal["deny", "share", "allow"] = "deny",
        is_shared: bool = False,
    ) -> None:
        self._store = store
        self._rules = rules
        self._ipv6_subnet = ipv6_subnet
        self._unknown_address = unknown_address
        self._logger = logger
        self._warned = False
        self.is_shared = is_shared

    def check(self, request: CountedRequest) -> None:
        """Count one request in one atomic step.

        Raises:
            APIError: 429 ``TOO_MANY_REQUESTS`` with ``X-Retry-After``; 503 when the store fails and
                such requests are refused.
        """
        limit = self._rules.find(_sent_path(request).rstrip("/") or "/")
        info = None if limit.function is None else request.request_info
        rule = limit.rule_for(info)
        if rule is None:
            return
        if request.ip is None:
            self._warn_once()
            if self._unknown_address == "allow":
                return
            if self._unknown_address == "deny":
                raise too_many_requests(rule.window)
        client = client_key(request.ip, ipv6_subnet=self._ipv6_subnet)
        key = bounded_key(f"{client}|{limit.counted_as}")
        delay = self._store.consume(key, max_requests=rule.max, window=rule.window)
        if delay is not None:
            raise too_many_requests(delay)

    def _warn_once(self) -> None:
        if self._warned:
            return
        self._warned = True
        self._logger.error(
            "the client address is unknown, so the rate limit applies its policy %r; behind a "
            "proxy set advanced.ip_address.trusted_proxies or let ProxyFix set REMOTE_ADDR, or "
            "choose rate_limit.unknown_address",
            self._unknown_address,
        )


def _sent_path(request: CountedRequest) -> str:
    """Return the path as a client would send it; a call from Python has its parameters apart."""
    params = request.params
    if not params:
        return request.path
    segments = request.path.split("/")
    return "/".join(_fill(part, params) if part.startswith(":") else part for part in segments)


def _fill(part: str, params: Mapping[str, str]) -> str:
    value = str(params.get(part[1:], part))
    return part if "/" in value else value  # a path of other segments would be another path


def client_key(address: str | None, *, ipv6_subnet: int) -> str:
    """Return the text under which a client is counted."""
    return UNKNOWN_ADDRESS if address is None else group_address(address, ipv6_subnet=ipv6_subnet)


def bounded_key(key: str) -> str:
    """Return a key that every store takes: one too long ends with its digest."""
    if len(key) <= MAX_KEY_LENGTH:
        return key
    digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{key[: MAX_KEY_LENGTH - len(digest) - 1]}#{digest}"


def too_many_requests(delay: timedelta) -> APIError:
    """Return the 429 that tells a client to wait: whole seconds, at least one."""
    seconds = max(1, math.ceil(delay.total_seconds()))
    return APIError(error_codes.TOO_MANY_REQUESTS, headers=[("X-Retry-After", str(seconds))])
