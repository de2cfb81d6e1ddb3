"""Limits within a path: attempts at one challenge, whatever else the client does there."""

import hmac
from datetime import timedelta

from pyauth.http.call import Call
from pyauth.http.rate_limit.limiter import bounded_key, client_key, too_many_requests
from pyauth.options.limits import MAX_DECIDED_WINDOW


def count_attempt(call: Call, scope: str, *, max_requests: int, window: timedelta) -> None:
    """Count one attempt at a challenge, apart from the limit of the path.

    For plugins, before the work and outside of a transaction: how often a client may try one
    two-factor challenge, one code, one link. The scope may be a secret; stores see its HMAC alone.
    Nothing is counted where the rate limit is off, nor for a call from Python without a request.

    Args:
        call: the call that makes the attempt.
        scope: what identifies the challenge, such as the value of its cookie.
        max_requests: attempts per window, client and challenge.
        window: how long a pause ends the count: at most a day.

    Raises:
        ValueError: the window is longer.
        APIError: 429 ``TOO_MANY_REQUESTS`` with ``X-Retry-After``; 503 when the store fails.

    Source: RustAuth 0.2.0, scoped rate limit keys of two-factor challenges.
    """
    if window > MAX_DECIDED_WINDOW:
        raise ValueError(f"count_attempt takes a window of at most {MAX_DECIDED_WINDOW}")
    context = call.context
    if call.request is None or not context.rate_limit_enabled:
        return
    path = call.path if call.endpoint is None else call.endpoint.path or call.path
    client = client_key(call.ip, ipv6_subnet=context.options.advanced.ip_address.ipv6_subnet)
    digest = _digest(scope, context.keys.for_signing())
    key = bounded_key(f"{client}|{path}|challenge:{digest}")
    delay = context.rate_limit_store.consume(key, max_requests=max_requests, window=window)
    if delay is not None:
        raise too_many_requests(delay)


def _digest(scope: str, secret: str) -> str:
    return hmac.digest(secret.encode(), scope.encode("utf-8", "surrogatepass"), "sha256").hex()
