import os
import threading
from datetime import timedelta

import pytest

from pyauth.crypto.hash_gate import HashGate
from pyauth.errors import ServiceUnavailable

AT_ONCE = timedelta(0)
LONG = timedelta(seconds=30)


def test_no_more_than_the_bound_are_inside() -> None:
    gate = HashGate(max_concurrent=2, max_wait=AT_ONCE)
    with gate.turn(), gate.turn(), pytest.raises(ServiceUnavailable), gate.turn():
        pass


def test_a_turn_is_given_back_after_an_error() -> None:
    gate = HashGate(max_concurrent=1, max_wait=AT_ONCE)
    with pytest.raises(ZeroDivisionError), gate.turn():
        raise ZeroDivisionError
    with gate.turn():
        pass


def test_a_caller_waits_for_its_turn() -> None:
    gate = HashGate(max_concurrent=1, max_wait=LONG)
    entered = threading.Event()

    def enter() -> None:
        with gate.turn():
            entered.set()

    with gate.turn():
        waiting = threading.Thread(target=enter)
        waiting.start()
        assert not entered.wait(0.05)
    waiting.join(10)
    assert entered.is_set()


def test_the_refusal_is_a_503() -> None:
    gate = HashGate(max_concurrent=1, max_wait=AT_ONCE)
    with gate.turn(), pytest.raises(ServiceUnavailable) as caught, gate.turn():
        pass
    assert caught.value.status == 503


def test_a_gate_lets_at_least_one_in() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        HashGate(max_concurrent=0, max_wait=AT_ONCE)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")
def test_turns_taken_in_the_parent_do_not_block_a_forked_child() -> None:
    gate = HashGate(max_concurrent=1, max_wait=AT_ONCE)
    with gate.turn():
        child = os.fork()
        if child == 0:  # pragma: no cover - another process
            status = 1
            try:
                with gate.turn():
                    status = 0
            finally:
                os._exit(status)
        _, ended = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(ended) == 0
