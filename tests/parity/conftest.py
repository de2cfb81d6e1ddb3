"""The parity suite's fixtures and its command-line option."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parity.pyauth_side import PyAuthSide
from tests.parity.runner import Runner
from tests.parity.sides import Setup, Side
from tests.support.node import require_node_packages


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the whole suite run on another database."""
    parser.addoption(
        "--parity-database",
        metavar="URL",
        help="play the parity scenarios with pyauth on this database instead of SQLite in memory",
    )


@pytest.fixture(scope="session")
def upstream_folder() -> Path:
    """The folder of the pinned upstream; skips where Node.js is missing, except in CI."""
    return require_node_packages("node")


@pytest.fixture(scope="session")
def runner(upstream_folder: Path, request: pytest.FixtureRequest) -> Iterator[Runner]:
    """One runner, and so one Node.js process, for all scenarios."""
    database = request.config.getoption("--parity-database") or "sqlite://"

    def make_side(setup: Setup) -> Side:
        return PyAuthSide(setup, database)

    runner = Runner(upstream_folder, make_side)
    yield runner
    runner.close()
