"""The HTTP half: endpoints, calls, the pipeline and everything that guards it.

What plugins use is handed on here; the rest is the library's own.
"""

from pyauth.http.call import Call
from pyauth.http.endpoint import FORM, JSON, Endpoint, endpoint
from pyauth.http.guards import (
    get_owned_resource,
    require_fresh_session,
    require_live_session,
    require_resource_ownership,
    require_session,
)
from pyauth.http.inputs import (
    Body,
    Clearable,
    EmailAddress,
    Omittable,
    Query,
    QueryFlag,
    RedirectURL,
)
from pyauth.http.outcome import Outcome, Redirect
from pyauth.http.rate_limit import count_attempt
from pyauth.http.rendering import OMIT_NONE

__all__ = [
    "FORM",
    "JSON",
    "OMIT_NONE",
    "Body",
    "Call",
    "Clearable",
    "EmailAddress",
    "Endpoint",
    "Omittable",
    "Outcome",
    "Query",
    "QueryFlag",
    "Redirect",
    "RedirectURL",
    "count_attempt",
    "endpoint",
    "get_owned_resource",
    "require_fresh_session",
    "require_live_session",
    "require_resource_ownership",
    "require_session",
]
