"""The service: pyauth answers below ``/api/auth``, the function below everything else."""

from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException, Unauthorized
from werkzeug.routing import Map, Rule

from pyauth import EmailAndPassword, PyAuth, PyAuthMiddleware
from pyauth.wsgi import get_session

ROUTES = Map([Rule("/", endpoint="home"), Rule("/me", endpoint="me")])


def create_auth(**options: Any) -> PyAuth:
    """Make the authentication server; options are laid over the example's own."""
    settings: dict[str, Any] = {
        "database": "sqlite:///wsgi-example.sqlite3",
        "email_and_password": EmailAndPassword(enabled=True),
        **options,
    }
    return PyAuth(**settings)


def create_app(auth: PyAuth) -> PyAuthMiddleware:
    """Put the authentication server in front of the service."""
    return PyAuthMiddleware(service, auth)


@Request.application
def service(request: Request) -> Response:
    """Answer everything that is not pyauth's."""
    try:
        endpoint, _ = ROUTES.bind_to_environ(request.environ).match()
    except HTTPException as error:
        return Response(f"{error.description}\n", status=error.code)
    return home(request) if endpoint == "home" else me(request)


def home(_request: Request) -> Response:
    return Response("Sign up at /api/auth/sign-up/email, then ask /me who you are.\n")


def me(request: Request) -> Response:
    """Tell a signed-in user who he is; the first look at the session is the only query.

    It asks the store, as whatever refuses strangers should: with a session cache in a cookie, an
    ended session would else be let in for a while.
    """
    signed_in = get_session(request.environ, live=True)
    if signed_in is None:
        return Unauthorized("Sign in first.").get_response(request.environ)
    return Response(f"You are {signed_in.user.name} <{signed_in.user.email}>.\n")
