"""The two endpoints as hand-written Flask views: what pyauth is measured against."""

from flask import Flask, Response, abort, jsonify, request

from bench.subjects import Opened, WSGIApplication
from bench.subjects.by_hand import Store, is_own_origin, read_cookie, write_cookie
from bench.subjects.settings import COOKIE, SESSION_LIFE, cheap_verify


def make_app(database: str) -> WSGIApplication:
    """Build the application over a SQLite file."""
    return open_app(database).app


def open_app(database: str) -> Opened:
    """Build the application over a SQLite file."""
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    store = Store(database)

    @app.get("/api/auth/get-session")
    def get_session() -> Response:
        token = read_cookie(request.cookies.get(COOKIE))
        response = jsonify(None if token is None else store.find_session(token))
        response.headers["Cache-Control"] = "no-store"
        return response

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
        response = jsonify({"redirect": False, "token": token, "user": user})
        response.set_cookie(
            COOKIE, write_cookie(token), max_age=SESSION_LIFE, httponly=True, samesite="Lax"
        )
        return response

    return Opened(app, store.close)
