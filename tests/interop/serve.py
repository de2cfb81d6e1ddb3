"""Serves an application on a free port until its standard input closes: for the interop tests.

``python -m tests.interop.serve plain|quickstart DATABASE_FILE`` prints the origin on one line.
"""

import importlib.util
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from wsgiref.types import WSGIApplication

from werkzeug.serving import make_server

from pyauth import PyAuth

_SECRET: Final = "an-interop-secret-0123456789-ABCDEFGHIJ"
_EXAMPLES: Final = Path(__file__).resolve().parents[2] / "examples"


def plain_application(origin: str, database: str) -> WSGIApplication:
    """Build pyauth alone, without Flask."""
    auth = PyAuth(
        secret=_SECRET,
        base_url=origin,
        database=database,
        mode="development",
        email_and_password={"enabled": True},
        session={"additional_fields": {"theme": {"type": "string", "required": False}}},
    )
    auth.migrate()
    return auth.wsgi_app


def quickstart_application(origin: str, database: str) -> WSGIApplication:
    """Build the Flask example as its readers do, configured by the environment."""
    os.environ |= {
        "PYAUTH_SECRET": _SECRET,
        "PYAUTH_URL": origin,
        "PYAUTH_ENV": "development",
    }
    spec = importlib.util.spec_from_file_location("quickstart", _EXAMPLES / "quickstart" / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    application: WSGIApplication = module.create_app({"PYAUTH_DATABASE": database})
    return application


_BUILDERS: Final[dict[str, Callable[[str, str], WSGIApplication]]] = {
    "plain": plain_application,
    "quickstart": quickstart_application,
}


def main() -> None:
    """Run the server."""
    kind, database_file = sys.argv[1:]
    server = make_server("127.0.0.1", 0, _not_ready, threaded=True)
    origin = f"http://127.0.0.1:{server.server_port}"
    server.app = _BUILDERS[kind](origin, f"sqlite:///{database_file}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{origin}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.shutdown()


def _not_ready(_: object, start_response: Callable[..., object]) -> list[bytes]:
    start_response("503 Service Unavailable", [])
    return []


if __name__ == "__main__":
    main()
