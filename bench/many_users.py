"""``python -m bench.many_users``: import many users and list them; seconds and peak memory a step.

Each step runs in a process of its own, so that its memory is its own.
"""

import argparse
import contextlib
import io
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import click

from bench.cores import resident_bytes
from pyauth import PyAuth
from pyauth.cli.importing import make_import_command
from pyauth.cli.users import make_users_group

DEFAULT_COUNT: Final = 100_000
_HASH: Final = "pbkdf2:sha256:600000$salt$" + "0" * 64
"""Stands for every user's hash: an import reads its costs and computes nothing."""

Step = Callable[[str, Path, int], None]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one step took.

    Attributes:
        name: the step.
        seconds: on the wall.
        peak: MiB that its process held at most.
        grown: of these, MiB beyond what it held before the step.
    """

    name: str
    seconds: float
    peak: float
    grown: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        arguments: instead of the process's own.
    """
    parser = argparse.ArgumentParser(prog="python -m bench.many_users", description=__doc__)
    parser.add_argument("--count", type=int, default=DEFAULT_COUNT, help="how many users")
    parser.add_argument("--url", help="an empty database; by default a SQLite file that is removed")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.url or f"sqlite:///{folder}/many.sqlite3"
        print(f"{'step':<28}{'seconds':>10}{'peak MiB':>10}{'grown MiB':>11}")
        for item in measure(url, Path(folder), chosen.count):
            print(f"{item.name:<28}{item.seconds:>10.3f}{item.peak:>10.1f}{item.grown:>11.1f}")


def measure(url: str, folder: Path, count: int) -> list[Measured]:
    """Run every step in turn.

    Args:
        url: an empty database.
        folder: receives the file of users.
        count: how many there are.
    """
    file = folder / "users.jsonl"
    write_file(file, count)
    return [_measure(name, url, file, count) for name in STEPS]


def write_file(path: Path, count: int) -> None:
    """Write users as JSON lines, each with a hash."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            row = {"email": _email(number), "name": f"User {number}", "password_hash": _HASH}
            file.write(f"{json.dumps(row)}\n")


def _email(number: int) -> str:
    return f"user{number:09}@example.com"


def _measure(name: str, url: str, file: Path, count: int) -> Measured:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(name, sender, url, file, count))
    process.start()
    sender.close()
    try:
        seconds, before, peak = receiver.recv()
    except EOFError:
        raise RuntimeError(f"the step {name!r} failed") from None
    finally:
        process.join()
    mib = 2**20
    return Measured(name, seconds, peak / mib, (peak - before) / mib)


def _run(name: str, sender: Connection, url: str, file: Path, count: int) -> None:
    before = resident_bytes()
    started = time.perf_counter()
    STEPS[name](url, file, count)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sender.send((seconds, before, peak))


def _open(url: str) -> PyAuth:
    return PyAuth(mode="test", database=url, email_and_password={"enabled": True})


def _import(url: str, file: Path, *more: str) -> None:
    auth = _open(url)
    _invoke(make_import_command(lambda: auth), str(file), "-y", *more)
    auth.close()


def _list(url: str, *arguments: str) -> None:
    auth = _open(url)
    _invoke(make_users_group(lambda: auth), "list", *arguments)
    auth.close()


def _invoke(command: click.Command, *arguments: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        command.main(list(arguments), standalone_mode=False)


def _migrate(url: str, _file: Path, _count: int) -> None:
    auth = _open(url)
    auth.migrate()
    auth.close()


STEPS: Final[dict[str, Step]] = {
    "migrate, empty": _migrate,
    "import, dry run": lambda url, file, count: _import(url, file, "--dry-run"),
    "import": lambda url, file, count: _import(url, file),
    "list, first page": lambda url, file, count: _list(url),
    "list, last page by --after": lambda url, file, count: _list(
        url, "--after", _email(max(count - 50, 0))
    ),
    "list, last page by --offset": lambda url, file, count: _list(
        url, "--offset", str(max(count - 50, 0))
    ),
    "list, search without a hit": lambda url, file, count: _list(url, "--search", "nobody at all"),
}
"""What is measured, in order."""


if __name__ == "__main__":
    main()
