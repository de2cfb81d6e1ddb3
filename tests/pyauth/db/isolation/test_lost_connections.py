"""Connections that die under the traffic: clean answers meanwhile, all well afterwards."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import URL, Engine, create_engine, exc, text

from tests.pyauth.db.isolation.conftest import Serve
from tests.support.relay import Relay
from tests.support.traffic import THREADS, Traffic

ROUNDS = 12
PAUSE = 0.1
"""Seconds between two harms: enough for a few requests."""


def errors_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged of failures that nobody foresaw."""
    return [item.getMessage() for item in caplog.records if "nobody expected" in item.getMessage()]


class Killer:
    """Ends the connections to a database from outside."""

    def __init__(self, url: URL) -> None:
        self._is_postgres = url.get_backend_name() == "postgresql"
        self._name = url.database
        self._server: Engine = create_engine(
            url.set(database="test"), isolation_level="AUTOCOMMIT", pool_size=1
        )
        self.killed = 0

    def strike(self) -> None:
        """End every connection that there is now."""
        with self._server.connect() as connection:
            if self._is_postgres:
                statement = (
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
                )
                self.killed += len(connection.execute(text(statement), {"name": self._name}).all())
                return
            statement = "SELECT id FROM information_schema.processlist WHERE db = :name"
            for number in connection.scalars(text(statement), {"name": self._name}).all():
                try:
                    connection.exec_driver_sql(f"KILL {number}")
                    self.killed += 1
                except exc.DBAPIError:
                    pass  # it had ended by itself

    def close(self) -> None:
        """Let the server go."""
        self._server.dispose()


def repeatedly(harm: Callable[[], None], rounds: int = ROUNDS) -> Callable[[], None]:
    """Return what does harm several times, with pauses."""
    pause = threading.Event()

    def run() -> None:
        for _ in range(rounds):
            pause.wait(PAUSE)
            harm()

    return run


@pytest.mark.parametrize("owner", ["pyauth", "application"])
def test_killed_connections_cost_a_few_answers_and_nothing_else(
    kind: str, owner: str, url: URL, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    lent = create_engine(url, pool_size=THREADS) if owner == "application" else None
    traffic = Traffic(serve(lent or url))
    killer = Killer(url)
    traffic.during(repeatedly(killer.strike))
    killer.close()
    assert killer.killed > ROUNDS
    assert set(traffic.statuses) <= {200, 503}
    assert traffic.statuses[503] <= killer.killed
    assert traffic.statuses[200] > ROUNDS
    traffic.check()
    assert errors_in(caplog) == []
    if lent is not None:
        lent.dispose()


@pytest.mark.full
def test_killed_connections_for_a_minute(kind: str, url: URL, serve: Serve) -> None:
    traffic = Traffic(serve(url))
    killer = Killer(url)
    traffic.during(repeatedly(killer.strike, rounds=400))
    killer.close()
    assert set(traffic.statuses) <= {200, 503}
    assert traffic.statuses[503] <= killer.killed
    traffic.check()


def test_a_network_that_is_cut_and_restored(
    kind: str, url: URL, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    assert url.host is not None
    assert url.port is not None
    relay = Relay(url.host, url.port)
    traffic = Traffic(serve(url.set(host="127.0.0.1", port=relay.port)))
    pause = threading.Event()
    cut = 0

    def happen() -> None:
        nonlocal cut
        for _ in range(4):
            pause.wait(PAUSE)
            cut += relay.cut()
            pause.wait(PAUSE)
            relay.restore()
        pause.wait(PAUSE)

    traffic.during(happen)
    assert cut > 0
    assert set(traffic.statuses) == {200, 503}
    traffic.check()
    assert errors_in(caplog) == []
    relay.close()
