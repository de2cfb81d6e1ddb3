"""The applications under test, each a module whose ``make_app(database)`` returns a WSGI one."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """One application.

    Attributes:
        name: the key of its results.
        title: what the table calls it.
        module: where its ``make_app`` is.
    """

    name: str
    title: str
    module: str

    def make_app(self, database: str) -> WSGIApplication:
        """Build it.

        Args:
            database: the path of the SQLite file.
        """
        app: WSGIApplication = importlib.import_module(self.module).make_app(database)
        return app


FLASK_VIEW: Final = Subject("flask-view", "Flask view by hand", "bench.subjects.flask_view")
WERKZEUG_VIEW: Final = Subject(
    "werkzeug-view", "Werkzeug view by hand", "bench.subjects.werkzeug_view"
)
PYAUTH_FLASK: Final = Subject("pyauth-flask", "pyauth through Flask", "bench.subjects.pyauth_flask")
PYAUTH_WSGI: Final = Subject("pyauth-wsgi", "pyauth, WSGI alone", "bench.subjects.pyauth_wsgi")

SUBJECTS: Final = (FLASK_VIEW, WERKZEUG_VIEW, PYAUTH_FLASK, PYAUTH_WSGI)
"""In the order in which each round measures them; ratios are to the first."""
