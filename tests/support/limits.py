"""What the tests of a whole instance's rate limit share."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pyauth.http import Endpoint
from pyauth.plugin import Contributions, Plugin
from tests.support.app import Visitor

TEN_SECONDS = timedelta(seconds=10)


@dataclass(frozen=True)
class Done:
    ok: bool = True


class Adding(Plugin):
    """Adds endpoints."""

    id = "adding"

    def __init__(self, *added: Endpoint[Any, Any]) -> None:
        self.added = added

    def contribute(self) -> Contributions:
        return Contributions(endpoints=self.added)


class Counter:
    """A store of the app's own; ``fail`` is raised instead."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, timedelta]] = []
        self.answer: timedelta | None = None
        self.fail: Exception | None = None

    def consume(self, key: str, *, max_requests: int, window: timedelta) -> timedelta | None:
        self.asked.append((key, max_requests, window))
        if self.fail is not None:
            raise self.fail
        return self.answer


def limited(**settings: Any) -> dict[str, Any]:
    return {"enabled": True, **settings}


def statuses(visitor: Visitor, path: str, times: int) -> list[int]:
    return [visitor.get(path).status for _ in range(times)]
