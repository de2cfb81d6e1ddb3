"""The applications under test.

Each is a module with ``open_app(database)``, and with ``make_app(database)`` for gunicorn.
"""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from bench.subjects.settings import Setting

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Any]


@dataclass(frozen=True, slots=True)
class Opened:
    """A built application and what closes its connections."""

    app: WSGIApplication
    close: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Subject:
    """One application.

    Attributes:
        name: the key of its results.
        title: what the table calls it.
        module: where it is built.
    """

    name: str
    title: str
    module: str

    @contextmanager
    def opened(self, database: str, setting: Setting = "plain") -> Iterator[WSGIApplication]:
        """Build it for the ``with`` block.

        Args:
            database: the path of the SQLite file.
            setting: how it is set up.
        """
        built: Opened = importlib.import_module(self.module).open_app(database, setting)
        try:
            yield built.app
        finally:
            built.close()


FLASK_VIEW: Final = Subject("flask-view", "Flask view by hand", "bench.subjects.flask_view")
WERKZEUG_VIEW: Final = Subject(
    "werkzeug-view", "Werkzeug view by hand", "bench.subjects.werkzeug_view"
)
PYAUTH_FLASK: Final = Subject("pyauth-flask", "pyauth through Flask", "bench.subjects.pyauth_flask")
PYAUTH_WSGI: Final = Subject("pyauth-wsgi", "pyauth, WSGI alone", "bench.subjects.pyauth_wsgi")

SUBJECTS: Final = (FLASK_VIEW, WERKZEUG_VIEW, PYAUTH_FLASK, PYAUTH_WSGI)
"""In the order in which each round measures them; ratios are to the first."""
