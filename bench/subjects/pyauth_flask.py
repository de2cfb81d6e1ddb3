"""pyauth as the extension of a Flask application."""

from flask import Flask

from bench.subjects import Opened, WSGIApplication
from bench.subjects.pyauth_wsgi import options
from bench.subjects.settings import Setting
from flask_pyauth import FlaskPyAuth


def make_app(database: str) -> WSGIApplication:
    """Build the application over a SQLite file."""
    return open_app(database).app


def open_app(database: str, setting: Setting = "plain") -> Opened:
    """Build the application over a SQLite file."""
    app = Flask(__name__)
    auth = FlaskPyAuth(database=f"sqlite:///{database}", **options(setting))
    auth.init_app(app)
    return Opened(app, auth.for_app(app).close)
