"""Plays scenarios and prints what each step showed: ``python -m tests.parity [PATTERN ...]``.

With ``--upstream-only`` pyauth is neither imported nor asked: for writing scenarios.
"""

import argparse
import json
import sys
from fnmatch import fnmatchcase
from pathlib import Path

from tests.parity.compare import describe, find_discrepancies
from tests.parity.runner import MakeSide, Runner
from tests.parity.scenario import Scenario, all_scenarios
from tests.parity.sides import Setup, Side

_WIDTH = 700
_FOLDER = Path(__file__).resolve().parent.parent / "node"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.parity", description=__doc__)
    parser.add_argument("patterns", nargs="*", default=["*"], help="names, * for anything")
    parser.add_argument("--upstream-only", action="store_true")
    given = parser.parse_args()
    runner = Runner(_FOLDER, None if given.upstream_only else _pyauth_maker())
    try:
        for scenario in all_scenarios():
            if any(fnmatchcase(scenario.name, f"*{pattern}*") for pattern in given.patterns):
                _show(runner, scenario, compare=not given.upstream_only)
    finally:
        runner.close()


def _pyauth_maker() -> MakeSide:
    from tests.parity.pyauth_side import PyAuthSide

    def make(setup: Setup) -> Side:
        return PyAuthSide(setup, "sqlite://")

    return make


def _show(runner: Runner, scenario: Scenario, *, compare: bool) -> None:
    _print(f"\n=== {scenario.name}")
    played = runner.play(scenario)
    for step in played.steps:
        _print(f"{step.number}. {step.title}")
        for name, value in step.upstream.items():
            if value not in ({}, []):
                _print(f"     {name}: {_shortened(json.dumps(value, ensure_ascii=False))}")
    for line in played.upstream_log:
        _print(f"  log {line}")
    if compare:
        _print(describe(find_discrepancies(scenario.name, played.steps)))


def _shortened(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


main()
