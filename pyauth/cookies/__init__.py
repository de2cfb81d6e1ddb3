"""Cookie text: names, attributes, signatures and parsing. Pure strings."""

from pyauth.cookies.encoding import decode_uri_component, encode_uri_component
from pyauth.cookies.jar import (
    DEFAULT_PREFIX,
    AuthCookies,
    CookieOverride,
    build_auth_cookies,
)
from pyauth.cookies.parse import parse_cookie_header, set_cookie_name, set_cookie_pair
from pyauth.cookies.signed import Unsigned, append_signature, sign_value, unsign
from pyauth.cookies.spec import (
    DEFAULT_AGE,
    MAX_COOKIE_AGE,
    CookieAttributes,
    CookieSpec,
    expire,
    serialize,
    serialize_signed,
)

__all__ = [
    "DEFAULT_AGE",
    "DEFAULT_PREFIX",
    "MAX_COOKIE_AGE",
    "AuthCookies",
    "CookieAttributes",
    "CookieOverride",
    "CookieSpec",
    "Unsigned",
    "append_signature",
    "build_auth_cookies",
    "decode_uri_component",
    "encode_uri_component",
    "expire",
    "parse_cookie_header",
    "serialize",
    "serialize_signed",
    "set_cookie_name",
    "set_cookie_pair",
    "sign_value",
    "unsign",
]
