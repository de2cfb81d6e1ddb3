"""Where one instance is, and whose pages it trusts, as far as no request tells."""

import logging
from urllib.parse import urlsplit

from pyauth.assembly.plugins import ByPlugin, flatten
from pyauth.http.base_url import origins_of
from pyauth.http.origins import find_origin, find_pattern_flaw
from pyauth.options import DynamicBaseURL, Options
from pyauth.options.base_url import static_address
from pyauth.options.listed import texts_of


def full_base_url(options: Options) -> str | None:
    """Return origin and base path; None where each request says its own."""
    address = static_address(options.base_url)
    if address is None:
        return None
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}{options.base_path}"


def trusted_origins(
    options: Options, contributions: ByPlugin, logger: logging.Logger
) -> tuple[str, ...]:
    """Return the patterns of origins that hold for every request; log those that never match."""
    patterns = [
        *_own_origins(options.base_url),
        *texts_of(options.trusted_origins),
        *flatten(item.trusted_origins for item in contributions.values()),
    ]
    for pattern in patterns:
        flaw = find_pattern_flaw(pattern)
        if flaw is not None:
            logger.warning("trusted origin %r can never match: %s", pattern, flaw)
    return tuple(dict.fromkeys(patterns))


def _own_origins(base_url: str | DynamicBaseURL | None) -> list[str]:
    if isinstance(base_url, DynamicBaseURL):
        return list(origins_of(base_url))
    own = find_origin(base_url) if base_url else None
    return [own] if own else []
