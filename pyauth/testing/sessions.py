"""Sessions without signing in: the real thing, as a browser would hold it."""

from pyauth.auth import PyAuth
from pyauth.cookies import set_cookie_pair
from pyauth.models import User


def open_session(
    auth: PyAuth, user: User, *, remember: bool = True, origin: str | None = None
) -> dict[str, str]:
    """Open a session for a user, without his password.

    Args:
        auth: the instance.
        user: who shall be signed in.
        remember: False for a session that ends with the browser.
        origin: where the browser is, such as ``https://one.example.com``; matters where the host
            decides about the cookies.

    Returns:
        Cookie name to value, as a browser would send them.

    Raises:
        LookupError: a database hook stopped the session.
    """
    context = auth.context if origin is None else auth.context.at_origin(origin)
    issued = context.session_manager.issue(user, remember=remember)
    if issued is None:
        raise LookupError("a database hook stopped the session")
    return dict(set_cookie_pair(text) for text in issued.cookies)
