"""A test client that behaves like a browser on one of the app's own pages."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.test import Client, TestResponse

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment


class Browser(Client):
    """A Werkzeug test client whose requests go to the app's own address and carry its ``Origin``.

    Args:
        application: the WSGI application.
        origin: the origin of the app's pages, such as ``https://app.example.com``.
    """

    def __init__(self, application: "WSGIApplication", origin: str) -> None:
        super().__init__(application)
        self._origin = origin

    def open(self, *args: Any, **arguments: Any) -> TestResponse:
        """Send a request; arguments as of ``werkzeug.test.Client.open``."""
        path = args[0] if args else arguments.get("path", "/")
        if isinstance(path, str) and "://" not in path:
            arguments.setdefault("base_url", self._origin)
        return super().open(*args, **arguments)

    def run_wsgi_app(
        self,
        environ: "WSGIEnvironment",
        buffered: bool = False,  # noqa: FBT001, FBT002
    ) -> tuple[Iterable[bytes], str, Any]:
        """Run the application for one request."""
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            environ.setdefault("HTTP_ORIGIN", self._origin)
        return super().run_wsgi_app(environ, buffered=buffered)
