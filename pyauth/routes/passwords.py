"""The rules of a password about to be set, shared by every route that sets one."""

from pyauth import error_codes
from pyauth.errors import APIError
from pyauth.http.call import Call


def utf16_length(text: str) -> int:
    """Return the length of a text in UTF-16 code units, as browsers count it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_new_password(call: Call, password: str) -> None:
    """Refuse a password that the rules do not allow.

    Raises:
        APIError: 400 ``INVALID_PASSWORD``, ``PASSWORD_TOO_SHORT`` or ``PASSWORD_TOO_LONG``, or
            what a password validator raises.
    """
    options = call.context.options.email_and_password
    if not password:
        raise APIError(error_codes.INVALID_PASSWORD)
    length = utf16_length(password)
    if length < options.min_password_length:
        raise APIError(error_codes.PASSWORD_TOO_SHORT)
    if length > options.max_password_length:
        raise APIError(error_codes.PASSWORD_TOO_LONG)
    call.context.validate_password(call.path, password)
