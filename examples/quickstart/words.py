"""From codes and user agents to words for people."""

from collections.abc import Mapping

from pyauth import APIError, ValidationFailed

FORM = "form"
"""Where an error goes that belongs to no field."""

_BY_CODE: Mapping[str, tuple[str, str]] = {
    "INVALID_EMAIL": ("email", "Enter an e-mail address such as ada@example.com."),
    "PASSWORD_TOO_SHORT": ("password", "Use at least 8 characters."),
    "PASSWORD_TOO_LONG": ("password", "Use at most 128 characters."),
    "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL": (
        "email",
        "There is already an account with this address.",
    ),
    "EMAIL_IS_SAME": ("email", "That is your address already."),
    "EMAIL_ALREADY_VERIFIED": (FORM, "Your address is confirmed already."),
    "INVALID_PASSWORD": ("current_password", "That is not your password."),
    "INVALID_EMAIL_OR_PASSWORD": (FORM, "The e-mail address or the password is wrong."),
    "TOO_MANY_REQUESTS": (FORM, "Too many attempts. Wait a minute and try again."),
    "SERVICE_UNAVAILABLE": (FORM, "The site is busy. Try again in a moment."),
}

_BY_FIELD: Mapping[str, str] = {
    "[body.email]": "INVALID_EMAIL",
    "[body.newEmail]": "INVALID_EMAIL",
    "[body.password]": "PASSWORD_TOO_SHORT",
}

VERIFICATION_ERRORS: Mapping[str, str] = {
    "TOKEN_EXPIRED": "The link has expired.",
    "INVALID_TOKEN": "The link is incomplete or was altered. Copy it whole from the mail.",
    "INVALID_USER": "You are signed in to another account. Sign out, then open the link again.",
    "USER_NOT_FOUND": "There is no account with this address any more.",
}

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def explain(error: APIError) -> dict[str, str]:
    """Return what went wrong: field name to a sentence; ``form`` for what has no field."""
    if isinstance(error, ValidationFailed):
        codes = [_BY_FIELD[issue.partition(" ")[0]] for issue in error.issues if _is_known(issue)]
        return dict(_BY_CODE[code] for code in codes) or {FORM: error.message}
    field, sentence = _BY_CODE.get(error.code, (FORM, error.message))
    return {field: sentence}


def describe_device(user_agent: str | None) -> str:
    """Return a user agent as people call it: ``Firefox on Windows``."""
    browser, system = _find(_BROWSERS, user_agent), _find(_SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "Unknown device"


def _is_known(issue: str) -> bool:
    return issue.partition(" ")[0] in _BY_FIELD


def _find(names: tuple[tuple[str, str], ...], text: str | None) -> str | None:
    return next((name for mark, name in names if mark in (text or "")), None)
