"""All or nothing, and what waits for the commit."""

import threading

import pytest

from pyauth.db.adapter import Adapter, Where
from pyauth.errors import StoreError, UniqueViolation
from tests.pyauth.db.adapters.conftest import MOMENT, find_labels, sample, user
from tests.support.threads import in_threads


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

        outcomes = in_threads(work, threads=12)
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
