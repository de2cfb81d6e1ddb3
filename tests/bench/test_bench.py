"""The benchmark itself: that it runs, and that its parts measure what they say."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench import in_process
from bench.__main__ import main
from bench.cores import choose_cores, pinned, used_by_tree
from bench.figures import Figure, compare, summarise
from bench.load import send_load
from bench.subjects import FLASK_VIEW, SUBJECTS
from bench.world import SCENARIO_NAMES, make_world

_PROC = Path("/proc/self/stat")
needs_proc = pytest.mark.skipif(not _PROC.exists(), reason="reads processor time from /proc")


@needs_proc
@pytest.mark.server
def test_a_tiny_run_reports_every_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--size", "tiny", "--output", str(tmp_path)])

    results = json.loads((tmp_path / "last.json").read_text())["results"]
    names = {subject.name for subject in SUBJECTS}
    assert set(results["gunicorn"]) == {"get-session", "sign-in"}
    assert set(results["in_process"]) == set(SCENARIO_NAMES)
    for part in ("gunicorn", "in_process"):
        for rows in results[part].values():
            assert set(rows) == names
            assert rows[FLASK_VIEW.name]["ratio"]["median"] == 1
    assert set(results["start_up"]) == {"bare-flask", "pyauth-flask", "pyauth-wsgi"}
    text = capsys.readouterr().out
    assert text == (tmp_path / "last.txt").read_text()
    assert text.count("Flask view by hand") == 4 + len(SCENARIO_NAMES) - 2


def test_every_subject_gives_the_same_answers(tmp_path: Path) -> None:
    database = tmp_path / "bench.sqlite3"
    scenarios = make_world(database, users=1)

    in_process.check_agreement(SUBJECTS, scenarios, str(database))


def test_a_subject_that_answers_otherwise_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "bench.sqlite3"
    scenarios = make_world(database, users=1)
    monkeypatch.setattr("bench.subjects.flask_view.read_cookie", lambda _text: None)

    with pytest.raises(RuntimeError, match="werkzeug-view, get-session"):
        in_process.check_agreement(SUBJECTS, scenarios, str(database))


def test_an_answer_other_than_200_stops_the_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "bench.sqlite3"
    scenarios = make_world(database, users=1)
    monkeypatch.setattr("bench.subjects.flask_view.cheap_verify", lambda *_: False)

    plan = in_process.Plan(rounds=1, calls=1)
    with pytest.raises(RuntimeError, match="401"):
        in_process.measure([FLASK_VIEW], scenarios[1:2], str(database), plan)


def test_the_load_counts_right_and_wrong_answers_and_reconnects() -> None:
    answers = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    ]
    with _answering(answers) as port:
        tally = send_load(port, [b"GET / HTTP/1.1\r\n\r\n"], seconds=0.3, connections=2, core=None)

    assert tally.requests > 0
    assert tally.failures > 0
    assert 0.3 <= tally.seconds < 5


def test_a_median_comes_with_its_quartiles() -> None:
    assert summarise([4.0]) == Figure(4.0, 4.0, 4.0)
    assert summarise([1.0, 2.0, 3.0, 4.0, 5.0]) == Figure(3.0, 2.0, 4.0)


def test_ratios_are_taken_round_by_round() -> None:
    rows = compare({"a": [10.0, 20.0, 40.0], "b": [5.0, 20.0, 80.0]}, to="a")

    assert rows["a"].ratio == Figure(1.0, 1.0, 1.0)
    assert rows["b"].ratio.median == 1.0
    assert (rows["b"].ratio.low, rows["b"].ratio.high) == (0.75, 1.5)


@needs_proc
def test_processor_time_grows_with_work() -> None:
    before = used_by_tree(os.getpid())
    sum(number * number for number in range(2_000_000))

    assert used_by_tree(os.getpid()) > before


def test_a_system_without_proc_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.cores._PROC", tmp_path)

    with pytest.raises(SystemExit, match="only Linux has"):
        main(["--size", "tiny", "--output", str(tmp_path)])


@needs_proc
def test_an_unknown_process_is_an_error() -> None:
    with pytest.raises(ProcessLookupError):
        used_by_tree(2**30)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="binds to a processor")
def test_a_process_is_bound_for_the_block_alone() -> None:
    core = choose_cores().server
    before = os.sched_getaffinity(0)
    with pinned(core):
        assert os.sched_getaffinity(0) == {core}

    assert os.sched_getaffinity(0) == before


@contextmanager
def _answering(answers: list[bytes]) -> Iterator[int]:
    """Serve connections in threads, each giving the answers in turn until one closes it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=_converse, args=(connection, answers), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _converse(connection: socket.socket, answers: list[bytes]) -> None:
    with connection:
        for answer in answers:
            if not connection.recv(65536):
                return
            connection.sendall(answer)
