"""The one reader of ``Cookie`` headers, and of the ``Set-Cookie`` texts written here."""

from pyauth.cookies.encoding import decode_uri_component

_OPTIONAL_WHITESPACE = " \t"


def parse_cookie_header(header: str) -> dict[str, str]:
    """Return the cookies of a ``Cookie`` header by name. Raises nothing, whatever comes in.

    Of two cookies with one name the first counts. A value in double quotes loses them; a value
    with percent escapes is decoded, and kept as it is where they spell no UTF-8. Parts without
    ``=`` and cookies without a name are ignored (CVE-2023-23934: ``=__Host-a=b`` is not
    ``__Host-a``).

    Answers to better-call's cookies.ts (``parseCookies``). differs: only spaces and tabs are
    stripped around names and values (RFC 6265, section 4.2.1), where JavaScript strips every
    Unicode blank: a browser would let a page set a cookie named blank + ``__Host-a``.
    """
    cookies: dict[str, str] = {}
    for part in header.split(";"):
        name, equals, value = part.partition("=")
        name = name.strip(_OPTIONAL_WHITESPACE)
        if not equals or not name or name in cookies:
            continue
        cookies[name] = _read_value(value.strip(_OPTIONAL_WHITESPACE))
    return cookies


def set_cookie_name(text: str) -> str:
    """Return the name of the cookie that a ``Set-Cookie`` text sets."""
    return text.partition("=")[0]


def set_cookie_pair(text: str) -> tuple[str, str]:
    """Return name and value of the cookie that a ``Set-Cookie`` text sets, as they travel."""
    name, _, value = text.partition(";")[0].partition("=")
    return name, value


def _read_value(value: str) -> str:
    if value.startswith('"'):
        value = value[1:-1]
    decoded = decode_uri_component(value)
    return value if decoded is None else decoded
