"""What SQLite shows in all scenarios, the other databases show in the core ones, or in all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pyauth.testing import cheap_passwords
from tests.parity.ledger import Ledger
from tests.parity.pyauth_side import PyAuthSide
from tests.parity.runner import Runner
from tests.parity.scenario import Scenario, all_scenarios
from tests.parity.tables import ReusedTables
from tests.support.databases import fresh_database

pytestmark = pytest.mark.node

SCENARIOS = [
    pytest.param(item, id=item.name, marks=() if item.smoke else pytest.mark.full)
    for item in all_scenarios()
]


@pytest.fixture(scope="module", params=["postgresql", "mysql"])
def runner(
    request: pytest.FixtureRequest, upstream_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runner]:
    """A runner whose pyauth works on one database, with hashes that cost nothing."""
    folder = tmp_path_factory.mktemp("parity")
    with fresh_database(request.param, folder) as url:
        database = url.render_as_string(hide_password=False)
        tables = ReusedTables(database)
        passwords = cheap_passwords()
        runner = Runner(
            upstream_folder,
            lambda setup: PyAuthSide(setup, database, tables=tables, passwords=passwords),
        )
        yield runner
        runner.close()
        tables.close()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario_on_another_database(scenario: Scenario, runner: Runner) -> None:
    Ledger().play(scenario, runner)
