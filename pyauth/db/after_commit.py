"""Work that waits for a commit."""

import logging
from collections.abc import Callable

_logger = logging.getLogger(__name__)


def run_and_log(work: Callable[[], None]) -> None:
    """Run what waited for a commit; what it raises is logged, for the rows are there already."""
    try:
        work()
    except Exception:
        _logger.exception("work after a commit failed")
