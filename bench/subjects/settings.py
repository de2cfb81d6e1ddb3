"""What every subject is configured with, so that all read each other's cookies and hashes."""

import hmac
import os
from datetime import timedelta
from hashlib import sha256
from typing import Final, Literal

SECRET: Final = "a-secret-of-the-benchmark-0123456789-ABCDEFGHIJ"
ORIGIN: Final = "http://127.0.0.1:8000"
COOKIE: Final = "better-auth.session_token"
SESSION_LIFE: Final = timedelta(days=7)
UPDATE_AGE: Final = timedelta(days=1)
FRESH_AGE: Final = timedelta(days=1)
CACHE_COOKIE: Final = "better-auth.session_data"
CACHE_AGE: Final = timedelta(days=1)
LIMIT: Final = 1_000_000_000
"""Requests a window: the count is measured, not the refusal."""
LIMIT_WINDOW: Final = timedelta(seconds=60)
REDIS_URL: Final = os.environ.get("PYAUTH_TEST_REDIS_URL", "redis://127.0.0.1:6379/0")

Setting = Literal["plain", "cookie-cache", "limit-memory", "limit-redis"]
"""How an application is set up: each scenario says which it needs."""


def cheap_hash(password: str) -> str:
    """Stand in for the password hash, whose cost is no subject's own."""
    return sha256(password.encode()).hexdigest()


def cheap_verify(stored: str, password: str) -> bool:
    """Verify a :func:`cheap_hash`."""
    return hmac.compare_digest(stored, cheap_hash(password))
