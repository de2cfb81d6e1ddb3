"""Holds what was played against the register of intended differences."""

from collections.abc import Sequence

import pytest

from tests.parity.compare import Discrepancy, describe, find_discrepancies
from tests.parity.differences import DIFFERENCES
from tests.parity.runner import Played, Runner
from tests.parity.scenario import Scenario

_SHOWN_AT_MOST = 12


class Ledger:
    """Which scenarios were played, and which intended differences they met."""

    def __init__(self) -> None:
        self.played: set[str] = set()
        self.met: set[int] = set()

    def play(self, scenario: Scenario, runner: Runner) -> None:
        """Play a scenario; both sides must show the same but for what is intended."""
        played = runner.play(scenario)
        self.played.add(scenario.name)
        open_ones = self.settle(find_discrepancies(scenario.name, played.steps))
        if open_ones:
            pytest.fail(_report(scenario, open_ones, played), pytrace=False)

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

    @property
    def unmet(self) -> list[str]:
        """The reasons of the differences that no scenario has shown."""
        return [item.reason for number, item in enumerate(DIFFERENCES) if number not in self.met]


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
