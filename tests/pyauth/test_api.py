"""Calling endpoints from Python."""

from datetime import timedelta
from typing import Any

import pytest
from werkzeug import Request
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from pyauth import APIError, ConfigurationError, PyAuth, ValidationFailed
from pyauth.api import Api, ApiMethod
from pyauth.http.outcome import Redirect
from pyauth.routes import CORE_ENDPOINTS
from pyauth.routes.results import DeferredSession, SignInResult, SignUpResult
from pyauth.routes.sign_in import SignInEmail
from pyauth.routes.sign_up import SignUpEmail
from pyauth.sessions import SignedIn
from tests.support.app import (
    ADDRESS,
    FOREIGN,
    ORIGIN,
    FrozenClock,
    Outbox,
    Visitor,
    make_auth,
    rows_of,
)

PERSON = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}


def make_request(**arguments: Any) -> Request:
    arguments = {"base_url": ORIGIN, "environ_overrides": {"REMOTE_ADDR": ADDRESS}, **arguments}
    return EnvironBuilder(**arguments).get_request(Request)


def test_every_core_endpoint_is_declared_under_its_name() -> None:
    declared = {
        name: value.endpoint for name, value in vars(Api).items() if isinstance(value, ApiMethod)
    }
    assert declared == {endpoint.name: endpoint for endpoint in CORE_ENDPOINTS}


def test_results_are_records_of_python_names() -> None:
    api = make_auth().api
    signed_up = api.sign_up_email(body=PERSON)
    assert isinstance(signed_up, SignUpResult)
    assert (signed_up.user.email, signed_up.user.email_verified) == ("ada@example.com", False)
    signed_in = api.sign_in_email(body=PERSON)
    assert isinstance(signed_in, SignInResult)
    assert signed_in.url is None
    assert api.get_session() is None


def test_a_body_may_be_a_model() -> None:
    api = make_auth().api
    api.sign_up_email(
        body=SignUpEmail(name="Ada", email="ada@example.com", password="correct horse")
    )
    result = api.sign_in_email(
        body=SignInEmail(email="ada@example.com", password="correct horse", remember_me=False)
    )
    assert result.user.name == "Ada"


def test_a_model_may_carry_additional_fields() -> None:
    auth = make_auth(user={"additional_fields": {"nick_name": {"type": "string"}}})
    body = SignUpEmail(
        name="Ada", email="ada@example.com", password="correct horse", nick_name="countess"
    )  # type: ignore[call-arg]
    assert auth.api.sign_up_email(body=body).user.nick_name == "countess"


def test_cookies_come_and_go_in_headers() -> None:
    auth = make_auth()
    received = Headers()
    auth.api.sign_up_email(body=PERSON, response_headers=received)
    cookie = received["Set-Cookie"].partition(";")[0]
    for headers in ({"Cookie": cookie}, {"cookie": cookie}, Headers({"COOKIE": cookie})):
        result = auth.api.get_session(headers=headers)
        assert isinstance(result, SignedIn)
        assert result.user.email == "ada@example.com"
    received = Headers()
    auth.api.sign_out(headers={"Cookie": cookie}, response_headers=received)
    assert len(received.getlist("Set-Cookie")) == 3
    assert auth.api.get_session(headers={"Cookie": cookie}) is None


def test_refusals_are_raised_with_their_evidence() -> None:
    api = make_auth().api
    with pytest.raises(ValidationFailed) as invalid:
        api.sign_up_email(body={**PERSON, "email": "ada"})
    assert invalid.value.issues == ("[body.email] Invalid email address",)
    with pytest.raises(APIError) as refused:
        api.sign_in_email(body=PERSON)
    assert (refused.value.status, refused.value.code) == (401, "INVALID_EMAIL_OR_PASSWORD")


def test_headers_of_a_refusal_are_received_too() -> None:
    auth = make_auth()
    visitor = Visitor(auth)
    visitor.sign_up()
    headers = {"Cookie": visitor.cookie_header}
    auth.context.adapter.delete_many("session", [])
    received = Headers()
    with pytest.raises(APIError):
        auth.api.list_sessions(headers=headers, response_headers=received)
    assert len(received.getlist("Set-Cookie")) == 3


@pytest.mark.parametrize(
    "body",
    [
        {"callbackURL": "/x"},
        {"rememberMe": True},
        {"callback_url": None, "image": None, "remember_me": None},
    ],
)
def test_python_names_count_and_none_leaves_out(body: dict[str, Any]) -> None:
    auth = make_auth()
    auth.api.sign_up_email(body={**PERSON, **body})
    assert rows_of(auth, "user")[0]["image"] is None


def test_required_values_are_required_in_process_too() -> None:
    with pytest.raises(ValidationFailed, match=r"\[body\.name\].*received null"):
        make_auth().api.sign_up_email(body={**PERSON, "name": None})
    with pytest.raises(ValidationFailed, match="received undefined"):
        make_auth().api.sign_up_email()


@pytest.mark.parametrize("text", ["a\x00", "\ud800", "\udfff\ud800"])
@pytest.mark.parametrize("name", ["name", "email", "password", "unknown"])
def test_texts_that_no_store_could_keep_are_refused(name: str, text: str) -> None:
    auth = make_auth()
    with pytest.raises(APIError) as caught:
        auth.api.sign_up_email(body={**PERSON, name: text})
    assert (caught.value.status, caught.value.code) == (400, "BAD_REQUEST")
    assert rows_of(auth, "user") == []


def test_a_call_for_a_request_knows_what_the_request_says(outbox: Outbox) -> None:
    auth = make_auth(
        base_url=None, verification=outbox, email_verification={"send_on_sign_up": True}
    )
    request = make_request(headers={"User-Agent": "Gecko"})
    auth.api.sign_up_email(body=PERSON, request=request)
    (session,) = rows_of(auth, "session")
    assert (session["ip_address"], session["user_agent"]) == (ADDRESS, "Gecko")
    assert outbox.last.url.startswith(f"{ORIGIN}/api/auth/verify-email?token=")
    assert outbox.last.request.ip == ADDRESS


def test_without_a_request_and_a_base_url_there_is_no_link(outbox: Outbox) -> None:
    auth = make_auth(
        base_url=None, verification=outbox, email_verification={"send_on_sign_up": True}
    )
    with pytest.raises(ConfigurationError, match="a link needs base_url"):
        auth.api.sign_up_email(body=PERSON)
    assert rows_of(auth, "user") == []


def test_headers_may_stand_in_for_the_requests() -> None:
    auth = make_auth()
    visitor = Visitor(auth)
    visitor.sign_up()
    request = make_request(headers={"Cookie": "other=1"})
    assert auth.api.get_session(request=request) is None
    own = auth.api.get_session(request=request, headers={"Cookie": visitor.cookie_header})
    assert own is not None


def test_redirect_targets_are_checked_in_process_too() -> None:
    auth = make_auth()
    with pytest.raises(APIError) as caught:
        auth.api.sign_up_email(body={**PERSON, "callback_url": FOREIGN})
    assert caught.value.code == "INVALID_CALLBACK_URL"
    result = auth.api.verify_email(query={"token": "x", "callback_url": "/x"})
    assert result == Redirect("/x?error=INVALID_TOKEN")


def test_hidden_fields_are_hidden_in_process_too() -> None:
    fields = {"inner": {"type": "string", "required": False, "returned": False}}
    auth = make_auth(user={"additional_fields": fields})
    user = auth.api.sign_up_email(body={**PERSON, "inner": "x"}).user
    assert "inner" not in user
    assert rows_of(auth, "user")[0]["inner"] == "x"


def test_the_health_check_answers_in_process() -> None:
    assert make_auth().api.ok() == "OK"


# The method ---------------------------------------------------------------------------------------


def deferring(clock: FrozenClock, **options: Any) -> tuple[PyAuth, dict[str, str]]:
    """Return an instance with a session that waits to be extended, and its headers."""
    auth = make_auth(clock=clock, session={"defer_session_refresh": True}, **options)
    visitor = Visitor(auth)
    visitor.sign_up()
    clock.advance(days=2)
    return auth, {"Cookie": visitor.cookie_header}


def needs_refresh(auth: PyAuth, headers: dict[str, str]) -> bool:
    found = auth.api.get_session(headers=headers)
    assert isinstance(found, DeferredSession)
    return found.needs_refresh


def test_a_deferred_session_is_extended_by_post(clock: FrozenClock) -> None:
    auth, headers = deferring(clock)
    assert needs_refresh(auth, headers)
    received = Headers()
    extended = auth.api.get_session(headers=headers, method="POST", response_headers=received)
    assert type(extended) is SignedIn
    assert extended.session.expires_at == clock() + timedelta(days=7)
    assert received.getlist("Set-Cookie") != []
    assert not needs_refresh(auth, headers)


def test_post_is_refused_in_process_too_where_nothing_is_deferred() -> None:
    with pytest.raises(APIError) as caught:
        make_auth().api.get_session(method="POST")
    assert (caught.value.status, caught.value.code) == (
        405,
        "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
    )


@pytest.mark.parametrize("method", ["PUT", "post", ""])
def test_a_method_that_an_endpoint_has_not_is_an_error(method: str) -> None:
    message = f"auth.api.get_session is called by GET or POST, not by {method!r}"
    with pytest.raises(ValueError, match=f"^{message}$"):
        make_auth().api.get_session(method=method)


def test_a_request_to_the_endpoint_itself_brings_its_method_along(clock: FrozenClock) -> None:
    auth, headers = deferring(clock)
    request = make_request(method="POST", path="/api/auth/get-session", headers=headers)
    assert type(auth.api.get_session(request=request)) is SignedIn
    assert not needs_refresh(auth, headers)


def test_the_method_of_any_other_request_says_nothing(clock: FrozenClock) -> None:
    auth, headers = deferring(clock)
    request = make_request(method="POST", path="/profile", headers=headers)
    assert isinstance(auth.api.get_session(request=request), DeferredSession)
    assert needs_refresh(auth, headers)
    assert type(auth.api.get_session(request=request, method="POST")) is SignedIn
    assert make_auth().api.get_session(request=request) is None


def test_a_hook_sees_the_method(clock: FrozenClock) -> None:
    seen: list[str] = []
    hooks = {"before": lambda call: seen.append(call.method)}
    auth, headers = deferring(clock, hooks=hooks)
    seen.clear()
    auth.api.get_session(headers=headers, method="POST")
    auth.api.get_session(headers=headers)
    assert seen == ["POST", "GET"]
