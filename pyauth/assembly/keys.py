"""The secrets of one instance."""

from pydantic import SecretStr

from pyauth.crypto.secret_keys import DEVELOPMENT_SECRET, SecretKeys, parse_secret_versions
from pyauth.options import Options, VersionedSecret


def read_keys(options: Options) -> SecretKeys:
    """Return the secrets that the options hold.

    Where there is none, a published one stands in; the posture decides whether that will do.

    Raises:
        ConfigurationError: they cannot be read; the message tells where, never what.
    """
    single = None if options.secret is None else options.secret.get_secret_value()
    if options.secrets is not None:
        return SecretKeys.rotating(_versions(options.secrets), legacy=single)
    return SecretKeys(single if single and single.strip() else DEVELOPMENT_SECRET)


def _versions(secrets: SecretStr | tuple[VersionedSecret, ...]) -> tuple[tuple[int, str], ...]:
    if isinstance(secrets, SecretStr):
        return parse_secret_versions(secrets.get_secret_value())
    return tuple((item.version, item.value.get_secret_value()) for item in secrets)
