"""Start-up and idle memory, beside a bare Flask application that imports the same libraries."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.cores import pinned
from bench.figures import Figure, summarise

_ROOT: Final = Path(__file__).resolve().parents[1]

_BUILD: Final = {
    "bare-flask": "from bench.subjects.bare import make_app\napp = make_app({libraries!r})\n",
    "pyauth-flask": (
        "from bench.subjects.pyauth_flask import make_app\napp = make_app({database!r})\n"
    ),
    "pyauth-wsgi": (
        "from bench.subjects.pyauth_wsgi import make_app\napp = make_app({database!r})\n"
    ),
}
TITLES: Final = {
    "bare-flask": "bare Flask app, same libraries",
    "pyauth-flask": "pyauth through Flask",
    "pyauth-wsgi": "pyauth, WSGI alone",
}
"""What is started, the reference first."""

_LEAVE: Final = """
import os
os._exit(0)
"""
"""Ends the process at once: what an interpreter cleans up at its end is no part of the start."""

_OWN: Final = ("bench", "pyauth", "flask_pyauth")
_LIST_LIBRARIES: Final = """
import json, sys, sysconfig
folders = tuple({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
found = [
    name for name, module in sys.modules.items()
    if (getattr(module, "__file__", None) or "").startswith(folders)
    and name.partition(".")[0] not in %r
]
print(json.dumps(found))
"""
_ASK_ONCE: Final = """
from bench.cores import resident_bytes
from bench.asks import Ask
ask = Ask("GET", {path!r}, {headers!r})
list(app(ask.as_environ(), lambda *_: None))
print(resident_bytes())
"""


@dataclass(frozen=True, slots=True)
class StartUp:
    """The figures of one application.

    Attributes:
        wall: seconds from starting the interpreter to a built application.
        cpu: seconds of processor time until then.
        memory: resident MiB after one request.
        ratio: of ``cpu`` to the bare application's, round by round.
        extra: MiB above the bare application's.
    """

    wall: Figure
    cpu: Figure
    memory: Figure
    ratio: Figure
    extra: Figure


def measure(
    database: Path, *, folder: Path, cookie: str, rounds: int, core: int | None
) -> dict[str, StartUp]:
    """Start each application several times, in turn.

    Args:
        database: the path of the SQLite file.
        folder: receives the bytecode, so that every start but the first finds it.
        cookie: a ``Cookie`` header of a signed-in user, for the one request.
        rounds: how often.
        core: the processor to run on.
    """
    interpreter = _Interpreter(folder / "bytecode")
    programs = _programs(interpreter, database)
    walls: dict[str, list[float]] = {name: [] for name in programs}
    cpus: dict[str, list[float]] = {name: [] for name in programs}
    memories: dict[str, list[float]] = {name: [] for name in programs}
    with pinned(core):
        for program in programs.values():
            interpreter.time(program)
        for _ in range(rounds):
            for name, program in programs.items():
                wall, cpu = interpreter.time(program)
                walls[name].append(wall)
                cpus[name].append(cpu)
                asking = program + _ask_once(name, cookie)
                memories[name].append(int(interpreter.run(asking)) / 2**20)
    bare = next(iter(programs))
    return {
        name: StartUp(
            wall=summarise(walls[name]),
            cpu=summarise(cpus[name]),
            memory=summarise(memories[name]),
            ratio=summarise([a / b for a, b in zip(cpus[name], cpus[bare], strict=True)]),
            extra=summarise([a - b for a, b in zip(memories[name], memories[bare], strict=True)]),
        )
        for name in programs
    }


class _Interpreter:
    """Starts new interpreters that keep their bytecode in a folder, whatever this one does."""

    def __init__(self, bytecode: Path) -> None:
        self._environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(bytecode)}
        self._environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def time(self, program: str) -> tuple[float, float]:
        """Run a program to its last line; return the seconds it took, and the processor's."""
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", program + _LEAVE], cwd=_ROOT, env=self._environment
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise RuntimeError("an application could not be built")
        return wall, usage.ru_utime + usage.ru_stime

    def run(self, program: str) -> str:
        """Run a program and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=_ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"an application could not be built: {done.stderr}")
        return done.stdout


def _programs(interpreter: _Interpreter, database: Path) -> dict[str, str]:
    """Return the program that builds each application."""
    pyauth_flask = _BUILD["pyauth-flask"].format(database=str(database))
    libraries = json.loads(interpreter.run(pyauth_flask + _LIST_LIBRARIES % (_OWN,)))
    return {
        name: text.format(database=str(database), libraries=libraries)
        for name, text in _BUILD.items()
    }


def _ask_once(name: str, cookie: str) -> str:
    """Return what sends one request and prints the resident memory afterwards."""
    path = "/" if name == "bare-flask" else "/api/auth/get-session"
    return _ASK_ONCE.format(path=path, headers={"Host": "127.0.0.1:8000", "Cookie": cookie})
