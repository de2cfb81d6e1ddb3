"""Sign in with ``Authorization: Bearer <token>`` in place of a cookie.

Source: Better Auth 1.6.9, ``plugins/bearer``.
"""

import re

from pyauth.cookies import append_signature, decode_uri_component, parse_cookie_header
from pyauth.http.call import Call
from pyauth.plugin import AfterHook, BeforeHook, Contributions, Plugin

_SCHEME = "bearer "  # RFC 9110, section 11.1: the scheme is case-insensitive
_TOKEN = re.compile(r"[A-Za-z0-9._~+/%=-]{1,512}")  # RFC 6750, section 2.1, and percent signs
_TOKEN_HEADER = "set-auth-token"  # noqa: S105 - the name of a header

_SECURITY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "A session token, as sign-in answers it in `set-auth-token`.",
}


class Bearer(Plugin):
    """Accepts session tokens as bearer tokens and hands new ones out in ``set-auth-token``.

    Args:
        require_signature: accept only tokens that carry our signature, as ``set-auth-token``
            gives them; by default a bare session token is accepted too.
    """

    id = "bearer"

    def __init__(self, *, require_signature: bool = False) -> None:
        self._require_signature = require_signature

    def contribute(self) -> Contributions:
        """A hook before every endpoint that reads the header, and one after that writes it."""
        return Contributions(
            before=[BeforeHook(self._read_token)],
            after=[AfterHook(_expose_token)],
            openapi={"components": {"securitySchemes": {"bearerAuth": _SECURITY_SCHEME}}},
        )

    def _read_token(self, call: Call) -> None:
        signed = self._find_signed_token(call)
        if signed is not None:
            # A session cookie beside the token wins, as the first of two cookies does upstream.
            call.cookies.setdefault(call.context.cookies.session_token.name, signed)

    def _find_signed_token(self, call: Call) -> str | None:
        header = call.headers.get("Authorization", "")
        if header[: len(_SCHEME)].lower() != _SCHEME:
            return None
        token = header[len(_SCHEME) :].strip()
        if not _TOKEN.fullmatch(token):
            return None
        if "." not in token:
            if self._require_signature:
                return None
            return append_signature(token, call.context.keys.for_signing())
        decoded = decode_uri_component(token)
        return token if decoded is None else decoded


def _expose_token(call: Call) -> None:
    name = call.context.cookies.session_token.name
    token = _find_new_token(call.response_headers.getlist("Set-Cookie"), name)
    if token is None:
        return
    exposed = call.response_headers.get("Access-Control-Expose-Headers", "")
    names = [part.strip() for part in exposed.split(",") if part.strip()]
    if _TOKEN_HEADER not in names:
        names.append(_TOKEN_HEADER)
    call.set_header(_TOKEN_HEADER, token)
    call.set_header("Access-Control-Expose-Headers", ", ".join(names))


def _find_new_token(set_cookies: list[str], name: str) -> str | None:
    """Return the signed token that the last session cookie of an answer sets, or None."""
    for text in reversed(set_cookies):
        if text.startswith(f"{name}="):
            expired = "; Max-Age=0;" in f"{text};"
            token = parse_cookie_header(text).get(name)
            return None if expired else token or None
    return None
