"""The site's app factory: ``flask --app examples.quickstart.app run``."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response, render_template
from flask_wtf.csrf import CSRFError

from examples.quickstart.account import account
from examples.quickstart.extensions import auth, csrf
from examples.quickstart.pages import pages
from examples.quickstart.words import describe_device


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the site.

    Args:
        config: laid over the defaults and over ``FLASK_*`` environment variables, such as
            ``{"PYAUTH_DATABASE": "sqlite:////var/lib/site.sqlite3"}``.
    """
    app = Flask(__name__)
    app.config.update(
        # Signs the forms' tokens; set FLASK_SECRET_KEY where several processes serve the site.
        SECRET_KEY=secrets.token_hex(32),
    )
    app.config.from_prefixed_env()
    app.config.update(config or {})
    if "PYAUTH_DATABASE" not in app.config:
        app.config["PYAUTH_DATABASE"] = make_database_url(Path(app.instance_path))

    csrf.init_app(app)
    auth.init_app(app)
    app.register_blueprint(pages)
    app.register_blueprint(account)
    app.register_error_handler(CSRFError, explain_expired_form)
    app.add_template_filter(describe_device)
    app.after_request(add_security_headers)
    return app


def make_database_url(folder: Path) -> str:
    """Return the address of the site's own SQLite file, in Flask's instance folder."""
    folder.mkdir(exist_ok=True)
    return f"sqlite:///{folder / 'quickstart.sqlite3'}"


def explain_expired_form(_error: CSRFError) -> tuple[str, int]:
    """Answer a form that is too old, or that another site sent."""
    message = "This form has expired. Go back, reload the page and send it again."
    return render_template("notice.html", heading="That took too long", message=message), 400


def add_security_headers(response: Response) -> Response:
    """Let pages load nothing from elsewhere, and keep them out of caches."""
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    # The address of the page for a new password holds a token, which is nobody else's affair.
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
