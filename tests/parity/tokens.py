"""Mailed tokens made by hand: good ones and all kinds of bad ones."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from urllib.parse import quote

from tests.parity.sides import SECRET


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def make_token(
    payload: Mapping[str, object] | str,
    *,
    secret: str = SECRET,
    algorithm: str = "HS256",
    header: Mapping[str, object] | None = None,
) -> str:
    """Make a token by hand."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    head = _encode(json.dumps(header or {"alg": algorithm}).encode())
    signed = f"{head}.{_encode(text.encode())}"
    digest = {"HS512": hashlib.sha512, "HS384": hashlib.sha384}.get(algorithm, hashlib.sha256)
    return f"{signed}.{_encode(hmac.digest(secret.encode(), signed.encode(), digest))}"


def sign_cookie(value: str, *, secret: str = SECRET) -> str:
    """Sign the value of a cookie by hand."""
    mac = hmac.digest(secret.encode(), value.encode(), hashlib.sha256)
    return quote(f"{value}.{base64.b64encode(mac).decode()}", safe="")
