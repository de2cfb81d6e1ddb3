"""Values that prove something once, in each of the ways to keep them."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pyauth import DatabaseEvent, PyAuth, Verification
from pyauth.codec import iso_timestamp
from pyauth.outbound import InlineRunner
from pyauth.storage import MemoryStorage, SecondaryStorage
from tests.support.app import SECRET, FrozenClock, rows_of
from tests.support.databases import fresh_database
from tests.support.redis import shared_redis
from tests.support.threads import in_threads

HOUR = timedelta(hours=1)

PLACES = ["rows", "stored-memory", "stored-redis", "mirrored-memory", "mirrored-redis"]

NewAuth = Callable[..., PyAuth]


@pytest.fixture
def storage(
    request: pytest.FixtureRequest, clock: FrozenClock
) -> Iterator[SecondaryStorage | None]:
    """The secondary storage of the place that the test is about."""
    place = request.getfixturevalue("place")
    if place.endswith("redis"):
        with shared_redis() as opened:
            yield opened
        return
    yield MemoryStorage(clock) if place.endswith("memory") else None


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def kept_in(
    place: str, storage: SecondaryStorage | None, tmp_path: Path, clock: FrozenClock
) -> Iterator[NewAuth]:
    made: list[PyAuth] = []

    def make(**options: Any) -> PyAuth:
        verification = {
            "store_in_database": place.startswith("mirrored"),
            **options.pop("verification_options", {}),
        }
        auth = open_auth(
            verification,
            database=f"sqlite:///{tmp_path}/auth.sqlite3",
            secondary_storage=storage,
            clock=clock,
            **options,
        )
        made.append(auth)
        return auth

    yield make
    for auth in made:
        auth.close()


def open_auth(verification: dict[str, Any], **options: Any) -> PyAuth:
    """Return an instance with these options of the values."""
    auth = PyAuth(
        secret=SECRET, mode="test", runner=InlineRunner, verification=verification, **options
    )
    if isinstance(options["database"], str):
        auth.migrate()
    return auth


@pytest.fixture
def auth(kept_in: NewAuth) -> PyAuth:
    return kept_in()


def keep(auth: PyAuth, value: str = "v", *, identifier: str = "i", **life: float) -> Verification:
    found = auth.context.verifications.create(
        identifier=identifier,
        value=value,
        expires_at=auth.context.clock() + timedelta(**(life or {"hours": 1})),
    )
    assert found is not None
    return found


def stored(auth: PyAuth, name: str = "i") -> Any:
    storage = auth.context.secondary_storage
    text = None if storage is None else storage.get(f"verification:{name}")
    return None if text is None else json.loads(text)


def value_of(found: Verification | None) -> str | None:
    return None if found is None else found.value


# Where and how they are kept -----------------------------------------------------------------


def test_a_value_is_kept_where_the_options_say(auth: PyAuth, place: str) -> None:
    keep(auth)
    assert len(rows_of(auth, "verification")) == (0 if place.startswith("stored") else 1)
    assert (stored(auth) is None) == (place == "rows")


def test_a_value_is_written_as_upstream_writes_it(
    auth: PyAuth, place: str, clock: FrozenClock
) -> None:
    if place == "rows":
        pytest.skip("rows are the adapter's")
    keep(auth)
    now = iso_timestamp(clock())
    expected = {
        "identifier": "i",
        "value": "v",
        "expiresAt": iso_timestamp(clock() + HOUR),
        "createdAt": now,
        "updatedAt": now,
    }
    rows = rows_of(auth, "verification")
    assert stored(auth) == {**expected, **({"id": rows[0]["id"]} if rows else {})}


def test_the_newest_value_is_found(auth: PyAuth, clock: FrozenClock) -> None:
    for value in ("first", "second"):
        keep(auth, value)
        clock.advance(milliseconds=1)
    store = auth.context.verifications
    assert value_of(store.find_latest("i")) == "second"
    assert store.find_latest("other") is None


def test_an_expired_value_is_not_found(auth: PyAuth, clock: FrozenClock) -> None:
    keep(auth, minutes=1)
    clock.advance(minutes=1)
    store = auth.context.verifications
    assert store.find_latest("i") is None
    assert store.consume("i") is None


# Redeeming -----------------------------------------------------------------------------------


def test_a_value_is_redeemed_once(auth: PyAuth) -> None:
    kept = keep(auth)
    store = auth.context.verifications
    assert store.consume("i") == kept
    assert store.consume("i") is None
    assert store.find_latest("i") is None
    assert (rows_of(auth, "verification"), stored(auth)) == ([], None)


def test_older_values_go_with_the_newest(auth: PyAuth, clock: FrozenClock) -> None:
    for value in ("first", "second"):
        keep(auth, value)
        clock.advance(milliseconds=1)
    keep(auth, "other", identifier="j")
    store = auth.context.verifications
    assert value_of(store.consume("i")) == "second"
    assert store.consume("i") is None
    assert value_of(store.consume("j")) == "other"


def test_of_32_redeemers_one_gets_it(auth: PyAuth, clock: FrozenClock) -> None:
    for value in ("older", "v"):
        keep(auth, value)
        clock.advance(milliseconds=1)
    store = auth.context.verifications
    assert list(filter(None, map(value_of, in_threads(lambda _: store.consume("i"))))) == ["v"]


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
@pytest.mark.parametrize("values", [1, 3])
def test_of_32_redeemers_one_gets_it_on_servers(
    kind: str, values: int, tmp_path: Path, clock: FrozenClock
) -> None:
    with fresh_database(kind, tmp_path) as url:
        auth = open_auth({}, database=url.render_as_string(hide_password=False), clock=clock)
        for number in range(values):
            keep(auth, str(number))
            clock.advance(milliseconds=1)
        store = auth.context.verifications
        redeemed = list(filter(None, in_threads(lambda _: store.consume("i"))))
        assert [found.value for found in redeemed] == [str(values - 1)]
        auth.close()


def test_a_rolled_back_redemption_leaves_the_value(auth: PyAuth) -> None:
    keep(auth)
    store = auth.context.verifications
    with suppress(RuntimeError), auth.context.adapter.transaction():
        assert value_of(store.consume("i")) == "v"
        assert store.consume("i") is None
        assert store.delete("i") == 0
        raise RuntimeError
    assert value_of(store.consume("i")) == "v"
    assert store.consume("i") is None


def test_a_rolled_back_value_was_never_kept(auth: PyAuth) -> None:
    with suppress(RuntimeError), auth.context.adapter.transaction():
        keep(auth)
        raise RuntimeError
    assert auth.context.verifications.find_latest("i") is None
    assert stored(auth) is None


# Counting attempts ---------------------------------------------------------------------------


def test_a_value_is_replaced_while_it_is_the_one_that_was_read(
    auth: PyAuth, clock: FrozenClock
) -> None:
    read = keep(auth, "123456:0")
    store = auth.context.verifications
    clock.advance(minutes=1)
    changed = store.replace_value(read, "123456:1")
    assert changed is not None
    assert (changed.value, changed.expires_at) == ("123456:1", read.expires_at)
    assert store.replace_value(read, "123456:2") is None
    assert store.find_latest("i") == changed
    assert value_of(store.consume("i")) == "123456:1"
    assert store.replace_value(changed, "123456:2") is None


def test_an_expired_value_is_not_replaced(auth: PyAuth, clock: FrozenClock) -> None:
    read = keep(auth)
    clock.advance(hours=1)
    assert auth.context.verifications.replace_value(read, "w") is None


def test_of_32_who_replace_a_value_one_does(auth: PyAuth) -> None:
    read = keep(auth)
    replace = auth.context.verifications.replace_value
    outcomes = in_threads(lambda number: replace(read, str(number)))
    winners = [found.value for found in outcomes if found is not None]
    assert len(winners) == 1
    assert value_of(auth.context.verifications.find_latest("i")) == winners[0]


def test_a_replacement_does_not_keep_others_from_redeeming(auth: PyAuth) -> None:
    keep(auth, "0")
    store = auth.context.verifications

    def act(number: int) -> Verification | None:
        if number % 2:
            return store.consume("i")
        read = store.find_latest("i")
        if read is not None:
            store.replace_value(read, str(number))
        return None

    assert len(list(filter(None, in_threads(act)))) == 1
    assert store.find_latest("i") is None


# Removing ------------------------------------------------------------------------------------


def test_removing_takes_every_value_of_an_identifier(auth: PyAuth, clock: FrozenClock) -> None:
    for value in ("first", "second"):
        keep(auth, value)
        clock.advance(milliseconds=1)
    keep(auth, "other", identifier="j")
    store = auth.context.verifications
    assert store.delete("i") >= 1
    assert store.delete("i") == 0
    assert store.find_latest("i") is None
    assert value_of(store.find_latest("j")) == "other"


def test_values_of_a_user_who_goes_are_removed_where_they_can_be_found(
    auth: PyAuth, place: str
) -> None:
    keep(auth, "user-1")
    keep(auth, "user-2", identifier="j")
    store = auth.context.verifications
    assert store.delete_of_user("user-1") == (0 if place.startswith("stored") else 1)
    if not place.startswith("stored"):
        assert store.find_latest("i") is None
    assert value_of(store.find_latest("j")) == "user-2"


# Names ---------------------------------------------------------------------------------------


def test_hashed_identifiers_are_stored_as_hashes(kept_in: NewAuth) -> None:
    auth = kept_in(verification_options={"store_identifier": "hashed"})
    kept = keep(auth, identifier="reset-password:abc")
    assert kept.identifier == "IMUqJ3lXuvod79AbI4EdsWmdAkZeIP5syfKs7-d5fQQ"
    store = auth.context.verifications
    assert store.find_latest("reset-password:abc") == kept
    assert store.consume("reset-password:abc") == kept
    assert store.consume("reset-password:abc") is None


def test_what_was_kept_plain_is_still_redeemed_and_once(kept_in: NewAuth) -> None:
    plain, hashed = kept_in(), kept_in(verification_options={"store_identifier": "hashed"})
    keep(plain, "before", identifier="reset-password:abc")
    store = hashed.context.verifications
    assert value_of(store.find_latest("reset-password:abc")) == "before"
    keep(hashed, "after", identifier="reset-password:abc")
    assert value_of(store.consume("reset-password:abc")) == "after"
    assert store.consume("reset-password:abc") is None


def test_a_hash_read_from_the_store_redeems_nothing(kept_in: NewAuth) -> None:
    auth = kept_in(verification_options={"store_identifier": "hashed"})
    kept = keep(auth, identifier="a token without any beginning")
    assert auth.context.verifications.find_latest(kept.identifier) is None
    assert auth.context.verifications.consume(kept.identifier) is None


# What the storage holds ----------------------------------------------------------------------


@pytest.mark.parametrize("text", ["{", "[]", '"v"', "{}", '{"value": "w", "identifier": "i"}'])
def test_a_broken_copy_is_as_good_as_absent(auth: PyAuth, place: str, text: str) -> None:
    storage = auth.context.secondary_storage
    if storage is None:
        pytest.skip("there is no storage")
    keep(auth)
    storage.set("verification:i", text)
    store = auth.context.verifications
    expected = "v" if place.startswith("mirrored") else None
    assert value_of(store.find_latest("i")) == expected
    assert value_of(store.consume("i")) == expected
    store.delete("i")
    assert storage.get("verification:i") is None


def test_a_copy_of_another_name_is_as_good_as_absent(auth: PyAuth, place: str) -> None:
    storage = auth.context.secondary_storage
    if storage is None or place.startswith("mirrored"):
        pytest.skip("there is no storage that decides")
    keep(auth)
    copy = storage.get("verification:i")
    assert copy is not None
    storage.set("verification:j", copy)
    assert auth.context.verifications.consume("j") is None


def test_the_rows_make_up_for_a_lost_copy(auth: PyAuth, place: str) -> None:
    storage = auth.context.secondary_storage
    if storage is None or not place.startswith("mirrored"):
        pytest.skip("there are no copies of rows")
    keep(auth)
    storage.delete("verification:i")
    store = auth.context.verifications
    assert value_of(store.find_latest("i")) == "v"
    assert value_of(store.consume("i")) == "v"


def test_a_copy_without_its_row_redeems_nothing(auth: PyAuth, place: str) -> None:
    if not place.startswith("mirrored"):
        pytest.skip("there are no copies of rows")
    keep(auth)
    auth.context.adapter.delete_many("verification", [])
    assert auth.context.verifications.consume("i") is None
    assert auth.context.verifications.find_latest("i") is None


# Hooks ---------------------------------------------------------------------------------------


def test_hooks_run_in_every_place(kept_in: NewAuth) -> None:
    told: list[tuple[str, Any]] = []

    def note(event: DatabaseEvent) -> None:
        assert event.record is not None
        told.append((event.action, event.record["value"]))

    auth = kept_in(
        database_hooks={
            "verification": {
                "create": {"before": lambda event: {"value": "replaced"}, "after": note},
                "update": {"after": note},
                "delete": {"after": note},
            }
        }
    )
    read = keep(auth)
    store = auth.context.verifications
    store.replace_value(read, "changed")
    store.consume("i")
    assert told == [("create", "replaced"), ("update", "changed"), ("delete", "changed")]


def test_a_hook_keeps_a_value(kept_in: NewAuth) -> None:
    asked: list[str] = []

    def refuse(event: DatabaseEvent) -> bool:
        asked.append(event.action)
        return False

    auth = kept_in(database_hooks={"verification": {"delete": {"before": refuse}}})
    keep(auth)
    assert auth.context.verifications.consume("i") is None
    assert asked == ["delete"]
    assert value_of(auth.context.verifications.find_latest("i")) == "v"


def test_a_hook_stops_a_value(kept_in: NewAuth) -> None:
    auth = kept_in(database_hooks={"verification": {"create": {"before": lambda event: False}}})
    store = auth.context.verifications
    assert store.create(identifier="i", value="v", expires_at=auth.context.clock() + HOUR) is None
    assert store.find_latest("i") is None
