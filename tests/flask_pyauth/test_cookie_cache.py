"""Views of an app whose sessions are cached in a cookie: what may be old, and the cookies."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, Response, stream_with_context

from flask_pyauth import FlaskPyAuth, current_user, fresh_session_required, login_required
from flask_pyauth.testing import login_client
from tests.support.app import FrozenClock
from tests.support.watched import WatchedAdapter

LOOK_UP = ["find_joined session"]
CACHE = "better-auth.session_data"
CACHED: dict[str, Any] = {"cookie_cache": {"enabled": True}}
LARGE = "x" * 4000

VIEWS: dict[str, Callable[[], str]] = {
    "open": lambda: f"hello {current_user.name}" if current_user else "hello stranger",
    "cached": login_required(live=False)(lambda: f"hello {current_user.name}"),
    "live": login_required(lambda: f"hello {current_user.name}"),
    "fresh": fresh_session_required(lambda: f"hello {current_user.name}"),
}


@pytest.fixture
def auth(new_auth: Callable[..., FlaskPyAuth]) -> FlaskPyAuth:
    fields = {"biography": {"type": "string", "required": False}}
    return new_auth(session=CACHED, user={"additional_fields": fields})


@pytest.fixture
def app(auth: FlaskPyAuth) -> Flask:
    app = Flask("site")
    app.testing = True
    auth.init_app(app)
    for name, view in VIEWS.items():
        app.add_url_rule(f"/{name}", name, view)
    return app


def end_sessions(app: Flask) -> None:
    app.extensions["pyauth"]["default"].auth.context.adapter.delete_many("session", [])


@pytest.mark.parametrize(
    ("path", "statements"), [("open", []), ("cached", []), ("live", LOOK_UP), ("fresh", LOOK_UP)]
)
def test_what_a_view_costs(
    app: Flask, database: WatchedAdapter, path: str, statements: list[str]
) -> None:
    client = login_client(app, {"name": "Ada"})
    database.forget()
    assert client.get(f"/{path}").text == "hello Ada"
    assert database.statements == statements


@pytest.mark.parametrize(
    ("path", "status"), [("open", 200), ("cached", 200), ("live", 401), ("fresh", 401)]
)
def test_an_ended_session_is_believed_by_those_who_may_be_late(
    app: Flask, clock: FrozenClock, path: str, status: int
) -> None:
    client = login_client(app, {"name": "Ada"})
    end_sessions(app)
    assert client.get(f"/{path}").status_code == status
    clock.advance(minutes=5, seconds=1)
    late = client.get(f"/{path}")
    assert late.text == "hello stranger" if path == "open" else late.status_code == 401


def test_a_refusal_takes_the_cache_along(app: Flask) -> None:
    client = login_client(app, {"name": "Ada"})
    end_sessions(app)
    client.get("/live")
    assert client.get_cookie(CACHE) is None
    assert client.get("/open").text == "hello stranger"


def test_a_live_guard_does_not_trust_an_earlier_look(app: Flask, database: WatchedAdapter) -> None:
    @app.before_request
    def greet() -> None:
        assert current_user.name == "Ada"

    client = login_client(app, {"name": "Ada"})
    database.forget()
    assert client.get("/live").status_code == 200
    assert database.statements == LOOK_UP
    end_sessions(app)
    assert client.get("/live").status_code == 401


def test_a_cache_that_is_made_anew_goes_out(
    app: Flask, database: WatchedAdapter, clock: FrozenClock
) -> None:
    client = login_client(app, {"name": "Ada"})
    before = client.get_cookie(CACHE)
    clock.advance(minutes=6)
    client.get("/open")
    after = client.get_cookie(CACHE)
    assert before is not None
    assert after is not None
    assert before.value != after.value
    database.forget()
    client.get("/open")
    assert database.statements == []


def cache_cookies(client: Any) -> set[str]:
    """Return the names of the cookies that hold the cache."""
    names = {CACHE, *(f"{CACHE}.{number}" for number in range(16))}
    return {name for name in names if client.get_cookie(name) is not None}


def test_a_large_session_is_read_from_its_pieces_without_a_query(
    app: Flask, database: WatchedAdapter
) -> None:
    app.add_url_rule("/view", view_func=lambda: current_user["biography"])
    client = login_client(app, {"biography": LARGE})
    assert cache_cookies(client) == {f"{CACHE}.0", f"{CACHE}.1"}
    database.forget()

    assert client.get("/view").text == LARGE
    assert database.statements == []


def test_a_session_that_shrinks_in_a_view_leaves_no_piece_behind(
    app: Flask, auth: FlaskPyAuth, database: WatchedAdapter
) -> None:
    @app.post("/view")
    def shorten() -> Any:
        auth.api.update_user(body={"biography": "short"})
        return current_user["biography"]

    client = login_client(app, {"biography": LARGE})

    assert client.post("/view").text == "short"
    assert cache_cookies(client) == {CACHE}
    database.forget()
    assert client.get("/api/auth/get-session").json["user"]["biography"] == "short"  # type: ignore[index]
    assert database.statements == []


def test_signing_out_in_a_view_takes_every_piece_along(app: Flask, auth: FlaskPyAuth) -> None:
    @app.post("/view")
    def leave() -> str:
        auth.api.sign_out()
        return "somebody" if current_user else "nobody"

    client = login_client(app, {"biography": LARGE})

    assert client.post("/view").text == "nobody"
    assert cache_cookies(client) == set()


def test_a_stream_that_asks_extends_nothing(
    app: Flask, database: WatchedAdapter, clock: FrozenClock
) -> None:
    @app.get("/view")
    def stream() -> Response:
        def lines() -> Iterator[str]:
            yield "name: "
            yield current_user.name

        return Response(stream_with_context(lines()))

    client = login_client(app, {"name": "Ada"})
    clock.advance(days=2)
    database.forget()

    answer = client.get("/view")

    assert answer.text == "name: Ada"
    assert "Set-Cookie" not in answer.headers
    assert database.statements == LOOK_UP


def test_a_cache_that_was_altered_is_taken_back_and_the_store_is_asked(app: Flask) -> None:
    app.add_url_rule("/view", view_func=login_required(live=False)(lambda: current_user.name))
    client = login_client(app, {"name": "Ada"})
    client.set_cookie(CACHE, "altered")

    assert client.get("/view").text == "Ada"
    cookie = client.get_cookie(CACHE)
    assert cookie is not None
    assert cookie.value != "altered"


def test_a_session_that_ends_with_the_browser_goes_on_doing_so(
    app: Flask, auth: FlaskPyAuth
) -> None:
    @app.post("/view")
    def rename() -> str:
        auth.api.update_user(body={"name": "Countess"})
        return current_user.name

    client = login_client(app, remember=False)

    answer = client.post("/view")

    assert answer.text == "Countess"
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    assert not [
        text for text in cookies if text.startswith("better-auth.session") and "Max-Age" in text
    ]


def test_signing_out_wins_over_a_cache_made_anew_in_the_same_request(
    app: Flask, auth: FlaskPyAuth
) -> None:
    @app.before_request
    def ask() -> None:
        assert current_user

    client = login_client(app, {"biography": LARGE})
    for name in cache_cookies(client):
        client.delete_cookie(name)

    client.post("/api/auth/sign-out", json={})

    assert cache_cookies(client) == set()
