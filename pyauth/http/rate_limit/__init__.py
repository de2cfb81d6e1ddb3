"""The rate limit: rules, the limiter, and the stores that count.

Source: Better Auth 1.6.9, ``api/rate-limiter``, counted as its releases since 1.6.17 do: a request
is admitted or refused in one step before the work, and a refused one changes nothing.
"""

from pyauth.http.rate_limit.database import DatabaseRateLimitStore, rate_limit_model
from pyauth.http.rate_limit.guarded import GuardedRateLimitStore
from pyauth.http.rate_limit.hybrid import HybridRateLimitStore
from pyauth.http.rate_limit.limiter import CountedRequest, RateLimiter
from pyauth.http.rate_limit.memory import MemoryRateLimitStore
from pyauth.http.rate_limit.rules import SPECIAL_RULES, Limit, RateRule, RuleBook
from pyauth.http.rate_limit.scoped import count_attempt
from pyauth.http.rate_limit.secondary import SecondaryRateLimitStore
from pyauth.options.limits import RateLimitStore

__all__ = [
    "SPECIAL_RULES",
    "CountedRequest",
    "DatabaseRateLimitStore",
    "GuardedRateLimitStore",
    "HybridRateLimitStore",
    "Limit",
    "MemoryRateLimitStore",
    "RateLimitStore",
    "RateLimiter",
    "RateRule",
    "RuleBook",
    "SecondaryRateLimitStore",
    "count_attempt",
    "rate_limit_model",
]
