"""Files of users, and the command that takes them over."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pyauth import PyAuth
from tests.support.app import rows_of
from tests.support.commands import Done
from tests.support.mounted import invoke


def write_csv(folder: Path, *lines: str) -> Path:
    """Write a CSV file of these lines and return its path."""
    path = folder / "users.csv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def write_jsonl(folder: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write a file of JSON lines and return its path."""
    path = folder / "users.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def take_over(auth: PyAuth, path: Path, *more: str) -> Done:
    """Run ``import`` on a file, without being asked."""
    return invoke(auth, "import", str(path), "-y", *more)


def people(count: int, first: int = 0) -> list[dict[str, Any]]:
    """Return users that have an address alone."""
    return [{"email": f"u{number:05}@example.com"} for number in range(first, first + count)]


def emails(auth: PyAuth) -> list[str]:
    """Return the addresses of all users, sorted."""
    return sorted(row["email"] for row in rows_of(auth, "user"))
