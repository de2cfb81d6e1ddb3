"""Request-scoped state: the one context variable, and slots that plugins define.

The pipeline opens a call and everything below it receives what it needs as arguments. Only a
database hook, which runs far below, learns of the call through :func:`find_call`; nobody else
reads the variable.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pyauth.models import Session, User

T = TypeVar("T")


class HeaderLookup(Protocol):
    """Request headers, found by any letter case."""

    def get(self, key: str, /) -> str | None:
        """Return the value of a header, or None."""


class CallInfo(Protocol):
    """What a database hook may know of the call that caused the write."""

    @property
    def path(self) -> str:
        """The path below the base path, such as ``/sign-up/email``."""

    @property
    def ip(self) -> str | None:
        """The client address, or None where none is known."""

    @property
    def headers(self) -> HeaderLookup:
        """The request headers; empty for an in-process call without them."""

    @property
    def current_session(self) -> Session | None:
        """The session that the call has resolved so far."""

    @property
    def current_user(self) -> User | None:
        """The user of :attr:`current_session`."""

    @property
    def slots(self) -> dict[object, Any]:
        """The values of the states defined with :func:`define_state`."""


_current: ContextVar[CallInfo | None] = ContextVar("pyauth_call", default=None)


def find_call() -> CallInfo | None:
    """Return the call being answered, or None outside of one."""
    return _current.get()


@contextmanager
def call_opened(call: CallInfo) -> Iterator[None]:
    """Make ``call`` the current one for the duration of the block."""
    token = _current.set(call)
    try:
        yield
    finally:
        _current.reset(token)


@dataclass(frozen=True, eq=False, slots=True)
class State(Generic[T]):
    """A named value that lives as long as one call; made by :func:`define_state`."""

    name: str
    default: Callable[[], T]

    def get(self, call: CallInfo) -> T:
        """Return the value of this call, making the default one at first use."""
        if self not in call.slots:
            call.slots[self] = self.default()
        return call.slots[self]  # type: ignore[no-any-return]

    def is_set(self, call: CallInfo) -> bool:
        """Return whether this call has a value already."""
        return self in call.slots

    def set(self, call: CallInfo, value: T) -> None:
        """Set the value for the rest of this call."""
        call.slots[self] = value


def define_state(name: str, default: Callable[[], T]) -> State[T]:
    """Define a request-scoped value, at the top of a module.

    Two calls never share one, and neither do two states of one name. Nothing has to be registered:
    whoever imports the state reads and sets it with the call at hand, a plugin's endpoints and
    hooks as well as those of another plugin.

    Args:
        name: for people who debug.
        default: makes the initial value of each call, at its first use.
    """
    return State(name, default)
