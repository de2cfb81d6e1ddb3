"""What hands deliveries on, as its callers see it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

from pyauth.outbound.delivery import Delivery

Deliver = Callable[[Delivery], None]
"""Sends one delivery now, and raises when that fails; usually ``Dispatcher.deliver``."""


class Runner(Protocol):
    """Takes deliveries off the hands of a request.

    One method, so that handing over to Celery, RQ or a transactional outbox is one line: queue
    ``delivery.to_json()``, and have the worker call ``auth.deliver(Delivery.from_json(text))``.
    """

    def submit(self, delivery: Delivery) -> None:
        """Take over a delivery.

        Never raises, neither for a full queue nor for a failing sender, and never blocks beyond
        what the runner's policy states: the answer to the caller's client must not depend on it.
        """


@runtime_checkable
class DrainingRunner(Runner, Protocol):
    """A runner that works in threads of this process; ``isinstance`` tells one by its methods."""

    def drain(self, deadline: timedelta) -> bool:
        """Wait until all that was accepted is settled, for at most ``deadline``.

        Returns:
            Whether nothing is left.
        """

    def close(self, deadline: timedelta) -> bool:
        """Refuse what comes from now on, drain, and drop what has not begun by the deadline.

        Returns:
            Whether nothing was left.
        """


@dataclass(frozen=True, slots=True)
class DeliveryStats:
    """What became of the deliveries of one runner in this process.

    A snapshot of one instant: ``submitted == delivered + failed + dropped + pending``.

    Attributes:
        submitted: handed to the runner.
        delivered: sent without an error.
        failed: the sender raised.
        dropped: refused or given up, so never begun.
        pending: waiting or being sent.
    """

    submitted: int
    delivered: int
    failed: int
    dropped: int
    pending: int
