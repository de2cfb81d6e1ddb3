"""The kit does what the pages of the docs promise."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pyauth import (
    EmailAndPassword,
    EmailVerification,
    ResetPasswordEmail,
    UniqueViolation,
    VerificationEmail,
)
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


def test_an_account_is_made_with_an_id_of_its_own() -> None:
    kit = make_kit(account={"additional_fields": {"seat": {"type": "string", "default": "A1"}}})
    ada = kit.create_user(password="correct horse")
    first, second = kit.create_account(ada, "github"), kit.create_account(ada, "github")
    assert first.account_id != second.account_id
    assert (first.provider_id, first.user_id, first.seat) == ("github", ada.id, "A1")
    given = kit.create_account(ada, "google", account_id="g-7", scope="email,profile")
    assert given.account_id == "g-7"
    shown = kit.client(ada).get("/api/auth/list-accounts").get_json()
    assert {item["providerId"] for item in shown} == {"credential", "github", "google"}
    assert ["email", "profile"] in [item["scopes"] for item in shown]


def test_a_verification_is_what_a_sent_link_leaves() -> None:
    kit = make_kit()
    ada = kit.create_user(password="correct horse")
    kit.create_verification("reset-password:the-token", ada.id, expires_in=timedelta(minutes=5))
    body = {"token": "the-token", "new_password": "battery staple"}
    kit.auth.api.reset_password(body=body)
    kit.auth.api.sign_in_email(body={"email": ada.email, "password": "battery staple"})
    kit.create_verification("code", ada.id)
    kit.clock.advance(hours=1)
    assert kit.auth.context.verifications.find_latest("code") is None


def test_an_account_that_a_hook_stops_is_an_error() -> None:
    kit = make_kit(database_hooks={"account": {"create": {"before": lambda event: False}}})
    ada = kit.create_user()
    with pytest.raises(LookupError, match="a database hook stopped the account"):
        kit.create_account(ada, "github")


def test_a_verification_that_a_hook_stops_is_an_error() -> None:
    kit = make_kit(database_hooks={"verification": {"create": {"before": lambda event: False}}})
    with pytest.raises(LookupError, match="a database hook stopped the verification"):
        kit.create_verification("code", "1")


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


@pytest.mark.parametrize(
    "settings", [EmailAndPassword(enabled=True), EmailAndPassword(), {}, {"enabled": True}]
)
def test_the_mails_of_a_finished_group_of_options_are_kept_too(settings: Any) -> None:
    kit = make_kit(email_and_password=settings)
    kit.create_user("ada@example.com", password="correct horse")
    kit.auth.api.request_password_reset(body={"email": "ada@example.com"})
    (mail,) = kit.outbox.of(ResetPasswordEmail)
    assert mail.user.email == "ada@example.com"


def test_what_a_finished_group_of_options_says_stays() -> None:
    own = Outbox()
    kit = make_kit(
        email_and_password=EmailAndPassword(enabled=False, send_reset_password=own),
        email_verification=EmailVerification(send_verification_email=None),
    )
    options = kit.auth.context.options
    assert not options.email_and_password.enabled
    assert options.email_and_password.send_reset_password is own
    assert options.email_verification.send_verification_email is None


def test_a_database_that_is_given_by_its_url_is_migrated() -> None:
    kit = make_kit(database="sqlite://")
    ada = kit.create_user("ada@example.com")
    assert kit.client(ada).get(SESSION).get_json()["user"]["id"] == ada.id
    kit.auth.close()


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
