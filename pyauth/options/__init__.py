"""The options: pydantic models that are read once and never change."""

from pyauth.options.account import AccountLinking, AccountOptions
from pyauth.options.advanced import (
    Advanced,
    CookieAttributes,
    CookieOptions,
    CrossSubDomainCookies,
    DatabaseOptions,
    IPAddressOptions,
)
from pyauth.options.base_url import DynamicBaseURL
from pyauth.options.email import EmailAndPassword, EmailVerification, PasswordOptions
from pyauth.options.environment import Environment, Mode, read_environment
from pyauth.options.error_page import (
    ErrorPage,
    ErrorPageColors,
    ErrorPageFonts,
    ErrorPageSizes,
    OnAPIError,
)
from pyauth.options.fields import Field, Reference
from pyauth.options.hooks import DatabaseHooks, Hooks, ModelHooks, WriteHooks
from pyauth.options.limits import HybridRateLimit, RateLimit, RateLimitRule, RateLimitStore
from pyauth.options.records import RecordOptions
from pyauth.options.root import Options, VersionedSecret, read_options
from pyauth.options.session import CookieCache, RefreshCache, SessionOptions
from pyauth.options.user import ChangeEmail, DeleteUser, UserOptions
from pyauth.options.verification import IdentifierHash, IdentifierRules, VerificationOptions

__all__ = [
    "AccountLinking",
    "AccountOptions",
    "Advanced",
    "ChangeEmail",
    "CookieAttributes",
    "CookieCache",
    "CookieOptions",
    "CrossSubDomainCookies",
    "DatabaseHooks",
    "DatabaseOptions",
    "DeleteUser",
    "DynamicBaseURL",
    "EmailAndPassword",
    "EmailVerification",
    "Environment",
    "ErrorPage",
    "ErrorPageColors",
    "ErrorPageFonts",
    "ErrorPageSizes",
    "Field",
    "Hooks",
    "HybridRateLimit",
    "IPAddressOptions",
    "IdentifierHash",
    "IdentifierRules",
    "Mode",
    "ModelHooks",
    "OnAPIError",
    "Options",
    "PasswordOptions",
    "RateLimit",
    "RateLimitRule",
    "RateLimitStore",
    "RecordOptions",
    "Reference",
    "RefreshCache",
    "SessionOptions",
    "UserOptions",
    "VerificationOptions",
    "VersionedSecret",
    "WriteHooks",
    "read_environment",
    "read_options",
]
