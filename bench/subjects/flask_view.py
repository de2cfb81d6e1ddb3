"""The endpoints as hand-written Flask views: what pyauth is measured against."""

from flask import Flask, Response, abort, jsonify, request

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
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    store, door = Store(database), Door(setting)

    @app.before_request
    def count() -> None:
        if not door.admits(request.remote_addr, request.path):
            abort(429)

    @app.get("/api/auth/get-session")
    def get_session() -> Response:
        token = read_cookie(request.cookies.get(COOKIE))
        found = None
        if token is not None:
            cached = read_cache(request.cookies.get(CACHE_COOKIE), token)
            found = cached or store.find_session(token)
        response = jsonify(found)
        response.headers["Cache-Control"] = "no-store"
        return response

    @app.get("/api/auth/list-sessions")
    def list_sessions() -> Response:
        token = read_cookie(request.cookies.get(COOKIE))
        found = None if token is None else store.list_sessions(token)
        if found is None:
            abort(401)
        return jsonify(found)

    @app.post("/api/auth/sign-up/email")
    def sign_up() -> Response:
        if not is_own_origin(request.headers):
            abort(403)
        body = request.get_json()
        person = {name: body.get(name) for name in ("name", "email", "password")}
        if not all(isinstance(value, str) for value in person.values()):
            abort(400)
        person |= {"email": person["email"].lower(), "password": cheap_hash(person["password"])}
        made = store.sign_up(person, request.remote_addr, request.headers.get("User-Agent"))
        if made is None:
            abort(422)
        token, user = made
        return _hand_over(jsonify({"token": token, "user": user}), token)

    @app.post("/api/auth/sign-in/email")
    def sign_in() -> Response:
        if not is_own_origin(request.headers):
            abort(403)
        body = request.get_json()
        email, password = body.get("email"), body.get("password")
        if not isinstance(email, str) or not isinstance(password, str):
            abort(400)
        found = store.find_login(email.lower())
        if found is None or not cheap_verify(found[0], password):
            abort(401)
        user = found[1]
        token = store.open_session(
            user["id"], request.remote_addr, request.headers.get("User-Agent")
        )
        return _hand_over(jsonify({"redirect": False, "token": token, "user": user}), token)

    def close() -> None:
        store.close()
        door.close()

    return Opened(app, close)


def _hand_over(response: Response, token: str) -> Response:
    response.set_cookie(
        COOKIE, write_cookie(token), max_age=SESSION_LIFE, httponly=True, samesite="Lax"
    )
    return response
