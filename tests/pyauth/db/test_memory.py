"""What only the adapter in memory has to prove."""

import threading

import pytest

from pyauth.db.memory import MemoryAdapter, adapter
from pyauth.errors import ConfigurationError, StoreUnavailable
from tests.support.databases import bind


def test_needs_a_schema_first() -> None:
    with pytest.raises(ConfigurationError, match="bind"):
        MemoryAdapter().find_one("user", ())


def test_two_adapters_share_nothing() -> None:
    one, other = MemoryAdapter(), MemoryAdapter()
    bind(one)
    bind(other)
    one.create("sample", {"label": "a"})
    assert other.count("sample") == 0


def test_waiting_for_a_transaction_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "LOCK_TIMEOUT", 0.05)
    opened = MemoryAdapter()
    bind(opened)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with opened.transaction():
            entered.set()
            leave.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait()
    try:
        with pytest.raises(StoreUnavailable):
            opened.count("sample")
    finally:
        leave.set()
        holder.join()
    assert opened.count("sample") == 0
