"""What is looked at in production, or where an instance is judged as if it were there."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from pyauth.assembly.findings import Finding, Rule, Setup
from pyauth.assembly.limits import find_place
from pyauth.db.memory import MemoryAdapter
from pyauth.http.base_url import is_loopback
from pyauth.options import DynamicBaseURL, Options
from pyauth.options.base_url import allows_every_host, static_address
from pyauth.options.listed import texts_of
from pyauth.storage.memory import MemoryStorage

RECOMMENDED_MIN_PASSWORD = 8
"""Characters (NIST SP 800-63B-4, section 3.1.1)."""
RECOMMENDED_MAX_PASSWORD = 64
"""Characters that a password may have at the very least (same source)."""
LARGEST_PROXY_RANGE = 2**16
"""Public addresses: no deployment has more proxies in one network."""


def _base_url(setup: Setup) -> Iterator[Finding]:
    base_url = setup.options.base_url
    if base_url is None:
        senders = _link_senders(setup.options)
        consequence = (
            f"the links in mails ({', '.join(senders)}) would lead wherever a request's Host "
            "header says"
            if senders
            else "each request's Host header decides where pyauth is and which origin is trusted"
        )
        yield Finding(
            "security.base_url",
            "error" if senders else "warn",
            f"base_url is missing: without it {consequence}; set base_url or PYAUTH_URL",
        )
        return
    if isinstance(base_url, DynamicBaseURL):
        yield from _open_hosts(base_url)
        if base_url.protocol == "http":
            yield _not_https("base_url.protocol is 'http'")
        address = base_url.fallback
    else:
        address = base_url
    if address is None:
        return
    if is_loopback(urlsplit(address).netloc):
        yield Finding(
            "security.localhost",
            "warn",
            f"base_url is {address}: only browsers on the same machine can follow it",
        )
    elif not address.startswith("https://"):
        yield _not_https(f"base_url is {address}")


def _open_hosts(base_url: DynamicBaseURL) -> Iterator[Finding]:
    for host in base_url.allowed_hosts:
        if allows_every_host(host):
            yield Finding(
                "security.base_url",
                "error",
                f"base_url.allowed_hosts holds {host!r}, which allows every host: the links in "
                "mails would lead wherever a request says; name your hosts",
            )


def _link_senders(options: Options) -> list[str]:
    senders = {
        "email_verification.send_verification_email": (
            options.email_verification.send_verification_email
        ),
        "email_and_password.send_reset_password": options.email_and_password.send_reset_password,
        "user.change_email.send_change_email_confirmation": (
            options.user.change_email.send_change_email_confirmation
        ),
        "user.delete_user.send_delete_account_verification": (
            options.user.delete_user.send_delete_account_verification
        ),
    }
    return [name for name, sender in senders.items() if sender is not None]


def _not_https(what: str) -> Finding:
    return Finding(
        "security.base_url_https",
        "warn",
        f"{what}: passwords and session cookies travel readable for everybody on the way; "
        "use https",
    )


def _records(setup: Setup) -> Iterator[Finding]:
    database = setup.parts.database
    if database is None:
        enabled = setup.options.email_and_password.enabled
        yield Finding(
            "database.url",
            "error" if enabled else "warn",
            "email_and_password needs a database in production: set database"
            if enabled
            else "there is no database: users are gone when the process ends, and sessions live in "
            "their cookies or the secondary storage alone",
        )
    elif isinstance(database, MemoryAdapter):
        yield Finding(
            "database.memory",
            "warn",
            "records live in the memory of each process and end with it; set database to a URL",
        )
    if isinstance(setup.parts.secondary_storage, MemoryStorage):
        yield Finding(
            "storage.memory",
            "warn",
            "the secondary storage lives in the memory of each process and ends with it; use Redis",
        )


def _counting(setup: Setup) -> Iterator[Finding]:
    settings = setup.options.rate_limit
    if settings.enabled is False:
        yield Finding(
            "rate_limit.disabled",
            "warn",
            "rate_limit.enabled is False: passwords and codes can be guessed without a bound, "
            "unless something in front of pyauth counts",
        )
        return
    if setup.options.advanced.ip_address.disable_ip_tracking:
        yield Finding(
            "rate_limit.addresses",
            "warn",
            "advanced.ip_address.disable_ip_tracking turns the rate limit off too: without "
            "addresses there is nobody to count",
        )
        return
    if find_place(setup.options, setup.parts.secondary_storage) == "memory":
        yield Finding(
            "rate_limit.memory",
            "info",
            "each process counts requests for itself: several of them admit so many times more; "
            "rate_limit.storage='database' or a secondary storage counts for all",
        )
    if settings.store_unavailable == "allow":
        yield Finding(
            "rate_limit.store_unavailable",
            "warn",
            "rate_limit.store_unavailable is 'allow': while the store of the counts is down, "
            "passwords and codes can be guessed without a bound",
        )
    yield from _unknown_addresses(setup.options)


def _unknown_addresses(options: Options) -> Iterator[Finding]:
    policy = options.rate_limit.unknown_address
    consequences = {
        "deny": "are refused with 429; behind a socket or a proxy, see that REMOTE_ADDR is set",
        "share": "share one count: one of them can lock the others out",
        "allow": "are not counted: whoever can hide his address may guess without a bound",
    }
    yield Finding(
        "client_address.unknown",
        "warn" if policy == "allow" else "info",
        f"clients without a known address {consequences[policy]} "
        f"(rate_limit.unknown_address is {policy!r})",
    )


def _proxies(setup: Setup) -> Iterator[Finding]:
    advanced = setup.options.advanced
    for network in advanced.ip_address.trusted_proxies:
        if network != "unix" and network.is_global and network.num_addresses > LARGEST_PROXY_RANGE:
            yield Finding(
                "client_address.proxies",
                "warn",
                f"advanced.ip_address.trusted_proxies holds {network}: a public network so large "
                "has clients in it, who could then choose their address; list the proxies alone",
            )
    if advanced.trusted_proxy_headers and setup.options.base_url is None:
        yield Finding(
            "client_address.forwarded_host",
            "warn",
            "advanced.trusted_proxy_headers is on and base_url is not set: whoever gets past the "
            "proxy with X-Forwarded-Host decides where pyauth is; set base_url",
        )
    if advanced.allow_private_addresses:
        yield Finding(
            "security.private_addresses",
            "warn",
            "advanced.allow_private_addresses is on: an address that somebody else chose can lead "
            "the server into your own network",
        )


def _request_checks(setup: Setup) -> Iterator[Finding]:
    advanced = setup.options.advanced
    no_origin_check = advanced.disable_origin_check
    if advanced.disable_csrf_check or (advanced.disable_csrf_check is None and no_origin_check):
        yield Finding(
            "security.csrf",
            "warn",
            "the check of origins is off: other sites can act for your users wherever cookies "
            "reach; leave advanced.disable_csrf_check unset, and list origins in trusted_origins",
        )
    if no_origin_check:
        yield Finding(
            "security.redirects",
            "warn",
            "advanced.disable_origin_check is on: links of yours can lead anywhere; list the "
            "targets' origins in trusted_origins instead",
        )
    for pattern in texts_of(setup.options.trusted_origins):
        if allows_every_host(pattern):
            yield Finding(
                "security.trusted_origins",
                "warn",
                f"trusted_origins holds {pattern!r}, which trusts every site; name your own",
            )


def _cookies(setup: Setup) -> Iterator[Finding]:
    advanced = setup.options.advanced
    address = static_address(setup.options.base_url)
    is_https = address is None or address.startswith("https://")
    if advanced.use_secure_cookies is False and is_https:
        yield _plain_cookies("advanced.use_secure_cookies is False")
    chosen = {"advanced.default_cookie_attributes": advanced.default_cookie_attributes}
    chosen |= {f"advanced.cookies.{key}": item.attributes for key, item in advanced.cookies.items()}
    for name, attributes in chosen.items():
        if attributes.secure is False and is_https:
            yield _plain_cookies(f"{name} has secure=False")
        if attributes.http_only is False:
            yield Finding(
                "security.cookies",
                "warn",
                f"{name} has http_only=False: any script on your pages can take the session",
            )


def _plain_cookies(what: str) -> Finding:
    return Finding(
        "security.cookies",
        "warn",
        f"{what} under https: a browser would send the session over plain http too",
    )


def _password_lengths(setup: Setup) -> Iterator[Finding]:
    settings = setup.options.email_and_password
    if not settings.enabled:
        return
    if settings.min_password_length < RECOMMENDED_MIN_PASSWORD:
        yield Finding(
            "security.password_length",
            "warn",
            f"email_and_password.min_password_length is {settings.min_password_length}; at least "
            f"{RECOMMENDED_MIN_PASSWORD} is advised",
        )
    if settings.max_password_length < RECOMMENDED_MAX_PASSWORD:
        yield Finding(
            "security.password_length",
            "warn",
            f"email_and_password.max_password_length is {settings.max_password_length}; "
            f"passphrases are longer: allow at least {RECOMMENDED_MAX_PASSWORD}",
        )


def _errors(setup: Setup) -> Iterator[Finding]:
    if setup.options.on_api_error.throw:
        yield Finding(
            "errors.throw",
            "warn",
            "on_api_error.throw is on: what goes wrong reaches the server in front, which may show "
            "it; use on_api_error.on_error to be told instead",
        )


PRODUCTION_RULES: tuple[Rule, ...] = (
    _base_url,
    _records,
    _counting,
    _proxies,
    _request_checks,
    _cookies,
    _password_lengths,
    _errors,
)
