"""All options of one instance, read and checked once."""

import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator

from pyauth.errors import ConfigurationError
from pyauth.naming import spellings
from pyauth.options.account import AccountOptions
from pyauth.options.advanced import Advanced
from pyauth.options.base import OptionModel, configuration_error
from pyauth.options.email import EmailAndPassword, EmailVerification
from pyauth.options.environment import Environment, Mode
from pyauth.options.error_page import OnAPIError
from pyauth.options.hooks import DatabaseHooks, Hooks
from pyauth.options.limits import RateLimit
from pyauth.options.session import SessionOptions
from pyauth.options.user import UserOptions
from pyauth.options.verification import VerificationOptions

_NETLOC = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?")


class Options(OptionModel):
    """Everything configurable, in groups.

    ``plugins``, ``database`` and other live objects are arguments of ``PyAuth`` beside these.
    """

    app_name: str = "pyauth"
    """The name shown to people."""
    mode: Mode = "production"
    """The posture; anything but development and test is production."""
    base_url: str | None = None
    """The public origin, such as ``https://app.example.com``."""
    base_path: str = "/api/auth"
    """The prefix of every route."""
    secret: SecretStr | None = None
    """Signs cookies and derives keys: at least 32 random characters."""
    secrets: SecretStr | None = None
    """Versioned secrets for rotation, ``2:new,1:old``; the first signs, all verify."""
    naming: Literal["pyauth", "better-auth"] = "pyauth"
    """The physical names of tables and columns; ``better-auth`` fits a database it made."""
    trusted_origins: tuple[str, ...] = ()
    """Origins accepted beside the base URL's: exact, or with ``*`` and ``?``."""
    disabled_paths: tuple[str, ...] = ()
    """Routes answered with 404."""
    email_and_password: EmailAndPassword = EmailAndPassword()
    email_verification: EmailVerification = EmailVerification()
    user: UserOptions = UserOptions()
    session: SessionOptions = SessionOptions()
    account: AccountOptions = AccountOptions()
    verification: VerificationOptions = VerificationOptions()
    rate_limit: RateLimit = RateLimit()
    advanced: Advanced = Advanced()
    on_api_error: OnAPIError = OnAPIError()
    hooks: Hooks = Field(default=Hooks())
    database_hooks: DatabaseHooks = DatabaseHooks()

    @property
    def is_production(self) -> bool:
        """Whether the strict posture applies."""
        return self.mode == "production"

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("must not hold a query, a fragment or a user name")
        if parts.scheme not in {"http", "https"} or not _NETLOC.fullmatch(parts.netloc):
            raise ValueError("must be an address such as https://app.example.com")
        _ = parts.port  # raises for a port beyond 65535
        return url.rstrip("/")

    @field_validator("base_path")
    @classmethod
    def _check_base_path(cls, path: str) -> str:
        if not path.startswith("/") or "//" in path:
            raise ValueError("must start with one slash, such as /api/auth")
        return path.rstrip("/")


def read_options(given: Mapping[str, Any], environment: Environment, mode: Mode | None) -> Options:
    """Read the options of one instance.

    Args:
        given: what the caller said, by option name; values are models or plain data.
        environment: fills what ``given`` leaves out.
        mode: the posture the framework suggests when neither says one.

    Raises:
        ConfigurationError: lists every unknown option and every value that does not fit.
    """
    values = {name: value for name, value in given.items() if value is not None}
    _fill(values, ("secret", "secrets"), secret=environment.secret, secrets=environment.secrets)
    _fill(values, spellings("base_url"), base_url=environment.url)
    values.setdefault("mode", environment.mode or mode or "production")
    origins = values.get("trusted_origins", values.get("trustedOrigins", ()))
    if environment.trusted_origins and isinstance(origins, list | tuple):
        values.pop("trustedOrigins", None)
        values["trusted_origins"] = (*origins, *environment.trusted_origins)
    try:
        options = Options.model_validate(values)
    except ValidationError as exc:
        raise configuration_error(exc, Options) from None
    _check_together(options)
    return options


def _fill(values: dict[str, Any], spellings: tuple[str, ...], **found: str | None) -> None:
    if any(name in values for name in spellings):
        return
    values.update({name: value for name, value in found.items() if value is not None})


def _check_together(options: Options) -> None:
    problems = []
    if options.base_url and urlsplit(options.base_url).path not in {"", options.base_path}:
        problems.append(
            f"base_url has the path {urlsplit(options.base_url).path!r}, "
            f"which differs from base_path {options.base_path!r}; leave the path out of base_url"
        )
    cross = options.advanced.cross_sub_domain_cookies
    if cross.enabled and not (cross.domain or options.base_url):
        problems.append(
            "advanced.cross_sub_domain_cookies needs its domain, or base_url to take it from"
        )
    verification = options.email_verification
    if verification.send_on_sign_up and verification.send_verification_email is None:
        problems.append(
            "email_verification.send_on_sign_up is set, but there is no send_verification_email"
        )
    if problems:
        raise ConfigurationError(problems)
