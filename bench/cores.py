"""Which processor runs what, and how much processor time a process has used (Linux)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_USER_TIME, _SYSTEM_TIME = 11, 12  # proc(5), /proc/pid/stat, counted from behind the name
_PARENT = 1


@dataclass(frozen=True, slots=True)
class Cores:
    """One processor for what is measured, another for what loads it where there is one."""

    server: int | None
    load: int | None


def require_proc() -> None:
    """Require what processor time is read from.

    Raises:
        SystemExit: this is no Linux.
    """
    if not (_PROC / "self" / "stat").exists():
        raise SystemExit(f"the benchmark reads processor time from {_PROC}, which only Linux has")


def choose_cores() -> Cores:
    """Return the processors to use; None where processes cannot be bound to one."""
    if not hasattr(os, "sched_getaffinity"):
        return Cores(None, None)
    available = sorted(os.sched_getaffinity(0))
    return Cores(server=available[0], load=available[-1])


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """Keep this thread, and the processes it starts within the block, on one processor."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def used_by_tree(root: int) -> float:
    """Return the processor time, in seconds, of a process and those that it has started.

    Args:
        root: a process id.

    Raises:
        OSError: there is no such process, or no ``/proc``.
    """
    stats = _read_all()
    members = {root}
    grown = True
    while grown:
        more = {pid for pid, stat in stats.items() if int(stat[_PARENT]) in members} - members
        members |= more
        grown = bool(more)
    if root not in stats:
        raise ProcessLookupError(f"there is no process {root} in {_PROC}")
    ticks = sum(int(stats[pid][_USER_TIME]) + int(stats[pid][_SYSTEM_TIME]) for pid in members)
    return ticks / os.sysconf("SC_CLK_TCK")


def _read_all() -> dict[int, list[str]]:
    stats = {}
    for folder in _PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            text = (folder / "stat").read_text()
        except OSError:
            continue  # it has just ended
        stats[int(folder.name)] = text.rpartition(")")[2].split()
    return stats


def resident_bytes() -> int:
    """Return the resident memory of this process."""
    for line in (_PROC / "self" / "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise OSError("no VmRSS")
