"""Events as deliveries: what a payload holds, and what versions may differ in."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pyauth.events import ExistingUserSignUp, RequestInfo, VerificationEmail
from pyauth.models import User
from pyauth.outbound import Delivery, EventKind

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


class Odd:
    """What an app's field may make of a value, and no payload carries."""

    def __repr__(self) -> str:
        return "sEcReT"


def _cycle() -> list[Any]:
    endless: list[Any] = []
    endless.append(endless)
    return endless


@pytest.mark.parametrize(
    "value",
    [
        frozenset({"sEcReT"}),
        Odd(),
        {"deep": [Odd()]},
        {1: "sEcReT"},
        float("nan"),
        datetime(2026, 1, 2),  # noqa: DTZ001 - naive on purpose
        _cycle(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_of_a_user_is_no_plain_data_is_left_out_and_named(
    value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Only somebody who exists is written to: an error would tell that he does."""
    user = USER.replace(tags=value, motto="plain")
    payload = MAIL.pack(VerificationEmail(user, url="https://a.test/", token="x", request=None))
    sent = MAIL.unpack(Delivery.create("mail", payload).payload).user
    assert dict(sent) == {**USER, "motto": "plain"}
    (logged,) = caplog.records
    assert (logged.name, logged.levelname) == ("pyauth.outbound", "WARNING")
    assert "field 'tags' of a user is left out" in logged.getMessage()
    assert "sEcReT" not in caplog.text


def test_what_is_plain_data_reaches_the_sender_as_it_is() -> None:
    fields = {
        "born": datetime(1815, 12, 10, tzinfo=UTC),
        "tags": ["a", "b"],
        "more": {"deep": [None, 1.5]},
    }
    user = USER.replace(**fields)
    payload = MAIL.pack(VerificationEmail(user, url="https://a.test/", token="x", request=None))
    assert dict(MAIL.unpack(payload).user) == {**USER, **fields}
