"""``python -m bench``: measure, print the tables, keep them in ``bench/results/``."""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import in_process, report, start_up, through_gunicorn
from bench.cores import choose_cores, pinned, require_proc
from bench.subjects import FLASK_VIEW, SUBJECTS, Subject
from bench.world import SCENARIO_NAMES, Scenario, make_world

PARTS: Final = ("gunicorn", "in-process", "start-up")
_RESULTS: Final = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    users: int
    server: through_gunicorn.Plan
    process: in_process.Plan
    starts: int


SIZES: Final = {
    "tiny": Size(
        users=2,
        server=through_gunicorn.Plan(rounds=1, seconds=0.2),
        process=in_process.Plan(rounds=1, calls=5),
        starts=1,
    ),
    "quick": Size(
        users=200,
        server=through_gunicorn.Plan(rounds=5, seconds=1),
        process=in_process.Plan(rounds=15, calls=200),
        starts=3,
    ),
    "full": Size(
        users=200,
        server=through_gunicorn.Plan(rounds=15, seconds=2),
        process=in_process.Plan(rounds=40, calls=300),
        starts=9,
    ),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command.

    Args:
        arguments: instead of the process's own.
    """
    chosen = _parser().parse_args(arguments)
    require_proc()
    subjects = [
        subject
        for subject in SUBJECTS
        if subject is FLASK_VIEW or not chosen.subject or subject.name in chosen.subject
    ]
    with tempfile.TemporaryDirectory(prefix="pyauth-bench-") as name:
        folder = Path(name)
        database = folder / "bench.sqlite3"
        scenarios = make_world(database, users=SIZES[chosen.size].users)
        in_process.check_agreement(subjects, scenarios, str(database))
        task = _Task(
            folder=folder,
            database=database,
            subjects=subjects,
            scenarios=[
                item for item in scenarios if not chosen.scenario or item.name in chosen.scenario
            ],
            size=SIZES[chosen.size],
            cookie=scenarios[0].make_ask(0).headers["Cookie"],
        )
        results = _measure(task, chosen.part or PARTS)
    text = report.as_text(results, scenarios)
    report.write(chosen.output, text, report.as_json(results))
    print(text, end="")


@dataclass(frozen=True, slots=True)
class _Task:
    folder: Path
    database: Path
    subjects: Sequence[Subject]
    scenarios: Sequence[Scenario]
    size: Size
    cookie: str


def _measure(task: _Task, parts: Sequence[str]) -> report.Results:
    cores = choose_cores()
    results = report.Results()
    if "gunicorn" in parts:
        results.gunicorn = through_gunicorn.measure(
            task.subjects,
            task.scenarios,
            database=task.database,
            folder=task.folder,
            cores=cores,
            plan=task.size.server,
        )
    if "in-process" in parts:
        with pinned(cores.server):
            results.in_process = in_process.measure(
                task.subjects, task.scenarios, str(task.database), task.size.process
            )
    if "start-up" in parts:
        results.start_up = start_up.measure(
            task.database,
            folder=task.folder,
            cookie=task.cookie,
            rounds=task.size.starts,
            core=cores.server,
        )
    return results


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", choices=list(SIZES), default="full", help="how much to measure")
    parser.add_argument(
        "--part", action="append", choices=PARTS, help="only this part; may be repeated"
    )
    parser.add_argument(
        "--subject",
        action="append",
        choices=[subject.name for subject in SUBJECTS],
        help="only this application, beside the reference; may be repeated",
    )
    parser.add_argument(
        "--scenario",
        action="append",
        choices=SCENARIO_NAMES,
        help="only this endpoint; may be repeated",
    )
    parser.add_argument("--output", type=Path, default=_RESULTS, help="where the results are kept")
    return parser


if __name__ == "__main__":
    main()
