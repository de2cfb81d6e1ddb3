"""What the two sides of a comparison have in common, and values that differ between them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

Json: TypeAlias = Any
"""Plain data as JSON knows it."""
SideName: TypeAlias = Literal["upstream", "pyauth"]
Rows: TypeAlias = dict[str, list[dict[str, Json]]]

_T = TypeVar("_T")

ORIGIN = "http://localhost:3000"
BASE_PATH = "/api/auth"
SECRET = "a-parity-secret-0123456789-ABCDEFGHIJ"


@dataclass(frozen=True, slots=True)
class Setup:
    """One configuration, spelt as upstream spells it, from which each side builds itself."""

    options: Mapping[str, object]
    plugins: Sequence[tuple[str, Mapping[str, object]]]
    presets: Sequence[tuple[str, object]]
    url: str
    environment: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """A request as one side gets it: ``target`` is the raw path and query."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    ip: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as one side gave it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def get_all(self, name: str) -> list[str]:
        """Return every value of the header ``name``."""
        return [value for key, value in self.headers if key.lower() == name]


class Side(Protocol):
    """One running server with a fresh database."""

    def request(self, request: Request) -> Answer:
        """Answer ``request`` as it would be answered at ``request.now``."""

    def call(self, name: str, given: Mapping[str, Json], now: datetime) -> Json:
        """Call the in-process function ``name`` (upstream's spelling)."""

    def rows(self) -> Rows:
        """Return every row of every table, under logical names."""

    def change_rows(
        self, action: str, model: str, where: Mapping[str, Json], values: Mapping[str, Json]
    ) -> int:
        """Insert, update or delete rows directly; return how many."""

    def storage(self, now: datetime) -> Json:
        """Return every entry of the secondary storage: key to ``value`` and ``ttl`` in seconds."""

    def outbox(self) -> list[Json]:
        """Return what the senders of the presets were given, oldest first."""

    def log(self) -> list[str]:
        """Return what was logged, for a person who looks into a failure."""

    def close(self) -> None:
        """Throw the server and its database away."""


@dataclass(frozen=True, slots=True)
class Both:
    """A value that each side has its own of: a token, an id, a cookie.

    Usable wherever a request takes a value, also nested; each side then gets its own.
    """

    upstream: object
    pyauth: object

    def on(self, side: SideName) -> object:
        """Return the value of ``side``."""
        return self.upstream if side == "upstream" else self.pyauth

    def map(self, change: Callable[[_T], object], kind: type[_T]) -> "Both":
        """Return the value changed on each side; where a side has none of ``kind``, ``None``."""

        def changed(value: object) -> object:
            return change(value) if isinstance(value, kind) else None

        return Both(changed(self.upstream), changed(self.pyauth))

    def text(self, change: Callable[[str], object]) -> "Both":
        """Return the text changed on each side."""
        return self.map(change, str)

    def __getitem__(self, key: str | int) -> "Both":
        return Both(_item(self.upstream, key), _item(self.pyauth, key))


def _item(value: object, key: str | int) -> object:
    if isinstance(value, Mapping):
        return value.get(key)
    if isinstance(value, Sequence) and not isinstance(value, str) and isinstance(key, int):
        return value[key] if -len(value) <= key < len(value) else None
    return None


def joined(*parts: object) -> Both:
    """Return the parts as one text, on each side with its own values."""

    def text(side: SideName) -> str:
        return "".join(str(resolve(part, side)) for part in parts)

    return Both(text("upstream"), text("pyauth"))


def resolve(value: object, side: SideName) -> object:
    """Return ``value`` with every :class:`Both` in it replaced by the value of ``side``."""
    if isinstance(value, Both):
        return value.on(side)
    if isinstance(value, Mapping):
        return {key: resolve(item, side) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(item, side) for item in value]
    return value
