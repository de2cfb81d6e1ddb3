"""The runner of an app, which tests may replace for a while."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from flask import Flask

from pyauth.assembly import RunnerFactory
from pyauth.outbound import Delivery, DeliveryStats, DrainingRunner, Runner, ThreadRunner


class ReplaceableRunner:
    """Hands deliveries to the configured runner, or to the one that stands in for it.

    Args:
        runner: the configured one.
    """

    def __init__(self, runner: Runner) -> None:
        self._configured = runner
        self._current = runner

    def submit(self, delivery: Delivery) -> None:
        """Hand a delivery on."""
        self._current.submit(delivery)

    @property
    def stats(self) -> DeliveryStats | None:
        """What became of the deliveries in this process, if the configured runner counts."""
        return getattr(self._configured, "stats", None)

    def drain(self, deadline: timedelta) -> bool:
        """Wait until the configured runner is done, if it is one that can be waited for."""
        configured = self._configured
        return configured.drain(deadline) if isinstance(configured, DrainingRunner) else True

    def close(self, deadline: timedelta) -> bool:
        """Close the configured runner, if it is one that can be closed."""
        configured = self._configured
        return configured.close(deadline) if isinstance(configured, DrainingRunner) else True

    @contextmanager
    def replaced_by(self, runner: Runner) -> Iterator[None]:
        """Let another runner stand in for the duration of the block."""
        before, self._current = self._current, runner
        try:
            yield
        finally:
            self._current = before


def make_replaceable(app: Flask, factory: RunnerFactory | None) -> RunnerFactory:
    """Return a factory of :class:`ReplaceableRunner` around the runners of ``factory``.

    Args:
        app: senders run within its application context, in whatever thread they run.
        factory: makes the configured runner; by default background threads.
    """

    def make(deliver: Callable[[Delivery], None]) -> ReplaceableRunner:
        def deliver_within_app(delivery: Delivery) -> None:
            with app.app_context():
                deliver(delivery)

        return ReplaceableRunner((factory or ThreadRunner)(deliver_within_app))

    return make
