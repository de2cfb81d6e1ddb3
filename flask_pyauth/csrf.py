"""Beside Flask-WTF: pyauth's routes check where a request comes from themselves.

Their clients send no form token, so Flask-WTF's check of all views has to leave them out, whichever
of the two extensions is set up first.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask

_FLASK_WTF = "csrf"


def exempt_from_csrf(app: Flask, view: Callable[..., Any]) -> None:
    """Take a view out of Flask-WTF's ``CSRFProtect``, now or once the app has it.

    Args:
        app: the app.
        view: the view, as it is registered.
    """
    if _FLASK_WTF in app.extensions:
        app.extensions[_FLASK_WTF].exempt(view)
        return

    # Runs ahead of the check of an extension that is set up later.
    @app.before_request
    def exempt() -> None:
        protection = app.extensions.get(_FLASK_WTF)
        if protection is not None:
            protection.exempt(view)
