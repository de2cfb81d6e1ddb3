"""Rows come in, are found, and come back as they were."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from pyauth.db.adapter import Adapter, Row, SortBy, Where
from pyauth.db.lifecycle import Bindable
from pyauth.errors import ConfigurationError, StoreError, UniqueViolation
from tests.pyauth.db.adapters.conftest import MOMENT, find_labels, labels, sample, user
from tests.support.threads import THREADS, caught, in_threads


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
        outcomes = in_threads(caught(lambda _: user(adapter)))
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
