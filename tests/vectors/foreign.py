"""What Django and Flask-Security made: ``foreign_hashes.json``."""

import json
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).resolve().parent / "foreign_hashes.json"


@cache
def load_foreign_hashes() -> dict[str, Any]:
    """Return ``foreign_hashes.json``, which ``generate_foreign_hashes.py`` writes."""
    vectors: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))
    return vectors


def name_of(case: dict[str, Any]) -> str:
    """Return the name of a case: its scheme, and what is special about it."""
    times = {None: "", True: "-single", False: ""}[case.get("single")]
    usual = "-usual" if case.get("usual") else ""
    return f"{case['scheme']}{times}{usual}-{len(case['password'].encode())}"
