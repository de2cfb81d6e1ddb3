"""Mailed links: once, in time, for their own user, and worth nothing after him."""

from datetime import timedelta
from typing import Any

import jwt
import pytest

from pyauth.crypto.tokens import sign_token
from tests.security.conftest import NewWorld
from tests.security.world import NEW_PASSWORD, PASSWORD, Attempt, Person, World
from tests.support.app import SECRET, Answer, token_of

ONCE = ["reset_password", "delete_user", "delete_user_callback"]
KEPT = ["rows", "cached", "stored"]
LIVES = {"reset_password": timedelta(hours=1), "delete_user": timedelta(days=1)}


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("database", ["memory", "sqlite"])
@pytest.mark.parametrize("name", ONCE)
def test_a_token_works_once(new_world: NewWorld, name: str, kept: str, database: str) -> None:
    world = new_world(kept=kept, database=database)
    person = world.person()
    attempt = world.attempt(name, person)
    held = dict(person.visitor.cookies)
    assert world.send(person.visitor, attempt).status == 200
    before = world.everything()
    person.visitor.cookies = held
    again = world.send(person.visitor, attempt)
    assert again.status in {400, 401, 404}
    if name == "reset_password":
        assert again.code == "INVALID_TOKEN"
    assert world.everything() == before


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("name", ["reset_password", "delete_user", "delete_user_callback"])
def test_a_token_ends(new_world: NewWorld, name: str, kept: str) -> None:
    # It has to be refused for its age, not because a clean-up has removed it.
    world = new_world(kept=kept, verification={"disable_cleanup": True})
    person = world.person()
    attempt = world.attempt(name, person)
    world.clock.advance(seconds=LIVES[name.removesuffix("_callback")].total_seconds() + 1)
    user, accounts = world.everything()["user"], world.everything()["account"]
    answer = world.send(person.visitor, attempt)
    assert answer.code == "INVALID_TOKEN"
    assert world.everything()["user"] == user
    assert world.everything()["account"] == accounts


@pytest.mark.parametrize("kept", KEPT)
def test_a_token_is_good_for_its_own_purpose_alone(new_world: NewWorld, kept: str) -> None:
    world = new_world(kept=kept)
    person = world.person()
    reset = dict(world.attempt("reset_password", person).body or {})["token"]
    deletion = dict(world.attempt("delete_user", person).body or {})["token"]
    verification = world.attempt("verify_email", person).query["token"]
    session = token_of(person.visitor)
    before = world.everything()
    answers = []
    for token in (deletion, verification, session, person.id, f"delete-account-{deletion}"):
        body = {"token": token, "newPassword": NEW_PASSWORD}
        answers.append(person.visitor.post("/reset-password", body))
    for token in (reset, verification, session, person.id, f"reset-password:{reset}"):
        answers.append(person.visitor.post("/delete-user", {"token": token}))
        answers.append(person.visitor.get("/delete-user/callback", query={"token": token}))
    for token in (reset, deletion, session, person.id):
        answers.append(person.visitor.get("/verify-email", query={"token": token}))
    assert {answer.code for answer in answers} == {"INVALID_TOKEN"}
    assert world.everything() == before


# Verification links -------------------------------------------------------------------------------


def made_up_tokens(world: World, email: str) -> dict[str, str]:
    """Return tokens that somebody could make who does not know the secret."""
    now = int(world.clock().timestamp())
    claims = {"email": email, "iat": now, "exp": now + 3600}
    good = jwt.encode(claims, SECRET, algorithm="HS256")
    head, body, _ = good.split(".")
    other_body = jwt.encode({**claims, "email": "x@example.com"}, SECRET).split(".")[1]
    return {
        "alg none": jwt.encode(claims, "", algorithm="none"),
        "another secret": jwt.encode(claims, "x" * 40, algorithm="HS256"),
        "HS512 with our secret": _hs512(claims),
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "another body": f"{head}.{other_body}.{good.split('.')[2]}",
        "no end": jwt.encode({"email": email}, SECRET, algorithm="HS256"),
        "an end that is text": jwt.encode({"email": email, "exp": "x"}, SECRET, algorithm="HS256"),
        "ended": jwt.encode({**claims, "exp": now - 1}, SECRET, algorithm="HS256"),
        "not yet": jwt.encode({**claims, "nbf": now + 600}, SECRET, algorithm="HS256"),
        "no address": jwt.encode({"exp": now + 60}, SECRET, algorithm="HS256"),
        "a list of addresses": jwt.encode({**claims, "email": [email]}, SECRET, algorithm="HS256"),
    }


def _hs512(claims: dict[str, Any]) -> str:
    with pytest.warns(jwt.warnings.InsecureKeyLengthWarning):
        return jwt.encode(claims, SECRET, algorithm="HS512")


@pytest.mark.parametrize("kept", ["rows", "stored"])
def test_only_what_we_signed_verifies(new_world: NewWorld, kept: str) -> None:
    world = new_world(kept=kept, links_sign_in=True)
    person = world.person()
    before = world.everything()
    answers = {}
    for kind, token in made_up_tokens(world, person.email).items():
        answer = world.visitor().get("/verify-email", query={"token": token})
        answers[kind] = answer.status
        assert answer.set_cookies == []
    assert answers == dict.fromkeys(answers, 401)
    assert world.everything() == before


def test_a_link_of_another_secret_of_ours_does_not_verify(new_world: NewWorld) -> None:
    """Older secrets open sessions and encrypted values, not mailed links."""
    old = "the-older-secret-of-the-tests-0123456789"
    world = new_world(secret=None, secrets=f"2:{SECRET},1:{old}")
    person = world.person()
    token = sign_token(
        {"email": person.email}, old, now=world.clock(), expires_in=timedelta(hours=1)
    )
    answer = world.visitor().get("/verify-email", query={"token": token})
    assert answer.refusal == (401, "INVALID_TOKEN")


@pytest.mark.parametrize("kept", KEPT)
def test_opening_a_verification_link_again_is_harmless_and_gives_no_session(
    new_world: NewWorld, kept: str
) -> None:
    world = new_world(kept=kept, links_sign_in=True)
    person = world.person()
    attempt = world.attempt("verify_email", person)
    first = world.send(world.visitor(), attempt)
    assert first.set_cookies != []
    before = world.everything()
    again = world.send(world.visitor(), attempt)
    assert again.status == 200
    assert again.set_cookies == []
    assert world.everything() == before


# Changing the address -----------------------------------------------------------------------------


@pytest.mark.parametrize("kept", KEPT)
def test_a_change_in_two_steps_stays_one_in_two_steps(new_world: NewWorld, kept: str) -> None:
    world = new_world(kept=kept)
    person = world.person()
    world.auth.context.users.update(person.id, {"email_verified": True})
    person.visitor.post("/change-email", {"newEmail": "moved@example.com"})
    confirmation = world.outbox.last
    users = world.everything()["user"]
    for visitor in (person.visitor, world.visitor(), person.visitor):
        answer = visitor.get("/verify-email", query={"token": confirmation.token})
        assert answer.status == 200
        assert visitor is person.visitor or answer.set_cookies == []
    assert world.everything()["user"] == users
    assert world.outbox.last.user.email == "moved@example.com"
    finish = {"token": world.mailed_token()}
    assert person.visitor.get("/verify-email", query=finish).status == 200
    assert world.everything()["user"][person.id]["email"] == "moved@example.com"


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_taken_address_answers_as_a_free_one_and_does_nothing(
    new_world: NewWorld, kept: str, at_once: bool
) -> None:
    settings = {"enabled": True, "update_email_without_verification": at_once}
    world = new_world(kept=kept, user={"change_email": settings})
    person, victim = world.person(), world.person()
    before = world.everything()
    taken = person.visitor.post("/change-email", {"newEmail": victim.email.upper()})
    assert world.everything() == before
    free = person.visitor.post("/change-email", {"newEmail": "free@example.com"})
    assert (taken.status, taken.text) == (free.status, free.text) == (200, '{"status":true}')
    assert world.everything() != before


@pytest.mark.parametrize("kept", KEPT)
def test_a_link_that_changes_an_address_moves_nobody_else(new_world: NewWorld, kept: str) -> None:
    """The thief of an address cannot have its next owner moved by a link of old."""
    world = new_world(kept=kept)
    person = world.person()
    person.visitor.post("/change-email", {"newEmail": "thief@example.com"})
    old_link = {"token": world.mailed_token()}
    world.auth.context.users.update(person.id, {"email": "elsewhere@example.com"})
    owner = world.visitor()
    owner.post("/sign-up/email", {"name": "Eve", "email": person.email, "password": PASSWORD})
    before = world.everything()
    answer = world.visitor().get("/verify-email", query=old_link)
    assert answer.status == 401
    assert answer.set_cookies == []
    assert world.everything() == before


# Nothing outlives its user ------------------------------------------------------------------------


def everything_that_proves_him(world: World, person: Person) -> list[Attempt]:
    """Return the requests that a person's mails and browsers could make."""
    names = ["reset_password", "delete_user", "delete_user_callback", "change_password"]
    attempts = [world.attempt(name, person) for name in names]
    person.visitor.post("/change-email", {"newEmail": "thief@example.com"})
    verify, token = world.endpoints["verify_email"], world.mailed_token()
    return [*attempts, Attempt(verify, "/verify-email", None, {"token": token})]


@pytest.mark.parametrize(
    ("kept", "redis"),
    [(kept, False) for kept in ("rows", "cached", "jwe", "stored", "mirrored", "preserved")]
    + [("stored", True), ("preserved", True)],
)
def test_nothing_of_a_deleted_user_authenticates_anywhere(
    new_world: NewWorld, kept: str, redis: bool
) -> None:
    """Not even at a new user who takes his address."""
    world = new_world(kept=kept, redis=redis, links_sign_in=True)
    person = world.person()
    attempts = everything_that_proves_him(world, person)
    browsers = [dict(person.visitor.cookies), dict(person.other.cookies)]
    person.other.post("/delete-user", {})
    assert person.other.post("/delete-user", {"token": world.mailed_token()}).status == 200
    gone = world.everything()
    assert gone["user"] == {}
    assert gone["account"] == {}
    assert [row for row in gone["session"].values() if row["expires_at"] > world.clock()] == []
    assert world.sign_in(world.visitor(), person.email).status == 401
    new = world.visitor()
    new.post("/sign-up/email", {"name": "New", "email": person.email, "password": NEW_PASSWORD})
    before = world.everything()

    answers: list[Answer] = []
    for cookies in [{}, *browsers]:
        for attempt in attempts:
            visitor = world.visitor()
            visitor.cookies = dict(cookies)
            answers.append(world.send(visitor, attempt))
    assert [answer.text for answer in answers if answer.status not in {400, 401, 404}] == []
    for answer in answers:
        assert [value for value in answer.cookies.values() if value] == []
    assert world.everything() == before
    assert new.get_session()["user"]["name"] == "New"


@pytest.mark.parametrize("kept", ["rows", "stored"])
def test_a_deletion_needs_the_password_a_fresh_session_or_the_mailed_link(
    new_world: NewWorld, kept: str
) -> None:
    world = new_world(kept=kept, user={"delete_user": {"enabled": True}})
    person, other = world.person(), world.person()
    attempts: list[dict[str, Any]] = [
        {"token": "x" * 32},
        {"password": "wrong horse battery"},
        {"password": PASSWORD + " "},
    ]
    world.clock.advance(days=2)
    before = world.everything()
    for body in attempts:
        assert person.visitor.post("/delete-user", body).status in {400, 404}
    assert world.visitor().post("/delete-user", {"password": PASSWORD}).status == 401
    assert world.everything()["user"] == before["user"]
    assert person.visitor.post("/delete-user", {"password": PASSWORD}).status == 200
    assert set(world.everything()["user"]) == {other.id}
