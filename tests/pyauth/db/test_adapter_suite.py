"""What every adapter promises, on every database."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from pyauth.clock import utc_now
from pyauth.db.adapter import Adapter, Row, SortBy, Where
from pyauth.db.lifecycle import Bindable
from pyauth.errors import ConfigurationError, StoreError, UniqueViolation
from tests.support.databases import ADAPTERS, bind, empty_tables, make_tables

THREADS = 32
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


@pytest.fixture(scope="module", params=list(ADAPTERS))
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    opening = ADAPTERS[request.param](tmp_path_factory.mktemp("databases"))
    adapter = next(opening)
    bind(adapter)
    make_tables(adapter)
    yield adapter
    for _ in opening:
        pass


@pytest.fixture
def adapter(opened: Adapter) -> Iterator[Adapter]:
    yield opened
    empty_tables(opened)


def user(adapter: Adapter, email: str = "ada@example.com", **fields: Any) -> Row:
    return adapter.create("user", {"name": "Ada", "email": email, **fields})


def sample(adapter: Adapter, label: str = "one", **fields: Any) -> Row:
    return adapter.create("sample", {"label": label, **fields})


def labels(rows: list[Row]) -> list[str]:
    return [row["label"] for row in rows]


def find_labels(adapter: Adapter, *where: Where) -> list[str]:
    return labels(adapter.find_many("sample", where, sort_by=SortBy("label")))


def in_threads(work: Callable[[int], Any], count: int = THREADS) -> list[Any]:
    """Run ``work`` in many threads that start together; an exception is its outcome."""
    barrier = threading.Barrier(count)

    def run(number: int) -> Any:
        barrier.wait()
        try:
            return work(number)
        except Exception as exc:
            return exc

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_adapter_is_one(adapter: Adapter) -> None:
    assert isinstance(adapter, Adapter)
    assert isinstance(adapter, Bindable)


class TestCreate:
    def test_returns_the_row_that_is_found_later(self, adapter: Adapter) -> None:
        created = sample(
            adapter,
            code="a",
            amount=7,
            big=2**53,
            active=False,
            seen_at=MOMENT,
            extra={"a": [1, None, "ü"], "at": MOMENT},
            words=["x", "y"],
            numbers=[1, 2],
            level="high",
        )
        assert adapter.find_one("sample", [Where("id", created["id"])]) == created

    def test_makes_an_id_of_32_symbols(self, adapter: Adapter) -> None:
        made = user(adapter)["id"]
        assert len(made) == 32
        assert made.isalnum()

    def test_keeps_an_id_that_is_given(self, adapter: Adapter) -> None:
        assert user(adapter, id="mine")["id"] == "mine"

    def test_fills_defaults_and_absent_fields(self, adapter: Adapter) -> None:
        row = sample(adapter)
        assert row["amount"] == 0
        assert row["active"] is True
        assert row["code"] is None
        assert adapter.find_one("sample", [Where("id", row["id"])]) == row

    def test_keeps_an_explicit_none_over_a_default(self, adapter: Adapter) -> None:
        assert user(adapter, image=None)["image"] is None

    def test_refuses_an_unknown_model_and_field(self, adapter: Adapter) -> None:
        with pytest.raises(ConfigurationError, match="unknown model"):
            adapter.create("nothing", {})
        with pytest.raises(ConfigurationError, match="no field 'nothing'"):
            sample(adapter, nothing=1)

    def test_refuses_a_missing_value(self, adapter: Adapter) -> None:
        with pytest.raises(StoreError, match="'label'"):
            adapter.create("sample", {})

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("amount", 1.5),
            ("amount", "1"),
            ("amount", True),
            ("amount", 2**64),
            ("active", 1),
            ("seen_at", "2026-01-02"),
            ("seen_at", datetime(2026, 1, 2)),  # noqa: DTZ001 - the refusal is the test
            ("label", 5),
            ("label", "a\x00b"),
            ("label", "\ud800"),
        ],
    )
    def test_refuses_a_value_of_the_wrong_kind(
        self, adapter: Adapter, field: str, value: object
    ) -> None:
        with pytest.raises(StoreError, match=field):
            adapter.create("sample", {"label": "one", field: value})
        assert adapter.count("sample") == 0

    def test_names_the_unique_field_that_is_taken(self, adapter: Adapter) -> None:
        user(adapter)
        with pytest.raises(UniqueViolation) as caught:
            user(adapter)
        assert caught.value.model == "user"
        assert caught.value.fields == ("email",)
        assert "ada@example.com" not in str(caught.value)

    def test_names_the_id_that_is_taken(self, adapter: Adapter) -> None:
        user(adapter, id="same")
        with pytest.raises(UniqueViolation) as caught:
            user(adapter, "bob@example.com", id="same")
        assert caught.value.fields == ("id",)

    def test_many_rows_lack_a_unique_value(self, adapter: Adapter) -> None:
        sample(adapter, code=None)
        sample(adapter, code=None)
        assert adapter.count("sample", [Where("code", None)]) == 2

    def test_refuses_a_reference_to_nothing(self, adapter: Adapter) -> None:
        with pytest.raises(StoreError) as caught:
            adapter.create("session", {"token": "t", "expires_at": MOMENT, "user_id": "nobody"})
        assert not isinstance(caught.value, UniqueViolation)

    def test_one_of_many_threads_gets_a_unique_value(self, adapter: Adapter) -> None:
        outcomes = in_threads(lambda _: user(adapter))
        assert sum(isinstance(item, dict) for item in outcomes) == 1
        assert sum(isinstance(item, UniqueViolation) for item in outcomes) == THREADS - 1
        assert adapter.count("user") == 1


class TestFidelity:
    def test_dates_are_utc_in_whole_milliseconds(self, adapter: Adapter) -> None:
        local = datetime(2026, 7, 1, 12, 0, 0, 123999, tzinfo=timezone(timedelta(hours=2)))
        row = sample(adapter, seen_at=local)
        found = adapter.find_one("sample", [Where("id", row["id"])])
        assert found is not None
        for moment in (row["seen_at"], found["seen_at"]):
            assert moment == datetime(2026, 7, 1, 10, 0, 0, 123000, tzinfo=UTC)
            assert moment.tzinfo is UTC

    @pytest.mark.parametrize("moment", [datetime(1970, 1, 1, tzinfo=UTC), MOMENT])
    def test_dates_compare(self, adapter: Adapter, moment: datetime) -> None:
        sample(adapter, seen_at=moment)
        millisecond = timedelta(milliseconds=1)
        assert adapter.count("sample", [Where("seen_at", moment)]) == 1
        assert adapter.count("sample", [Where("seen_at", moment + millisecond, "lt")]) == 1
        assert adapter.count("sample", [Where("seen_at", moment, "lt")]) == 0
        assert adapter.count("sample", [Where("seen_at", moment - millisecond, "gt")]) == 1
        east = moment.astimezone(timezone(timedelta(hours=3)))
        assert adapter.count("sample", [Where("seen_at", east, "gte")]) == 1

    def test_dates_far_away_are_kept(self, adapter: Adapter) -> None:
        row = sample(adapter, seen_at=datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC))
        assert adapter.find_one("sample", [Where("id", row["id"])]) == row

    @pytest.mark.parametrize("active", [True, False])
    def test_booleans_are_booleans(self, adapter: Adapter, active: bool) -> None:
        sample(adapter, active=active)
        found = adapter.find_one("sample", [Where("active", active)])
        assert found is not None
        assert found["active"] is active
        assert adapter.find_one("sample", [Where("active", not active)]) is None

    @pytest.mark.parametrize("value", [{}, [], "text", 0, 1.5, False, {"a": {"b": [None]}}, "ü☃"])
    def test_json_comes_back_as_it_was(self, adapter: Adapter, value: Any) -> None:
        row = sample(adapter, extra=value)
        found = adapter.find_one("sample", [Where("id", row["id"])])
        assert found is not None
        assert found["extra"] == value
        assert type(found["extra"]) is type(value)

    def test_absent_json_is_null(self, adapter: Adapter) -> None:
        sample(adapter, extra=None)
        assert adapter.count("sample", [Where("extra", None)]) == 1

    def test_a_row_belongs_to_its_receiver(self, adapter: Adapter) -> None:
        words = ["a"]
        row = sample(adapter, words=words)
        words.append("b")
        row["words"].append("c")
        row["label"] = "changed"
        found = adapter.find_one("sample", [Where("id", row["id"])])
        assert found is not None
        assert found["words"] == ["a"]
        assert found["label"] == "one"

    def test_texts_keep_every_character(self, adapter: Adapter) -> None:
        text = "  'quoted\" \\ % _ \n\t ünïcødé ☃ 𝄞 \u202e "
        row = sample(adapter, text)
        assert adapter.find_one("sample", [Where("label", text)]) == row

    def test_long_texts_are_kept(self, adapter: Adapter) -> None:
        row = sample(adapter, "x" * 20_000)
        assert adapter.find_one("sample", [Where("id", row["id"])]) == row

    @pytest.mark.parametrize("other", ["Token", "tokén", "token ", " token", "toke", "t\u043eken"])
    def test_texts_compare_byte_for_byte(self, adapter: Adapter, other: str) -> None:
        sample(adapter, "token", code="token")
        for field in ("label", "code"):
            assert adapter.find_one("sample", [Where(field, other)]) is None
            assert adapter.count("sample", [Where(field, [other], "in")]) == 0
            assert adapter.count("sample", [Where(field, [other], "not_in")]) == 1
            assert adapter.count("sample", [Where(field, other, "ne")]) == 1
            assert adapter.count("sample", [Where(field, "token")]) == 1

    def test_texts_sort_by_their_bytes(self, adapter: Adapter) -> None:
        for label in ("b", "a", "B", "ä", "_", "A"):
            sample(adapter, label)
        assert find_labels(adapter) == ["A", "B", "_", "a", "b", "ä"]
        assert find_labels(adapter, Where("label", "_", "gt")) == ["a", "b", "ä"]


class TestConditions:
    def test_none_tests_for_absence(self, adapter: Adapter) -> None:
        sample(adapter, "with", code="c")
        sample(adapter, "without")
        assert find_labels(adapter, Where("code", None)) == ["without"]
        assert find_labels(adapter, Where("code", None, "ne")) == ["with"]
        assert find_labels(adapter, Where("code", None, "lt")) == []

    def test_an_absent_value_differs_from_nothing(self, adapter: Adapter) -> None:
        sample(adapter, "without")
        assert find_labels(adapter, Where("code", "x", "ne")) == []
        assert find_labels(adapter, Where("code", ["x"], "not_in")) == []

    @pytest.mark.parametrize(
        ("operator", "expected"),
        [("lt", [1]), ("lte", [1, 2]), ("gt", [3]), ("gte", [2, 3]), ("eq", [2]), ("ne", [1, 3])],
    )
    def test_numbers_compare(self, adapter: Adapter, operator: Any, expected: list[int]) -> None:
        for amount in (1, 2, 3):
            sample(adapter, amount=amount)
        rows = adapter.find_many("sample", [Where("amount", 2, operator)])
        assert sorted(row["amount"] for row in rows) == expected

    def test_lists(self, adapter: Adapter) -> None:
        for label in ("a", "b", "c"):
            sample(adapter, label)
        assert find_labels(adapter, Where("label", ["a", "c", "z"], "in")) == ["a", "c"]
        assert find_labels(adapter, Where("label", ("a", "c", None), "in")) == ["a", "c"]
        assert find_labels(adapter, Where("label", ["a"], "not_in")) == ["b", "c"]
        assert find_labels(adapter, Where("label", [], "not_in")) == ["a", "b", "c"]
        assert find_labels(adapter, Where("label", [], "in")) == []
        assert find_labels(adapter, Where("label", [None], "in")) == []

    def test_an_empty_list_matches_nothing_in_any_call(self, adapter: Adapter) -> None:
        sample(adapter)
        nothing = [Where("label", [], "in")]
        assert adapter.find_one("sample", nothing) is None
        assert adapter.count("sample", nothing) == 0
        assert adapter.update_one("sample", nothing, {"amount": 1}) is None
        assert adapter.update_many("sample", nothing, {"amount": 1}) == 0
        assert adapter.increment_one("sample", nothing, "amount") is None
        assert adapter.consume_one("sample", nothing) is None
        assert adapter.delete_many("sample", nothing) == 0
        assert adapter.count("sample") == 1

    def test_alternatives_stand_beside_the_other_conditions(self, adapter: Adapter) -> None:
        for label, amount in (("a", 1), ("b", 1), ("c", 1), ("a", 2)):
            sample(adapter, label, amount=amount)
        either = [Where("label", "a", connector="OR"), Where("label", "b", connector="OR")]
        assert find_labels(adapter, *either) == ["a", "a", "b"]
        assert find_labels(adapter, Where("amount", 1), *either) == ["a", "b"]
        assert find_labels(adapter, *either, Where("amount", 2)) == ["a"]
        none = Where("label", [], "in", connector="OR")
        assert find_labels(adapter, none, Where("label", "c", connector="OR")) == ["c"]
        assert find_labels(adapter, none) == []

    @pytest.mark.parametrize(
        ("operator", "text", "expected"),
        [
            ("contains", "%", ["100%"]),
            ("contains", "_", ["a_b"]),
            ("contains", "\\", ["a\\b"]),
            ("contains", "!", ["wow!"]),
            ("contains", "*", ["a*b"]),
            ("contains", "[", ["[x]"]),
            (
                "contains",
                "",
                ["100%", "Upper", "[x]", "a*b", "a\\b", "a_b", "axb", "wow!", "ünd"],
            ),
            ("contains", "upper", []),
            ("contains", "un", []),
            ("contains", "nd", ["ünd"]),
            ("starts_with", "a", ["a*b", "a\\b", "a_b", "axb"]),
            ("starts_with", "A", []),
            ("starts_with", "a_", ["a_b"]),
            ("starts_with", "ü", ["ünd"]),
            ("ends_with", "b", ["a*b", "a\\b", "a_b", "axb"]),
            ("ends_with", "0%", ["100%"]),
            ("ends_with", "longer than any of them", []),
            ("ends_with", "R", []),
        ],
    )
    def test_parts_of_texts_are_literal(
        self, adapter: Adapter, operator: Any, text: str, expected: list[str]
    ) -> None:
        names = ("100%", "a_b", "axb", "a\\b", "a*b", "[x]", "wow!", "Upper", "ünd")
        with adapter.transaction():
            for label in names:
                sample(adapter, label)
        assert find_labels(adapter, Where("label", text, operator)) == expected

    def test_case_can_be_ignored(self, adapter: Adapter) -> None:
        sample(adapter, "Ada Lovelace")
        for operator, text in (
            ("eq", "ADA lovelace"),
            ("contains", "A LOVE"),
            ("starts_with", "aDA"),
            ("ends_with", "LACE"),
        ):
            ignoring = Where("label", text, operator, ignore_case=True)  # type: ignore[arg-type]
            assert adapter.count("sample", [ignoring]) == 1
        assert adapter.count("sample", [Where("label", "ada%", "eq", ignore_case=True)]) == 0
        assert adapter.count("sample", [Where("label", "BOB", "ne", ignore_case=True)]) == 1

    def test_an_unknown_field_is_refused(self, adapter: Adapter) -> None:
        with pytest.raises(ConfigurationError, match="no field 'nothing'"):
            adapter.find_one("sample", [Where("nothing", 1)])

    def test_text_that_looks_like_sql_is_text(self, adapter: Adapter) -> None:
        sample(adapter)
        assert adapter.count("sample", [Where("label", "' OR '1'='1")]) == 0
        assert adapter.count("sample", [Where("label", "%(x)s :y ?")]) == 0


class TestFindMany:
    def test_limit_offset_and_order(self, adapter: Adapter) -> None:
        for amount in range(5):
            sample(adapter, amount=amount)
        rows = adapter.find_many(
            "sample", limit=2, offset=1, sort_by=SortBy("amount", descending=True)
        )
        assert [row["amount"] for row in rows] == [3, 2]
        assert len(adapter.find_many("sample", offset=4)) == 1
        assert adapter.find_many("sample", limit=0) == []

    def test_absent_values_come_first(self, adapter: Adapter) -> None:
        sample(adapter, "none")
        sample(adapter, "some", big=1)
        assert labels(adapter.find_many("sample", sort_by=SortBy("big"))) == ["none", "some"]
        descending = adapter.find_many("sample", sort_by=SortBy("big", descending=True))
        assert labels(descending) == ["some", "none"]

    def test_equal_rows_are_ordered_by_id(self, adapter: Adapter) -> None:
        for name in "cab":
            sample(adapter, "same", id=name)
        assert [row["id"] for row in adapter.find_many("sample", sort_by=SortBy("label"))] == [
            "a",
            "b",
            "c",
        ]

    def test_the_default_limit_holds(self, adapter: Adapter) -> None:
        with adapter.transaction():
            for number in range(101):
                sample(adapter, str(number))
        assert len(adapter.find_many("sample")) == 100
        assert len(adapter.find_many("sample", limit=200)) == 101
        assert adapter.count("sample") == 101


class TestFindJoined:
    def session(self, adapter: Adapter, owner: Row, token: str) -> Row:
        return adapter.create(
            "session", {"token": token, "expires_at": MOMENT, "user_id": owner["id"]}
        )

    def test_returns_both_rows(self, adapter: Adapter) -> None:
        ada = user(adapter)
        user(adapter, "bob@example.com")
        session = self.session(adapter, ada, "t1")
        self.session(adapter, ada, "t2")
        found = adapter.find_joined("session", [Where("token", "t1")], via="user_id")
        assert found == [(session, ada)]

    def test_lists_and_limits(self, adapter: Adapter) -> None:
        ada = user(adapter)
        for token in "abc":
            self.session(adapter, ada, token)
        where = [Where("user_id", ada["id"])]
        assert len(adapter.find_joined("session", where, via="user_id")) == 3
        assert len(adapter.find_joined("session", where, via="user_id", limit=2)) == 2
        assert adapter.find_joined("session", where, via="user_id", limit=0) == []
        assert adapter.find_joined("session", [Where("token", [], "in")], via="user_id") == []

    def test_leaves_out_rows_without_a_target(self, adapter: Adapter) -> None:
        sample(adapter)
        assert adapter.find_joined("sample", [], via="owner_id") == []

    def test_refuses_a_field_without_reference(self, adapter: Adapter) -> None:
        with pytest.raises(ConfigurationError, match="references no model"):
            adapter.find_joined("session", [], via="token")


class TestUpdate:
    def test_changes_one_row_and_returns_it(self, adapter: Adapter) -> None:
        row = sample(adapter)
        changed = adapter.update_one(
            "sample",
            [Where("id", row["id"])],
            {"label": "two", "active": False, "extra": [1], "seen_at": MOMENT, "code": None},
        )
        assert changed == row | {
            "label": "two",
            "active": False,
            "extra": [1],
            "seen_at": MOMENT,
        }
        assert adapter.find_one("sample", [Where("id", row["id"])]) == changed

    def test_changes_at_most_one_row(self, adapter: Adapter) -> None:
        for _ in range(3):
            sample(adapter)
        assert adapter.update_one("sample", [Where("label", "one")], {"amount": 9}) is not None
        assert adapter.count("sample", [Where("amount", 9)]) == 1

    def test_returns_none_when_nothing_fits(self, adapter: Adapter) -> None:
        sample(adapter, amount=1)
        assert adapter.update_one("sample", [Where("amount", 2)], {"label": "x"}) is None

    def test_may_change_the_field_that_found_the_row(self, adapter: Adapter) -> None:
        sample(adapter, code="old")
        changed = adapter.update_one("sample", [Where("code", "old")], {"code": "new"})
        assert changed is not None
        assert changed["code"] == "new"

    def test_renews_fields_that_every_update_renews(self, adapter: Adapter) -> None:
        row = user(adapter, updated_at=MOMENT)
        before = utc_now()
        where = [Where("id", row["id"])]
        changed = adapter.update_one("user", where, {"name": "Eve"})
        assert changed is not None
        assert changed["updated_at"] >= before
        kept = adapter.update_one("user", where, {"updated_at": MOMENT})
        assert kept is not None
        assert kept["updated_at"] == MOMENT
        assert adapter.update_many("user", where, {"name": "Bob"}) == 1
        found = adapter.find_one("user", where)
        assert found is not None
        assert found["updated_at"] >= before

    def test_without_changes_finds_the_row(self, adapter: Adapter) -> None:
        row = sample(adapter)
        assert adapter.update_one("sample", [Where("id", row["id"])], {}) == row
        assert adapter.update_many("sample", [Where("id", row["id"])], {}) == 1

    def test_same_values_count_as_a_change(self, adapter: Adapter) -> None:
        row = sample(adapter, amount=5)
        assert adapter.update_one("sample", [Where("amount", 5)], {"amount": 5}) == row
        assert adapter.update_many("sample", [Where("amount", 5)], {"amount": 5}) == 1

    def test_refuses_a_taken_value(self, adapter: Adapter) -> None:
        sample(adapter, code="a")
        other = sample(adapter, code="b")
        with pytest.raises(UniqueViolation) as caught:
            adapter.update_one("sample", [Where("id", other["id"])], {"code": "a"})
        assert caught.value.fields == ("code",)
        assert adapter.count("sample", [Where("code", "b")]) == 1

    def test_refuses_none_for_a_required_field(self, adapter: Adapter) -> None:
        sample(adapter)
        with pytest.raises(StoreError, match="'label'"):
            adapter.update_one("sample", [], {"label": None})

    def test_refuses_to_change_the_id(self, adapter: Adapter) -> None:
        row = sample(adapter)
        with pytest.raises(ConfigurationError, match="id of model"):
            adapter.update_one("sample", [Where("id", row["id"])], {"id": "other"})

    def test_update_many_counts(self, adapter: Adapter) -> None:
        for amount in (1, 1, 2):
            sample(adapter, amount=amount)
        assert adapter.update_many("sample", [Where("amount", 1)], {"label": "x"}) == 2
        assert adapter.count("sample", [Where("label", "x")]) == 2

    def test_guard_admits_one_of_many_threads(self, adapter: Adapter) -> None:
        row = sample(adapter, active=True)
        guard = [Where("id", row["id"]), Where("active", True)]
        outcomes = in_threads(lambda _: adapter.update_one("sample", guard, {"active": False}))
        assert sum(item is not None for item in outcomes) == 1
        assert not [item for item in outcomes if isinstance(item, Exception)]

    def test_threads_without_a_key_change_a_row_each(self, adapter: Adapter) -> None:
        for _ in range(8):
            sample(adapter, active=True)
        outcomes = in_threads(
            lambda _: adapter.update_one("sample", [Where("active", True)], {"active": False}),
            count=8,
        )
        changed = [item["id"] for item in outcomes if isinstance(item, dict)]
        assert len(changed) == len(set(changed)) == 8


class TestDelete:
    def test_counts(self, adapter: Adapter) -> None:
        for amount in (1, 1, 2):
            sample(adapter, amount=amount)
        assert adapter.delete_many("sample", [Where("amount", 1)]) == 2
        assert adapter.delete_many("sample", [Where("amount", 1)]) == 0
        assert adapter.count("sample") == 1

    def test_references_follow_their_rule(self, adapter: Adapter) -> None:
        ada, bob = user(adapter), user(adapter, "bob@example.com")
        for owner in (ada, bob):
            adapter.create(
                "session",
                {"token": owner["id"], "expires_at": MOMENT, "user_id": owner["id"]},
            )
            sample(adapter, owner["email"], owner_id=owner["id"])
        assert adapter.delete_many("user", [Where("id", ada["id"])]) == 1
        sessions = adapter.find_many("session")
        assert [row["user_id"] for row in sessions] == [bob["id"]]
        rows = adapter.find_many("sample", sort_by=SortBy("label"))
        assert [row["owner_id"] for row in rows] == [None, bob["id"]]

    def test_a_restricting_reference_forbids_it(self, adapter: Adapter) -> None:
        ada = user(adapter)
        adapter.create("session", {"token": "t", "expires_at": MOMENT, "user_id": ada["id"]})
        adapter.create("guard", {"keeper_id": ada["id"]})
        with pytest.raises(StoreError):
            adapter.delete_many("user", [Where("id", ada["id"])])
        assert adapter.count("user") == adapter.count("session") == 1


class TestConsume:
    def test_deletes_and_returns_one_row(self, adapter: Adapter) -> None:
        row = sample(adapter, code="once", extra={"a": 1})
        assert adapter.consume_one("sample", [Where("code", "once")]) == row
        assert adapter.consume_one("sample", [Where("code", "once")]) is None

    def test_takes_one_of_several(self, adapter: Adapter) -> None:
        for _ in range(3):
            sample(adapter)
        assert adapter.consume_one("sample", [Where("label", "one")]) is not None
        assert adapter.count("sample") == 2

    def test_holds_to_its_guard(self, adapter: Adapter) -> None:
        sample(adapter, code="late", seen_at=MOMENT)
        late = [Where("code", "late"), Where("seen_at", MOMENT, "gt")]
        assert adapter.consume_one("sample", late) is None
        assert adapter.count("sample") == 1

    @pytest.mark.parametrize("field", ["code", "label"])
    def test_one_of_many_threads_gets_the_row(self, adapter: Adapter, field: str) -> None:
        sample(adapter, "once", code="once")
        outcomes = in_threads(lambda _: adapter.consume_one("sample", [Where(field, "once")]))
        assert sum(isinstance(item, dict) for item in outcomes) == 1
        assert sum(item is None for item in outcomes) == THREADS - 1

    def test_each_row_goes_to_one_thread(self, adapter: Adapter) -> None:
        for _ in range(8):
            sample(adapter, "slot")
        outcomes = in_threads(lambda _: adapter.consume_one("sample", [Where("label", "slot")]))
        taken = [item["id"] for item in outcomes if isinstance(item, dict)]
        assert len(taken) == len(set(taken)) == 8
        assert adapter.count("sample") == 0


class TestIncrement:
    def test_adds_and_sets_in_one_go(self, adapter: Adapter) -> None:
        row = sample(adapter, amount=5)
        where = [Where("id", row["id"])]
        changed = adapter.increment_one("sample", where, "amount", by=2, data={"label": "x"})
        assert changed == row | {"amount": 7, "label": "x"}
        less = adapter.increment_one("sample", where, "amount", by=-3)
        assert less is not None
        assert less["amount"] == 4

    def test_an_absent_number_stays_absent(self, adapter: Adapter) -> None:
        row = sample(adapter, big=None)
        assert adapter.increment_one("sample", [Where("id", row["id"])], "big") == row

    def test_returns_none_when_nothing_fits(self, adapter: Adapter) -> None:
        assert adapter.increment_one("sample", [Where("code", "x")], "amount") is None

    def test_refuses_to_add_and_set_one_field(self, adapter: Adapter) -> None:
        with pytest.raises(ConfigurationError, match="at once"):
            adapter.increment_one("sample", [], "amount", data={"amount": 1})

    def test_guard_admits_as_many_threads_as_the_quota(self, adapter: Adapter) -> None:
        row = sample(adapter, amount=0)
        guard = [Where("id", row["id"]), Where("amount", 10, "lt")]
        outcomes = in_threads(lambda _: adapter.increment_one("sample", guard, "amount"))
        amounts = sorted(item["amount"] for item in outcomes if isinstance(item, dict))
        assert amounts == list(range(1, 11))
        assert sum(item is None for item in outcomes) == THREADS - 10


class Broken(Exception):
    """Raised by tests inside transactions."""


class TestTransaction:
    def test_keeps_everything(self, adapter: Adapter) -> None:
        with adapter.transaction():
            first = sample(adapter, "a")
            assert adapter.find_one("sample", [Where("id", first["id"])]) == first
            sample(adapter, "b")
        assert find_labels(adapter) == ["a", "b"]

    def test_leaves_nothing_behind(self, adapter: Adapter) -> None:
        kept = sample(adapter, "kept", code="k")
        ada = user(adapter)
        adapter.create("session", {"token": "t", "expires_at": MOMENT, "user_id": ada["id"]})
        with pytest.raises(Broken), adapter.transaction():  # noqa: PT012
            sample(adapter, "new")
            adapter.update_one("sample", [Where("code", "k")], {"label": "changed", "code": "z"})
            adapter.increment_one("sample", [Where("code", "z")], "amount")
            adapter.delete_many("user", ())
            adapter.consume_one("sample", [Where("code", "z")])
            raise Broken
        assert adapter.find_many("sample") == [kept]
        assert adapter.count("session") == 1
        with pytest.raises(UniqueViolation):
            sample(adapter, code="k")
        assert sample(adapter, code="z")["code"] == "z"

    def test_inner_block_joins(self, adapter: Adapter) -> None:
        with pytest.raises(Broken), adapter.transaction():  # noqa: PT012
            with adapter.transaction():
                sample(adapter, "inner")
            raise Broken
        assert adapter.count("sample") == 0

    def test_inner_failure_that_is_caught_fails_the_whole(self, adapter: Adapter) -> None:
        def outer() -> None:
            with adapter.transaction():
                sample(adapter, "outer")
                with pytest.raises(Broken), adapter.transaction():
                    raise Broken
                with pytest.raises(StoreError, match="failed already"):
                    sample(adapter, "later")

        with pytest.raises(StoreError, match="was caught"):
            outer()
        assert adapter.count("sample") == 0

    def test_statement_failure_that_is_caught_fails_the_whole(self, adapter: Adapter) -> None:
        sample(adapter, "taken", code="c")

        def outer() -> None:
            with adapter.transaction():
                sample(adapter, "before")
                with pytest.raises(UniqueViolation):
                    sample(adapter, code="c")
                with pytest.raises(StoreError, match="failed already"):
                    adapter.find_many("sample")

        with pytest.raises(StoreError, match="was caught"):
            outer()
        assert find_labels(adapter) == ["taken"]

    def test_unique_violation_leaves_the_block_after_rollback(self, adapter: Adapter) -> None:
        sample(adapter, "taken", code="c")
        with pytest.raises(UniqueViolation) as caught, adapter.transaction():  # noqa: PT012
            sample(adapter, "before")
            sample(adapter, code="c")
        assert caught.value.fields == ("code",)
        assert find_labels(adapter) == ["taken"]

    def test_a_failed_one_does_not_touch_the_next(self, adapter: Adapter) -> None:
        with pytest.raises(Broken), adapter.transaction():
            raise Broken
        with adapter.transaction():
            sample(adapter)
        assert adapter.count("sample") == 1

    def test_who_locks_first_decides_first(self, adapter: Adapter) -> None:
        ada = user(adapter)
        for label in ("a", "b"):
            sample(adapter, label)

        def take_unless_last(number: int) -> int:
            with adapter.transaction():
                assert adapter.find_one("user", [Where("id", ada["id"])], lock=True) == ada
                if adapter.count("sample") == 1:
                    return 0
                return adapter.delete_many("sample", [Where("label", "ab"[number % 2])])

        assert sum(in_threads(take_unless_last)) == 1
        assert adapter.count("sample") == 1

    def test_locking_nothing_finds_nothing(self, adapter: Adapter) -> None:
        with adapter.transaction():
            assert adapter.find_one("user", [Where("id", "nobody")], lock=True) is None

    def test_others_see_nothing_before_the_commit(self, adapter: Adapter) -> None:
        seen: list[int] = []
        reader = threading.Thread(target=lambda: seen.append(adapter.count("sample")))
        with adapter.transaction():
            sample(adapter)
            reader.start()
            reader.join(0.1)
        reader.join()
        waits = reader_waits(adapter)
        assert seen == [1 if waits else 0]

    def test_writers_in_transactions_follow_one_another(self, adapter: Adapter) -> None:
        row = sample(adapter, amount=0)

        def work(_: int) -> None:
            with adapter.transaction():
                adapter.increment_one("sample", [Where("id", row["id"])], "amount")
                sample(adapter, "written")

        outcomes = in_threads(work, count=12)
        assert outcomes == [None] * 12
        found = adapter.find_one("sample", [Where("id", row["id"])])
        assert found is not None
        assert found["amount"] == adapter.count("sample", [Where("label", "written")]) == 12

    def test_atomic_calls_work_inside(self, adapter: Adapter) -> None:
        sample(adapter, code="once")
        with adapter.transaction():
            assert adapter.update_one("sample", [Where("code", "once")], {"amount": 1})
            assert adapter.increment_one("sample", [Where("amount", 1)], "amount")
            assert adapter.consume_one("sample", [Where("amount", 2)])
        assert adapter.count("sample") == 0


def reader_waits(adapter: Adapter) -> bool:
    """Return whether readers wait for a transaction: where all threads share one connection."""
    engine = getattr(adapter, "engine", None)
    return engine is None or str(engine.url) == "sqlite://"


class TestAfterCommit:
    def test_runs_at_once_outside(self, adapter: Adapter) -> None:
        ran: list[str] = []
        adapter.after_commit(lambda: ran.append("now"))
        assert ran == ["now"]

    def test_runs_in_order_after_the_outermost_commit(self, adapter: Adapter) -> None:
        ran: list[int] = []

        def work() -> None:
            with adapter.transaction():
                ran.append(adapter.count("sample"))

        with adapter.transaction():
            with adapter.transaction():
                sample(adapter)
                adapter.after_commit(work)
            assert ran == []
            adapter.after_commit(lambda: ran.append(-1))
        assert ran == [1, -1]

    def test_is_dropped_by_a_rollback(self, adapter: Adapter) -> None:
        ran: list[str] = []
        with pytest.raises(Broken), adapter.transaction():  # noqa: PT012
            adapter.after_commit(lambda: ran.append("never"))
            raise Broken
        with adapter.transaction():
            pass
        assert ran == []

    def test_its_failure_is_logged(
        self, adapter: Adapter, caplog: pytest.LogCaptureFixture
    ) -> None:
        ran: list[str] = []

        def fail() -> None:
            raise Broken

        with adapter.transaction():
            sample(adapter)
            adapter.after_commit(fail)
            adapter.after_commit(lambda: ran.append("next"))
        adapter.after_commit(fail)
        assert ran == ["next"]
        assert [record.message for record in caplog.records] == ["work after a commit failed"] * 2
        assert adapter.count("sample") == 1
