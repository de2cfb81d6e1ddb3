"""pyauth: a complete authentication server for Flask and any WSGI stack.

::

    from pyauth import PyAuth, EmailAndPassword

    auth = PyAuth(
        secret="...",
        base_url="https://app.example.com",
        database="sqlite:///app.sqlite3",
        email_and_password=EmailAndPassword(enabled=True),
    )
    auth.migrate()
    application = auth.wsgi_app
"""

from pyauth.auth import PyAuth
from pyauth.error_codes import ErrorCode
from pyauth.errors import (
    APIError,
    ConfigurationError,
    ConflictError,
    PyAuthError,
    ServiceUnavailable,
    StoreError,
    StoreUnavailable,
    UniqueViolation,
    ValidationFailed,
)
from pyauth.events import (
    DatabaseEvent,
    EmailVerificationEvent,
    ExistingUserSignUp,
    RequestInfo,
    SyntheticUser,
    VerificationEmail,
)
from pyauth.models import Account, Record, Session, User, Verification
from pyauth.options import (
    AccountOptions,
    Advanced,
    DatabaseHooks,
    EmailAndPassword,
    EmailVerification,
    ErrorPage,
    Field,
    Hooks,
    OnAPIError,
    PasswordOptions,
    RateLimit,
    SessionOptions,
    UserOptions,
    VerificationOptions,
)
from pyauth.outbound import Delivery
from pyauth.plugin import Contributions, Plugin
from pyauth.sessions import SignedIn
from pyauth.version import __version__
from pyauth.wsgi import PyAuthMiddleware

__all__ = [
    "APIError",
    "Account",
    "AccountOptions",
    "Advanced",
    "ConfigurationError",
    "ConflictError",
    "Contributions",
    "DatabaseEvent",
    "DatabaseHooks",
    "Delivery",
    "EmailAndPassword",
    "EmailVerification",
    "EmailVerificationEvent",
    "ErrorCode",
    "ErrorPage",
    "ExistingUserSignUp",
    "Field",
    "Hooks",
    "OnAPIError",
    "PasswordOptions",
    "Plugin",
    "PyAuth",
    "PyAuthError",
    "PyAuthMiddleware",
    "RateLimit",
    "Record",
    "RequestInfo",
    "ServiceUnavailable",
    "Session",
    "SessionOptions",
    "SignedIn",
    "StoreError",
    "StoreUnavailable",
    "SyntheticUser",
    "UniqueViolation",
    "User",
    "UserOptions",
    "ValidationFailed",
    "Verification",
    "VerificationEmail",
    "VerificationOptions",
    "__version__",
]
