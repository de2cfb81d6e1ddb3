"""The app's own hooks around endpoints: what they may change, answer, refuse and add."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from werkzeug import Response

from pyauth import APIError, Contributions, Plugin, PyAuth, StoreUnavailable
from pyauth.error_codes import ErrorCode
from pyauth.http import Call, Redirect
from pyauth.plugin import AfterHook, BeforeHook
from tests.support.app import Door, Visitor, make_auth, row_counts, rows_of

CLOSED = ErrorCode("CLOSED", "We are closed", 403)
LOCKED = ErrorCode("LOCKED", "This is locked", 423)


def with_hooks(**hooks: Callable[[Call], Any]) -> PyAuth:
    return make_auth(hooks=hooks)


def refuse(call: Call) -> None:
    raise APIError(CLOSED, headers=[("X-Reason", "night")])


# Before -------------------------------------------------------------------------------------------


def test_a_before_hook_changes_the_body(door: Door) -> None:
    def rename(call: Call) -> None:
        if call.path == "/sign-up/email":
            call.body = {**call.body, "name": "Augusta"}

    answer = Visitor(with_hooks(before=rename), door=door).sign_up()
    assert answer.json["user"]["name"] == "Augusta"


@pytest.mark.parametrize("data", [b"[]", b"null", b"3", b'"x"', b"true", b"{}", None])
def test_the_hook_that_the_docs_show_takes_any_body(
    data: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYAUTH_ENV", "test")
    page = (Path(__file__).parents[3] / "docs" / "hooks.md").read_text(encoding="utf-8")
    example = page.partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {}
    exec(compile(example, "docs/hooks.md", "exec"), names)
    sent: dict[str, Any] = {"data": data, "content_type": "application/json" if data else None}
    answer = Visitor(names["auth"]).post("/sign-up/email", **sent)
    assert answer.refusal == (403, "NOT_INVITED")


def test_a_before_hook_changes_the_query() -> None:
    def dress(call: Call) -> None:
        call.query = {**call.query, "error_description": "Dressed"}

    page = Visitor(with_hooks(before=dress)).get("/error", query={"error": "CODE"}).text
    assert "CODE" in page
    assert "Dressed" in page


def test_a_before_hook_changes_the_cookies(door: Door) -> None:
    auth = with_hooks(before=lambda call: _take_cookie_from_header(call))
    owner, stranger = Visitor(auth, door=door), Visitor(auth, door=door)
    owner.sign_up()
    answer = stranger.call("get_session", headers={"X-Cookie": owner.session_cookie})
    assert answer.json["user"]["email"] == "ada@example.com"


def _take_cookie_from_header(call: Call) -> None:
    given = call.headers.get("X-Cookie")
    if given is not None:
        call.cookies[call.context.cookies.session_token.name] = unquote(given)


@pytest.mark.parametrize("answer", [{"closed": True}, [], 0, ""])
def test_a_before_hook_answers_in_the_endpoints_place(door: Door, answer: Any) -> None:
    auth = with_hooks(before=lambda call: answer, after=refuse)
    given = Visitor(auth, door=door).sign_up()
    assert given.status == 200
    assert given.text.strip('"') == (str(answer) if answer != {"closed": True} else given.text)
    assert row_counts(auth)["user"] == 0


def test_a_before_hook_sends_the_browser_elsewhere(door: Door) -> None:
    auth = with_hooks(before=lambda call: Redirect("/closed"))
    given = Visitor(auth, door=door).sign_up()
    assert (given.status, given.location) == (302, "/closed")


def test_a_before_hook_answers_with_a_response_of_its_own() -> None:
    auth = with_hooks(before=lambda call: Response("hi", status=201, headers={"X-R": "1"}))
    given = Visitor(auth).sign_up()
    assert (given.status, given.text, given.headers["X-R"]) == (201, "hi", "1")


def test_a_before_hook_refuses(door: Door) -> None:
    seen: list[Call] = []
    auth = with_hooks(before=refuse, after=seen.append)
    given = Visitor(auth, door=door).sign_up()
    assert given.refusal == (403, "CLOSED")
    assert given.headers["X-Reason"] == "night"
    assert (seen, row_counts(auth)["user"]) == ([], 0)


@pytest.mark.parametrize("way", ["goes on", "answers", "refuses"])
def test_headers_and_cookies_of_a_before_hook_stay(door: Door, way: str) -> None:
    def mark(call: Call) -> object:
        call.set_header("X-Mark", "1")
        call.add_header("Set-Cookie", "mark=1")
        if way == "refuses":
            raise APIError(CLOSED)
        return {"early": True} if way == "answers" else None

    given = Visitor(with_hooks(before=mark), door=door).sign_up()
    assert given.headers["X-Mark"] == "1"
    assert "mark=1" in given.set_cookies


# After --------------------------------------------------------------------------------------------


def test_an_after_hook_sees_the_new_session_and_sets_cookies(door: Door) -> None:
    def greet(call: Call) -> None:
        if call.new_session is not None:
            call.set_header("X-New", call.new_session.user.email)
            call.add_header("Set-Cookie", "greeted=1; HttpOnly")

    visitor = Visitor(with_hooks(after=greet), door=door)
    for answer in (visitor.sign_up(), visitor.sign_in()):
        assert answer.headers["X-New"] == "ada@example.com"
        assert answer.set_cookies[-1] == "greeted=1; HttpOnly"
    assert "X-New" not in visitor.call("get_session").headers


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ({"email": "a@example.com", "password": "wrong password"}, "INVALID_EMAIL_OR_PASSWORD"),
        ({"email": 1, "password": "x"}, "VALIDATION_ERROR"),
    ],
)
def test_an_after_hook_sees_errors(door: Door, body: dict[str, Any], seen: str) -> None:
    codes: list[str] = []

    def note(call: Call) -> None:
        assert call.outcome.error is not None
        codes.append(call.outcome.error.code)
        call.add_header("Set-Cookie", "failed=1")

    given = Visitor(with_hooks(after=note), door=door).call("sign_in_email", body)
    assert (codes, given.code) == ([seen], seen)
    assert given.set_cookies == ["failed=1"]


def test_what_replaces_an_error_keeps_its_status() -> None:
    auth = with_hooks(after=lambda call: {"replaced": True})
    given = Visitor(auth).sign_in()
    assert (given.status, given.json) == (401, {"replaced": True})
    assert Visitor(auth).sign_up().status == 200


def test_a_response_that_replaces_an_error_has_its_own_status() -> None:
    given = Visitor(with_hooks(after=lambda call: Response("hi", status=202))).sign_in()
    assert (given.status, given.text) == (202, "hi")


@pytest.mark.parametrize("name", ["sign_up", "sign_in"])
def test_an_error_of_an_after_hook_has_its_own_status(door: Door, name: str) -> None:
    given = getattr(Visitor(with_hooks(after=refuse), door=door), name)()
    assert given.refusal == (403, "CLOSED")
    assert given.headers["X-Reason"] == "night"


def test_hooks_run_in_order_the_apps_first(door: Door) -> None:
    order: list[str] = []

    class Noting(Plugin):
        def __init__(self, name: str) -> None:
            self.id = name  # type: ignore[misc]

        def contribute(self) -> Contributions:
            return Contributions(
                before=[BeforeHook(lambda call: order.append(f"before {self.id}"))],
                after=[AfterHook(lambda call: order.append(f"after {self.id}"))],
            )

    auth = make_auth(
        plugins=[Noting("one"), Noting("two")],
        hooks={
            "before": lambda call: order.append("before app"),
            "after": lambda call: order.append("after app"),
        },
    )
    Visitor(auth, door=door).call("get_session")
    assert order == [
        f"{when} {who}" for when in ("before", "after") for who in ("app", "one", "two")
    ]


def test_a_later_hook_sees_what_an_earlier_one_left(door: Door) -> None:
    class Locking(Plugin):
        id = "locking"

        def contribute(self) -> Contributions:
            return Contributions(after=[AfterHook(self._lock)])

        def _lock(self, call: Call) -> None:
            assert call.outcome.error is not None
            assert call.outcome.error.code == "CLOSED"
            raise APIError(LOCKED)

    auth = make_auth(plugins=[Locking()], hooks={"after": refuse})
    assert Visitor(auth, door=door).sign_up().refusal == (423, "LOCKED")


@pytest.mark.parametrize("error", [RuntimeError("boom"), StoreUnavailable("down")])
def test_a_hook_that_fails_hands_no_session_over(error: Exception) -> None:
    """A hook may be about to withhold it: a second factor, a ban."""

    def fail(call: Call) -> None:
        call.set_header("X-Mark", "1")
        raise error

    auth = with_hooks(after=fail)
    given = Visitor(auth).sign_up()
    assert given.status in {500, 503}
    assert given.set_cookies == []
    assert "X-Mark" not in given.headers
    assert len(rows_of(auth, "user")) == 1
