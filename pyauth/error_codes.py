"""The error codes that clients see, each once: its code, its message and its usual HTTP status.

Source: Better Auth 1.6.9 (``BASE_ERROR_CODES`` and the codes thrown beside it); the codes of
transport errors, which upstream leaves without a code, follow RustAuth or the status name.
A route that answers a code with another status says so: ``error_codes.INVALID_TOKEN.at(400)``.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One error of the HTTP contract: stable ``code``, default ``message``, usual ``status``."""

    code: str
    message: str
    status: int = 400

    def at(self, status: int) -> "ErrorCode":
        """Return the same error under another status, for a route that answers it so."""
        return replace(self, status=status)


# Sign-up and sign-in
INVALID_EMAIL = ErrorCode("INVALID_EMAIL", "Invalid email")
INVALID_PASSWORD = ErrorCode("INVALID_PASSWORD", "Invalid password")
INVALID_EMAIL_OR_PASSWORD = ErrorCode("INVALID_EMAIL_OR_PASSWORD", "Invalid email or password", 401)
PASSWORD_TOO_SHORT = ErrorCode("PASSWORD_TOO_SHORT", "Password too short")
PASSWORD_TOO_LONG = ErrorCode("PASSWORD_TOO_LONG", "Password too long")
EMAIL_NOT_VERIFIED = ErrorCode("EMAIL_NOT_VERIFIED", "Email not verified", 403)
EMAIL_PASSWORD_DISABLED = ErrorCode("EMAIL_PASSWORD_DISABLED", "Email and password is not enabled")
EMAIL_PASSWORD_SIGN_UP_DISABLED = ErrorCode(
    "EMAIL_PASSWORD_SIGN_UP_DISABLED", "Email and password sign up is not enabled"
)
USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL = ErrorCode(
    "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "User already exists. Use another email.", 422
)
FAILED_TO_CREATE_USER = ErrorCode("FAILED_TO_CREATE_USER", "Failed to create user", 422)
FAILED_TO_CREATE_SESSION = ErrorCode("FAILED_TO_CREATE_SESSION", "Failed to create session", 500)

# Sessions
UNAUTHORIZED = ErrorCode("UNAUTHORIZED", "Unauthorized", 401)
SESSION_NOT_FRESH = ErrorCode("SESSION_NOT_FRESH", "Session is not fresh", 403)
FAILED_TO_GET_SESSION = ErrorCode("FAILED_TO_GET_SESSION", "Failed to get session", 401)
METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED = ErrorCode(
    "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
    "POST method requires deferSessionRefresh to be enabled in session config",
    405,
)

# E-mail verification
INVALID_TOKEN = ErrorCode("INVALID_TOKEN", "Invalid token", 401)
TOKEN_EXPIRED = ErrorCode("TOKEN_EXPIRED", "Token expired", 401)
USER_NOT_FOUND = ErrorCode("USER_NOT_FOUND", "User not found", 401)
INVALID_USER = ErrorCode("INVALID_USER", "Invalid user", 401)
VERIFICATION_EMAIL_NOT_ENABLED = ErrorCode(
    "VERIFICATION_EMAIL_NOT_ENABLED", "Verification email isn't enabled"
)
EMAIL_MISMATCH = ErrorCode("EMAIL_MISMATCH", "Email mismatch")
EMAIL_ALREADY_VERIFIED = ErrorCode("EMAIL_ALREADY_VERIFIED", "Email is already verified")

# Changing and deleting a user
CHANGE_EMAIL_DISABLED = ErrorCode("CHANGE_EMAIL_DISABLED", "Change email is disabled")
EMAIL_IS_SAME = ErrorCode("EMAIL_IS_SAME", "Email is the same")
EMAIL_CAN_NOT_BE_UPDATED = ErrorCode("EMAIL_CAN_NOT_BE_UPDATED", "Email can not be updated")
FAILED_TO_UPDATE_USER = ErrorCode("FAILED_TO_UPDATE_USER", "Failed to update user", 500)
FAILED_TO_CREATE_VERIFICATION = ErrorCode(
    "FAILED_TO_CREATE_VERIFICATION", "Unable to create verification"
)
SESSION_EXPIRED = ErrorCode(
    "SESSION_EXPIRED", "Session expired. Re-authenticate to perform this action."
)
CREDENTIAL_ACCOUNT_NOT_FOUND = ErrorCode(
    "CREDENTIAL_ACCOUNT_NOT_FOUND", "Credential account not found"
)
FAILED_TO_GET_USER_INFO = ErrorCode("FAILED_TO_GET_USER_INFO", "Failed to get user info", 401)

# Resetting and changing a password
RESET_PASSWORD_DISABLED = ErrorCode("RESET_PASSWORD_DISABLED", "Reset password isn't enabled")
PASSWORD_ALREADY_SET = ErrorCode("PASSWORD_ALREADY_SET", "User already has a password set")

# The ways of a user to sign in
ACCOUNT_NOT_FOUND = ErrorCode("ACCOUNT_NOT_FOUND", "Account not found")
FAILED_TO_UNLINK_LAST_ACCOUNT = ErrorCode(
    "FAILED_TO_UNLINK_LAST_ACCOUNT", "You can't unlink your last account"
)

# Input
VALIDATION_ERROR = ErrorCode("VALIDATION_ERROR", "Validation Error")
NO_FIELDS_TO_UPDATE = ErrorCode("NO_FIELDS_TO_UPDATE", "No fields to update")
FIELD_NOT_ALLOWED = ErrorCode("FIELD_NOT_ALLOWED", "Field not allowed to be set")
MISSING_FIELD = ErrorCode("MISSING_FIELD", "Field is required")

# Origin, CSRF and redirect targets
INVALID_ORIGIN = ErrorCode("INVALID_ORIGIN", "Invalid origin", 403)
MISSING_OR_NULL_ORIGIN = ErrorCode("MISSING_OR_NULL_ORIGIN", "Missing or null Origin", 403)
CROSS_SITE_NAVIGATION_LOGIN_BLOCKED = ErrorCode(
    "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
    "Cross-site navigation login blocked. This request appears to be a CSRF attack.",
    403,
)
INVALID_CALLBACK_URL = ErrorCode("INVALID_CALLBACK_URL", "Invalid callbackURL", 403)
INVALID_REDIRECT_URL = ErrorCode("INVALID_REDIRECT_URL", "Invalid redirectURL", 403)
INVALID_ERROR_CALLBACK_URL = ErrorCode(
    "INVALID_ERROR_CALLBACK_URL", "Invalid errorCallbackURL", 403
)
INVALID_NEW_USER_CALLBACK_URL = ErrorCode(
    "INVALID_NEW_USER_CALLBACK_URL", "Invalid newUserCallbackURL", 403
)

# Transport
BAD_REQUEST = ErrorCode("BAD_REQUEST", "Bad Request")
CONFLICT = ErrorCode("CONFLICT", "A value that must be unique is taken", 409)
FORBIDDEN = ErrorCode("FORBIDDEN", "Forbidden", 403)
NOT_FOUND = ErrorCode("NOT_FOUND", "Not Found", 404)
PAYLOAD_TOO_LARGE = ErrorCode("PAYLOAD_TOO_LARGE", "Payload Too Large", 413)
UNSUPPORTED_MEDIA_TYPE = ErrorCode("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type", 415)
TOO_MANY_REQUESTS = ErrorCode(
    "TOO_MANY_REQUESTS", "Too many requests. Please try again later.", 429
)
INTERNAL_SERVER_ERROR = ErrorCode("INTERNAL_SERVER_ERROR", "Internal Server Error", 500)
SERVICE_UNAVAILABLE = ErrorCode("SERVICE_UNAVAILABLE", "Service Unavailable", 503)


CORE_ERROR_CODES: dict[str, ErrorCode] = {
    value.code: value for value in tuple(globals().values()) if isinstance(value, ErrorCode)
}
"""Every code the core answers with, by its name."""
