"""Events as deliveries: what a payload holds, and what versions may differ in."""

from typing import Any

from pyauth.events import ExistingUserSignUp, RequestInfo, VerificationEmail
from pyauth.models import User
from pyauth.outbound import EventKind

MAIL = EventKind("mail", VerificationEmail)
REQUEST = RequestInfo("POST", "https://a.test/x", {"user-agent": "tests"}, "203.0.113.7")
USER = User({"id": "1", "email": "ada@example.com"})
EVENT = VerificationEmail(USER, url="https://a.test/?t=x", token="x", request=REQUEST)


def test_a_payload_is_plain_data_under_the_names_of_the_fields() -> None:
    assert MAIL.pack(EVENT) == {
        "user": {"id": "1", "email": "ada@example.com"},
        "url": "https://a.test/?t=x",
        "token": "x",
        "request": {
            "method": "POST",
            "url": "https://a.test/x",
            "headers": {"user-agent": "tests"},
            "ip": "203.0.113.7",
        },
    }


def test_a_sender_receives_the_event() -> None:
    received: list[Any] = []
    kind = MAIL.sent_by(received.append, source="core")
    kind.send(MAIL.pack(EVENT))
    assert (received, kind.name, kind.source) == ([EVENT], "mail", "core")
    assert isinstance(received[0].user, User)


def test_an_event_without_a_request_has_none_at_the_sender() -> None:
    kind = EventKind("known", ExistingUserSignUp)
    event = ExistingUserSignUp(USER)
    assert kind.pack(event)["request"] is None
    assert kind.unpack(kind.pack(event)) == event


def test_a_payload_of_another_version_is_read() -> None:
    newer = {**MAIL.pack(EVENT), "language": "en"}
    assert MAIL.unpack(newer) == EVENT
    older = MAIL.pack(EVENT)
    del older["request"]
    assert MAIL.unpack(older).request is None
