"""Answers that take no less than a stated time, so that how long they take tells nothing."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from time import sleep

from pyauth.clock import monotonic
from pyauth.http.call import Call

_AT_ONCE: AbstractContextManager[None] = nullcontext()


def paced(call: Call) -> AbstractContextManager[None]:
    """Hold the answer of an endpoint that signs in or sends something until its time has come.

    To be entered before everything else and left after it: nothing is open while the answer
    waits, no transaction and no state of the request, and what it sends is on its way. It waits
    whatever the answer is, refusals included. The worker that serves the request is held.

    Args:
        call: by HTTP; ``advanced.outbound_min_response_time`` of its options is the time.
    """
    least = call.context.options.advanced.outbound_min_response_time
    return _AT_ONCE if least is None else _held(call, least)


@contextmanager
def _held(call: Call, least: timedelta) -> Iterator[None]:
    end = monotonic() + least.total_seconds()
    try:
        yield
    finally:
        endpoint = call.endpoint
        if endpoint is not None and endpoint.faces_strangers:
            sleep(max(0.0, end - monotonic()))
