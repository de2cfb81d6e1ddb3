"""Views that are not for everybody."""

import asyncio
from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView
from flask_cors import CORS

from flask_pyauth import FlaskPyAuth, current_user, fresh_session_required, login_required
from flask_pyauth.testing import login_client
from pyauth.db.memory import MemoryAdapter
from tests.support.app import FrozenClock

HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
JSON = {"Accept": "application/json"}
UNAUTHORIZED = {"code": "UNAUTHORIZED", "message": "Unauthorized"}
NOT_FRESH = {"code": "SESSION_NOT_FRESH", "message": "Session is not fresh"}

NewAuth = Callable[..., FlaskPyAuth]


def make_app(auth: FlaskPyAuth) -> Flask:
    app = Flask("site")
    app.testing = True
    auth.init_app(app)

    @app.route("/members", methods=["GET", "POST"])
    @login_required
    def members() -> str:
        """Only for members."""
        return f"hello {current_user.name}"

    @app.get("/safe")
    @fresh_session_required
    def safe() -> str:
        return "the safe"

    app.add_url_rule("/sign-in", endpoint="sign_in", view_func=lambda: "sign in")
    app.add_url_rule("/again", endpoint="again", view_func=lambda: "once more")
    return app


@pytest.fixture
def pages(new_auth: NewAuth) -> Flask:
    """An app with pages to sign in and to prove oneself again."""
    return make_app(new_auth(login_view="sign_in", reauth_view="again"))


@pytest.fixture
def bare(new_auth: NewAuth) -> Flask:
    """An app without such pages."""
    return make_app(new_auth())


def test_a_signed_in_user_passes(pages: Flask) -> None:
    assert login_client(pages, {"name": "Ada"}).get("/members").text == "hello Ada"


@pytest.mark.parametrize("headers", [HTML, JSON, {}])
def test_without_a_sign_in_page_strangers_get_401(bare: Flask, headers: dict[str, str]) -> None:
    answer = bare.test_client().get("/members", headers=headers)

    assert (answer.status_code, answer.json) == (401, UNAUTHORIZED)


@pytest.mark.parametrize("headers", [HTML, {}, {"Accept": "*/*"}])
def test_browsers_are_sent_to_the_sign_in_page(pages: Flask, headers: dict[str, str]) -> None:
    answer = pages.test_client().get("/members?page=2&sort=name", headers=headers)

    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/members?page%3D2%26sort%3Dname"


@pytest.mark.parametrize(
    "accept", ["application/json", "application/json, text/plain, */*", "text/html;q=0.5, */*"]
)
def test_clients_that_prefer_json_get_401(pages: Flask, accept: str) -> None:
    answer = pages.test_client().get("/members", headers={"Accept": accept})

    assert (answer.status_code, answer.json) == (401, UNAUTHORIZED)


def test_a_form_that_was_refused_is_no_place_to_return_to(pages: Flask) -> None:
    assert pages.test_client().post("/members").location == "/sign-in"


def test_the_way_back_counts_the_prefix_of_the_app(pages: Flask) -> None:
    answer = pages.test_client().get("/members", environ_overrides={"SCRIPT_NAME": "/site"})

    assert answer.location == "/site/sign-in?next=/site/members"


@pytest.mark.parametrize(
    ("login_view", "location"),
    [
        ("/in", "/in?next=%2Fmembers"),
        ("/in?lang=de", "/in?lang=de&next=%2Fmembers"),
        ("https://id.example/in", "https://id.example/in?next=%2Fmembers"),
    ],
)
def test_the_sign_in_page_may_be_an_address(
    new_auth: NewAuth, login_view: str, location: str
) -> None:
    app = make_app(new_auth(login_view=login_view))

    assert app.test_client().get("/members").location == location


def test_the_pages_may_be_configured(new_auth: NewAuth) -> None:
    app = Flask("site")
    app.config.update(TESTING=True, PYAUTH_LOGIN_VIEW="/in", PYAUTH_REAUTH_VIEW="/again")
    new_auth().init_app(app)
    app.add_url_rule("/members", view_func=login_required(lambda: "hello"))

    assert app.test_client().get("/members").location == "/in?next=%2Fmembers"


def test_a_fresh_session_passes(pages: Flask) -> None:
    assert login_client(pages).get("/safe").text == "the safe"


def test_a_stale_session_has_to_be_proven_again(pages: Flask, clock: FrozenClock) -> None:
    client = login_client(pages)
    clock.advance(days=1)

    answer = client.get("/safe", headers=HTML)

    assert answer.location == "/again?next=/safe"
    assert client.get("/members").status_code == 200


@pytest.mark.parametrize(("app_name", "headers"), [("pages", JSON), ("bare", HTML)])
def test_a_stale_session_is_403_where_no_page_can_be_shown(
    request: pytest.FixtureRequest, clock: FrozenClock, app_name: str, headers: dict[str, str]
) -> None:
    client = login_client(request.getfixturevalue(app_name))
    clock.advance(days=1)

    answer = client.get("/safe", headers=headers)

    assert (answer.status_code, answer.json) == (403, NOT_FRESH)


def test_a_stranger_is_asked_to_sign_in_first(pages: Flask, bare: Flask) -> None:
    assert pages.test_client().get("/safe").location == "/sign-in?next=/safe"
    assert bare.test_client().get("/safe").json == UNAUTHORIZED


def test_freshness_follows_the_option(new_auth: NewAuth, clock: FrozenClock) -> None:
    app = make_app(new_auth(session={"fresh_age": 0}))
    client = login_client(app)
    clock.advance(days=6)

    assert client.get("/safe").text == "the safe"


def test_a_revoked_session_is_refused_at_once(pages: Flask, auth: FlaskPyAuth) -> None:
    client = login_client(pages)
    context = pages.extensions["pyauth"]["default"].auth.context
    (session,) = context.sessions.list()
    context.sessions.delete(session.token)

    assert client.get("/members").status_code == 302


def test_a_guarded_view_keeps_its_name_and_docstring(pages: Flask) -> None:
    view = pages.view_functions["members"]

    assert (view.__name__, view.__doc__) == ("members", "Only for members.")


def test_coroutines_are_run_as_flask_runs_them(new_auth: NewAuth) -> None:
    class Site(Flask):
        def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
            if not iscoroutinefunction(func):
                return func
            return lambda *args, **kwargs: asyncio.run(func(*args, **kwargs))

    app = Site("site")
    app.testing = True
    new_auth().init_app(app)

    @app.get("/later")
    @login_required
    async def later() -> str:
        return "later"

    assert app.test_client().get("/later").status_code == 401
    assert login_client(app).get("/later").text == "later"


def test_views_of_classes_are_guarded_too(bare: Flask) -> None:
    class Members(MethodView):
        decorators = [login_required]

        def get(self) -> str:
            return "a class"

    bare.add_url_rule("/class", view_func=Members.as_view("class"))
    stranger, member = bare.test_client(), login_client(bare)

    assert stranger.get("/class").status_code == 401
    assert member.get("/class").text == "a class"


def test_a_whole_blueprint_is_guarded(bare: Flask) -> None:
    members = Blueprint("private", __name__, url_prefix="/private")
    members.before_request(login_required(lambda: None))
    members.add_url_rule("/page", view_func=lambda: "private")
    bare.register_blueprint(members)

    assert bare.test_client().get("/private/page").status_code == 401
    assert login_client(bare).get("/private/page").text == "private"


def test_a_guarded_blueprint_lets_browsers_ask_what_they_may_send(bare: Flask) -> None:
    members = Blueprint("private", __name__, url_prefix="/private")
    members.before_request(login_required(lambda: None))
    members.add_url_rule("/page", "page", lambda: "private", methods=["GET", "PUT"])
    members.add_url_rule("/own", "own", lambda: "private", methods=["OPTIONS"])
    bare.register_blueprint(members)
    CORS(bare, origins=["https://app.example.com"])
    preflight = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "PUT"}

    answer = bare.test_client().options("/private/page", headers=preflight)

    assert (answer.status_code, answer.text) == (200, "")
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert bare.test_client().put("/private/page").status_code == 401
    assert bare.test_client().options("/private/own").status_code == 401


def test_an_instance_guards_with_its_own_sessions(app: Flask, new_auth: NewAuth) -> None:
    admin = new_auth(
        name="admin",
        database=MemoryAdapter(),
        base_path="/admin/auth",
        advanced={"cookie_prefix": "admin"},
    )
    admin.init_app(app)

    @app.get("/admin")
    @admin.login_required
    def front() -> str:
        return f"hello {admin.current_user.name}"

    @app.get("/admin/safe")
    @admin.fresh_session_required
    def safe() -> str:
        return "the safe"

    assert login_client(app).get("/admin").status_code == 401
    administrator = login_client(app, {"name": "Root"}, name="admin")
    assert administrator.get("/admin").text == "hello Root"
    assert administrator.get("/admin/safe").text == "the safe"


def test_both_spellings_of_the_decorator_are_typed(bare: Flask) -> None:
    @login_required(live=False)
    def view(number: int) -> str:
        return str(number)

    bare.add_url_rule("/numbers/<int:number>", view_func=view)
    found: Any = login_client(bare).get("/numbers/7")

    assert found.text == "7"
