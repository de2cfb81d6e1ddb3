"""One instance in one app: what ``app.extensions["pyauth"][name]`` holds."""

from dataclasses import dataclass, field

from flask import Flask, Response, current_app, has_request_context

from flask_pyauth.api import FlaskApi
from flask_pyauth.request_state import open_state
from flask_pyauth.runner import ReplaceableRunner
from pyauth import PyAuth
from pyauth.errors import ConfigurationError
from pyauth.sessions import SignedIn

EXTENSION_KEY = "pyauth"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """An instance in an app.

    Attributes:
        name: the instance's name.
        app: the app.
        auth: the server behind it.
        api: its endpoints, for views.
        runner: takes its deliveries.
        login_view: endpoint or address of the sign-in page, or None.
        reauth_view: endpoint or address of the page that asks for the password again, or None.
    """

    name: str
    app: Flask = field(repr=False)
    auth: PyAuth = field(repr=False)
    api: FlaskApi = field(repr=False)
    runner: ReplaceableRunner = field(repr=False)
    login_view: str | None = None
    reauth_view: str | None = None

    def find_signed_in(self, *, live: bool) -> SignedIn | None:
        """Return who sent the current request, or None."""
        return open_state(self.name, self.auth).find_signed_in(live=live)

    def finish(self, response: Response) -> Response:
        """Put what the session of the current request has to say on its answer."""
        # Made even where nobody asked: a stream may ask later, and has to know that it is late.
        open_state(self.name, self.auth).write(response)
        return response


def installations(app: Flask) -> dict[str, Installation]:
    """Return the instances of an app by name; the app's own dict."""
    found: dict[str, Installation] = app.extensions.setdefault(EXTENSION_KEY, {})
    return found


def get_installation(name: str, app: Flask | None = None) -> Installation:
    """Return an instance of an app.

    Args:
        name: the instance's name.
        app: the app; by default the current one.

    Raises:
        ConfigurationError: the app has no such instance.
        RuntimeError: there is no current app.
    """
    chosen: Flask = current_app._get_current_object() if app is None else app  # type: ignore[attr-defined]
    found = installations(chosen).get(name)
    if found is None:
        known = ", ".join(sorted(installations(chosen))) or "none"
        raise ConfigurationError(
            f"the app {chosen.name!r} has no FlaskPyAuth named {name!r} (there are: {known}); "
            "call its init_app(app)"
        )
    return found


def find_signed_in(name: str, *, live: bool = False) -> SignedIn | None:
    """Return who sent the current request, or None; None outside of a request too."""
    if not has_request_context():
        return None
    return get_installation(name).find_signed_in(live=live)
