"""The two endpoints on bare Werkzeug: the least that a request can cost with its objects."""

import json
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, NotFound, Unauthorized

from bench.subjects import Opened, WSGIApplication
from bench.subjects.by_hand import Store, is_own_origin, read_cookie, write_cookie
from bench.subjects.settings import COOKIE, SESSION_LIFE, cheap_verify


def make_app(database: str) -> WSGIApplication:
    """Build the application over a SQLite file."""
    return open_app(database).app


def open_app(database: str) -> Opened:
    """Build the application over a SQLite file."""
    store = Store(database)
    views = {
        ("GET", "/api/auth/get-session"): _get_session,
        ("POST", "/api/auth/sign-in/email"): _sign_in,
    }

    @Request.application
    def app(request: Request) -> Response:
        view = views.get((request.method, request.path))
        try:
            if view is None:
                raise NotFound
            return view(store, request)
        except HTTPException as error:
            return Response(error.description, status=error.code)

    return Opened(app, store.close)


def _get_session(store: Store, request: Request) -> Response:
    token = read_cookie(request.cookies.get(COOKIE))
    response = _json(None if token is None else store.find_session(token))
    response.headers["Cache-Control"] = "no-store"
    return response


def _sign_in(store: Store, request: Request) -> Response:
    if not is_own_origin(request.headers):
        raise Forbidden
    body = request.get_json()
    email, password = body.get("email"), body.get("password")
    if not isinstance(email, str) or not isinstance(password, str):
        raise BadRequest
    found = store.find_login(email.lower())
    if found is None or not cheap_verify(found[0], password):
        raise Unauthorized
    user = found[1]
    token = store.open_session(user["id"], request.remote_addr, request.headers.get("User-Agent"))
    response = _json({"redirect": False, "token": token, "user": user})
    response.set_cookie(
        COOKIE, write_cookie(token), max_age=SESSION_LIFE, httponly=True, samesite="Lax"
    )
    return response


def _json(value: Any) -> Response:
    return Response(json.dumps(value, separators=(",", ":")), mimetype="application/json")
