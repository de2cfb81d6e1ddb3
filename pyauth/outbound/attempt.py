"""One attempt at a delivery, with its outcome logged and counted."""

import logging
import threading
from dataclasses import dataclass

from pyauth.outbound.delivery import Delivery
from pyauth.outbound.runner import Deliver, DeliveryStats

_logger = logging.getLogger("pyauth.outbound")


def attempt(deliver: Deliver, delivery: Delivery) -> bool:
    """Send a delivery and log the failure, if there is one.

    The error log names the type of the exception only: its text is the sender's own and may quote
    the message. The traceback, text included, is logged at debug level.

    Returns:
        Whether it was sent.

    Raises:
        KeyboardInterrupt: in the main thread, where it is meant for the program.
    """
    try:
        deliver(delivery)
    except BaseException as error:  # a sender that exits or is cancelled must not end its thread
        _log_failure(delivery, error)
        if isinstance(error, KeyboardInterrupt) and _in_main_thread():
            raise
        return False
    return True


@dataclass(slots=True)
class Tally:
    """The counters behind :class:`DeliveryStats`; whoever shares one holds a lock."""

    submitted: int = 0
    delivered: int = 0
    failed: int = 0
    dropped: int = 0

    @property
    def pending(self) -> int:
        return self.submitted - self.delivered - self.failed - self.dropped

    def settle(self, *, delivered: bool) -> None:
        """Count the end of an attempt."""
        if delivered:
            self.delivered += 1
        else:
            self.failed += 1

    def snapshot(self) -> DeliveryStats:
        return DeliveryStats(
            submitted=self.submitted,
            delivered=self.delivered,
            failed=self.failed,
            dropped=self.dropped,
            pending=self.pending,
        )


def _log_failure(delivery: Delivery, error: BaseException) -> None:
    kind = type(error)
    _logger.error(
        "outbound delivery failed: %s %s (%s.%s)",
        delivery.kind,
        delivery.id,
        kind.__module__,
        kind.__qualname__,
    )
    _logger.debug("outbound delivery %s failed here", delivery.id, exc_info=error)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
