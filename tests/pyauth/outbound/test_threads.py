"""Background threads: lazy, bounded, drained, and never in the way of the caller."""

import atexit
import gc
import logging
import threading
import weakref
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from pyauth.outbound import Delivery, DeliveryStats, DrainingRunner, ThreadRunner

SOON = timedelta(seconds=20)
AT_ONCE = timedelta(0)


class GatedSender:
    """Sends nothing until it is let go, and tells when it has begun."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.gate = threading.Event()
        self.sent: list[str] = []

    def __call__(self, delivery: Delivery) -> None:
        self.begun.release()
        assert self.gate.wait(SOON.total_seconds())
        self.sent.append(delivery.id)

    def wait_until_begun(self, count: int = 1) -> None:
        for _ in range(count):
            assert self.begun.acquire(timeout=SOON.total_seconds())


@pytest.fixture
def sender() -> Iterator[GatedSender]:
    sender = GatedSender()
    yield sender
    sender.gate.set()


def _mail(number: int) -> Delivery:
    return Delivery(f"d{number}", "mail", {"token": "s3cret"})


_others: "weakref.WeakSet[threading.Thread]" = weakref.WeakSet()
"""Threads that tests before this one have left to end in their own time."""


def _outbound_threads() -> list[threading.Thread]:
    return [
        thread
        for thread in threading.enumerate()
        if thread.name == "pyauth-outbound" and thread not in _others
    ]


def _errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]


@pytest.fixture(autouse=True)
def _no_threads_are_left() -> Iterator[None]:
    _others.update(_outbound_threads())
    yield
    for thread in _outbound_threads():
        thread.join(SOON.total_seconds())
        assert not thread.is_alive()


def _runner(deliver: Any, **options: Any) -> ThreadRunner:
    return ThreadRunner(deliver, **{"idle_timeout": AT_ONCE, **options})


def test_no_thread_starts_before_the_first_delivery(sender: GatedSender) -> None:
    runner = _runner(sender)
    assert not _outbound_threads()

    runner.submit(_mail(1))

    sender.wait_until_begun()
    (thread,) = _outbound_threads()
    assert thread.daemon


def test_the_caller_goes_on_while_the_sender_hangs(sender: GatedSender) -> None:
    runner: DrainingRunner = _runner(sender)

    runner.submit(_mail(1))
    sender.wait_until_begun()  # the sender is at work and cannot end, yet submit has returned

    assert sender.sent == []
    sender.gate.set()
    assert runner.drain(SOON)
    assert sender.sent == ["d1"]


def test_a_sender_that_raises_does_not_stop_the_next_delivery(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sent: list[str] = []

    def deliver(delivery: Delivery) -> None:
        if delivery.id == "d1":
            raise SystemExit("s3cret")
        if delivery.id == "d2":
            raise KeyboardInterrupt
        sent.append(delivery.id)

    runner = _runner(deliver, workers=1)
    for number in (1, 2, 3):
        runner.submit(_mail(number))

    assert runner.drain(SOON)
    assert sent == ["d3"]
    assert runner.stats == DeliveryStats(submitted=3, delivered=1, failed=2, dropped=0, pending=0)
    assert _errors(caplog) == [
        "outbound delivery failed: mail d1 (builtins.SystemExit)",
        "outbound delivery failed: mail d2 (builtins.KeyboardInterrupt)",
    ]


def test_threads_grow_with_the_work_up_to_the_bound(sender: GatedSender) -> None:
    runner = _runner(sender, workers=3)

    for number in range(10):
        runner.submit(_mail(number))
    sender.wait_until_begun(3)

    assert len(_outbound_threads()) == 3
    assert not sender.begun.acquire(blocking=False)
    sender.gate.set()
    assert runner.drain(SOON)
    assert len(sender.sent) == 10


def test_a_waiting_thread_is_used_before_another_is_started() -> None:
    used: list[int] = []
    runner = _runner(lambda _: used.append(threading.get_ident()), idle_timeout=SOON)
    pool = runner._pool.get()

    for number in range(5):
        runner.submit(_mail(number))
        assert runner.drain(SOON)
        while not pool._waiting:  # its work is settled a moment before it waits again
            threading.Event().wait(0.001)

    assert len(set(used)) == 1
    assert runner.close(SOON)


def test_one_thread_keeps_the_order() -> None:
    sent: list[str] = []
    runner = _runner(lambda d: sent.append(d.id), workers=1)

    for number in range(50):
        runner.submit(_mail(number))

    assert runner.drain(SOON)
    assert sent == [f"d{number}" for number in range(50)]


def test_idle_threads_end_and_come_back_with_the_work() -> None:
    runner = _runner(lambda _: None)
    for number in (1, 2):
        runner.submit(_mail(number))
        assert runner.drain(SOON)
        for thread in _outbound_threads():
            thread.join(SOON.total_seconds())
        assert not _outbound_threads()

    assert runner.stats.delivered == 2


def test_a_full_queue_drops_counts_and_logs_once_a_burst(
    sender: GatedSender, caplog: pytest.LogCaptureFixture
) -> None:
    runner = _runner(sender, workers=1, queue_size=2)
    runner.submit(_mail(0))
    sender.wait_until_begun()

    for number in range(1, 8):
        runner.submit(_mail(number))

    assert runner.stats == DeliveryStats(submitted=8, delivered=0, failed=0, dropped=5, pending=3)
    assert _errors(caplog) == [
        "outbound delivery dropped: mail d3 (2 are waiting already); "
        "more are counted, not logged, until the queue is empty"
    ]
    sender.gate.set()
    assert runner.drain(SOON)
    assert sender.sent == ["d0", "d1", "d2"]
    assert runner.stats == DeliveryStats(submitted=8, delivered=3, failed=0, dropped=5, pending=0)
    assert _errors(caplog)[1:] == ["outbound delivery caught up: 5 deliveries had been dropped"]


def test_the_next_burst_is_logged_again(
    sender: GatedSender, caplog: pytest.LogCaptureFixture
) -> None:
    runner = _runner(sender, workers=1, queue_size=1)
    for burst in (0, 10):
        sender.gate.clear()
        runner.submit(_mail(burst))
        sender.wait_until_begun()
        for number in range(1, 4):
            runner.submit(_mail(burst + number))
        sender.gate.set()
        assert runner.drain(SOON)
        sender.wait_until_begun()  # the queued one, sent after the first

    assert [text.split(" (")[0] for text in _errors(caplog)] == [
        "outbound delivery dropped: mail d2",
        "outbound delivery caught up: 2 deliveries had been dropped",
        "outbound delivery dropped: mail d12",
        "outbound delivery caught up: 2 deliveries had been dropped",
    ]


def test_a_burst_lasts_until_the_queue_is_empty(caplog: pytest.LogCaptureFixture) -> None:
    begun, turns = threading.Semaphore(0), threading.Semaphore(0)

    def deliver(delivery: Delivery) -> None:
        begun.release()
        assert turns.acquire(timeout=SOON.total_seconds())

    runner = _runner(deliver, workers=1, queue_size=2)
    runner.submit(_mail(0))
    assert begun.acquire(timeout=SOON.total_seconds())
    for number in range(1, 4):
        runner.submit(_mail(number))  # the third finds the queue full
    turns.release()
    assert begun.acquire(timeout=SOON.total_seconds())  # one has left it, one is still in it
    for number in range(4, 6):
        runner.submit(_mail(number))  # the second finds it full again
    assert len(_errors(caplog)) == 1

    for _ in range(3):
        turns.release()
    assert runner.drain(SOON)
    assert _errors(caplog)[1:] == ["outbound delivery caught up: 2 deliveries had been dropped"]


def test_a_full_queue_may_send_in_the_calling_thread_instead() -> None:
    gate, begun = threading.Event(), threading.Event()
    senders: dict[str, int] = {}

    def deliver(delivery: Delivery) -> None:
        senders[delivery.id] = threading.get_ident()
        if delivery.id == "d0":
            begun.set()
            assert gate.wait(SOON.total_seconds())

    runner = _runner(deliver, workers=1, queue_size=1, when_full="run_inline")
    runner.submit(_mail(0))
    assert begun.wait(SOON.total_seconds())
    runner.submit(_mail(1))
    runner.submit(_mail(2))

    assert senders["d2"] == threading.get_ident()
    assert "d1" not in senders
    gate.set()
    assert runner.drain(SOON)
    assert senders["d1"] == senders["d0"] != threading.get_ident()
    assert runner.stats == DeliveryStats(submitted=3, delivered=3, failed=0, dropped=0, pending=0)


def test_drain_gives_up_at_its_deadline_and_loses_nothing(sender: GatedSender) -> None:
    runner = _runner(sender, workers=1)
    runner.submit(_mail(1))
    runner.submit(_mail(2))

    assert not runner.drain(AT_ONCE)
    assert runner.stats.pending == 2
    sender.gate.set()
    assert runner.drain(SOON)
    assert sender.sent == ["d1", "d2"]


def test_draining_an_unused_runner_is_done_at_once() -> None:
    assert _runner(lambda _: None).drain(AT_ONCE)
    assert not _outbound_threads()


def test_close_drops_what_has_not_begun_by_the_deadline(
    sender: GatedSender, caplog: pytest.LogCaptureFixture
) -> None:
    runner = _runner(sender, workers=1)
    runner.submit(_mail(1))
    runner.submit(_mail(2))
    sender.wait_until_begun()

    assert not runner.close(AT_ONCE)

    assert runner.stats == DeliveryStats(submitted=2, delivered=0, failed=0, dropped=1, pending=1)
    assert _errors(caplog) == [
        "outbound delivery closed at its deadline: 1 dropped, 1 still being sent"
    ]
    sender.gate.set()
    assert runner.drain(SOON)
    assert sender.sent == ["d1"]


def test_a_closed_runner_refuses_without_raising(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[str] = []
    runner = _runner(lambda d: sent.append(d.id), idle_timeout=SOON)
    runner.submit(_mail(1))

    assert runner.close(SOON)
    runner.submit(_mail(2))

    assert sent == ["d1"]
    assert runner.stats.dropped == 1
    (error,) = _errors(caplog)
    assert error.startswith("outbound delivery dropped: mail d2 (the runner is closed)")


def test_without_a_thread_to_be_had_the_delivery_is_dropped(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    runner = _runner(lambda _: None)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        runner.submit(_mail(1))
    assert runner.stats == DeliveryStats(submitted=1, delivered=0, failed=0, dropped=1, pending=0)
    assert "(no thread could be started)" in _errors(caplog)[0]

    runner.submit(_mail(2))
    assert runner.drain(SOON)
    assert runner.stats.delivered == 1


def test_thirty_two_threads_lose_nothing_and_the_counters_are_exact() -> None:
    lock = threading.Lock()
    sent: list[str] = []

    def deliver(delivery: Delivery) -> None:
        if delivery.id.endswith("7"):
            raise OSError("s3cret")
        with lock:
            sent.append(delivery.id)

    logging.getLogger("pyauth.outbound").disabled = True
    try:
        runner = _runner(deliver, workers=4, queue_size=100_000)
        start = threading.Barrier(32)

        def submit(base: int) -> None:
            start.wait()
            for number in range(base * 100, base * 100 + 100):
                runner.submit(_mail(number))

        callers = [threading.Thread(target=submit, args=(base,)) for base in range(32)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert runner.drain(SOON)
    finally:
        logging.getLogger("pyauth.outbound").disabled = False

    expected = {f"d{number}" for number in range(3200) if number % 10 != 7}
    assert sorted(sent) == sorted(expected)
    assert runner.stats == DeliveryStats(
        submitted=3200, delivered=2880, failed=320, dropped=0, pending=0
    )


def test_under_thirty_two_threads_a_small_queue_accounts_for_every_delivery() -> None:
    sent: list[str] = []
    logging.getLogger("pyauth.outbound").disabled = True
    try:
        runner = _runner(lambda d: sent.append(d.id), workers=2, queue_size=3)

        def submit() -> None:
            for number in range(100):
                runner.submit(_mail(number))
                stats = runner.stats
                assert stats.submitted == (
                    stats.delivered + stats.failed + stats.dropped + stats.pending
                )
                assert stats.pending <= 3 + 2

        callers = [threading.Thread(target=submit) for _ in range(32)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert runner.drain(SOON)
    finally:
        logging.getLogger("pyauth.outbound").disabled = False

    stats = runner.stats
    assert (stats.submitted, stats.failed, stats.pending) == (3200, 0, 0)
    assert stats.delivered == len(sent)
    assert stats.delivered + stats.dropped == 3200


def test_a_forgotten_runner_leaves_nothing_behind() -> None:
    class Sender:
        def __call__(self, delivery: Delivery) -> None:
            pass

    sender = Sender()
    runner = _runner(sender)
    runner.submit(_mail(1))
    assert runner.drain(SOON)
    for thread in _outbound_threads():
        thread.join(SOON.total_seconds())
    remains: list[weakref.ref[Any]] = [
        weakref.ref(sender),
        weakref.ref(runner._pool.get()),
        weakref.ref(runner),
    ]

    del sender, runner
    gc.collect()

    assert [remain() for remain in remains] == [None, None, None]


def test_a_waiting_thread_holds_on_to_no_delivery() -> None:
    class Payload(dict[str, Any]):
        pass

    runner = _runner(lambda _: None, idle_timeout=SOON)
    delivery = _mail(1)
    object.__setattr__(delivery, "payload", Payload())
    payload = weakref.ref(delivery.payload)

    runner.submit(delivery)
    del delivery
    assert runner.drain(SOON)
    while not runner._pool.get()._waiting:
        threading.Event().wait(0.001)

    assert payload() is None
    assert runner.close(SOON)


def test_the_exit_handler_is_registered_once_and_goes_with_the_pool(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weakref.finalize(_mail, len, "").detach()  # makes weakref register its own handler, if new
    handlers: list[Any] = []
    monkeypatch.setattr(atexit, "register", handlers.append)
    monkeypatch.setattr(atexit, "unregister", handlers.remove)
    runner = _runner(lambda _: None)
    assert len(handlers) == 0

    for number in range(20):
        runner.submit(_mail(number))
        assert runner.drain(SOON)
    assert len(handlers) == 1

    for thread in _outbound_threads():
        thread.join(SOON.total_seconds())
    del runner
    gc.collect()
    assert len(handlers) == 0


@pytest.mark.parametrize(
    "options", [{"workers": 0}, {"queue_size": 0}, {"when_full": "wait"}], ids=str
)
def test_an_option_out_of_range_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be"):
        ThreadRunner(lambda _: None, **options)
