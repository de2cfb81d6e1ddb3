"""pyauth in Flask.

::

    from flask import Flask
    from flask_pyauth import FlaskPyAuth, current_user, login_required

    app = Flask(__name__)
    auth = FlaskPyAuth(app, database="sqlite:///app.sqlite3", email_and_password={"enabled": True})

    @app.get("/")
    @login_required
    def index():
        return f"Hello, {current_user.name}"
"""

from flask_pyauth.answers import next_path
from flask_pyauth.api import FlaskApi
from flask_pyauth.extension import FlaskPyAuth
from flask_pyauth.guards import fresh_session_required, login_required
from flask_pyauth.installation import Installation
from flask_pyauth.proxies import current_session, current_user
from flask_pyauth.signals import (
    email_changed,
    email_verified,
    password_changed,
    session_revoked,
    user_deleted,
    user_signed_in,
    user_signed_out,
    user_signed_up,
    user_updated,
)

__all__ = [
    "FlaskApi",
    "FlaskPyAuth",
    "Installation",
    "current_session",
    "current_user",
    "email_changed",
    "email_verified",
    "fresh_session_required",
    "login_required",
    "next_path",
    "password_changed",
    "session_revoked",
    "user_deleted",
    "user_signed_in",
    "user_signed_out",
    "user_signed_up",
    "user_updated",
]
