from threading import Thread
from typing import Any

import pytest

from pyauth.state import CallInfo, call_opened, define_state, find_call


class FakeCall:
    path = "/x"
    ip = None
    headers: dict[str, str] = {}
    current_session = None
    current_user = None

    def __init__(self) -> None:
        self.slots: dict[object, Any] = {}


def test_there_is_no_call_outside_of_one() -> None:
    assert find_call() is None


def test_calls_nest_and_the_outer_one_returns() -> None:
    outer, inner = FakeCall(), FakeCall()
    with call_opened(outer):
        with call_opened(inner):
            assert find_call() is inner
        assert find_call() is outer
    assert find_call() is None


def test_an_error_closes_the_call() -> None:
    with pytest.raises(ZeroDivisionError), call_opened(FakeCall()):
        raise ZeroDivisionError
    assert find_call() is None


def test_another_thread_is_in_no_call() -> None:
    seen: list[CallInfo | None] = []
    with call_opened(FakeCall()):
        thread = Thread(target=lambda: seen.append(find_call()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_a_state_lives_as_long_as_its_call() -> None:
    counts = define_state("counts", list[int])
    first, second = FakeCall(), FakeCall()
    counts.get(first).append(1)
    counts.get(first).append(2)
    assert counts.get(first) == [1, 2]
    assert counts.get(second) == []


def test_a_state_can_be_set() -> None:
    flag = define_state("flag", bool)
    call = FakeCall()
    flag.set(call, True)
    assert flag.get(call) is True


def test_states_of_one_name_are_two_states() -> None:
    call = FakeCall()
    one, two = define_state("same", int), define_state("same", int)
    one.set(call, 5)
    assert two.get(call) == 0
