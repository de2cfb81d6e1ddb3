"""The options: pydantic models that are read once and never change."""

from pyauth.options.account import AccountOptions
from pyauth.options.advanced import (
    Advanced,
    CookieAttributes,
    CookieOptions,
    CrossSubDomainCookies,
    DatabaseOptions,
    IPAddressOptions,
)
from pyauth.options.email import EmailAndPassword, EmailVerification, PasswordOptions
from pyauth.options.environment import Environment, Mode, read_environment
from pyauth.options.error_page import ErrorPage, OnAPIError
from pyauth.options.fields import Field, Reference
from pyauth.options.hooks import DatabaseHooks, Hooks, ModelHooks, WriteHooks
from pyauth.options.limits import RateLimit
from pyauth.options.records import RecordOptions
from pyauth.options.root import Options, read_options
from pyauth.options.session import SessionOptions
from pyauth.options.user import UserOptions
from pyauth.options.verification import VerificationOptions

__all__ = [
    "AccountOptions",
    "Advanced",
    "CookieAttributes",
    "CookieOptions",
    "CrossSubDomainCookies",
    "DatabaseHooks",
    "DatabaseOptions",
    "EmailAndPassword",
    "EmailVerification",
    "Environment",
    "ErrorPage",
    "Field",
    "Hooks",
    "IPAddressOptions",
    "Mode",
    "ModelHooks",
    "OnAPIError",
    "Options",
    "PasswordOptions",
    "RateLimit",
    "RecordOptions",
    "Reference",
    "SessionOptions",
    "UserOptions",
    "VerificationOptions",
    "WriteHooks",
    "read_environment",
    "read_options",
]
