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

from pyauth.assembly import Finding
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
    ChangeEmailConfirmation,
    DatabaseEvent,
    DeleteAccountVerification,
    EmailVerificationEvent,
    ErrorInfo,
    ExistingUserSignUp,
    PasswordReset,
    RequestInfo,
    ResetPasswordEmail,
    SyntheticUser,
    UserDeletion,
    VerificationEmail,
)
from pyauth.models import Account, Record, Session, User, Verification
from pyauth.options import (
    AccountLinking,
    AccountOptions,
    Advanced,
    ChangeEmail,
    CookieCache,
    DatabaseHooks,
    DeleteUser,
    DynamicBaseURL,
    EmailAndPassword,
    EmailVerification,
    ErrorPage,
    Field,
    Hooks,
    OnAPIError,
    PasswordOptions,
    RateLimit,
    RateLimitRule,
    RateLimitStore,
    SessionOptions,
    UserOptions,
    VerificationOptions,
    VersionedSecret,
)
from pyauth.outbound import Delivery
from pyauth.plugin import Contributions, Plugin
from pyauth.sessions import SignedIn
from pyauth.version import __version__
from pyauth.wsgi import PyAuthMiddleware

__all__ = [
    "APIError",
    "Account",
    "AccountLinking",
    "AccountOptions",
    "Advanced",
    "ChangeEmail",
    "ChangeEmailConfirmation",
    "ConfigurationError",
    "ConflictError",
    "Contributions",
    "CookieCache",
    "DatabaseEvent",
    "DatabaseHooks",
    "DeleteAccountVerification",
    "DeleteUser",
    "Delivery",
    "DynamicBaseURL",
    "EmailAndPassword",
    "EmailVerification",
    "EmailVerificationEvent",
    "ErrorCode",
    "ErrorInfo",
    "ErrorPage",
    "ExistingUserSignUp",
    "Field",
    "Finding",
    "Hooks",
    "OnAPIError",
    "PasswordOptions",
    "PasswordReset",
    "Plugin",
    "PyAuth",
    "PyAuthError",
    "PyAuthMiddleware",
    "RateLimit",
    "RateLimitRule",
    "RateLimitStore",
    "Record",
    "RequestInfo",
    "ResetPasswordEmail",
    "ServiceUnavailable",
    "Session",
    "SessionOptions",
    "SignedIn",
    "StoreError",
    "StoreUnavailable",
    "SyntheticUser",
    "UniqueViolation",
    "User",
    "UserDeletion",
    "UserOptions",
    "ValidationFailed",
    "Verification",
    "VerificationEmail",
    "VerificationOptions",
    "VersionedSecret",
    "__version__",
]
