"""Mixed traffic of several clients while something happens to the database."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy.pool import QueuePool

from pyauth import PyAuth
from pyauth.db.adapter import EVERY_ROW, Row
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from tests.support.app import Visitor

THREADS = 8


@dataclass
class Seen:
    """What one client has seen."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    signed_up: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Traffic:
    """Clients that sign in, look at their session and sign up, one after another.

    Args:
        auth: the instance that serves them.
        threads: how many there are.
    """

    def __init__(self, auth: PyAuth, threads: int = THREADS) -> None:
        self._auth = auth
        self._stop = threading.Event()
        self.seen = [Seen() for _ in range(threads)]
        for number in range(threads):
            assert Visitor(auth).sign_up(self._address(number)).status == 200

    def during(self, happening: Callable[[], None], *, at_least: float = 0) -> None:
        """Let it flow while ``happening`` runs, and for ``at_least`` seconds."""
        end = time.monotonic() + at_least
        with ThreadPoolExecutor(len(self.seen)) as pool:
            done = [pool.submit(self._live, number) for number in range(len(self.seen))]
            try:
                happening()
                self._stop.wait(max(0.0, end - time.monotonic()))
            finally:
                self._stop.set()
        self._stop.clear()
        for item in done:
            item.result()

    @property
    def statuses(self) -> Counter[int]:
        """How often each status was answered."""
        found: Counter[int] = Counter()
        for seen in self.seen:
            for (_, status), number in seen.statuses.items():
                found[status] += number
        return found

    def check(self) -> None:
        """Everything that was promised is there, once, and everybody can go on."""
        assert [text for seen in self.seen for text in seen.wrong] == []
        rows = self._rows("user")
        users = Counter(row["email"] for row in rows)
        promised = {email for seen in self.seen for email in seen.signed_up}
        unsure = {email for seen in self.seen for email in seen.unsure}
        own = {self._address(number) for number in range(len(self.seen))}
        assert set(users.values()) == {1}
        assert promised | own <= set(users) <= promised | own | unsure
        ids = {row["id"] for row in rows}
        accounts = Counter(row["user_id"] for row in self._rows("account"))
        assert accounts == dict.fromkeys(ids, 1), "no user without account, none with two"
        assert {row["user_id"] for row in self._rows("session")} <= ids
        adapter = self._auth.context.adapter
        assert isinstance(adapter, SQLAlchemyAdapter)
        assert isinstance(adapter.engine.pool, QueuePool)
        assert adapter.engine.pool.checkedout() == 0, "every connection came back"
        for number in range(len(self.seen)):
            visitor = Visitor(self._auth)
            assert visitor.sign_in(self._address(number)).status == 200
            assert visitor.get_session()["user"]["email"] == self._address(number)

    def _rows(self, model: str) -> list[Row]:
        return self._auth.context.adapter.find_many(model, limit=EVERY_ROW)

    def _address(self, number: int) -> str:
        return f"own{number}@example.com"

    def _live(self, number: int) -> None:
        seen, turn = self.seen[number], 0
        visitor = Visitor(self._auth)
        while not self._stop.is_set():
            turn += 1
            answer = visitor.sign_in(self._address(number))
            seen.statuses["sign-in", answer.status] += 1
            shown = visitor.get("/get-session")
            seen.statuses["get-session", shown.status] += 1
            if answer.status == 200 and shown.status == 200:
                self._look(seen, number, shown.text)
            email = f"new{number}-{turn}-{time.monotonic_ns()}@example.com"
            made = Visitor(self._auth).sign_up(email)
            seen.statuses["sign-up", made.status] += 1
            (seen.signed_up if made.status == 200 else seen.unsure).append(email)

    def _look(self, seen: Seen, number: int, text: str) -> None:
        if self._address(number) not in text:
            seen.wrong.append(f"client {number} saw {text[:200]}")
