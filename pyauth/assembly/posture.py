"""What contradicts itself, and what production does not allow: decided here, all at once."""

from pyauth.assembly.parts import Parts
from pyauth.crypto.secret_keys import SecretKeys, weakness
from pyauth.errors import ConfigurationError
from pyauth.options import Options, PasswordOptions


def check_posture(options: Options, parts: Parts, keys: SecretKeys) -> None:
    """Refuse contradictions, and what is unsafe in production; every problem at once."""
    problems = []
    settings = options.email_and_password.password
    if parts.passwords is not None and settings != PasswordOptions():
        problems.append(
            "passwords= and email_and_password.password both say how to hash; give one of them"
        )
    if options.advanced.database.generate_id == "serial" and _hides_addresses(options):
        parts.logger.warning(
            "sign-up hides whether an address is taken, but counted ids show it: a made-up user "
            "cannot have the next number; prefer generate_id='random' or 'uuid'"
        )
    problems += _find_unsafe(options, parts, keys) if options.is_production else []
    if problems:
        raise ConfigurationError(problems)


def _hides_addresses(options: Options) -> bool:
    sign_up = options.email_and_password
    return sign_up.enabled and (sign_up.require_email_verification or not sign_up.auto_sign_in)


def _find_unsafe(options: Options, parts: Parts, keys: SecretKeys) -> list[str]:
    problems = []
    flaw = weakness(keys.for_signing())
    if flaw is not None:
        problems.append(
            f"the secret is too weak for production: {flaw}; `pyauth secret` makes a good one"
        )
    if parts.database is None and options.email_and_password.enabled:
        problems.append("email_and_password needs a database in production: set database")
    if options.base_url is None and options.email_verification.send_verification_email:
        problems.append(
            "base_url is missing: without it the links in mails would lead wherever a request's "
            "Host header says; set base_url or PYAUTH_URL"
        )
    return problems
