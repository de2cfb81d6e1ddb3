"""The rules of passwords, shared by every route and command that sets or asks for one."""

from pyauth import error_codes
from pyauth.context import AuthContext
from pyauth.crypto.passwords import MAX_PASSWORD_LENGTH, Verified
from pyauth.errors import APIError
from pyauth.http.call import Call
from pyauth.models import Account

NOT_STORED = error_codes.FAILED_TO_UPDATE_USER.at(400)
"""A database hook stopped the change of a password."""

_REFUSED = Verified(ok=False)


def utf16_length(text: str) -> int:
    """Return the length of a text in UTF-16 code units, as browsers count it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_new_password(call: Call, password: str, *, path: str | None = None) -> None:
    """Refuse a password that the rules do not allow; every route that sets one asks here first.

    Args:
        call: the call that sets it.
        password: as it was typed.
        path: what password validators are told of the route, where the call has no path.

    Raises:
        APIError: 400 ``PASSWORD_TOO_SHORT`` or ``PASSWORD_TOO_LONG``, or what a password validator
            raises.
    """
    check_password_rules(call.context, password, path=call.path if path is None else path)


def check_password_rules(context: AuthContext, password: str, *, path: str) -> None:
    """Refuse a password that the rules do not allow, outside of a call.

    Args:
        context: the instance.
        password: as it was typed.
        path: what password validators are told of whoever sets it.

    Raises:
        APIError: as :func:`check_new_password`.
    """
    options = context.options.email_and_password
    length = utf16_length(password)
    if length < options.min_password_length:
        raise APIError(error_codes.PASSWORD_TOO_SHORT)
    if length > options.max_password_length:
        raise APIError(error_codes.PASSWORD_TOO_LONG)
    context.validate_password(path, password)


def compare_password(call: Call, account: Account | None, password: str) -> Verified:
    """Tell whether a password is that of an account; every answer costs one verification.

    Args:
        call: the call that asks.
        account: the account that holds the hash; None where there is none.
        password: as it was typed; what no route would ever have stored reaches no hash.
    """
    passwords = call.context.passwords
    if len(password) > MAX_PASSWORD_LENGTH:
        passwords.dummy("")
        return _REFUSED
    if account is None or not account.password:
        passwords.dummy(password)
        return _REFUSED
    return passwords.verify(password, account.password)


def verify_password(call: Call, account: Account | None, password: str) -> bool:
    """Tell whether a password is that of an account, and store a new hash where it is due.

    Args: as :func:`compare_password`.
    """
    verified = compare_password(call, account, password)
    if account is not None and verified.replacement is not None:
        call.context.accounts.replace_password(account, verified.replacement)
    return verified.ok


def store_password(call: Call, user_id: str, password_hash: str) -> None:
    """Store a new hash, in a new account for a user who has none for a password.

    Args:
        call: the call that sets it, within a transaction that has locked the user.
        user_id: whose password it is.
        password_hash: the hash.

    Raises:
        APIError: 400 ``FAILED_TO_UPDATE_USER`` when a database hook stopped it.
    """
    if not call.context.accounts.store_password(user_id, password_hash):
        raise APIError(NOT_STORED)
