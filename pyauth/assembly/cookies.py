"""The cookies of one instance: their names, their attributes, whether they need https."""

from typing import Any

from pyauth.cookies import AuthCookies, CookieOverride, build_auth_cookies
from pyauth.options import CookieAttributes, Options


def are_secure(options: Options) -> bool:
    """Return whether cookies travel over https alone, where no request tells."""
    if options.advanced.use_secure_cookies is not None:
        return options.advanced.use_secure_cookies
    base_url = options.base_url
    if isinstance(base_url, str):
        return base_url.startswith("https://")
    if base_url is not None and base_url.protocol != "auto":
        return base_url.protocol == "https"
    return options.is_production


def build_cookies(options: Options, *, secure: bool, host: str | None) -> AuthCookies:
    """Return the cookies.

    Args:
        options: say how they are called and what they carry.
        secure: whether they travel over https alone.
        host: whose subdomains share them, where the options share them without naming a domain.
    """
    advanced = options.advanced
    cross = advanced.cross_sub_domain_cookies
    domain = cross.domain or host if cross.enabled else None
    return build_auth_cookies(
        prefix=advanced.cookie_prefix,
        secure=secure,
        domain=domain,
        session_max_age=int(options.session.expires_in.total_seconds()),
        session_data_max_age=int(options.session.cookie_cache.max_age.total_seconds()),
        default_attributes=_given(advanced.default_cookie_attributes),
        overrides={
            name: CookieOverride(cookie.name, _given(cookie.attributes))
            for name, cookie in advanced.cookies.items()
        },
    )


def _given(attributes: CookieAttributes) -> dict[str, Any]:
    return attributes.model_dump(exclude_none=True)
