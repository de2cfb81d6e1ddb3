"""The results as a table to read and as JSON to keep."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from bench.figures import Figure, Row
from bench.start_up import TITLES, StartUp
from bench.subjects import SUBJECTS
from bench.world import Scenario

AIMS: Final[Mapping[tuple[str, str], float]] = {
    ("get-session", "pyauth-flask"): 1.2,
    ("get-session", "pyauth-wsgi"): 1.0,
    ("sign-in", "pyauth-flask"): 1.4,
    ("sign-in", "pyauth-wsgi"): 1.4,
}
"""The ratio to the hand-written Flask view that each should not exceed."""
START_UP_AIM: Final = 1.25
MEMORY_AIM: Final = 16
"""In MiB above the bare application."""

_LIBRARIES: Final = ("Flask", "Werkzeug", "SQLAlchemy", "pydantic", "gunicorn")
_TITLES: Final = {subject.name: subject.title for subject in SUBJECTS}


@dataclass(slots=True)
class Results:
    """Everything that was measured, by scenario and subject; what was not is empty."""

    gunicorn: Mapping[str, Mapping[str, Row]] = field(default_factory=dict)
    in_process: Mapping[str, Mapping[str, Row]] = field(default_factory=dict)
    start_up: Mapping[str, StartUp] = field(default_factory=dict)


def as_text(results: Results, scenarios: Sequence[Scenario]) -> str:
    """Return the tables."""
    titles = {scenario.name: scenario.title for scenario in scenarios}
    parts = [
        *_request_tables(results.gunicorn, titles, "gunicorn gthread x4 on one core"),
        *_request_tables(results.in_process, titles, "in process, without a server"),
    ]
    if results.start_up:
        parts.append(_start_up_table(results.start_up))
    return "\n\n".join(parts) + "\n"


def as_json(results: Results) -> str:
    """Return the figures with what they were measured on."""
    content: dict[str, Any] = {
        "python": platform.python_version(),
        "machine": platform.platform(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "aims": {f"{scenario} {subject}": aim for (scenario, subject), aim in AIMS.items()},
        "results": asdict(results),
    }
    return json.dumps(content, indent=2) + "\n"


def write(folder: Path, text: str, data: str) -> None:
    """Keep the last results in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "last.txt").write_text(text)
    (folder / "last.json").write_text(data)


def _request_tables(
    measured: Mapping[str, Mapping[str, Row]], titles: Mapping[str, str], how: str
) -> list[str]:
    return [
        _table(f"{titles[scenario]}: {how}", *_request_lines(scenario, rows))
        for scenario, rows in measured.items()
    ]


def _request_lines(
    scenario: str, rows: Mapping[str, Row]
) -> tuple[Sequence[str], list[Sequence[str]]]:
    head = ("", "CPU us/request", "quartiles", "ratio", "quartiles", "aim", "requests/s")
    lines = [
        (
            _TITLES[name],
            f"{row.cpu.median:.0f}",
            _quartiles(row.cpu, 0),
            f"{row.ratio.median:.2f}",
            _quartiles(row.ratio, 2),
            _aim(AIMS.get((scenario, name)), row.ratio.median),
            "-" if row.rate is None else f"{row.rate.median:.0f}",
        )
        for name, row in rows.items()
    ]
    return head, list(lines)


def _start_up_table(measured: Mapping[str, StartUp]) -> str:
    head = ("", "wall ms", "CPU ms", "ratio", "aim", "MiB", "MiB more", "aim")
    lines = []
    for place, (name, item) in enumerate(measured.items()):
        lines.append(
            (
                TITLES[name],
                f"{item.wall.median * 1000:.0f}",
                f"{item.cpu.median * 1000:.0f}",
                f"{item.ratio.median:.2f}",
                _aim(START_UP_AIM if place else None, item.ratio.median),
                f"{item.memory.median:.1f}",
                f"{item.extra.median:.1f}",
                _aim(MEMORY_AIM if place else None, item.extra.median),
            )
        )
    return _table("start-up, and memory after one request", head, lines)


def _aim(aim: float | None, value: float) -> str:
    if aim is None:
        return "-"
    return f"{aim:g} {'met' if value <= aim else 'missed'}"


def _quartiles(figure: Figure, digits: int) -> str:
    return f"{figure.low:.{digits}f}-{figure.high:.{digits}f}"


def _table(title: str, head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    columns = list(zip(head, *lines, strict=True))
    widths = [max(len(cell) for cell in column) for column in columns]
    written = [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (head, *lines)
    ]
    return "\n".join([title, "-" * len(title), *written])
