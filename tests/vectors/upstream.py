"""What the real upstream made, and a way to have it read what pyauth made."""

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.node import require_node_packages

_HERE = Path(__file__).resolve().parent
_SECONDS = 60


@cache
def load_vectors() -> dict[str, Any]:
    """Return ``upstream.json``, which ``generate.mjs`` writes."""
    vectors: dict[str, Any] = json.loads((_HERE / "upstream.json").read_text("utf-8"))
    return vectors


def ask_upstream(**made: Any) -> dict[str, Any]:
    """Hand values to ``verify.mjs`` and return what upstream read in them.

    Skips the test, or fails it in CI, where Node.js or the pinned packages are missing.
    """
    answer: dict[str, Any] = _run("verify.mjs", made)
    return answer


@cache
def load_cookie_caches() -> dict[str, Any]:
    """Return ``cookie_caches.json``, which ``generate_caches.mjs`` writes."""
    caches: dict[str, Any] = json.loads((_HERE / "cookie_caches.json").read_text("utf-8"))
    return caches


def read_caches(cases: list[dict[str, Any]]) -> list[Any]:
    """Hand cookies to ``read_caches.mjs`` and return what upstream's get-session answers."""
    answers: list[Any] = _run("read_caches.mjs", cases)
    return answers


def _run(script: str, made: Any) -> Any:
    packages = require_node_packages("node")
    done = subprocess.run(
        ["node", str(_HERE / script), str(packages)],
        input=json.dumps(made),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
