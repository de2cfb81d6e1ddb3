"""The kit does what the pages of the docs promise."""

from datetime import UTC, datetime

import pytest

from pyauth import UniqueViolation, VerificationEmail
from pyauth.plugins import Bearer
from pyauth.testing import AuthKit, FrozenClock, Outbox, make_kit, open_session
from tests.support.app import make_auth, rows_of

SESSION = "/api/auth/get-session"


def test_one_line_makes_an_instance_that_people_can_sign_up_at() -> None:
    kit = make_kit()
    body = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}
    assert kit.client().post("/api/auth/sign-up/email", json=body).status_code == 200


def test_users_are_made_with_an_address_of_their_own() -> None:
    kit = make_kit()
    first, second = kit.create_user(), kit.create_user()
    assert (first.email, second.email) == ("user1@example.com", "user2@example.com")


def test_a_user_with_a_password_signs_in() -> None:
    kit = make_kit()
    kit.create_user("ada@example.com", password="correct horse", email_verified=True)
    body = {"email": "ada@example.com", "password": "correct horse"}
    assert kit.auth.api.sign_in_email(body=body).user.email_verified


def test_a_user_without_a_password_has_no_account() -> None:
    kit = make_kit()
    kit.create_user()
    assert rows_of(kit.auth, "account") == []


def test_additional_fields_have_their_defaults() -> None:
    kit = make_kit(user={"additional_fields": {"tier": {"type": "string", "default": "free"}}})
    assert kit.create_user().tier == "free"
    assert kit.create_user(tier="paid").tier == "paid"


def test_a_taken_address_is_an_error_and_leaves_nothing() -> None:
    kit = make_kit()
    kit.create_user("ada@example.com")
    with pytest.raises(UniqueViolation):
        kit.create_user("ada@example.com", password="correct horse")
    assert rows_of(kit.auth, "account") == []


def test_a_client_is_signed_in_and_may_post() -> None:
    kit = make_kit()
    ada = kit.create_user()
    client = kit.client(ada)
    assert client.get(SESSION).get_json()["user"]["id"] == ada.id
    assert client.post("/api/auth/sign-out").status_code == 200
    assert client.get(SESSION).get_json() is None


def test_a_client_lives_at_the_base_url() -> None:
    kit = make_kit(base_url="https://app.example.com")
    client = kit.client(kit.create_user())
    assert client.get(SESSION).get_json() is not None
    assert client.post("/api/auth/sign-out").status_code == 200


def test_headers_sign_a_call_from_python_in() -> None:
    kit = make_kit()
    ada = kit.create_user()
    signed_in = kit.auth.api.get_session(headers=kit.headers(ada))
    assert signed_in is not None
    assert signed_in.user.id == ada.id
    assert kit.headers() == {"Origin": "http://localhost:3000"}


def test_time_stands_still_until_it_is_moved() -> None:
    kit = make_kit()
    client = kit.client(kit.create_user())
    kit.clock.advance(days=8)
    assert client.get(SESSION).get_json() is None


def test_a_clock_of_ones_own_is_the_kits() -> None:
    clock = FrozenClock(datetime(2030, 1, 1, tzinfo=UTC))
    kit = make_kit(clock=clock)
    assert kit.clock is clock
    assert kit.create_user().created_at == clock.now


def test_mails_are_kept() -> None:
    kit = make_kit(email_verification={"send_on_sign_up": True})
    body = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}
    kit.auth.api.sign_up_email(body=body)
    (mail,) = kit.outbox.of(VerificationEmail)
    assert mail is kit.outbox.last
    assert mail.user.email == "ada@example.com"
    kit.outbox.clear()
    assert len(kit.outbox) == 0
    with pytest.raises(LookupError, match="nothing was sent"):
        _ = kit.outbox.last


def test_a_sender_of_ones_own_stays() -> None:
    own = Outbox()
    kit = make_kit(
        email_verification={"send_on_sign_up": True, "sendVerificationEmail": own},
        outbox=Outbox(),
    )
    body = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}
    kit.auth.api.sign_up_email(body=body)
    assert len(own) == 1
    assert len(kit.outbox) == 0


def test_plugins_and_upstreams_spelling_are_taken() -> None:
    kit = make_kit(plugins=[Bearer()], emailAndPassword={"enabled": False})
    assert not kit.auth.context.options.email_and_password.enabled
    assert kit.auth.context.find_plugin(Bearer) is not None


def test_a_kit_fits_around_an_instance_of_ones_own() -> None:
    auth = make_auth(database="sqlite://")
    kit = AuthKit(auth)
    assert kit.client(kit.create_user()).get(SESSION).get_json() is not None


def test_a_session_that_a_hook_stops_is_an_error() -> None:
    kit = make_kit(database_hooks={"session": {"create": {"before": lambda event: False}}})
    with pytest.raises(LookupError, match="hook"):
        open_session(kit.auth, kit.create_user())


def test_a_user_that_a_hook_stops_is_an_error() -> None:
    kit = make_kit(database_hooks={"user": {"create": {"before": lambda event: False}}})
    with pytest.raises(LookupError, match="hook"):
        kit.create_user()
