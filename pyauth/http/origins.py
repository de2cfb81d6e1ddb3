"""Which addresses are trusted: origins against patterns, redirect targets, relative paths.

Pure functions of texts. Whatever Python, a browser or a proxy could read differently (control
characters, backslashes, credentials, percent signs in a host, missing slashes) is refused, and so
is a host that no ``Location`` header could name.

Source: Better Auth 1.6.9, ``auth/trusted-origins.ts``, and its later rule for custom schemes;
differs: credentials are refused, a wildcard without a scheme matches http and https only.
"""

import re
from collections.abc import Iterable
from fnmatch import translate
from functools import lru_cache
from ipaddress import IPv6Address
from urllib.parse import unquote

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(.*)", re.DOTALL)
_LABEL = r"[a-z0-9_\-]{1,63}"
_AUTHORITY = re.compile(
    rf"((?:{_LABEL}\.)*{_LABEL}\.?|\[[0-9a-f:.]+\])(?::([0-9]{{1,5}}))?", re.ASCII | re.IGNORECASE
)
_PORT = re.compile(r":[0-9]+$", re.ASCII)
_PATTERN_HOST = re.compile(r"[\w\-.:*?\[\]]*[\w\-.*?\]]", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_RELATIVE = re.compile(r"/(?!/|\\)[\w\-.+/@]*(?:\?[\w\-.+/=&%@]*)?", re.ASCII)
_ENCODED_SLASH = re.compile(r"%2f|%5c", re.IGNORECASE)
MAX_URL_LENGTH = 8192
"""Characters of an address: more than browsers and mail programs pass on, and quick to judge."""

_DEFAULT_PORTS = {"http": "80", "https": "443"}
_CODE_SCHEMES = frozenset({"about", "blob", "data", "file", "filesystem", "javascript", "vbscript"})
"""Schemes whose addresses are code or files, never an application: no pattern trusts them."""


def find_origin(url: str) -> str | None:
    """Return ``scheme://host[:port]`` of an http or https address, in normal form, or None."""
    if len(url) > MAX_URL_LENGTH or _UNSAFE.search(url):
        return None
    match = _SCHEME.fullmatch(url)
    if match is None:
        return None
    scheme, rest = match.group(1).lower(), match.group(2)
    if scheme not in _DEFAULT_PORTS or not rest.startswith("//"):
        return None
    found = _read_authority(re.split(r"[/?#]", rest[2:], maxsplit=1)[0])
    if found is None:
        return None
    host, port = found
    if port is None or port == _DEFAULT_PORTS[scheme]:
        return f"{scheme}://{host}"
    return f"{scheme}://{host}:{int(port)}"


def is_ipv6(text: str) -> bool:
    """Return whether a text is an IPv6 address, without brackets."""
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def is_safe_path(target: str) -> bool:
    """Return whether a relative redirect target stays on this site.

    It starts with exactly one slash and holds only characters that no parser reads differently;
    encoded slashes are refused anywhere.
    """
    if len(target) > MAX_URL_LENGTH or _RELATIVE.fullmatch(target) is None:
        return False
    return _ENCODED_SLASH.search(target) is None


def is_trusted_origin(url: str, patterns: Iterable[str]) -> bool:
    """Return whether the origin of an absolute address fits one of the patterns.

    Args:
        url: an ``Origin`` or ``Referer`` header, or a redirect target.
        patterns: exact origins (``https://app.example.com``), with ``*`` and ``?`` for any and one
            character (``https://*.example.com`` matches the whole origin, ``*.example.com`` the
            host), or schemes of native apps (``myapp://``). A port that is the scheme's own may
            stand there: ``https://*.example.com:443`` is ``https://*.example.com``.
    """
    if not url or len(url) > MAX_URL_LENGTH or url.startswith("/") or _UNSAFE.search(url):
        return False
    origin = find_origin(url)
    if origin is None:
        scheme = _scheme_of(url)
        if scheme in _DEFAULT_PORTS or scheme in _CODE_SCHEMES or _split_custom(url) is None:
            return False
    return any(_fits(url, origin, pattern) for pattern in patterns)


def holds_control(target: str) -> bool:
    """Return whether a text holds a control character, which no header may carry."""
    return _CONTROL.search(target) is not None


def is_trusted_target(target: str, patterns: Iterable[str]) -> bool:
    """Return whether a browser may be sent to ``target``: a safe path or a trusted origin."""
    if target.startswith("/"):
        return is_safe_path(target)
    return is_trusted_origin(target, patterns)


def find_pattern_flaw(pattern: str) -> str | None:
    """Return why a configured pattern can never match, or None."""
    scheme, separator, rest = pattern.partition("://")
    has_wildcard = "*" in pattern or "?" in pattern
    if not separator:
        if not has_wildcard:
            return None if scheme.endswith(":/") else "it has no scheme"
        fits = _PATTERN_HOST.fullmatch(pattern) is not None
        return None if fits else "without a scheme it is compared with host[:port], no more"
    if scheme.lower() in _CODE_SCHEMES:
        return "addresses of this scheme are never trusted"
    if scheme.lower() in _DEFAULT_PORTS or "*" in scheme or "?" in scheme:
        fits = (
            _PATTERN_HOST.fullmatch(rest) is not None
            if has_wildcard
            else _normalize_pattern(pattern) is not None
        )
        return None if fits else "an origin is scheme://host[:port], no more"
    return None


def _fits(url: str, origin: str | None, pattern: str) -> bool:
    if "*" not in pattern and "?" not in pattern:
        if origin is not None:
            return origin == _normalize_pattern(pattern)
        return _fits_custom_scheme(url, pattern)
    scheme, separator, _ = pattern.partition("://")
    if not separator:
        return origin is not None and fits_host(pattern, origin)
    if origin is not None:
        return _fits_glob(pattern, _spell_as(pattern, origin))
    # A wildcard in the scheme means web addresses: it must not let ``javascript:`` in.
    return scheme.lower() == _scheme_of(url) and _fits_glob(pattern, url)


@lru_cache(maxsize=1024)
def _normalize_pattern(pattern: str) -> str | None:
    """Return an exact pattern in the normal form of origins; None for one that has a path."""
    bare = pattern.rstrip("/")
    return find_origin(bare) if bare.count("/") == 2 else None


def fits_host(pattern: str, origin: str) -> bool:
    """Return whether the host of an origin, with its port, fits a pattern with wildcards."""
    return _fits_glob(pattern, _spell_as(pattern, origin).partition("://")[2])


def _spell_as(pattern: str, origin: str) -> str:
    """Return an origin in normal form, but with its port where the pattern ends with 80 or 443.

    Nobody else's port is ever spelt out, so ``https://*:4*`` goes on without 443.
    """
    scheme, _, host = origin.partition("://")
    if not pattern.endswith((":80", ":443")) or _PORT.search(host):
        return origin
    return f"{origin}:{_DEFAULT_PORTS[scheme]}"


def _fits_glob(pattern: str, text: str) -> bool:
    return _glob(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _glob(pattern: str) -> re.Pattern[str]:
    # ``translate`` never goes back over a wildcard, however long the text of a client is.
    return re.compile(translate(pattern.replace("[", "[[]")), re.ASCII | re.IGNORECASE)


def _read_authority(text: str) -> tuple[str, str | None] | None:
    """Return host and port of an address, the host in lower case; None where one cannot be."""
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        return None
    host, port = found[1].lower(), found[2]
    if host.startswith("[") and not is_ipv6(host[1:-1]):
        return None
    return None if port is not None and int(port) > 65535 else (host, port)


def _scheme_of(url: str) -> str | None:
    match = _SCHEME.fullmatch(url)
    return None if match is None else match.group(1).lower()


def _fits_custom_scheme(url: str, pattern: str) -> bool:
    found, wanted = _split_custom(url), _split_custom(pattern)
    if found is None or wanted is None or found[0] != wanted[0] or found[0] in _DEFAULT_PORTS:
        return False
    if wanted[1] and found[1] != wanted[1]:
        return False
    path, allowed = found[2], wanted[2]
    return not allowed or path == allowed or path.startswith(f"{allowed}/")


def _split_custom(url: str) -> tuple[str, str, str] | None:
    match = _SCHEME.fullmatch(url)
    if match is None:
        return None
    scheme, rest = match.group(1).lower(), match.group(2)
    authority = ""
    if rest.startswith("//"):
        authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0]
        if authority and _read_authority(authority) is None:
            return None
        rest = rest[2 + len(authority) :]
    path = re.split(r"[?#]", rest, maxsplit=1)[0]
    return scheme, authority.lower(), _resolve_dots(unquote(path))


def _resolve_dots(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    return "/" + "/".join(kept) if kept else ""
