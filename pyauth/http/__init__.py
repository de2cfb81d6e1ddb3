"""The HTTP half: endpoints, calls, the pipeline and everything that guards it.

What plugins use is handed on here; the rest is the library's own.
"""

from pyauth.http.call import Call
from pyauth.http.endpoint import FORM, JSON, Endpoint, endpoint
from pyauth.http.guards import require_fresh_session, require_live_session, require_session
from pyauth.http.inputs import (
    Body,
    EmailAddress,
    Omittable,
    Query,
    QueryFlag,
    RedirectURL,
)
from pyauth.http.outcome import Outcome, Redirect
from pyauth.http.rendering import OMIT_NONE

__all__ = [
    "FORM",
    "JSON",
    "OMIT_NONE",
    "Body",
    "Call",
    "EmailAddress",
    "Endpoint",
    "Omittable",
    "Outcome",
    "Query",
    "QueryFlag",
    "Redirect",
    "RedirectURL",
    "endpoint",
    "require_fresh_session",
    "require_live_session",
    "require_session",
]
