"""Every scenario, played on the real upstream and on pyauth, must show the same."""

import os

import pytest

from tests.parity.ledger import Ledger
from tests.parity.runner import Runner
from tests.parity.scenario import Scenario, all_scenarios

pytestmark = pytest.mark.node

_EVERY_SCENARIO = all_scenarios()
SCENARIOS = [
    scenario for scenario in _EVERY_SCENARIO if scenario.smoke or not os.environ.get("PARITY_SMOKE")
]


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return Ledger()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario, runner: Runner, ledger: Ledger) -> None:
    ledger.play(scenario, runner)


def test_every_intended_difference_is_met(ledger: Ledger) -> None:
    if missing := {scenario.name for scenario in _EVERY_SCENARIO} - ledger.played:
        pytest.skip(f"says something only after all scenarios; {len(missing)} were not played")
    assert not ledger.unmet, "differences that no scenario shows any more:\n- " + "\n- ".join(
        ledger.unmet
    )
