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
    packages = require_node_packages("node")
    done = subprocess.run(
        ["node", str(_HERE / "verify.mjs"), str(packages)],
        input=json.dumps(made),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
