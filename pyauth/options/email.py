"""Options of e-mail and password sign-in, and of address verification."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from pydantic import Field, SecretStr, model_validator

from pyauth.events import (
    EmailVerificationEvent,
    ExistingUserSignUp,
    PasswordReset,
    ResetPasswordEmail,
    SyntheticUser,
    VerificationEmail,
)
from pyauth.options.base import OptionModel
from pyauth.options.durations import Life


class PasswordOptions(OptionModel):
    """An app's own password hashing, what imported hashes need, and how many run at once."""

    hash: Callable[[str], str] | None = None
    """Makes the text to store from a password; replaces the built-in schemes."""
    verify: Callable[[str, str], bool] | None = None
    """``verify(hash, password)``: whether a stored text fits a password."""
    max_concurrent: int | None = Field(default=None, ge=1)
    """How many hashes may run at once (each takes 32 MiB); by default the processors, at most 4."""
    flask_security_salt: SecretStr | None = Field(default=None, min_length=1)
    """``SECURITY_PASSWORD_SALT`` of the Flask-Security whose hashes were imported."""

    @model_validator(mode="after")
    def _check_pair(self) -> "PasswordOptions":
        if (self.hash is None) != (self.verify is None):
            raise ValueError("hash and verify replace the built-in schemes together: give both")
        if self.hash is not None and self.flask_security_salt is not None:
            raise ValueError(
                "flask_security_salt is for the built-in schemes, which hash and verify replace: "
                "leave it out, or read those hashes in verify"
            )
        return self


class EmailAndPassword(OptionModel):
    """Sign-up and sign-in with an e-mail address and a password.

    Source: Better Auth 1.6.9, ``emailAndPassword``.
    """

    enabled: bool = False
    disable_sign_up: bool = False
    """Refuse new users; existing ones still sign in."""
    require_email_verification: bool = False
    """No session before the address is verified; a taken address is not told from a free one."""
    min_password_length: int = Field(default=8, ge=1)
    """In UTF-16 code units, as browsers count."""
    max_password_length: int = Field(default=128, ge=1, le=4096)
    """In UTF-16 code units, as browsers count; nothing beyond 4096 ever reaches a hash."""
    auto_sign_in: bool = True
    """Open a session at sign-up; False also hides whether an address is taken."""
    send_reset_password: Callable[[ResetPasswordEmail], None] | None = None
    """Sends the link to a new password; runs in the background and never delays or changes an
    answer. Without it no password can be reset."""
    reset_password_token_expires_in: Life = timedelta(hours=1)
    """How long that link works."""
    on_password_reset: Callable[[PasswordReset], None] | None = None
    """Called once a password was reset; what it raises is logged."""
    revoke_sessions_on_password_reset: bool = False
    """Whether a reset ends every session of the user."""
    password: PasswordOptions = PasswordOptions()
    on_existing_user_sign_up: Callable[[ExistingUserSignUp], None] | None = None
    """Called when sign-up met a taken address and the answer hid it."""
    custom_synthetic_user: Callable[[SyntheticUser], Mapping[str, Any]] | None = None
    """Shapes the made-up user of such an answer; returns Python field names."""

    @model_validator(mode="after")
    def _check_lengths(self) -> "EmailAndPassword":
        if self.min_password_length > self.max_password_length:
            raise ValueError("min_password_length is greater than max_password_length")
        return self


class EmailVerification(OptionModel):
    """The mailed link that proves an address.

    Source: Better Auth 1.6.9, ``emailVerification``.
    """

    send_verification_email: Callable[[VerificationEmail], None] | None = None
    """Sends the mail; runs in the background and never delays or changes an answer."""
    send_on_sign_up: bool | None = None
    """Send at sign-up; unset follows ``require_email_verification``."""
    send_on_sign_in: bool = False
    """Send again when a user whose address is unverified tries to sign in."""
    auto_sign_in_after_verification: bool = False
    """Open a session when the link is opened."""
    expires_in: Life = timedelta(hours=1)
    """How long the link works."""
    before_email_verification: Callable[[EmailVerificationEvent], None] | None = None
    """Called before an address is marked as verified; an ``APIError`` refuses it."""
    after_email_verification: Callable[[EmailVerificationEvent], None] | None = None
    """Called once the address is marked; what it raises is logged."""
