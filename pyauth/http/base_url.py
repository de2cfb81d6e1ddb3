"""Under which address a call is answered, and whose pages are trusted because of it.

The base URL is configured, chosen from a list of allowed hosts, or taken from the request. A host
that is not allowed is never built into a link: the fallback takes its place, or the request is
refused.

Source: Better Auth 1.6.9, ``utils/url.ts`` and ``context/helpers.ts``; differs: forwarded headers
count only with ``advanced.trusted_proxy_headers`` (as upstream since 1.7.0), a request under
another host is answered 400 where upstream fails, and the origin that was chosen is trusted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from werkzeug import Request
from werkzeug.datastructures import EnvironHeaders, Headers

from pyauth import error_codes
from pyauth.context import AuthContext
from pyauth.errors import APIError
from pyauth.http.origins import find_origin, fits_host, is_ipv6
from pyauth.options import DynamicBaseURL

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*(?::([0-9]{{1,5}}))?", re.ASCII)
_SCHEMES = frozenset({"http", "https"})
_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::([0-9]{1,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a call is answered.

    Attributes:
        context: the instance as it is seen under this address.
        base_url: origin and base path; None where nothing says it.
        trusted_origins: the patterns that hold here without asking a function.
    """

    context: AuthContext
    base_url: str | None
    trusted_origins: tuple[str, ...]


def find_address(context: AuthContext, request: Request) -> Address:
    """Return the address under which a request is answered.

    Raises:
        APIError: 400 ``BAD_REQUEST``: its host is not allowed, and there is no fallback; or it is
            none that a link could name.
    """
    rule = context.options.base_url
    if isinstance(rule, str):
        return Address(context, context.base_url, context.trusted_origins)
    if rule is not None:
        return _choose_address(context, rule, request)
    return _address_at(context, _infer_origin(context, request), _mount_of(request))


def find_headers_address(context: AuthContext, headers: Headers) -> Address:
    """Return the address of a call made in process, from the ``Host`` among its headers.

    Only a list of allowed hosts makes that header worth reading. A host that is not allowed is
    passed over: the fallback holds, or no link can be built. The headers of a WSGI request
    (``EnvironHeaders``) know its scheme and where the application is mounted; others are taken for
    https, unless the host is this machine.
    """
    rule = context.options.base_url
    host = _find_host(context, headers)
    if isinstance(rule, DynamicBaseURL) and host is not None:
        sent = _request_behind(headers)
        inferred = sent.scheme if sent else "http" if is_loopback(host) else "https"
        scheme = _find_scheme(context, rule, headers) or inferred
        origin = find_allowed_origin(rule, scheme, host)
        if origin is not None:
            return _address_at(context, origin, _mount_of(sent) if sent else "")
    return Address(context, context.base_url, context.trusted_origins)


def find_allowed_origin(rule: DynamicBaseURL, scheme: str, host: str) -> str | None:
    """Return the origin of a host, with or without its port, or None where it is not allowed."""
    # The host of the origin is judged, not the text: ``evil.example/.app.example`` fits patterns.
    origin = find_origin(f"{scheme}://{host}")
    if origin is None:
        return None
    return origin if any(fits_host(pattern, origin) for pattern in rule.host_patterns) else None


def origins_of(rule: DynamicBaseURL) -> Iterator[str]:
    """Yield the origins that are trusted because their hosts are allowed.

    A host is trusted under https, under http where the rule says so or the host is this machine;
    ``auto`` trusts http only for the host that a request chose.
    """
    for host in rule.allowed_hosts:
        if "://" in host:
            yield host
            continue
        if rule.protocol != "http":
            yield f"https://{host}"
        if rule.protocol == "http" or is_loopback(host):
            yield f"http://{host}"
    if rule.fallback is not None:
        yield find_origin(rule.fallback) or rule.fallback


def is_loopback(host: str) -> bool:
    """Return whether a host, with or without its port, is this machine by name or address."""
    name = re.sub(r":[0-9*?]+$", "", host.lower())
    if name.startswith("["):
        name = name[1:-1]
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def is_forwarded_host(text: str) -> bool:
    """Return whether a forwarded host is one host, spelt as a browser would, with a usable port.

    Lists, blanks, empty labels, credentials and whatever else parsers read differently are refused.
    """
    name = _NAME.fullmatch(text)
    if name is not None:
        return _is_port(name[1]) and len(text) <= 259
    bracketed = _BRACKETED.fullmatch(text)
    return bracketed is not None and _is_port(bracketed[2]) and is_ipv6(bracketed[1])


def _is_port(digits: str | None) -> bool:
    return digits is None or int(digits) < 65536


def _choose_address(context: AuthContext, rule: DynamicBaseURL, request: Request) -> Address:
    host = _find_forwarded_host(context, request.headers) or request.host
    scheme = _find_scheme(context, rule, request.headers) or request.scheme
    origin = find_allowed_origin(rule, scheme, host)
    if origin is not None:
        return _address_at(context, origin, _mount_of(request))
    if rule.fallback is None:
        context.logger.warning(
            "refused the host %.200r; add it to base_url.allowed_hosts if it is yours", host
        )
        raise _not_served()
    return _address_at(context, find_origin(rule.fallback) or rule.fallback)


def _infer_origin(context: AuthContext, request: Request) -> str:
    host = _find_forwarded_host(context, request.headers)
    scheme = request.headers.get("X-Forwarded-Proto", "")
    if host is not None and scheme in _SCHEMES:
        return find_origin(f"{scheme}://{host}") or f"{scheme}://{host}"
    origin = request.host_url.rstrip("/")
    if request.host and find_origin(origin) is None:
        raise _not_served()  # no link could name it
    return origin


def _not_served() -> APIError:
    return APIError(error_codes.BAD_REQUEST, message="This host is not served here")


def _request_behind(headers: Headers) -> Request | None:
    environ = headers.environ if isinstance(headers, EnvironHeaders) else {}
    return Request(environ, populate_request=False) if "wsgi.url_scheme" in environ else None


def _find_host(context: AuthContext, headers: Headers) -> str | None:
    return _find_forwarded_host(context, headers) or headers.get("Host")


def _find_forwarded_host(context: AuthContext, headers: Headers) -> str | None:
    if not context.options.advanced.trusted_proxy_headers:
        return None
    host = headers.get("X-Forwarded-Host", "")
    return host if is_forwarded_host(host) else None


def _find_scheme(context: AuthContext, rule: DynamicBaseURL, headers: Headers) -> str | None:
    if rule.protocol != "auto":
        return rule.protocol
    if not context.options.advanced.trusted_proxy_headers:
        return None
    scheme = headers.get("X-Forwarded-Proto", "")
    return scheme if scheme in _SCHEMES else None


def _mount_of(request: Request) -> str:
    """Return the path that the application is mounted at, as it stands in addresses."""
    return request.root_url[len(request.host_url) - 1 :].rstrip("/")


def _address_at(context: AuthContext, origin: str, mount: str = "") -> Address:
    trusted = context.trusted_origins
    if origin not in trusted:
        trusted = (*trusted, origin)
    base_url = f"{origin}{mount}{context.options.base_path}"
    return Address(context.at_origin(origin), base_url, trusted)
