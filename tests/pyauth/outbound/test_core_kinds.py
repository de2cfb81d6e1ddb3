"""Every mail of the core is plain data: a worker elsewhere sends what this process would have."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyauth import PyAuth
from pyauth.outbound import CapturingRunner, Delivery
from tests.support.app import Outbox, Visitor, make_auth

PASSWORD = "correct horse"
EMAIL = "ada@example.com"

Signed = Callable[[Visitor, PyAuth], Any]


def _ask_to_verify(visitor: Visitor, auth: PyAuth) -> None:
    visitor.call("send_verification_email", {"email": EMAIL})


def _ask_for_reset(visitor: Visitor, auth: PyAuth) -> None:
    visitor.call("request_password_reset", {"email": EMAIL})


def _sign_up_again(visitor: Visitor, auth: PyAuth) -> None:
    Visitor(auth).sign_up(EMAIL)


def _ask_to_move(visitor: Visitor, auth: PyAuth) -> None:
    user = auth.context.users.find_by_email(EMAIL)
    assert user is not None
    auth.context.users.update(user.id, {"email_verified": True})
    visitor.call("change_email", {"new_email": "other@example.com"})


def _ask_to_delete(visitor: Visitor, auth: PyAuth) -> None:
    visitor.call("delete_user", {})


CAUSES: dict[str, Signed] = {
    "verification-email": _ask_to_verify,
    "reset-password-email": _ask_for_reset,
    "existing-user-sign-up": _sign_up_again,
    "change-email-confirmation": _ask_to_move,
    "delete-account-verification": _ask_to_delete,
}
"""What causes a delivery of each kind, by a visitor who is signed in."""


def _auth(runner: CapturingRunner, sent: Outbox) -> PyAuth:
    """Return an instance with every sender that the core has."""
    return make_auth(
        runner=lambda deliver: runner,
        email_and_password={
            "enabled": True,
            "auto_sign_in": False,
            "send_reset_password": sent,
            "on_existing_user_sign_up": sent,
        },
        email_verification={"send_verification_email": sent},
        user={
            "change_email": {"enabled": True, "send_change_email_confirmation": sent},
            "delete_user": {"enabled": True, "send_delete_account_verification": sent},
            "additional_fields": {
                "born": {"type": "date", "required": False},
                "points": {"type": "number", "required": False},
                "nick": {"type": "string", "required": False},
                "tags": {"type": "string[]", "required": False},
                "extra": {"type": "json", "required": False},
            },
        },
    )


def test_every_kind_of_the_core_is_covered() -> None:
    assert set(_auth(CapturingRunner(), Outbox()).context.delivery_kinds) == set(CAUSES)


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["$datetime", "$int", "a"]), inner, max_size=2)
    ),
    max_leaves=4,
)
_FIELDS = st.fixed_dictionaries(
    {
        "name": _TEXT,
        "born": st.integers(-(2**31), 2**32).map(
            lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat()
        ),
        "points": st.integers(-(2**53), 2**53),
        "nick": _TEXT,
        "tags": st.lists(_TEXT, max_size=3),
        "extra": _JSON,
    }
)


@pytest.mark.parametrize("kind", CAUSES)
@given(fields=_FIELDS, agent=st.text(st.characters(min_codepoint=32, max_codepoint=126)))
@settings(max_examples=15, deadline=None)
def test_a_delivery_survives_a_queue_and_sends_the_same(
    kind: str, fields: dict[str, Any], agent: str
) -> None:
    runner, sent = CapturingRunner(), Outbox()
    auth = _auth(runner, sent)
    visitor = Visitor(auth)
    assert visitor.call("sign_up_email", {"email": EMAIL, "password": PASSWORD, **fields},
                        headers={"User-Agent": agent}).status == 200  # fmt: skip
    assert visitor.sign_in(EMAIL).status == 200
    runner.clear()

    CAUSES[kind](visitor, auth)

    (delivery,) = runner.of_kind(kind)
    back = Delivery.from_json(delivery.to_json())
    assert back == delivery
    auth.deliver(delivery)
    auth.deliver(back)
    first, second = sent.sent
    assert first == second
    assert dict(first.user) == dict(second.user)
    assert isinstance(second.user["created_at"], datetime)
    assert isinstance(second.user["born"], datetime)
