"""Serves an application on a free port until its standard input closes: for the interop tests.

``python -m tests.interop.serve plain|account|quickstart DATABASE_FILE`` prints the origin.
"""

import json
import sys
import threading
from collections.abc import Callable
from typing import Any, Final
from wsgiref.types import WSGIApplication

from werkzeug import Request, Response
from werkzeug.serving import make_server

from examples.quickstart.app import create_app
from examples.quickstart.extensions import auth as quickstart_auth
from pyauth import PyAuth, PyAuthMiddleware
from pyauth.outbound import InlineRunner
from pyauth.testing import Outbox

_SECRET: Final = "an-interop-secret-0123456789-ABCDEFGHIJ"
_SESSION: Final = {"additional_fields": {"theme": {"type": "string", "required": False}}}


def plain_application(origin: str, database: str) -> WSGIApplication:
    """Build pyauth alone, without Flask."""
    auth = PyAuth(
        secret=_SECRET,
        base_url=origin,
        database=database,
        mode="development",
        email_and_password={"enabled": True},
        session=_SESSION,
    )
    auth.migrate()
    return auth.wsgi_app


def account_application(origin: str, database: str) -> WSGIApplication:
    """Build pyauth with every option of an account's life; its mails are at ``/mails``."""
    outbox = Outbox()
    auth = PyAuth(
        secret=_SECRET,
        base_url=origin,
        database=database,
        mode="development",
        runner=InlineRunner,
        email_and_password={"enabled": True, "send_reset_password": outbox},
        email_verification={"send_verification_email": outbox},
        session={"cookie_cache": {"enabled": True}},
        user={
            "change_email": {"enabled": True, "send_change_email_confirmation": outbox},
            "delete_user": {"enabled": True},
        },
    )
    auth.migrate()

    @Request.application
    def mails(_request: Request) -> Response:
        return Response(json.dumps([_describe(mail) for mail in outbox.sent]))

    return PyAuthMiddleware(mails, auth)


def _describe(mail: Any) -> dict[str, str]:
    return {
        "kind": type(mail).__name__,
        "to": mail.user.email,
        "url": mail.url,
        "token": mail.token,
    }


def quickstart_application(origin: str, database: str) -> WSGIApplication:
    """Build the Flask example."""
    app = create_app(
        {
            "PYAUTH_SECRET": _SECRET,
            "PYAUTH_URL": origin,
            "PYAUTH_ENV": "development",
            "PYAUTH_DATABASE": database,
            "PYAUTH_SESSION": _SESSION,
        }
    )
    with app.app_context():
        quickstart_auth.migrate()
    return app


_BUILDERS: Final[dict[str, Callable[[str, str], WSGIApplication]]] = {
    "plain": plain_application,
    "account": account_application,
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
