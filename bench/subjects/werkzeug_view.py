"""The endpoints on bare Werkzeug: the least that a request can cost with its objects."""

import json
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    NotFound,
    TooManyRequests,
    Unauthorized,
    UnprocessableEntity,
)

from bench.subjects import Opened, WSGIApplication
from bench.subjects.by_hand import (
    Store,
    is_own_origin,
    read_cache,
    read_cookie,
    write_cookie,
)
from bench.subjects.door import Door
from bench.subjects.settings import (
    CACHE_COOKIE,
    COOKIE,
    SESSION_LIFE,
    Setting,
    cheap_hash,
    cheap_verify,
)


def make_app(database: str) -> WSGIApplication:
    """Build the application over a SQLite file."""
    return open_app(database).app


def open_app(database: str, setting: Setting = "plain") -> Opened:
    """Build the application over a SQLite file."""
    store, door = Store(database), Door(setting)
    views = {
        ("GET", "/api/auth/get-session"): _get_session,
        ("GET", "/api/auth/list-sessions"): _list_sessions,
        ("POST", "/api/auth/sign-up/email"): _sign_up,
        ("POST", "/api/auth/sign-in/email"): _sign_in,
    }

    @Request.application
    def app(request: Request) -> Response:
        view = views.get((request.method, request.path))
        try:
            if not door.admits(request.remote_addr, request.path):
                raise TooManyRequests
            if view is None:
                raise NotFound
            return view(store, request)
        except HTTPException as error:
            return Response(error.description, status=error.code)

    def close() -> None:
        store.close()
        door.close()

    return Opened(app, close)


def _get_session(store: Store, request: Request) -> Response:
    token = read_cookie(request.cookies.get(COOKIE))
    found = None
    if token is not None:
        cached = read_cache(request.cookies.get(CACHE_COOKIE), token)
        found = cached or store.find_session(token)
    response = _json(found)
    response.headers["Cache-Control"] = "no-store"
    return response


def _list_sessions(store: Store, request: Request) -> Response:
    token = read_cookie(request.cookies.get(COOKIE))
    found = None if token is None else store.list_sessions(token)
    if found is None:
        raise Unauthorized
    return _json(found)


def _sign_up(store: Store, request: Request) -> Response:
    if not is_own_origin(request.headers):
        raise Forbidden
    body = request.get_json()
    person = {name: body.get(name) for name in ("name", "email", "password")}
    if not all(isinstance(value, str) for value in person.values()):
        raise BadRequest
    person |= {"email": person["email"].lower(), "password": cheap_hash(person["password"])}
    made = store.sign_up(person, request.remote_addr, request.headers.get("User-Agent"))
    if made is None:
        raise UnprocessableEntity
    token, user = made
    return _hand_over(_json({"token": token, "user": user}), token)


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
    return _hand_over(_json({"redirect": False, "token": token, "user": user}), token)


def _hand_over(response: Response, token: str) -> Response:
    response.set_cookie(
        COOKIE, write_cookie(token), max_age=SESSION_LIFE, httponly=True, samesite="Lax"
    )
    return response


def _json(value: Any) -> Response:
    return Response(json.dumps(value, separators=(",", ":")), mimetype="application/json")
