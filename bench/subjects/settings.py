"""What every subject is configured with, so that all read each other's cookies and hashes."""

import hmac
from datetime import timedelta
from hashlib import sha256
from typing import Final

SECRET: Final = "a-secret-of-the-benchmark-0123456789-ABCDEFGHIJ"
ORIGIN: Final = "http://127.0.0.1:8000"
COOKIE: Final = "better-auth.session_token"
SESSION_LIFE: Final = timedelta(days=7)
UPDATE_AGE: Final = timedelta(days=1)


def cheap_hash(password: str) -> str:
    """Stand in for the password hash, whose cost is no subject's own."""
    return sha256(password.encode()).hexdigest()


def cheap_verify(stored: str, password: str) -> bool:
    """Verify a :func:`cheap_hash`."""
    return hmac.compare_digest(stored, cheap_hash(password))
