"""The rules of each model, on each database."""

from datetime import timedelta

import pytest

from pyauth import DatabaseEvent, PyAuth, UniqueViolation, User
from pyauth.db.memory import MemoryAdapter
from pyauth.errors import UnfitValue
from pyauth.stores import normalize_email
from tests.pyauth.conftest import MakeAuth
from tests.support.app import FrozenClock, Visitor, make_auth, rows_of
from tests.support.threads import in_threads
from tests.support.watched import WatchedAdapter

PERSON = {"name": "Ada", "email": "Ada@Example.com"}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def auth(new_auth: MakeAuth) -> PyAuth:
    return new_auth()


def make_user(auth: PyAuth, email: str = "ada@example.com") -> User:
    user = auth.context.users.create({"name": "Ada", "email": email})
    assert user is not None
    return user


def test_addresses_are_kept_and_found_in_lower_case(auth: PyAuth) -> None:
    users = auth.context.users
    user = users.create(PERSON)
    assert user is not None
    assert (user.email, user.email_verified, user.image) == ("ada@example.com", False, None)
    assert users.find_by_email("ADA@EXAMPLE.COM") == users.find(user.id) == user
    assert users.find_by_email("eve@example.com") is None
    changed = users.update(user.id, {"email": "NEW@example.com"})
    assert changed is not None
    assert changed.email == "new@example.com"
    assert normalize_email("A@B.CO") == "a@b.co"


def test_an_address_that_a_hook_gives_is_kept_in_lower_case(new_auth: MakeAuth) -> None:
    """Whoever had another could never sign in."""
    given = iter(
        ["ADA@Example.com", "Augusta@Example.com", "LoveLace@Example.com", "B@Example.com"]
    )
    told: list[str] = []

    def give(event: DatabaseEvent) -> dict[str, str]:
        return {"email": next(given)}

    def note(event: DatabaseEvent) -> None:
        assert event.record is not None
        told.append(event.record["email"])

    pair = {"before": give, "after": note}
    auth = new_auth(database_hooks={"user": {"create": pair, "update": pair}})
    users = auth.context.users
    changed = [users.create({"name": "Ada", "email": "someone@example.com"})]
    assert changed[0] is not None
    changed.append(users.update(changed[0].id, {"name": "Augusta"}))
    assert changed[1] is not None
    changed.append(users.change_email(changed[1], "elsewhere@example.com", verified=True))
    assert changed[2] is not None
    changed.append(users.update_held(changed[2], {"name": "Ada"}))
    expected = ["ada", "augusta", "lovelace", "b"]
    assert [user and user.email for user in changed] == [f"{name}@example.com" for name in expected]
    assert told == [user and user.email for user in changed]
    found = users.find_by_email("b@EXAMPLE.com")
    assert found is not None
    assert [row["email"] for row in rows_of(auth, "user")] == [found.email]


def test_who_is_signed_up_under_a_hooks_address_signs_in_with_it() -> None:
    hooks = {"user": {"create": {"before": lambda event: {"email": "Ada@Home.Example"}}}}
    visitor = Visitor(make_auth(database_hooks=hooks))
    assert visitor.sign_up("ada@work.example").json["user"]["email"] == "ada@home.example"
    assert visitor.sign_in("ADA@home.example").status == 200


def test_an_address_of_a_hook_that_is_no_text_is_refused(new_auth: MakeAuth) -> None:
    auth = new_auth(database_hooks={"user": {"create": {"before": lambda event: {"email": 5}}}})
    with pytest.raises(UnfitValue, match="email"):
        make_user(auth)


def test_an_address_is_taken_whatever_its_case(auth: PyAuth) -> None:
    make_user(auth)
    with pytest.raises(UniqueViolation) as caught:
        auth.context.users.create(PERSON)
    assert (caught.value.model, caught.value.fields) == ("user", ("email",))


def test_an_update_renews_its_moment(auth: PyAuth, clock: FrozenClock) -> None:
    user = make_user(auth)
    clock.advance(hours=1)
    changed = auth.context.users.update(user.id, {"name": "Augusta"})
    assert changed is not None
    assert (changed.updated_at, changed.created_at) == (clock(), user.created_at)


def test_an_address_is_verified_once_and_only_while_it_is_his(auth: PyAuth) -> None:
    users = auth.context.users
    user = make_user(auth)
    assert users.verify_email(user.replace(email="other@example.com")) is None
    verified = users.verify_email(user)
    assert verified is not None
    assert verified.email_verified
    assert users.verify_email(user) is None


def test_listing_and_counting(auth: PyAuth) -> None:
    for number in range(3):
        make_user(auth, f"u{number}@example.com")
    users = auth.context.users
    assert users.count() == len(users.list()) == 3
    assert len(users.list(limit=2, offset=2)) == 1


def test_a_password_is_replaced_only_while_it_is_the_one_that_was_read(auth: PyAuth) -> None:
    accounts = auth.context.accounts
    user = make_user(auth)
    account = accounts.create_credential(user.id, "old")
    assert account is not None
    assert accounts.find_credential(user.id) == account
    assert accounts.find_credential("") is None
    assert accounts.replace_password(account, "new") is not None
    assert accounts.replace_password(account, "newer") is None
    found = accounts.find_credential(user.id)
    assert found is not None
    assert found.password == "new"


def test_only_the_credential_account_holds_the_password(auth: PyAuth) -> None:
    user = make_user(auth)
    auth.context.accounts.create(
        {"user_id": user.id, "provider_id": "github", "account_id": "7", "password": "x"}
    )
    assert auth.context.accounts.find_credential(user.id) is None


def open_session(auth: PyAuth, user: User, life: timedelta = MINUTE) -> str:
    session = auth.context.sessions.create(
        user, expires_at=auth.context.clock() + life, ip_address=None, user_agent=None
    )
    assert session is not None
    return session.token


def test_sessions_are_found_with_their_users(auth: PyAuth) -> None:
    ada, eve = make_user(auth), make_user(auth, "eve@example.com")
    tokens = [open_session(auth, ada), open_session(auth, eve)]
    sessions = auth.context.sessions
    found = sessions.find_with_user(tokens[0])
    assert found is not None
    assert (found[0].token, found[1]) == (tokens[0], ada)
    assert sessions.find_with_user("nope") is None
    assert {session.token: user.id for session, user in sessions.find_many([*tokens, "nope"])} == {
        tokens[0]: ada.id,
        tokens[1]: eve.id,
    }


def test_expired_sessions_are_left_out_when_that_is_asked(auth: PyAuth, clock: FrozenClock) -> None:
    ada, sessions = make_user(auth), auth.context.sessions
    short, long = open_session(auth, ada), open_session(auth, ada, 60 * MINUTE)
    clock.advance(minutes=1)
    assert [session.token for session in sessions.list_of_user(ada.id)] == [long]
    assert len(sessions.list_of_user(ada.id, only_active=False)) == 2
    assert len(sessions.find_many([short, long])) == 2
    assert len(sessions.find_many([short, long], only_active=True)) == 1


def test_ending_sessions_names_whose(auth: PyAuth) -> None:
    ada, eve, sessions = make_user(auth), make_user(auth, "eve@example.com"), auth.context.sessions
    first, second, theirs = (open_session(auth, user) for user in (ada, ada, eve))
    assert not sessions.delete(theirs, user_id=ada.id)
    assert sessions.delete(first, user_id=ada.id)
    assert not sessions.delete(first)
    open_session(auth, ada)
    assert sessions.delete_of_user(ada.id, keep_token=second) == 1
    assert {row["token"] for row in rows_of(auth, "session")} == {second, theirs}
    assert sessions.delete_of_user(ada.id) == 1


def test_the_newest_value_that_has_not_expired_is_found(auth: PyAuth, clock: FrozenClock) -> None:
    store = auth.context.verifications
    for number in range(3):
        store.create(identifier="i", value=f"v{number}", expires_at=clock() + MINUTE * (3 - number))
        clock.advance(milliseconds=1)
    found = store.find_latest("i")
    assert found is not None
    assert found.value == "v2"
    clock.advance(minutes=1)
    found = store.find_latest("i")
    assert found is not None
    assert found.value == "v1"
    assert store.find_latest("other") is None


def test_a_value_is_redeemed_once(auth: PyAuth, clock: FrozenClock) -> None:
    store = auth.context.verifications
    store.create(identifier="i", value="v", expires_at=clock() + MINUTE)
    redeemed = [found for found in in_threads(lambda _: store.consume("i")) if found]
    assert [found.value for found in redeemed] == ["v"]
    assert rows_of(auth, "verification") == []


def test_an_expired_value_is_not_redeemed_and_can_be_swept(
    auth: PyAuth, clock: FrozenClock
) -> None:
    store = auth.context.verifications
    store.create(identifier="i", value="v", expires_at=clock() + MINUTE)
    store.create(identifier="j", value="w", expires_at=clock() + 5 * MINUTE)
    clock.advance(minutes=1, milliseconds=1)
    assert store.delete_expired() == 1
    assert store.consume("i") is None
    assert [row["identifier"] for row in rows_of(auth, "verification")] == ["j"]


def test_values_change_on_their_way_in_and_out(new_auth: MakeAuth) -> None:
    auth = new_auth(
        user={
            "additional_fields": {
                "code": {"type": "string", "required": False, "transform_output": str.upper}
            }
        }
    )
    user = auth.context.users.create({**PERSON, "code": "abc"})
    assert user is not None
    assert (user.code, rows_of(auth, "user")[0]["code"]) == ("ABC", "abc")
    found = auth.context.users.find(user.id)
    assert found is not None
    assert found.code == "ABC"
    token = open_session(auth, user)
    pair = auth.context.sessions.find_with_user(token)
    assert pair is not None
    assert pair[1].code == "ABC"


def test_a_value_that_expires_while_it_is_redeemed_is_not_redeemed(clock: FrozenClock) -> None:
    adapter = WatchedAdapter(MemoryAdapter())
    store = make_auth(database=adapter, clock=clock).context.verifications
    store.create(identifier="i", value="v", expires_at=clock() + MINUTE)

    def wait(statement: str) -> None:
        if statement == "find_many verification":
            clock.advance(minutes=2)

    adapter.on_statement = wait
    assert store.consume("i") is None


def test_an_identity_of_a_provider_leads_to_its_account(auth: PyAuth) -> None:
    accounts, user = auth.context.accounts, make_user(auth)
    account = accounts.create({"user_id": user.id, "provider_id": "github", "account_id": "7"})
    assert accounts.find_of_provider("github", "7") == account
    assert accounts.find_of_provider("gitlab", "7") is None
    assert accounts.find_of_provider("github", "8") is None


def test_a_password_is_set_whatever_it_was_and_only_where_there_is_one(auth: PyAuth) -> None:
    accounts, ada, eve = auth.context.accounts, make_user(auth), make_user(auth, "eve@example.com")
    accounts.create({"user_id": eve.id, "provider_id": "github", "account_id": "7"})
    accounts.create_credential(ada.id, "old")
    assert accounts.update_password(ada.id, "new")
    assert not accounts.update_password(eve.id, "new")
    passwords = {row["user_id"]: row["password"] for row in rows_of(auth, "account")}
    assert passwords == {ada.id: "new", eve.id: None}


def test_several_accounts_for_a_password_never_go_on_with_different_ones(auth: PyAuth) -> None:
    """Another server may have left them."""
    accounts, user = auth.context.accounts, make_user(auth)
    for password in (None, "old", "older"):
        made = {"user_id": user.id, "provider_id": "credential", "account_id": user.id}
        accounts.create({**made, "password": password})
    found = accounts.find_credential(user.id)
    assert found is not None
    assert found.password in {"old", "older"}, "one without a password is none"
    assert accounts.store_password(user.id, "new")
    assert [row["password"] for row in rows_of(auth, "account")] == ["new"] * 3


def test_an_address_moves_only_from_the_one_that_was_read(auth: PyAuth) -> None:
    users, user = auth.context.users, make_user(auth)
    moved = users.change_email(user, "New@Example.com", verified=True)
    assert moved is not None
    assert (moved.email, moved.email_verified) == ("new@example.com", True)
    assert users.change_email(user, "other@example.com", verified=True) is None
    make_user(auth, "taken@example.com")
    with pytest.raises(UniqueViolation):
        users.change_email(moved, "taken@example.com", verified=False)
    assert users.find(user.id) == moved
