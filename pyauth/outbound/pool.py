"""Daemon threads over a bounded queue: the machinery within ``ThreadRunner``, for one process."""

import atexit
import logging
import os
import threading
import weakref
from collections import deque
from datetime import timedelta
from functools import partial

from pyauth.outbound.attempt import Tally, attempt
from pyauth.outbound.delivery import Delivery
from pyauth.outbound.runner import Deliver, DeliveryStats

_logger = logging.getLogger("pyauth.outbound")


class WorkerPool:
    """Accepts deliveries up to a bound and sends them in threads that come and go with the work.

    The threads own the pool while they live, and only they do once its runner is gone: what was
    accepted is sent, and then nothing remains. At interpreter exit the pool is closed with a
    deadline; the exit handler holds it weakly and disappears with it.

    Args:
        deliver: sends one delivery.
        workers: threads at most.
        queue_size: deliveries waiting at most, those being sent not counted.
        idle: how long a thread waits for work before it ends.
        exit_deadline: how long the interpreter's exit may be held up.
    """

    def __init__(
        self,
        deliver: Deliver,
        *,
        workers: int,
        queue_size: int,
        idle: timedelta,
        exit_deadline: timedelta,
    ) -> None:
        self._deliver = deliver
        self._workers = workers
        self._queue_size = queue_size
        self._idle_seconds = idle.total_seconds()
        self._exit_deadline = exit_deadline
        lock = threading.RLock()
        self._work_came = threading.Condition(lock)
        self._work_ended = threading.Condition(lock)
        self._lock = lock
        self._queue: deque[Delivery] = deque()
        self._tally = Tally()
        self._threads = 0
        self._waiting = 0
        self._closed = False
        self._refused_in_burst = 0
        self._exit_registered = False

    @property
    def stats(self) -> DeliveryStats:
        """The counters at this instant."""
        with self._lock:
            return self._tally.snapshot()

    def refuse_or_queue(self, delivery: Delivery) -> str | None:
        """Queue a delivery and count it, or say why it cannot be queued.

        Returns:
            None when it was queued, otherwise the reason for the log.
        """
        with self._lock:
            if self._closed:
                return "the runner is closed"
            if len(self._queue) >= self._queue_size:
                return f"{len(self._queue)} are waiting already"
            if len(self._queue) >= self._waiting and not self._have_another_thread():
                return "no thread could be started"
            self._tally.submitted += 1
            self._queue.append(delivery)
            self._work_came.notify()
            return None

    def run_here(self, delivery: Delivery) -> None:
        """Send a delivery in the calling thread, counted as if it had been queued."""
        with self._lock:
            self._tally.submitted += 1
        self._run(delivery)

    def drop(self, delivery: Delivery, reason: str) -> None:
        """Count a refused delivery, and log the first of a burst."""
        with self._lock:
            self._tally.submitted += 1
            self._tally.dropped += 1
            self._refused_in_burst += 1
            first = self._refused_in_burst == 1
        if first:
            _logger.error(
                "outbound delivery dropped: %s %s (%s); "
                "more are counted, not logged, until the queue is empty",
                delivery.kind,
                delivery.id,
                reason,
            )

    def drain(self, deadline: timedelta) -> bool:
        """Wait until nothing is pending; return whether that came in time."""
        with self._lock:
            return self._work_ended.wait_for(
                lambda: self._tally.pending == 0, deadline.total_seconds()
            )

    def close(self, deadline: timedelta) -> bool:
        """Refuse new work, drain, and drop what is still waiting at the deadline."""
        with self._lock:
            self._closed = True
            self._work_came.notify_all()
            done = self.drain(deadline)
            given_up = len(self._queue)
            self._queue.clear()
            self._tally.dropped += given_up
            running = self._tally.pending
            self._work_ended.notify_all()
        if not done:
            _logger.error(
                "outbound delivery closed at its deadline: %d dropped, %d still being sent",
                given_up,
                running,
            )
        return done

    def _have_another_thread(self) -> bool:
        """Start a thread if the bound allows; return whether there is any to do the work."""
        if self._threads < self._workers and self._start_thread():
            self._threads += 1
        return self._threads > 0

    def _start_thread(self) -> bool:
        try:
            threading.Thread(target=self._work, name="pyauth-outbound", daemon=True).start()
        except RuntimeError:  # the system's limit is reached, or the interpreter is exiting
            return False
        self._register_exit()
        return True

    def _register_exit(self) -> None:
        if self._exit_registered:
            return
        self._exit_registered = True
        at_exit = partial(_close_at_exit, weakref.ref(self), os.getpid(), self._exit_deadline)
        atexit.register(at_exit)
        weakref.finalize(self, atexit.unregister, at_exit).atexit = False

    def _work(self) -> None:
        while self._work_once():
            pass

    def _work_once(self) -> bool:
        # One call per delivery, so that a waiting thread holds on to none.
        delivery = self._take()
        if delivery is None:
            return False
        self._run(delivery)
        return True

    def _take(self) -> Delivery | None:
        """Wait for a delivery; None tells the thread to end, which is then counted already."""
        with self._lock:
            self._waiting += 1
            self._work_came.wait_for(lambda: self._queue or self._closed, self._idle_seconds)
            self._waiting -= 1
            if not self._queue:
                self._threads -= 1
                return None
            delivery = self._queue.popleft()
            refused = self._end_burst()
        if refused:
            _logger.error("outbound delivery caught up: %d deliveries had been dropped", refused)
        return delivery

    def _end_burst(self) -> int:
        """Return how many were refused since the queue was last empty, once it is empty again."""
        if self._queue or self._closed:
            return 0
        refused, self._refused_in_burst = self._refused_in_burst, 0
        return refused

    def _run(self, delivery: Delivery) -> None:
        delivered = False
        try:
            delivered = attempt(self._deliver, delivery)
        finally:
            with self._lock:
                self._tally.settle(delivered=delivered)
                self._work_ended.notify_all()


def _close_at_exit(pool: "weakref.ref[WorkerPool]", pid: int, deadline: timedelta) -> None:
    found = pool()
    # A forked child inherits the handler, but neither the threads nor a usable lock.
    if found is not None and os.getpid() == pid:
        found.close(deadline)
