"""A process that migrates: ``python -m tests.support.migrating``.

It says ``ready``, then migrates each URL that a line of its standard input names, and says
``done``, or the error. Its plugin adds a table, a column, and a named migration.
"""

import sys
import threading

from sqlalchemy import Engine

from pyauth import Contributions, Plugin, PyAuth
from pyauth.db.adapter import Adapter
from pyauth.db.migration.named import NamedMigration
from pyauth.options.fields import Field, Reference
from pyauth.plugin import ModelSchema


def say(word: str) -> None:
    """Tell the process that started this one."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


class Notes(Plugin):
    """Users with notes.

    Args:
        stop: whether the named migration stops in the middle, for the process to be killed.
    """

    id = "notes"

    def __init__(self, *, stop: bool = False) -> None:
        self._stop = stop

    def contribute(self) -> Contributions:
        owner = Field(type="string", index=True, references=Reference(model="user"))
        return Contributions(
            schema=[
                ModelSchema("note", {"owner_id": owner, "text": Field(type="string")}),
                ModelSchema("user", {"note_count": Field(type="number", default=0, index=True)}),
            ],
            migrations=[NamedMigration("welcome", self._welcome)],
        )

    def _welcome(self, adapter: Adapter) -> None:
        for user in adapter.find_many("user"):
            adapter.create("note", {"owner_id": user["id"], "text": "Welcome"})
        if self._stop:
            say("middle")
            threading.Event().wait()


def open_auth(database: str | Engine, *plugins: Plugin) -> PyAuth:
    """Open a database under the core's schema and that of plugins."""
    return PyAuth(
        secret="MigratingProcess-b1f0c2d4e6a85937",
        base_url="http://localhost",
        mode="test",
        database=database,
        plugins=plugins,
    )


def main() -> None:
    """Run the process."""
    say("ready")
    for line in sys.stdin:
        stop, _, url = line.strip().partition(" ")
        auth = open_auth(url, Notes(stop=stop == "stop"))
        try:
            auth.migrate()
            say("done")
        except Exception as exc:
            say(f"{type(exc).__name__}: {exc}")
        auth.close()


if __name__ == "__main__":
    main()
