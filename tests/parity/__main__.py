"""Plays scenarios and prints what each step showed: ``python -m tests.parity [PART OF NAME ...]``.

``--against upstream`` plays upstream against itself, which shows what the comparison still has to
overlook; ``--against nothing`` needs no pyauth at all. Both are for writing scenarios.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyauth.errors import PyAuthError
from tests.parity.compare import Step, describe, find_discrepancies
from tests.parity.differences import DIFFERENCES
from tests.parity.runner import MakeSide, Runner
from tests.parity.scenario import Scenario, all_scenarios
from tests.parity.sides import Setup, Side
from tests.parity.upstream_side import UpstreamProblem, UpstreamServer, UpstreamSide

_FOLDER = Path(__file__).resolve().parent.parent / "node"
_WIDTH = 200


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.parity", description=__doc__)
    parser.add_argument("parts", nargs="*", default=[""], help="parts of the names to play")
    parser.add_argument("--against", choices=["pyauth", "upstream", "nothing"], default="pyauth")
    parser.add_argument("--database", default="sqlite://", help="pyauth's database, a URL")
    parser.add_argument("--quiet", action="store_true", help="print only what differs")
    given = parser.parse_args()
    chosen = [item for item in all_scenarios() if any(part in item.name for part in given.parts)]
    runner = Runner(_FOLDER, _maker(given.against, given.database))
    try:
        for scenario in chosen:
            _show(runner, scenario, quiet=given.quiet, compares=given.against != "nothing")
    finally:
        runner.close()


def _maker(against: str, database: str) -> MakeSide | None:
    if against == "nothing":
        return None
    if against == "upstream":
        servers: dict[str, UpstreamServer] = {}

        def mirror(setup: Setup) -> Side:
            if setup.environment not in servers:
                servers[setup.environment] = UpstreamServer(_FOLDER, setup.environment)
            return UpstreamSide(servers[setup.environment], setup)

        return mirror

    from tests.parity.pyauth_side import PyAuthSide

    return lambda setup: PyAuthSide(setup, database)


def _show(runner: Runner, scenario: Scenario, *, quiet: bool, compares: bool) -> None:
    try:
        played = runner.play(scenario)
    except (PyAuthError, UpstreamProblem) as error:
        _print(f"=== {scenario.name}\n  cannot be set up: {error}")
        return
    found = find_discrepancies(scenario.name, played.steps) if compares else []
    unintended = [item for item in found if not any(entry.covers(item) for entry in DIFFERENCES)]
    if quiet and not unintended:
        return
    _print(f"=== {scenario.name}")
    if not quiet:
        for step in played.steps:
            _print_step(step)
        for line in [*played.upstream_log, *played.pyauth_log]:
            _print(f"  logged {_shortened(line)}")
    if unintended:
        _print(describe(unintended))


def _print_step(step: Step) -> None:
    _print(f"{step.number:3} {step.title}")
    for side, shown in (("upstream", step.upstream), ("pyauth", step.pyauth)):
        if shown:
            _print(f"      {side:8} {_summary(shown)}")


def _summary(shown: Mapping[str, Any]) -> str:
    if "status" not in shown:
        return _shortened(json.dumps(shown, ensure_ascii=False))
    body, cookies = shown["body"], [cookie["name"] for cookie in shown["cookies"]]
    headers = {key: value for key, value in shown["headers"].items() if key != "content-type"}
    parts = [shown["status"], json.dumps(body, ensure_ascii=False), headers, cookies]
    return _shortened(" ".join(str(part) for part in parts if part not in ({}, [])))


def _shortened(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
