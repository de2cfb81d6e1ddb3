"""The parity suite's fixtures.

``PARITY_DATABASE=postgresql+psycopg://...`` plays the scenarios with pyauth on that database
instead of SQLite in memory, ``memory`` on none at all; ``PARITY_SMOKE=1`` plays the smoke set.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyauth.testing import cheap_passwords
from tests.parity.pyauth_side import PyAuthSide
from tests.parity.runner import Runner
from tests.parity.sides import Setup, Side
from tests.support.node import require_node_packages


@pytest.fixture(scope="session")
def upstream_folder() -> Path:
    """The folder of the pinned upstream; skips where Node.js is missing, except in CI."""
    return require_node_packages("node")


@pytest.fixture(scope="session")
def runner(upstream_folder: Path) -> Iterator[Runner]:
    """One runner, and so one Node.js process, for all scenarios.

    Pyauth's hashes cost nothing here: that each server verifies those of the other is shown by
    vectors, and in databases that both have.
    """
    database = os.environ.get("PARITY_DATABASE") or "sqlite://"
    passwords = cheap_passwords()

    def make_side(setup: Setup) -> Side:
        return PyAuthSide(setup, database, passwords=passwords)

    runner = Runner(upstream_folder, make_side)
    yield runner
    runner.close()
