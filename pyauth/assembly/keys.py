"""The secrets of one instance."""

from pyauth.crypto.secret_keys import DEVELOPMENT_SECRET, SecretKeys, parse_secret_versions
from pyauth.errors import ConfigurationError
from pyauth.options import Options


def read_keys(options: Options) -> SecretKeys:
    """Return the secrets that the options hold; outside production there is one to begin with.

    Raises:
        ConfigurationError: production has none, or they are not acceptable.
    """
    single = None if options.secret is None else options.secret.get_secret_value()
    if options.secrets is not None:
        versions = parse_secret_versions(options.secrets.get_secret_value())
        return SecretKeys.rotating(versions, legacy=single)
    if single:
        return SecretKeys(single)
    if options.is_production:
        raise ConfigurationError(
            "secret is missing: set PYAUTH_SECRET to at least 32 random characters "
            "(`pyauth secret` makes some), or PYAUTH_ENV=development on your own machine"
        )
    return SecretKeys(DEVELOPMENT_SECRET)
