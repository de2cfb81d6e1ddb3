"""Requests over HTTP: what a server spends on each, in interleaved rounds."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.cores import Cores
from bench.figures import Row, compare
from bench.load import send_load
from bench.server import THREADS, Server
from bench.subjects import Subject
from bench.world import Scenario

CONNECTIONS = 2 * THREADS
"""Enough that no thread of the server ever waits for a request."""

ASKS = 200
"""Requests prepared ahead, sent round and round."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure.

    Attributes:
        rounds: in each, every subject is loaded once.
        seconds: how long each time.
    """

    rounds: int
    seconds: float


def measure(
    subjects: Sequence[Subject],
    scenarios: Sequence[Scenario],
    *,
    database: Path,
    folder: Path,
    cores: Cores,
    plan: Plan,
) -> dict[str, dict[str, Row]]:
    """Return the figures by scenario and subject; the ratios are to the first subject.

    Raises:
        RuntimeError: a server did not start, or answered with something else than 200.
    """
    with ExitStack() as stack:
        servers = [
            stack.enter_context(Server(subject, database, folder, cores.server))
            for subject in subjects
        ]
        return {
            scenario.name: _measure_scenario(servers, scenario, cores, plan)
            for scenario in scenarios
            if scenario.over_http
        }


def _measure_scenario(
    servers: Sequence[Server], scenario: Scenario, cores: Cores, plan: Plan
) -> dict[str, Row]:
    asks = [ask.as_bytes() for ask in scenario.draw(ASKS)]
    cpu: dict[str, list[float]] = {server.subject.name: [] for server in servers}
    rates: dict[str, list[float]] = {server.subject.name: [] for server in servers}
    for server in servers:
        _load(server, asks, cores, min(plan.seconds, 1.0))
    for _ in range(plan.rounds):
        for server in servers:
            spent, rate = _load(server, asks, cores, plan.seconds)
            cpu[server.subject.name].append(spent)
            rates[server.subject.name].append(rate)
    return compare(cpu, to=servers[0].subject.name, rates=rates)


def _load(
    server: Server, asks: Sequence[bytes], cores: Cores, seconds: float
) -> tuple[float, float]:
    """Load a server; return its microseconds a request, and its requests a second."""
    before = server.used()
    tally = send_load(server.port, asks, seconds=seconds, connections=CONNECTIONS, core=cores.load)
    used = server.used() - before
    if tally.failures or not tally.requests:
        raise RuntimeError(
            f"{server.subject.name}: {tally.requests} answers were right, {tally.failures} wrong"
        )
    return used * 1e6 / tally.requests, tally.requests / tally.seconds
