"""Options that hook the app's own code into calls and writes."""

from collections.abc import Callable, Mapping
from typing import Any

from pyauth.events import DatabaseEvent
from pyauth.options.base import OptionModel

BeforeWrite = Callable[[DatabaseEvent], Mapping[str, Any] | bool | None]
"""May return False to stop the write, or a mapping of values that it changes."""
AfterWrite = Callable[[DatabaseEvent], None]


class Hooks(OptionModel):
    """The app's own hooks around every endpoint; they run before those of plugins.

    Each receives the :class:`~pyauth.http.call.Call`, and may set headers and cookies of the
    answer. An ``APIError`` that one raises is the answer.

    Source: Better Auth 1.6.9, ``hooks``; differs: a before-hook changes the call it is given,
    where upstream's returns what is merged into it.
    """

    before: Callable[[Any], Any] | None = None
    """May change ``call.body``, ``call.query`` and ``call.cookies``, which are read afterwards; a
    result other than None is the answer."""
    after: Callable[[Any], Any] | None = None
    """Sees ``call.outcome``, result or error, and ``call.new_session``; a result other than None
    takes its place, under the same status."""


class WriteHooks(OptionModel):
    """Around one kind of write.

    Raises:
        APIError: from ``before``, the answer of the call; any other error is answered with 500.
    """

    before: BeforeWrite | None = None
    """Asked before the write: returns None to let it be, False to stop it, or a mapping of values
    that it changes."""
    after: AfterWrite | None = None
    """Runs once the outermost transaction has committed."""


class ModelHooks(OptionModel):
    """Around every write to one model."""

    create: WriteHooks = WriteHooks()
    update: WriteHooks = WriteHooks()
    delete: WriteHooks = WriteHooks()


class DatabaseHooks(OptionModel):
    """Around the writes to each model of the core.

    Source: Better Auth 1.6.9, ``databaseHooks``.
    """

    user: ModelHooks = ModelHooks()
    session: ModelHooks = ModelHooks()
    account: ModelHooks = ModelHooks()
    verification: ModelHooks = ModelHooks()
