"""Runners without threads, for tests and scripts."""

import threading

from pyauth.outbound.attempt import Tally, attempt
from pyauth.outbound.delivery import Delivery
from pyauth.outbound.per_process import PerProcess
from pyauth.outbound.runner import Deliver, DeliveryStats


class InlineRunner:
    """Sends each delivery at once, in the thread of the caller.

    The caller waits for the sender, and the time of its answer tells that something was sent: not
    for a server that strangers can reach.

    Args:
        deliver: sends one delivery.
    """

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._counters = PerProcess(_Counters)

    @property
    def stats(self) -> DeliveryStats:
        """What became of the deliveries submitted in this process."""
        counters = self._counters.get()
        with counters.lock:
            return counters.tally.snapshot()

    def submit(self, delivery: Delivery) -> None:
        """Send a delivery; a failure is logged and counted, not raised."""
        counters = self._counters.get()
        with counters.lock:
            counters.tally.submitted += 1
        delivered = False
        try:
            delivered = attempt(self._deliver, delivery)
        finally:
            with counters.lock:
                counters.tally.settle(delivered=delivered)


class CapturingRunner:
    """Keeps deliveries instead of sending them."""

    def __init__(self) -> None:
        self._captured: list[Delivery] = []

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """What was submitted, oldest first."""
        return tuple(self._captured)

    def submit(self, delivery: Delivery) -> None:
        """Keep a delivery."""
        self._captured.append(delivery)

    def of_kind(self, kind: str) -> tuple[Delivery, ...]:
        """Return the captured deliveries of one kind, oldest first."""
        return tuple(delivery for delivery in self.deliveries if delivery.kind == kind)

    def clear(self) -> None:
        """Forget what was captured."""
        self._captured.clear()


class _Counters:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.tally = Tally()
