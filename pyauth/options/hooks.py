"""Options that hook the app's own code into calls and writes."""

from collections.abc import Callable, Mapping
from typing import Any

from pyauth.events import DatabaseEvent
from pyauth.options.base import OptionModel

BeforeWrite = Callable[[DatabaseEvent], Mapping[str, Any] | bool | None]
"""May return False to stop the write, or a mapping of values that it changes."""
AfterWrite = Callable[[DatabaseEvent], None]


class Hooks(OptionModel):
    """The app's own hooks around every endpoint; they run before those of plugins."""

    before: Callable[[Any], Any] | None = None
    """Receives the call with its raw body; a result other than None is the answer."""
    after: Callable[[Any], Any] | None = None
    """Receives the call with its outcome; a result other than None replaces it."""


class WriteHooks(OptionModel):
    """Around one kind of write."""

    before: BeforeWrite | None = None
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
