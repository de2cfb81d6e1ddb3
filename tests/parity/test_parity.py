"""Every scenario, played on the real upstream and on pyauth, must show the same."""

import os
from collections.abc import Sequence

import pytest

from tests.parity.compare import Discrepancy, describe, find_discrepancies
from tests.parity.differences import DIFFERENCES
from tests.parity.runner import Played, Runner
from tests.parity.scenario import Scenario, all_scenarios

pytestmark = pytest.mark.node

_EVERY_SCENARIO = all_scenarios()
SCENARIOS = [
    scenario for scenario in _EVERY_SCENARIO if scenario.smoke or not os.environ.get("PARITY_SMOKE")
]
_SHOWN_AT_MOST = 12


class Ledger:
    """Which scenarios were played, and which intended differences they met."""

    def __init__(self) -> None:
        self.played: set[str] = set()
        self.met: set[int] = set()

    def settle(self, found: Sequence[Discrepancy]) -> list[Discrepancy]:
        """Return the discrepancies that no intended difference covers."""
        open_ones = []
        for discrepancy in found:
            covering = [
                number for number, item in enumerate(DIFFERENCES) if item.covers(discrepancy)
            ]
            self.met.update(covering)
            if not covering:
                open_ones.append(discrepancy)
        return open_ones


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return Ledger()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(scenario: Scenario, runner: Runner, ledger: Ledger) -> None:
    played = runner.play(scenario)
    found = find_discrepancies(scenario.name, played.steps)
    ledger.played.add(scenario.name)
    open_ones = ledger.settle(found)
    if open_ones:
        pytest.fail(_report(scenario, open_ones, played), pytrace=False)


def test_every_intended_difference_is_met(ledger: Ledger) -> None:
    if missing := {scenario.name for scenario in _EVERY_SCENARIO} - ledger.played:
        pytest.skip(f"says something only after all scenarios; {len(missing)} were not played")
    unmet = [item.reason for number, item in enumerate(DIFFERENCES) if number not in ledger.met]
    assert not unmet, "differences that no scenario shows any more:\n- " + "\n- ".join(unmet)


def _report(scenario: Scenario, found: Sequence[Discrepancy], played: Played) -> str:
    shown = [describe(found[:_SHOWN_AT_MOST])]
    if len(found) > _SHOWN_AT_MOST:
        shown.append(f"  ... and {len(found) - _SHOWN_AT_MOST} more")
    logged = dict.fromkeys(
        f"  {side} logged {line if side == 'pyauth' else line.partition(chr(10))[0]}"
        for side, lines in (("upstream", played.upstream_log), ("pyauth", played.pyauth_log))
        for line in lines
        if line.startswith(("console", "exception", "error", "critical"))
    )
    return "\n".join(
        [
            f"{scenario.name}: the sides differ in {len(found)} fields",
            *shown,
            *list(logged)[:_SHOWN_AT_MOST],
        ]
    )
