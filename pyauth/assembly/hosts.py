"""An instance under several hosts: its cookies depend on the host where subdomains share them."""

from dataclasses import replace
from functools import lru_cache, partial
from urllib.parse import urlsplit

from pyauth.assembly.cookies import build_cookies
from pyauth.assembly.sessions import MakeManager
from pyauth.context import AuthContext
from pyauth.options import DynamicBaseURL, Options

MAX_HOSTS = 256
"""How many hosts are kept ready at once; a wildcard may allow any number."""


def has_cookies_per_host(options: Options) -> bool:
    """Return whether the host of a request decides whose cookies it gets.

    Source: Better Auth 1.6.9, ``resolveRequestContext``.
    """
    return (
        isinstance(options.base_url, DynamicBaseURL)
        and options.advanced.cross_sub_domain_cookies.enabled
    )


def with_host_contexts(context: AuthContext, make_manager: MakeManager) -> AuthContext:
    """Return the context with a view of itself for each host, where there is need of one.

    Args:
        context: the instance.
        make_manager: makes the session manager of other cookies.
    """
    if not has_cookies_per_host(context.options):
        return context
    view = partial(_view, context, make_manager)
    return replace(context, host_contexts=lru_cache(maxsize=MAX_HOSTS)(view))


def _view(context: AuthContext, make_manager: MakeManager, origin: str) -> AuthContext:
    options = context.options
    chosen = options.advanced.use_secure_cookies
    secure = origin.startswith("https://") if chosen is None else chosen
    cookies = build_cookies(options, secure=secure, host=urlsplit(origin).hostname)
    return replace(
        context,
        base_url=f"{origin}{options.base_path}",
        secure=secure,
        cookies=cookies,
        session_manager=make_manager(cookies),
    )
