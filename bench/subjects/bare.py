"""A Flask application that does nothing, for start-up and memory."""

import importlib
from collections.abc import Sequence

from flask import Flask


def make_app(libraries: Sequence[str]) -> Flask:
    """Build it after importing some libraries.

    Args:
        libraries: names of modules.
    """
    for name in libraries:
        importlib.import_module(name)
    app = Flask(__name__)

    @app.get("/")
    def index() -> str:
        return "ok"

    return app
