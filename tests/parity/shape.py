"""Turns an answer into plain data that can be compared: nothing signed or encrypted is left opaque.

A signature, a JWT or an encrypted value differs between the sides because of the random token in
it. Each is opened with the scenario's secret, and its content and validity are what is compared.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from tests.parity.jar import parse_set_cookie
from tests.parity.sides import Answer, Json

_SIGNED = re.compile(r"(.+)\.([A-Za-z0-9+/]{43}=)", re.DOTALL)
_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
_JWE = re.compile(r"eyJ[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+")
_UNRESERVED_IN_JS = "-_.!~*'()"
_CHUNK = re.compile(r".+_data\.[0-9]+")
_SALTS = {"session_data": "better-auth-session", "account_data": "better-auth-account"}
_NOT_COMPARED = frozenset({"set-cookie", "content-length"})

OpenEnvelope = Callable[[str, str], Json]
"""Decrypts a JWE cookie value, given the value and the salt of its kind."""


@dataclass(frozen=True, slots=True)
class Shaper:
    """Shows answers of a scenario whose secret is known."""

    secret: str
    open_envelope: OpenEnvelope

    def show(self, answer: Answer, looking_for: Sequence[str] = ()) -> dict[str, Json]:
        """Return the whole answer as data; of HTML, only which of ``looking_for`` it contains."""
        headers: dict[str, Json] = {}
        for name, value in answer.headers:
            key = name.lower()
            if key not in _NOT_COMPARED:
                headers[key] = f"{headers[key]}, {value}" if key in headers else value
        if isinstance(token := headers.get("set-auth-token"), str):
            headers["set-auth-token"] = self.show_value("set-auth-token", token)
        cookies = self.show_cookies(answer.get_all("set-cookie"))
        return {
            "status": answer.status,
            "headers": headers,
            "cookies": cookies,
            "body": self._show_body(answer, str(headers.get("content-type", "")), looking_for),
        }

    def _show_body(self, answer: Answer, content_type: str, looking_for: Sequence[str]) -> Json:
        if not answer.body:
            return None
        text = answer.body.decode("utf-8", "backslashreplace")
        if content_type.startswith("text/html"):
            return {"html with": {wanted: wanted in text for wanted in looking_for}}
        if "json" not in content_type:
            return text
        try:
            return self.open_jwts(json.loads(text))
        except ValueError:
            return {"unreadable JSON": text}

    def show_cookies(self, headers: Sequence[str]) -> list[dict[str, Json]]:
        """Return Set-Cookie headers opened; a value in chunks is opened whole, at its first one."""
        chunks: dict[str, list[str]] = {}
        for header in headers:
            name, value, _ = parse_set_cookie(header)
            if value and _CHUNK.fullmatch(name):
                chunks.setdefault(name.rpartition(".")[0], []).append(value)
        shown = [self.show_cookie(header) for header in headers]
        for cookie in shown:
            base, _, index = str(cookie["name"]).rpartition(".")
            if cookie["value"] and base in chunks and _CHUNK.fullmatch(str(cookie["name"])):
                whole = self.show_value(base, "".join(chunks[base])) if index == "0" else None
                cookie["value"] = {"chunk": len(chunks[base][int(index)]), "whole": whole}
        return shown

    def show_cookie(self, header: str) -> dict[str, Json]:
        """Return name, opened value and attributes of one Set-Cookie header."""
        name, value, attributes = parse_set_cookie(header)
        return {"name": name, "value": self.show_value(name, value), "attributes": attributes}

    def show_value(self, name: str, raw: str) -> Json:
        """Return what a cookie value says once its envelope is opened."""
        if not raw:
            return ""
        value = unquote(raw)
        spelling = "percent" if raw == quote(value, safe=_UNRESERVED_IN_JS) else "raw"
        if signed := _SIGNED.fullmatch(value):
            kind = "signed" if self._sign(signed[1]) == signed[2] else "badly signed"
            return {kind: signed[1], "spelling": spelling}
        if _JWE.fullmatch(value):
            salt = next((salt for key, salt in _SALTS.items() if key in name), "")
            return {"encrypted": self.open_envelope(value, salt), "header": _json_part(value)}
        if _JWT.fullmatch(value):
            return self._show_jwt(value)
        return self._show_compact(value) or {"text": self.open_jwts(value), "spelling": spelling}

    def _sign(self, text: str) -> str:
        mac = hmac.digest(self.secret.encode(), text.encode(), hashlib.sha256)
        return base64.b64encode(mac).decode()

    def _show_compact(self, value: str) -> Json:
        """Open a cookie cache in the compact format; ``None`` when it is something else."""
        try:
            envelope = json.loads(_unbase64(value))
            signature, session = envelope["signature"], envelope["session"]
        except (ValueError, KeyError, TypeError):
            return None
        signed = json.dumps(
            session | {"expiresAt": envelope["expiresAt"]},
            separators=(",", ":"),
            ensure_ascii=False,
        )
        mac = hmac.digest(self.secret.encode(), signed.encode(), hashlib.sha256)
        wanted = base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
        kind = "compact" if signature == wanted else "badly signed compact"
        rest = {key: item for key, item in envelope.items() if key != "signature"}
        return {kind: self.open_jwts(rest)}

    def open_jwts(self, value: Json) -> Json:
        """Replace every JWT inside ``value`` by its content and the word on its signature."""
        if isinstance(value, str):
            return _JWT.sub(lambda found: f"<{json.dumps(self._show_jwt(found[0]))}>", value)
        if isinstance(value, dict):
            return {key: self.open_jwts(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.open_jwts(item) for item in value]
        return value

    def _show_jwt(self, token: str) -> dict[str, Json]:
        head, payload, signature = token.split(".")
        mac = hmac.digest(self.secret.encode(), f"{head}.{payload}".encode(), hashlib.sha256)
        valid = base64.urlsafe_b64encode(mac).rstrip(b"=").decode() == signature
        content = _json_part(token, 1)
        ordered = dict(sorted(content.items())) if isinstance(content, dict) else content
        return {"jwt": ordered, "header": _json_part(token), "valid": valid}


def _unbase64(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError(text) from error


def _json_part(token: str, index: int = 0) -> Json:
    try:
        content: Json = json.loads(_unbase64(token.split(".")[index]))
    except ValueError:
        return {"unreadable": token.split(".")[index]}
    return content
