"""Work that waits for the end of a transaction."""

import logging
from collections.abc import Callable, Iterable

from pyauth.errors import StoreUnavailable

_logger = logging.getLogger(__name__)


class FollowUpFailed(StoreUnavailable):
    """The rows are committed, but what had to follow them in another store failed.

    The one error of waiting work that its caller gets to see.
    """


def run_and_log(work: Callable[[], None]) -> None:
    """Run what waited for the end; what it raises is logged, for the rows are settled already.

    Raises:
        FollowUpFailed: the caller must know.
    """
    try:
        work()
    except FollowUpFailed:
        raise
    except Exception:
        _logger.exception("work after a commit failed")


def run_all(works: Iterable[Callable[[], None]]) -> None:
    """Run all that waited, in order, whatever one of them raises.

    Raises:
        FollowUpFailed: the first that there was, once all have run.
    """
    failure: FollowUpFailed | None = None
    for work in works:
        try:
            run_and_log(work)
        except FollowUpFailed as exc:
            _logger.error("what had to follow a commit failed: %s", exc)
            failure = failure or exc
    if failure is not None:
        raise failure
