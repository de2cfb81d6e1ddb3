"""All options of one instance, read and checked once."""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator

from pyauth.errors import ConfigurationError
from pyauth.naming import spelling_in, spellings
from pyauth.options.account import AccountOptions
from pyauth.options.advanced import Advanced
from pyauth.options.base import OptionModel, configuration_error
from pyauth.options.base_url import DynamicBaseURL, read_base_url, static_address
from pyauth.options.email import EmailAndPassword, EmailVerification
from pyauth.options.environment import Environment, Mode
from pyauth.options.error_page import OnAPIError
from pyauth.options.hooks import DatabaseHooks, Hooks
from pyauth.options.limits import RateLimit
from pyauth.options.listed import Listed
from pyauth.options.session import SessionOptions
from pyauth.options.user import UserOptions
from pyauth.options.verification import VerificationOptions


class VersionedSecret(OptionModel):
    """One of several secrets that rotate."""

    version: int = Field(ge=0)
    """Names the secret in what it encrypts; never used for another one."""
    value: SecretStr
    """The secret."""


class Options(OptionModel):
    """Everything configurable, in groups.

    ``plugins``, ``database`` and other live objects are arguments of ``PyAuth`` beside these.
    """

    app_name: str = "pyauth"
    """The name shown to people."""
    mode: Mode = "production"
    """The posture; anything but development and test is production."""
    base_url: str | DynamicBaseURL | None = None
    """The public origin, such as ``https://app.example.com``, or a rule that chooses it for each
    request."""
    base_path: str = "/api/auth"
    """The prefix of every route."""
    secret: SecretStr | None = None
    """Signs cookies and derives keys: at least 32 random characters."""
    secrets: SecretStr | tuple[VersionedSecret, ...] | None = None
    """Numbered secrets for rotation, ``2:new,1:old`` or a list of ``version`` and ``value``; the
    first signs, all verify."""
    naming: Literal["pyauth", "better-auth"] = "pyauth"
    """The physical names of tables and columns; ``better-auth`` fits a database it made."""
    trusted_origins: Listed = ()
    """Origins accepted beside the base URL's: exact, or with ``*`` and ``?``; or a function that
    receives the request, or None, and returns them."""
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

    @field_validator("base_url", mode="before")
    @classmethod
    def _read_base_url(cls, value: Any) -> Any:
        return read_base_url(value)

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
    _fill(values, "secret", environment.secret)
    _fill(values, "secrets", environment.secrets)
    _fill(values, "base_url", environment.url)
    values.setdefault("mode", environment.mode or mode or "production")
    _add_origins(values, environment.trusted_origins)
    try:
        options = Options.model_validate(values)
    except ValidationError as exc:
        raise configuration_error(exc, Options) from None
    _check_together(options)
    return options


def _fill(values: dict[str, Any], name: str, found: str | None) -> None:
    if found is not None and values.keys().isdisjoint(spellings(name)):
        values[name] = found


def _add_origins(values: dict[str, Any], found: tuple[str, ...]) -> None:
    """Put the environment's origins beside the given ones."""
    name = spelling_in(values, "trusted_origins")
    given = values.get(name, ())
    if not found or not (callable(given) or isinstance(given, list | tuple)):
        return
    own = (given,) if callable(given) else given
    values[name] = (*own, *found)


def _check_together(options: Options) -> None:
    problems = _find_address_problems(options)
    verification = options.email_verification
    if verification.send_on_sign_up and verification.send_verification_email is None:
        problems.append(
            "email_verification.send_on_sign_up is set, but there is no send_verification_email"
        )
    if problems:
        raise ConfigurationError(problems)


def _find_address_problems(options: Options) -> list[str]:
    problems = []
    path = urlsplit(static_address(options.base_url) or "").path
    if path not in {"", options.base_path}:
        problems.append(
            f"base_url has the path {path!r}, which differs from base_path "
            f"{options.base_path!r}; leave the path out of base_url"
        )
    cross = options.advanced.cross_sub_domain_cookies
    if cross.enabled and not (cross.domain or options.base_url):
        problems.append(
            "advanced.cross_sub_domain_cookies needs its domain, or base_url to take it from"
        )
    return problems
