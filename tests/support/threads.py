"""Threads that begin together, for races."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")

THREADS = 32


def in_threads(work: Callable[[int], T], threads: int = THREADS) -> list[T]:
    """Run ``work(number)`` in threads that begin together, and return what each returned."""
    start = Barrier(threads)

    def run(number: int) -> T:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


def caught(work: Callable[[int], T]) -> Callable[[int], T | Exception]:
    """Return ``work`` with what it raises as its outcome."""

    def run(number: int) -> T | Exception:
        try:
            return work(number)
        except Exception as exc:
            return exc

    return run
