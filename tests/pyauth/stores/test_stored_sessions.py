"""Sessions in a secondary storage, in each of the modes."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from pyauth import DatabaseEvent, Session
from pyauth.codec import iso_timestamp
from pyauth.db.adapter import Where
from tests.pyauth.stores.conftest import Kept, KeptIn
from tests.support.app import FrozenClock, rows_of
from tests.support.threads import THREADS, in_threads


def value_of(kept: Kept, key: str) -> Any:
    text = kept.storage.get(key)
    return None if text is None else json.loads(text)


def listed(kept: Kept, user_id: str) -> list[str]:
    return [entry["token"] for entry in value_of(kept, f"active-sessions-{user_id}") or []]


# What is written -----------------------------------------------------------------------------


def test_a_session_is_written_as_upstream_writes_it(kept: Kept, clock: FrozenClock) -> None:
    user = kept.user()
    session = kept.session(user)
    now, end = iso_timestamp(clock()), iso_timestamp(clock() + timedelta(hours=1))
    assert value_of(kept, session.token) == {
        "session": {
            "id": session.id,
            "token": session.token,
            "userId": user.id,
            "expiresAt": end,
            "ipAddress": "203.0.113.7",
            "userAgent": "tests",
            "createdAt": now,
            "updatedAt": now,
        },
        "user": {
            "id": user.id,
            "name": "Ada",
            "email": "ada@example.com",
            "emailVerified": False,
            "image": None,
            "createdAt": now,
            "updatedAt": now,
        },
    }
    assert value_of(kept, f"active-sessions-{user.id}") == [
        {"token": session.token, "expiresAt": int(session.expires_at.timestamp() * 1000)}
    ]


def test_rows_are_written_where_the_options_say_so(kept: Kept) -> None:
    kept.session(kept.user())
    assert len(rows_of(kept.auth, "session")) == (0 if kept.mode == "stored" else 1)


def test_the_list_is_sorted_and_drops_what_has_ended(kept: Kept, clock: FrozenClock) -> None:
    user = kept.user()
    ends = [kept.session(user, minutes=minutes).token for minutes in (30, 10, 20)]
    assert listed(kept, user.id) == [ends[1], ends[2], ends[0]]
    clock.advance(minutes=15)
    last = kept.session(user, hours=2).token
    assert listed(kept, user.id) == [ends[2], ends[0], last]


def test_a_session_without_a_second_to_live_is_not_stored(kept_in: KeptIn) -> None:
    kept = kept_in()
    session = kept.session(kept.user(), milliseconds=999)
    assert kept.storage.get(session.token) is None


def test_where_the_database_counts_ids_sessions_have_random_ones(kept_in: KeptIn) -> None:
    kept = kept_in(advanced={"database": {"generate_id": "serial"}})
    user = kept.user()
    session = kept.session(user)
    assert (user.id, len(session.id)) == ("1", 32)
    assert kept.auth.context.sessions.find_with_user(session.token) == (session, user)


# Reading -------------------------------------------------------------------------------------


def test_sessions_are_found_with_their_users(kept: Kept) -> None:
    ada, eve = kept.user(), kept.user("eve@example.com")
    first, second = kept.session(ada), kept.session(eve)
    sessions = kept.auth.context.sessions
    assert sessions.find_with_user(first.token) == (first, ada)
    assert sessions.find_with_user("nope") is None
    found = sessions.find_many([first.token, "nope", second.token, first.token])
    assert found == [(first, ada), (second, eve)]


def test_expired_sessions_are_left_out_when_that_is_asked(kept: Kept, clock: FrozenClock) -> None:
    user, sessions = kept.user(), kept.auth.context.sessions
    short, long = kept.session(user, minutes=1), kept.session(user)
    clock.advance(minutes=1)
    assert sessions.list_of_user(user.id) == [long]
    assert sessions.find_many([short.token, long.token], only_active=True) == [(long, user)]


def test_a_session_of_another_server_is_read(kept: Kept, clock: FrozenClock) -> None:
    user = kept.user()
    session = kept.session(user)
    pair = value_of(kept, session.token)
    pair["session"]["activeOrganizationId"] = "o1"
    pair["user"]["role"] = "admin"
    del pair["user"]["image"]
    kept.storage.set(session.token, json.dumps(pair))
    sessions = kept.auth.context.sessions
    found = sessions.find_with_user(session.token)
    assert found is not None
    assert (found[0], found[1].image) == (session, None)
    changed = sessions.update(session.token, {"user_agent": "other"})
    assert changed is not None
    rewritten = value_of(kept, session.token)
    assert rewritten["session"]["userAgent"] == "other"
    assert rewritten["session"]["activeOrganizationId"] == "o1"
    assert rewritten["user"]["role"] == "admin"


BROKEN: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no JSON": lambda pair: "{",
    "a list": lambda pair: [pair],
    "no session": lambda pair: {"user": pair["user"]},
    "no user": lambda pair: {"session": pair["session"], "user": None},
    "a session that is a text": lambda pair: {**pair, "session": "x"},
    "another token": lambda pair: {**pair, "session": {**pair["session"], "token": "t"}},
    "no token": lambda pair: {**pair, "session": {**pair["session"], "token": None}},
    "another user": lambda pair: {**pair, "user": {**pair["user"], "id": "u"}},
    "another owner": lambda pair: {**pair, "session": {**pair["session"], "userId": "u"}},
    "a date that is none": lambda pair: {
        **pair,
        "session": {**pair["session"], "expiresAt": "soon"},
    },
    "a date that is a number": lambda pair: {
        **pair,
        "session": {**pair["session"], "expiresAt": 1},
    },
    "a flag that is a text": lambda pair: {
        **pair,
        "user": {**pair["user"], "emailVerified": "yes"},
    },
    "a lone surrogate": lambda pair: {**pair, "user": {**pair["user"], "name": "\ud800"}},
}


@pytest.mark.parametrize("flaw", list(BROKEN))
def test_a_broken_value_is_as_good_as_absent(kept_in: KeptIn, flaw: str) -> None:
    kept = kept_in()
    user = kept.user()
    session = kept.session(user)
    broken = BROKEN[flaw](value_of(kept, session.token))
    kept.storage.set(session.token, broken if isinstance(broken, str) else json.dumps(broken))
    sessions = kept.auth.context.sessions
    assert sessions.find_with_user(session.token) is None
    assert sessions.find_many([session.token]) == []
    assert sessions.list_of_user(user.id) == []
    assert sessions.update(session.token, {"user_agent": "x"}) is None
    assert not sessions.delete(session.token)
    assert sessions.delete_of_user(user.id) == 0


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '"x"',
        "[1, null, []]",
        '[{"token": 1, "expiresAt": 9e15}]',
        '[{"token": "t"}]',
        '[{"token": "t", "expiresAt": true}, {"token": "t", "expiresAt": "x"}]',
    ],
)
def test_a_broken_list_is_an_empty_one(kept_in: KeptIn, text: str) -> None:
    kept = kept_in()
    user = kept.user()
    kept.storage.set(f"active-sessions-{user.id}", text)
    assert kept.auth.context.sessions.list_of_user(user.id) == []
    session = kept.session(user)
    assert kept.auth.context.sessions.list_of_user(user.id) == [session]


def test_a_list_leads_to_no_session_of_somebody_else(kept_in: KeptIn) -> None:
    kept = kept_in()
    ada, eve = kept.user(), kept.user("eve@example.com")
    theirs = kept.session(eve)
    foreign = kept.storage.get(f"active-sessions-{eve.id}")
    assert foreign is not None
    kept.storage.set(f"active-sessions-{ada.id}", foreign)
    sessions = kept.auth.context.sessions
    assert sessions.list_of_user(ada.id) == []
    assert sessions.delete_of_user(ada.id) == 0
    kept.auth.context.users.update(ada.id, {"name": "Augusta"})
    assert sessions.find_with_user(theirs.token) == (theirs, eve)


@pytest.mark.parametrize("key", ["active-sessions-{user}", "verification:{user}", ""])
def test_other_keys_are_no_tokens(kept_in: KeptIn, key: str) -> None:
    kept = kept_in()
    user = kept.user()
    kept.session(user)
    key = key.format(user=user.id)
    sessions = kept.auth.context.sessions
    before = kept.storage.get(key)
    assert sessions.find_with_user(key) is None
    assert not sessions.delete(key)
    assert kept.storage.get(key) == before


# Changing ------------------------------------------------------------------------------------


def test_an_update_reaches_the_value_and_the_list(kept: Kept, clock: FrozenClock) -> None:
    user, sessions = kept.user(), kept.auth.context.sessions
    session, other = kept.session(user), kept.session(user, minutes=90)
    clock.advance(minutes=1)
    later = clock() + timedelta(hours=5)
    changed = sessions.update(session.token, {"expires_at": later})
    assert changed is not None
    assert (changed.expires_at, changed.updated_at) == (later, clock())
    assert sessions.find_with_user(session.token) == (changed, user)
    assert listed(kept, user.id) == [other.token, session.token]


def test_what_has_gone_is_not_changed(kept: Kept) -> None:
    sessions = kept.auth.context.sessions
    session = kept.session(kept.user())
    sessions.delete(session.token)
    assert sessions.update(session.token, {"user_agent": "x"}) is None
    assert sessions.update("nope", {"user_agent": "x"}) is None
    assert kept.storage.get(session.token) is None


def test_32_simultaneous_changes_are_all_kept(kept_in: KeptIn) -> None:
    fields = {f"f{number}": {"type": "string", "required": False} for number in range(THREADS)}
    kept = kept_in(session={"additional_fields": fields})
    session = kept.session(kept.user())
    update = kept.auth.context.sessions.update
    in_threads(lambda number: update(session.token, {f"f{number}": str(number)}))
    found = kept.auth.context.sessions.find_with_user(session.token)
    assert found is not None
    assert [found[0][f"f{number}"] for number in range(THREADS)] == list(map(str, range(THREADS)))


# Ending --------------------------------------------------------------------------------------


def test_ending_sessions_names_whose(kept: Kept) -> None:
    ada, eve, sessions = kept.user(), kept.user("eve@example.com"), kept.auth.context.sessions
    first, second, theirs = (kept.session(user).token for user in (ada, ada, eve))
    assert not sessions.delete(theirs, user_id=ada.id)
    assert sessions.delete(first, user_id=ada.id)
    assert not sessions.delete(first)
    third = kept.session(ada).token
    assert sessions.delete_of_user(ada.id, keep_token=second) == 1
    assert kept.storage.get(third) is None
    assert (listed(kept, ada.id), listed(kept, eve.id)) == ([second], [theirs])
    assert sessions.delete_of_user(ada.id) == 1
    assert kept.storage.get(f"active-sessions-{ada.id}") is None
    assert sessions.find_with_user(theirs) is not None


def test_what_has_ended_is_found_nowhere(kept: Kept) -> None:
    user, sessions = kept.user(), kept.auth.context.sessions
    ended, alive = kept.session(user), kept.session(user)
    sessions.delete(ended.token)
    assert sessions.find_with_user(ended.token) is None
    assert sessions.find_many([ended.token, alive.token]) == [(alive, user)]
    assert sessions.list_of_user(user.id) == [alive]


def test_the_rows_of_ended_sessions_go_or_stay(kept: Kept, clock: FrozenClock) -> None:
    session = kept.session(kept.user())
    clock.advance(minutes=1)
    kept.auth.context.sessions.delete(session.token)
    rows = rows_of(kept.auth, "session")
    expected = [clock()] if kept.mode == "preserved" else []
    assert [row["expires_at"] for row in rows] == expected


def test_of_32_who_end_a_session_one_did(kept: Kept) -> None:
    session = kept.session(kept.user())
    delete = kept.auth.context.sessions.delete
    assert in_threads(lambda _: delete(session.token)).count(True) == 1


def test_32_simultaneous_sign_ins_are_all_on_the_list(kept_in: KeptIn) -> None:
    kept = kept_in()
    user = kept.user()
    opened = in_threads(lambda _: kept.session(user).token)
    assert sorted(listed(kept, user.id)) == sorted(opened)


def test_sign_ins_and_sign_outs_at_once_lose_nothing(kept_in: KeptIn) -> None:
    kept = kept_in()
    user = kept.user()
    ending = [kept.session(user).token for _ in range(THREADS // 2)]

    def act(number: int) -> str | None:
        if number < len(ending):
            kept.auth.context.sessions.delete(ending[number])
            return None
        return kept.session(user).token

    opened = sorted(filter(None, in_threads(act)))
    assert sorted(listed(kept, user.id)) == opened
    assert sorted(item.token for item in kept.auth.context.sessions.list_of_user(user.id)) == opened


# What the storage lacks ----------------------------------------------------------------------


def test_only_rows_that_are_sessions_make_up_for_a_lost_value(kept: Kept) -> None:
    user, sessions = kept.user(), kept.auth.context.sessions
    session = kept.session(user)
    kept.storage.delete(session.token)
    kept.storage.delete(f"active-sessions-{user.id}")
    found = (session, user) if kept.mode == "mirrored" else None
    assert sessions.find_with_user(session.token) == found
    assert sessions.find_many([session.token]) == ([found] if found else [])
    assert sessions.list_of_user(user.id) == ([session] if found else [])
    changed = sessions.update(session.token, {"user_agent": "x"})
    assert (changed is not None) == (kept.mode == "mirrored")
    assert kept.storage.get(session.token) is None


@pytest.mark.parametrize("all_of_them", [True, False])
def test_a_session_that_the_storage_has_lost_ends_in_the_rows(
    kept_in: KeptIn, all_of_them: bool
) -> None:
    kept = kept_in("mirrored")
    user, sessions = kept.user(), kept.auth.context.sessions
    session = kept.session(user)
    kept.storage.delete(session.token)
    kept.storage.delete(f"active-sessions-{user.id}")
    if all_of_them:
        assert sessions.delete_of_user(user.id) == 1
    else:
        assert sessions.delete(session.token, user_id=user.id)
    assert rows_of(kept.auth, "session") == []
    assert sessions.find_with_user(session.token) is None


def test_a_session_whose_row_is_gone_ends_with_its_next_change(kept_in: KeptIn) -> None:
    kept = kept_in("mirrored")
    session = kept.session(kept.user())
    kept.auth.context.adapter.delete_many("session", [Where("token", session.token)])
    assert kept.auth.context.sessions.update(session.token, {"user_agent": "x"}) is None
    assert kept.storage.get(session.token) is None


# Hooks ---------------------------------------------------------------------------------------


def hooked(kept_in: KeptIn, mode: str, **hooks: Any) -> Kept:
    return kept_in(mode, database_hooks={"session": hooks})


MODES = pytest.mark.parametrize("mode", ["stored", "mirrored", "preserved"])


@MODES
def test_hooks_change_and_see_sessions(kept_in: KeptIn, mode: str) -> None:
    told: list[tuple[str, Any]] = []

    def note(event: DatabaseEvent) -> None:
        assert event.record is not None
        told.append((event.action, event.record["user_agent"]))

    kept = hooked(
        kept_in,
        mode,
        create={"before": lambda event: {"user_agent": "replaced"}, "after": note},
        update={"before": lambda event: {"user_agent": "changed"}, "after": note},
        delete={"after": note},
    )
    session = kept.session(kept.user())
    sessions = kept.auth.context.sessions
    assert session.user_agent == "replaced"
    changed = sessions.update(session.token, {"ip_address": "203.0.113.9"})
    assert changed is not None
    assert (changed.user_agent, changed.ip_address) == ("changed", "203.0.113.9")
    found = sessions.find_with_user(session.token)
    assert found is not None
    assert found[0] == changed
    sessions.delete(session.token)
    sessions.delete(session.token)
    assert told == [("create", "replaced"), ("update", "changed"), ("delete", "changed")]


@MODES
def test_a_hook_stops_a_session(kept_in: KeptIn, mode: str) -> None:
    kept = hooked(kept_in, mode, create={"before": lambda event: False})
    user = kept.user()
    assert (
        kept.auth.context.sessions.create(
            user,
            expires_at=kept.auth.context.clock() + timedelta(hours=1),
            ip_address=None,
            user_agent=None,
        )
        is None
    )
    assert (listed(kept, user.id), rows_of(kept.auth, "session")) == ([], [])


@MODES
def test_a_hook_keeps_a_session_and_only_that(kept_in: KeptIn, mode: str) -> None:
    kept_tokens: set[str] = set()

    def keep(event: DatabaseEvent) -> bool | None:
        assert isinstance(event.record, Session)
        return False if event.record.token in kept_tokens else None

    kept = hooked(kept_in, mode, delete={"before": keep})
    user, sessions = kept.user(), kept.auth.context.sessions
    first, second = kept.session(user), kept.session(user)
    kept_tokens.add(first.token)
    assert not sessions.delete(first.token)
    assert sessions.delete_of_user(user.id) == 1
    assert listed(kept, user.id) == [first.token]
    assert sessions.find_with_user(first.token) == (first, user)
    assert sessions.find_with_user(second.token) is None
