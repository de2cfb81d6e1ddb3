"""A child process makes its own value."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pyauth.outbound.per_process import PerProcess


def test_one_process_keeps_one_value() -> None:
    holder: PerProcess[object] = PerProcess(object)

    assert holder.get() is holder.get()


def test_another_process_makes_one_value_whatever_thread_comes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parent, child = os.getpid(), os.getpid() + 1
    all_make_one = threading.Barrier(16)

    def make() -> object:
        if os.getpid() != parent:
            all_make_one.wait(20)
        return object()

    holder = PerProcess(make)
    inherited = holder.get()
    monkeypatch.setattr(os, "getpid", lambda: child)
    with ThreadPoolExecutor(16) as threads:
        values = [job.result() for job in [threads.submit(holder.get) for _ in range(16)]]

    assert len({id(value) for value in values}) == 1
    assert values[0] is not inherited
    assert holder.get() is values[0]
