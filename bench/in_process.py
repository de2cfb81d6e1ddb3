"""The same requests without a server: the applications called as WSGI calls them."""

import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from bench.asks import Ask
from bench.figures import Row, compare
from bench.subjects import Subject, WSGIApplication
from bench.world import Scenario


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure.

    Attributes:
        rounds: in each, every subject is called ``calls`` times.
        calls: requests in a row.
    """

    rounds: int
    calls: int


@dataclass(slots=True)
class _Answer:
    status: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


def check_agreement(
    subjects: Sequence[Subject], scenarios: Sequence[Scenario], database: str
) -> None:
    """Require that every subject gives the same answer: what does less work is no measure.

    Raises:
        RuntimeError: names the subject, with both answers.
    """
    for scenario in scenarios:
        expected: Any = None
        for subject in subjects:
            with subject.opened(database, scenario.setting) as app:
                content = _comparable(_ask(app, scenario.make_ask(0)))
            if expected is None:
                expected = content
            if content != expected:
                raise RuntimeError(f"{subject.name}, {scenario.name}: {content} != {expected}")


def measure(
    subjects: Sequence[Subject], scenarios: Sequence[Scenario], database: str, plan: Plan
) -> dict[str, dict[str, Row]]:
    """Return the figures by scenario and subject; the ratios are to the first subject."""
    measured = {}
    for scenario in scenarios:
        with ExitStack() as stack:
            apps = {
                subject.name: stack.enter_context(subject.opened(database, scenario.setting))
                for subject in subjects
            }
            measured[scenario.name] = _measure_scenario(apps, scenario, subjects[0].name, plan)
    return measured


def _measure_scenario(
    apps: dict[str, WSGIApplication], scenario: Scenario, reference: str, plan: Plan
) -> dict[str, Row]:
    cpu: dict[str, list[float]] = {name: [] for name in apps}
    for app in apps.values():
        _run(app, scenario, plan.calls)
    for _ in range(plan.rounds):
        for name, app in apps.items():
            cpu[name].append(_run(app, scenario, plan.calls))
    return compare(cpu, to=reference)


def _run(app: WSGIApplication, scenario: Scenario, calls: int) -> float:
    """Return the microseconds of processor time that one of so many calls took."""
    environs = [ask.as_environ() for ask in scenario.draw(calls)]
    statuses: list[str] = []

    def start_response(status: str, *_: Any) -> None:
        statuses.append(status)

    start = time.process_time_ns()
    for environ in environs:
        body = app(environ, start_response)
        for _ in body:
            pass
        close = getattr(body, "close", None)
        if close is not None:
            close()
    spent = time.process_time_ns() - start
    if set(statuses) != {"200 OK"}:
        raise RuntimeError(f"answers were {sorted(set(statuses))}")
    return spent / 1000 / calls


def _ask(app: WSGIApplication, ask: Ask) -> _Answer:
    answer = _Answer()

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        answer.status, answer.headers = status, headers

    answer.body = b"".join(app(ask.as_environ(), start_response))
    return answer


def _comparable(answer: _Answer) -> Any:
    """Return what must be equal: everything but what is made anew, such as a token or a moment."""
    content = json.loads(answer.body)
    if isinstance(content, dict) and "token" in content:
        content = _blank(content)
    cookies = [
        {_name_of(part) for part in value.split(";")[1:]} - {"expires"}  # for old browsers
        for name, value in answer.headers
        if name == "Set-Cookie"
    ]
    return answer.status, content, cookies


def _blank(content: dict[str, Any]) -> dict[str, Any]:
    blanked = dict(content, token=len(content["token"]))
    if "redirect" not in content:
        # A sign-up: the user is as new as his token.
        blanked["user"] = {name: type(value).__name__ for name, value in content["user"].items()}
    return blanked


def _name_of(attribute: str) -> str:
    return attribute.partition("=")[0].strip().lower()
