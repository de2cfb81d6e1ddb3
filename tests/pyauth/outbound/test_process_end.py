"""What a ThreadRunner does at the interpreter's exit and after a fork, seen from outside."""

import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]
_PREAMBLE = """
import os, sys, threading
from datetime import timedelta
from pyauth.outbound import Delivery, ThreadRunner

def say(text):
    os.write(1, (text + "\\n").encode())  # one write a line, whole even between processes

SOON = timedelta(seconds=20)
"""


def _run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _PREAMBLE + script],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_exit_of_the_interpreter_waits_for_what_is_pending() -> None:
    done = _run(
        """
main_ended = threading.Event()

def deliver(delivery):
    main_ended.wait(20)
    say(delivery.id)

runner = ThreadRunner(deliver, workers=1)
for number in range(3):
    runner.submit(Delivery(f"d{number}", "mail", {}))
import atexit
atexit.register(main_ended.set)  # runs before the drain: exit handlers run last in, first out
"""
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["d0", "d1", "d2"]


def test_a_runner_that_nobody_holds_any_more_is_drained_too() -> None:
    done = _run(
        """
import atexit, gc
main_ended = threading.Event()

def deliver(delivery):
    main_ended.wait(20)
    say(delivery.id)

def script():
    ThreadRunner(deliver, workers=1).submit(Delivery("d1", "mail", {}))

script()
gc.collect()
atexit.register(main_ended.set)
"""
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["d1"]


def test_the_exit_waits_no_longer_than_the_deadline() -> None:
    done = _run(
        """
begun = threading.Event()

def deliver(delivery):
    say("begun " + delivery.id)
    begun.set()
    threading.Event().wait()  # never ends

runner = ThreadRunner(deliver, workers=1, drain_deadline=timedelta(milliseconds=50))
runner.submit(Delivery("d1", "mail", {"token": "s3cret"}))
runner.submit(Delivery("d2", "mail", {"token": "s3cret"}))
assert begun.wait(20)
"""
    )
    assert done.returncode == 0
    assert done.stdout == "begun d1\n"
    assert (
        done.stderr.strip()
        == "outbound delivery closed at its deadline: 1 dropped, 1 still being sent"
    )


_FORK = """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of forks beside threads
gate = threading.Event()
begun = threading.Event()
parent = os.getpid()

def deliver(delivery):
    begun.set()
    if os.getpid() == parent:
        assert gate.wait(20)
    say(("parent " if os.getpid() == parent else "child ") + delivery.id)

runner = ThreadRunner(deliver, workers=1)
runner.submit(Delivery("d1", "mail", {}))
runner.submit(Delivery("d2", "mail", {}))
assert begun.wait(20)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork on Windows")
def test_a_forked_child_starts_empty_and_sends_its_own_only() -> None:
    done = _run(
        _FORK
        + """
child = os.fork()
if not child:
    assert runner.stats.submitted == 0, runner.stats
    runner.submit(Delivery("d3", "mail", {}))
    assert runner.drain(SOON)
    assert runner.stats.delivered == runner.stats.submitted == 1, runner.stats
    sys.exit(7)  # through the exit handlers, those of the parent included
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert runner.stats.pending == 2, runner.stats
gate.set()
assert runner.drain(SOON)
"""
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["child d3", "parent d1", "parent d2"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork on Windows")
def test_a_child_forked_while_a_lock_is_held_does_not_hang() -> None:
    done = _run(
        _FORK
        + """
with runner._pool.get()._lock:
    fork_pid = []
    def fork():
        pid = os.fork()
        if not pid:
            runner.submit(Delivery("d3", "mail", {}))
            drained = runner.drain(SOON)
            os._exit(0 if drained else 1)
        fork_pid.append(pid)
    forking = threading.Thread(target=fork)  # not the owner of the lock, so it stays locked
    forking.start()
    forking.join()
assert os.waitstatus_to_exitcode(os.waitpid(fork_pid[0], 0)[1]) == 0
gate.set()
"""
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["child d3", "parent d1", "parent d2"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork on Windows")
def test_a_child_that_never_used_the_runner_exits_at_once() -> None:
    done = _run(
        _FORK
        + """
child = os.fork()
if not child:
    sys.exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
gate.set()
"""
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["parent d1", "parent d2"]
