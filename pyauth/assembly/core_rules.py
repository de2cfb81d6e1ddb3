"""What is looked at in every mode: secrets, contradictions, and what shows more than it should."""

from collections.abc import Iterator

from pyauth.assembly.findings import Finding, Rule, Setup
from pyauth.crypto.secret_keys import is_published, weakness
from pyauth.options import Options, PasswordOptions
from pyauth.options.base_url import static_address


def _loaded(setup: Setup) -> Iterator[Finding]:
    options = setup.options
    address = static_address(options.base_url) or "the address of each request"
    names = ", ".join(plugin.id for plugin in setup.parts.plugins) or "none"
    yield Finding(
        "config.loaded",
        "info",
        f"mode {options.mode}, at {address}, base path {options.base_path or '/'}, "
        f"plugins: {names}",
    )


def _hashing(setup: Setup) -> Iterator[Finding]:
    settings = setup.options.email_and_password.password
    if setup.parts.passwords is not None and settings != PasswordOptions():
        yield Finding(
            "config.password_hashing",
            "error",
            "passwords= and email_and_password.password both say how to hash; give one of them",
        )


def _serial_ids(setup: Setup) -> Iterator[Finding]:
    if setup.options.advanced.database.generate_id == "serial" and _hides_addresses(setup.options):
        yield Finding(
            "security.serial_ids",
            "warn",
            "sign-up hides whether an address is taken, but counted ids show it: a made-up user "
            "cannot have the next number; prefer generate_id='random' or 'uuid'",
        )


def _hides_addresses(options: Options) -> bool:
    sign_up = options.email_and_password
    return sign_up.enabled and (sign_up.require_email_verification or not sign_up.auto_sign_in)


def _secret(setup: Setup) -> Iterator[Finding]:
    options, keys = setup.options, setup.keys
    if options.secret is not None and not options.secret.get_secret_value().strip():
        yield Finding(
            "security.secret",
            "error",
            "secret is empty: give at least 32 random characters (`pyauth secret` makes some), or "
            "leave it out",
        )
        return
    if options.secret is None and options.secrets is None:
        yield _missing_secret(options)
        return
    flaw = weakness(keys.for_signing())
    if flaw is not None:
        where = "production" if options.is_production else "anything but your own machine"
        yield Finding(
            "security.secret",
            "error" if options.is_production else "warn",
            f"the secret is too weak for {where}: {flaw}; `pyauth secret` makes a good one",
        )
    yield from _older_secrets(setup)


def _missing_secret(options: Options) -> Finding:
    if options.is_production:
        return Finding(
            "security.secret",
            "error",
            "secret is missing: set PYAUTH_SECRET to at least 32 random characters "
            "(`pyauth secret` makes some), or PYAUTH_ENV=development on your own machine",
        )
    return Finding(
        "security.secret",
        "info",
        f"no secret is set; a published one stands in for it while the mode is {options.mode}",
    )


def _older_secrets(setup: Setup) -> Iterator[Finding]:
    """An older secret still opens what it signed, so whoever knows it can sign."""
    older = [(f"version {number}", secret) for number, secret in setup.keys.versions[1:]]
    if setup.keys.legacy is not None:
        older.append(("the single secret of before the rotation", setup.keys.legacy))
    for name, secret in older:
        flaw = weakness(secret)
        if flaw is None:
            continue
        refused = setup.options.is_production and is_published(secret)
        yield Finding(
            "security.older_secret",
            "error" if refused else "warn",
            f"secrets: {name} is weak: {flaw}; cookies signed with it are still accepted, so "
            "retire it as soon as you can",
        )


CORE_RULES: tuple[Rule, ...] = (_loaded, _secret, _hashing, _serial_ids)
