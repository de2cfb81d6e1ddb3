"""One call: who is signed in, what the answer carries, and when deliveries start."""

import json
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from werkzeug import Response

from pyauth import APIError, Contributions, Plugin, PyAuth, RequestInfo
from pyauth.db.memory import MemoryAdapter
from pyauth.error_codes import ErrorCode
from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.validation import ABSENT
from pyauth.outbound import CapturingRunner, Delivery, DeliveryKind, ThreadRunner
from tests.pyauth.conftest import MakeAuth
from tests.support.app import Door, Outbox, Visitor, make_auth, row_counts
from tests.support.watched import WatchedAdapter

REFUSED = ErrorCode("REFUSED", "Refused", 409)
BODY = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}
MAILED = {"send_on_sign_up": True}


class Host(Plugin):
    """Runs a function as the handler of an endpoint."""

    id = "host"

    def __init__(self, handler: Callable[[Call], Any]) -> None:
        self._handler = handler
        self.delivered: list[Any] = []

    def contribute(self) -> Contributions:
        kind = DeliveryKind("note", self.delivered.append, source="host")
        made = endpoint("POST", "/run", name="run")(self._handler)
        return Contributions(endpoints=[made], delivery_kinds=[kind])


def run(handler: Callable[[Call], Any], **options: Any) -> tuple[Visitor, Host]:
    host = Host(handler)
    return Visitor(make_auth(plugins=[host], **options)), host


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"name": "Ada"}, "Ada"),
        ({"name": None}, None),
        ({"other": 1}, None),
        ({}, None),
        (["name"], None),
        ("name", None),
        (None, None),
        (3, None),
        (ABSENT, None),
    ],
    ids=repr,
)
def test_a_field_of_the_raw_body_is_read_whatever_the_body_is(body: Any, found: Any) -> None:
    seen: list[Any] = []

    def read(call: Call) -> None:
        seen.append(call.body_field("name"))

    auth = make_auth(plugins=[Host(lambda call: True)], hooks={"before": read})
    data = None if body is ABSENT else json.dumps(body).encode()
    content_type = None if body is ABSENT else "application/json"
    answer = Visitor(auth).post("/run", data=data, content_type=content_type)
    assert (answer.status, seen) == (200, [found])


def test_the_session_is_looked_up_once() -> None:
    adapter = WatchedAdapter(MemoryAdapter())

    def look(call: Call) -> bool:
        first = call.get_session()
        return first is call.find_session() and call.current_user is first.user

    visitor, _ = run(look, database=adapter)
    visitor.sign_up()
    adapter.forget()
    assert visitor.post("/run").json is True
    assert adapter.statements == ["find_joined session"]


def test_nobody_is_looked_up_once_too() -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    visitor, _ = run(lambda call: [call.find_session(), call.find_session()], database=adapter)
    visitor.sign_up()
    visitor.auth.context.adapter.delete_many("session", [])
    adapter.forget()
    answer = visitor.post("/run")
    assert answer.json == [None, None]
    assert adapter.statements == ["find_joined session"]
    assert len(answer.set_cookies) == 3, "the stale cookies are expired once"


def test_what_is_known_of_the_request() -> None:
    seen: list[Any] = []

    def look(call: Call) -> None:
        seen.append((call.method, call.path, call.ip, call.base_url, call.cookies["a"]))

    visitor, _ = run(look)
    visitor.cookies["a"] = "%C3%A4"
    visitor.post("/run")
    assert seen == [("POST", "/run", "203.0.113.7", "http://localhost:3000/api/auth", "\u00e4")]


def test_cookies_of_an_answer_can_be_signed_and_expired() -> None:
    def bake(call: Call) -> None:
        make = call.context.cookies.create
        call.set_cookie(make("one", max_age=60), "a b", signed=True)
        call.set_cookie(make("two", max_age=60), "c", max_age=None)
        call.expire_cookie(make("three"))

    visitor, _ = run(bake)
    signed, plain, expired = visitor.post("/run").set_cookies
    assert signed.startswith("better-auth.one=a%20b.")
    assert "Max-Age=60" in signed
    assert plain == "better-auth.two=c; Path=/; HttpOnly; SameSite=Lax"
    assert "Max-Age=0" in expired


def test_headers_of_one_name_stand_beside_one_another_and_replace_the_responses() -> None:
    def answer(call: Call) -> Response:
        for value in ("<a>", "<b>"):
            call.add_header("Link", value)
        call.set_header("X-Own", "the call's")
        call.add_header("set-cookie", "one=1")
        return Response("", headers={"X-Own": "the response's", "Set-Cookie": "two=2"})

    headers = run(answer)[0].post("/run").headers
    assert headers.getlist("Link") == ["<a>", "<b>"]
    assert headers.getlist("X-Own") == ["the call's"]
    assert sorted(headers.getlist("Set-Cookie")) == ["one=1", "two=2"]


def test_an_answer_holds_no_value_that_it_takes_back() -> None:
    def bake(call: Call) -> None:
        spec = call.context.cookies.create("extra")
        call.set_cookie(spec, "secret")
        call.set_cookie(call.context.cookies.create("other"), "kept")
        call.expire_cookie(spec)

    visitor, _ = run(bake)
    kept, expired = visitor.post("/run").set_cookies
    assert kept.startswith("better-auth.other=kept")
    assert expired.startswith("better-auth.extra=; Max-Age=0")


# Deliveries ---------------------------------------------------------------------------------------


def test_a_delivery_starts_when_the_call_has_ended(new_auth: MakeAuth) -> None:
    seen: list[int] = []

    def work(call: Call) -> None:
        with call.context.adapter.transaction():
            call.deliver("note", {"n": 1})
        seen.append(len(host.delivered))

    host = Host(work)
    Visitor(new_auth(plugins=[host])).post("/run")
    assert (seen, host.delivered) == ([0], [{"n": 1}])


@pytest.mark.parametrize("door", ["http", "api"])
def test_a_rolled_back_transaction_drops_its_deliveries(new_auth: MakeAuth, door: Any) -> None:
    def work(call: Call) -> None:
        call.deliver("note", {"n": 1})
        with call.context.adapter.transaction():
            call.deliver("note", {"n": 2})
            raise APIError(REFUSED)

    host = Host(work)
    visitor = Visitor(new_auth(plugins=[host]), door=door)
    assert visitor.call("run").status == 409
    assert host.delivered == [{"n": 1}], "what was queued before the transaction still goes out"


def test_both_doors_deliver_alike() -> None:
    doors: tuple[Door, ...] = ("http", "api")
    for door in doors:
        visitor, host = run(lambda call: call.deliver("note", {"n": 1}))
        visitor.door = door
        visitor.call("run")
        assert host.delivered == [{"n": 1}]


def _mailing_auth(send: Callable[[Any], None], **options: Any) -> PyAuth:
    return make_auth(verification=send, email_verification=MAILED, **options)


def _shape(auth: PyAuth) -> tuple[Any, ...]:
    answer = Visitor(auth).sign_up()
    user = {
        key: value for key, value in answer.json["user"].items() if not key.endswith(("id", "At"))
    }
    return answer.status, user, list(answer.json), len(answer.set_cookies)


def test_a_sender_that_raises_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def fail(event: Any) -> None:
        raise ValueError(f"cannot send {event.token}")

    auth = _mailing_auth(fail)
    assert _shape(auth) == _shape(_mailing_auth(Outbox()))
    assert row_counts(auth)["user"] == 1
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "verification-email" in record.getMessage()
    assert "cannot send" not in caplog.text


def test_a_sender_that_takes_long_delays_nothing() -> None:
    started, release, sent = Event(), Event(), Event()

    def sleep(event: Any) -> None:
        started.set()
        release.wait(timeout=30)
        sent.set()

    auth = _mailing_auth(sleep, runner=ThreadRunner)
    answer = Visitor(auth).sign_up()
    assert answer.status == 200
    assert not sent.is_set(), "the answer was there before the mail"
    assert started.wait(timeout=30)
    release.set()
    auth.close()
    assert sent.is_set()


def test_a_runner_that_breaks_its_promise_changes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken:
        def submit(self, delivery: Delivery) -> None:
            raise ConnectionError("the broker is down")

    auth = _mailing_auth(Outbox(), runner=lambda deliver: Broken())
    assert Visitor(auth).sign_up().status == 200
    assert "the runner refused delivery" in caplog.text


def test_a_worker_in_another_process_sends_what_was_queued() -> None:
    runner, outbox = CapturingRunner(), Outbox()
    Visitor(_mailing_auth(Outbox(), runner=lambda deliver: runner)).sign_up()
    (delivery,) = runner.of_kind("verification-email")
    text = delivery.to_json()

    _mailing_auth(outbox).deliver(Delivery.from_json(text))

    (event,) = outbox.sent
    assert event.user.email == "ada@example.com"
    assert event.token in event.url
    assert event.request.method == "POST"
    assert event.token not in repr(delivery)


def test_the_plain_request_holds_no_token_of_its_path() -> None:
    seen: list[RequestInfo | None] = []

    def look(info: RequestInfo | None, _limit: object) -> None:
        seen.append(info)

    auth = make_auth(rate_limit={"enabled": True, "custom_rules": {"/reset-password/*": look}})
    Visitor(auth).get("/reset-password/a-secret-token", query={"callbackURL": "/"})

    (info,) = seen
    assert info is not None
    assert info.url == "http://localhost:3000/api/auth/reset-password/:token"
