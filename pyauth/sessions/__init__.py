"""Sessions: from a cookie to a user and back."""

from pyauth.sessions.manager import Issued, Resolution, SessionManager, SignedIn

__all__ = ["Issued", "Resolution", "SessionManager", "SignedIn"]
