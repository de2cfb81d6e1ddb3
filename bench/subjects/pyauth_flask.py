"""pyauth as the extension of a Flask application."""

from flask import Flask

from bench.subjects import Opened, WSGIApplication
from bench.subjects.settings import ORIGIN, SECRET, cheap_hash, cheap_verify
from flask_pyauth import FlaskPyAuth


def make_app(database: str) -> WSGIApplication:
    """Build the application over a SQLite file."""
    return open_app(database).app


def open_app(database: str) -> Opened:
    """Build the application over a SQLite file."""
    app = Flask(__name__)
    auth = FlaskPyAuth(
        secret=SECRET,
        base_url=ORIGIN,
        mode="production",
        database=f"sqlite:///{database}",
        email_and_password={
            "enabled": True,
            "password": {"hash": cheap_hash, "verify": cheap_verify},
        },
        rate_limit={"enabled": False},
    )
    auth.init_app(app)
    return Opened(app, auth.for_app(app).close)
