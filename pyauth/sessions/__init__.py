"""Sessions: from a cookie to a user and back."""

from pyauth.sessions.cache import build_session_cache
from pyauth.sessions.manager import Issued, Reading, Resolution, SessionManager
from pyauth.sessions.signed_in import SignedIn

__all__ = [
    "Issued",
    "Reading",
    "Resolution",
    "SessionManager",
    "SignedIn",
    "build_session_cache",
]
