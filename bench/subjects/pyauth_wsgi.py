"""pyauth as a WSGI application, without Flask."""

from typing import Any

from bench.subjects import Opened, WSGIApplication
from bench.subjects.settings import ORIGIN, SECRET, cheap_hash, cheap_verify
from pyauth import PyAuth


def make_app(database: str) -> WSGIApplication:
    """Build the application over a SQLite file."""
    return open_app(database).app


def open_app(database: str) -> Opened:
    """Build the application over a SQLite file."""
    auth = make_auth(database)
    return Opened(auth.wsgi_app, auth.close)


def make_auth(database: str) -> PyAuth:
    """Build the instance over a SQLite file."""
    return PyAuth(database=f"sqlite:///{database}", **options())


def options() -> dict[str, Any]:
    """Return what pyauth is configured with, in production's posture.

    The requests are not counted: the views by hand do not count theirs, and the limit would refuse
    the load.
    """
    return {
        "secret": SECRET,
        "base_url": ORIGIN,
        "mode": "production",
        "email_and_password": {
            "enabled": True,
            "password": {"hash": cheap_hash, "verify": cheap_verify},
        },
        "rate_limit": {"enabled": False},
    }
