"""Plays scenarios: owns the Node.js processes and gives each scenario two fresh sides."""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.parity.compare import Step
from tests.parity.play import START, Play, Stage
from tests.parity.scenario import Scenario
from tests.parity.shape import Shaper
from tests.parity.sides import SECRET, Json, Setup, Side
from tests.parity.upstream_side import UpstreamServer, UpstreamSide

MakeSide = Callable[[Setup], Side]


@dataclass(frozen=True, slots=True)
class Played:
    """A scenario that has been played: what was seen, and what both sides logged meanwhile."""

    steps: list[Step]
    upstream_log: list[str]
    pyauth_log: list[str]


class Runner:
    """Plays scenarios one after another.

    Args:
        folder: where ``upstream.mjs`` and its packages are.
        make_pyauth: makes pyauth's side; ``None`` plays against upstream alone.
    """

    def __init__(self, folder: Path, make_pyauth: MakeSide | None) -> None:
        self._folder = folder
        self._make_pyauth = make_pyauth
        self._servers: dict[str, UpstreamServer] = {}
        self._addresses = itertools.count(1)

    def play(self, scenario: Scenario) -> Played:
        """Play a scenario from its start on two fresh sides."""
        setup = _setup(scenario)
        with self._stage(setup) as stage:
            scenario.script(Play(stage))
            return Played(
                stage.steps,
                stage.upstream.log(),
                stage.pyauth.log() if stage.pyauth else [],
            )

    @contextlib.contextmanager
    def _stage(self, setup: Setup) -> Iterator[Stage]:
        server = self._server(setup.environment)
        secret = _signing_secret(setup)
        stage = Stage(
            upstream=UpstreamSide(server, setup),
            pyauth=None,
            shaper=Shaper(secret, lambda token, salt: _open(server, stage, token, secret, salt)),
            ip=self._next_address(),
            origin=setup.url,
        )
        try:
            stage.pyauth = self._make_pyauth(setup) if self._make_pyauth else None
            yield stage
        finally:
            stage.upstream.close()
            if stage.pyauth:
                stage.pyauth.close()

    def _server(self, environment: str) -> UpstreamServer:
        if environment not in self._servers:
            self._servers[environment] = UpstreamServer(self._folder, environment)
        return self._servers[environment]

    def _next_address(self) -> str:
        """A client address no other scenario has: upstream's rate limiter is shared by all."""
        high, low = divmod(next(self._addresses), 250)
        return f"198.18.{high}.{low + 1}"

    def close(self) -> None:
        """End the Node.js processes."""
        for server in self._servers.values():
            server.close()


def _setup(scenario: Scenario) -> Setup:
    options = {"secret": SECRET, **scenario.options}
    return Setup(
        options=options,
        plugins=scenario.plugins,
        presets=scenario.presets,
        url=scenario.url,
        environment=scenario.environment,
        now=START,
    )


def _signing_secret(setup: Setup) -> str:
    """Return the secret that both sides sign with: the first of several, or the only one."""
    rotating = setup.options.get("secrets")
    if isinstance(rotating, list):
        return str(rotating[0]["value"])
    return str(setup.options["secret"])


def _open(server: UpstreamServer, stage: Stage, token: str, secret: str, salt: str) -> Json:
    return server.open_envelope(token, secret, salt, stage.now)
