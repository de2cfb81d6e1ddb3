"""Rows are changed, counted up and taken: under a guard, by one of many."""

import pytest

from pyauth.clock import utc_now
from pyauth.db.adapter import Adapter, SortBy, Where
from pyauth.errors import ConfigurationError, ReferenceViolation, StoreError, UniqueViolation
from tests.pyauth.db.adapters.conftest import MOMENT, sample, user
from tests.support.threads import THREADS, in_threads


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

    def test_threads_without_a_key_change_a_row_each(self, adapter: Adapter) -> None:
        for _ in range(8):
            sample(adapter, active=True)
        outcomes = in_threads(
            lambda _: adapter.update_one("sample", [Where("active", True)], {"active": False}),
            threads=8,
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
        with pytest.raises(ReferenceViolation):
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
