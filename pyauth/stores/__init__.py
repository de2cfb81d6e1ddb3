"""The stores: each owns the rules of one model, and alone reads and writes its rows."""

from pyauth.stores.accounts import CREDENTIAL, AccountStore
from pyauth.stores.base import Store
from pyauth.stores.sessions import SessionStore
from pyauth.stores.users import UserStore, normalize_email
from pyauth.stores.verifications import VerificationStore

__all__ = [
    "CREDENTIAL",
    "AccountStore",
    "SessionStore",
    "Store",
    "UserStore",
    "VerificationStore",
    "normalize_email",
]
