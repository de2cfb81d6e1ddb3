"""The secrets of one configuration: which one signs, which ones still verify.

A secret never appears in an error, a ``repr`` or a log line; messages name its version only.
"""

import base64
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pyauth.crypto.random import random_bytes
from pyauth.errors import ConfigurationError

DEVELOPMENT_SECRET = "pyauth-development-secret-not-for-production"  # noqa: S105 - public on purpose
"""Stands in where no secret is configured, in development and tests only."""

MIN_SECRET_LENGTH = 32
"""Characters (Better Auth 1.6.9: context/secret-utils.ts)."""

MIN_SECRET_ENTROPY = 120
"""Bits, estimated as ``log2(different characters ** length)`` (same source)."""

_PUBLISHED_SECRETS = frozenset(
    {
        DEVELOPMENT_SECRET,
        "better-auth-secret-12345678901234567890",
        "rustauth-secret-123456789012345678901",
    }
)
PLACEHOLDER = "<generate-with-pyauth-secret>"
"""Stands in env files where a secret is to be put."""

_EXAMPLES = (
    "change-me",
    "changeme",
    "example",
    "your-secret",
    "secret-a-at-least-32-chars",
    PLACEHOLDER.strip("<>"),
)
"""Parts of the secrets that stand in instructions (RustAuth 0.2.0: the ``secret`` command)."""

MIN_SECRET_KINDS = 3
"""Of small letters, capitals, digits and other characters (same source)."""

HEX_SECRET_LENGTH = 64
"""From this length on two kinds will do: 32 random bytes as hex digits are as good."""

_KINDS = ("[a-z]", "[A-Z]", "[0-9]", "[^a-zA-Z0-9]")
_VERSION = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True, repr=False)
class SecretKeys:
    """The secrets of one configuration.

    Attributes:
        current: signs and encrypts everything new.
        versions: numbered secrets, newest first, when secrets rotate; empty otherwise.
        legacy: the single secret used before rotation began. It still opens what carries no
            version number.
    """

    current: str
    versions: tuple[tuple[int, str], ...] = ()
    legacy: str | None = None

    def __post_init__(self) -> None:
        problems = _find_problems(self)
        if problems:
            raise ConfigurationError(problems)

    @classmethod
    def rotating(
        cls, versions: Sequence[tuple[int, str]], *, legacy: str | None = None
    ) -> "SecretKeys":
        """Build from numbered secrets, newest first.

        Args:
            versions: pairs of version and secret; the first is the current one.
            legacy: the single secret of earlier days. A published default is not kept.

        Raises:
            ConfigurationError: there are none, or a version or a secret is not acceptable.
        """
        if not versions:
            raise ConfigurationError("secrets: at least one '<version>:<secret>' is needed")
        kept = None if legacy in _PUBLISHED_SECRETS else legacy
        return cls(current=versions[0][1], versions=tuple(versions), legacy=kept or None)

    @property
    def is_rotating(self) -> bool:
        """Whether encrypted values carry the version of their secret."""
        return bool(self.versions)

    @property
    def current_version(self) -> int | None:
        """The version of the current secret, or None where secrets do not rotate."""
        return self.versions[0][0] if self.versions else None

    def for_signing(self) -> str:
        """Return the secret that signs."""
        return self.current

    def for_verifying(self) -> tuple[str, ...]:
        """Return every secret that may verify: the current, then the older ones, then legacy."""
        older = [secret for _, secret in self.versions]
        legacy = [] if self.legacy is None else [self.legacy]
        return tuple(dict.fromkeys([self.current, *older, *legacy]))

    def find_version(self, version: int) -> str | None:
        """Return the secret with that number, or None when it is unknown or retired."""
        return next((secret for number, secret in self.versions if number == version), None)

    def __repr__(self) -> str:
        numbers = ", ".join(str(version) for version, _ in self.versions)
        return f"SecretKeys(versions=[{numbers}], legacy={self.legacy is not None})"


def _find_problems(keys: SecretKeys) -> list[str]:
    if not keys.versions:
        return [f"secret: {flaw}" for flaw in _find_flaws(keys.current)]
    problems = [f"legacy secret: {flaw}" for flaw in _find_flaws(keys.legacy or "-")]
    seen: set[int] = set()
    for version, secret in keys.versions:
        if isinstance(version, bool) or version < 0:
            problems.append("secrets: a version must be a non-negative integer")
        if version in seen:
            problems.append(f"secrets: version {version} appears twice; each must be unique")
        problems += [f"secrets: version {version}: {flaw}" for flaw in _find_flaws(secret)]
        seen.add(version)
    if keys.current != keys.versions[0][1]:
        problems.append("secrets: the current secret must be the first of the versions")
    return problems


def _find_flaws(secret: str) -> list[str]:
    if not secret.strip():
        return ["the secret must not be empty"]
    # An environment that is not UTF-8 arrives as lone surrogates, which no key can be made of.
    if any("\ud800" <= character <= "\udfff" for character in secret):
        return ["the secret must be valid Unicode text"]
    return []


def parse_secret_versions(text: str) -> tuple[tuple[int, str], ...]:
    """Read ``2:new,1:old``: numbered secrets, the current one first.

    Args:
        text: entries ``<version>:<secret>`` between commas; blanks around each part are dropped.
            A secret may hold colons, not commas.

    Returns:
        Pairs of version and secret, in the order given, ready for :meth:`SecretKeys.rotating`.

    Raises:
        ConfigurationError: with every problem found. Entries are named by their position, since
            a badly written one may be a bare secret.

    Source: Better Auth 1.6.9: context/secret-utils.ts. differs: a version is digits only, where
    upstream reads the digits that ``2x`` begins with.
    """
    pairs: list[tuple[int, str]] = []
    problems: list[str] = []
    for position, entry in enumerate(text.split(","), start=1):
        version, colon, secret = (part.strip() for part in entry.partition(":"))
        if not colon:
            problems.append(f"secrets: entry {position} must be written '<version>:<secret>'")
        elif not _VERSION.fullmatch(version):
            problems.append(
                f"secrets: the version of entry {position} must be a non-negative integer"
            )
        else:
            pairs.append((int(version), secret))
    if problems:
        raise ConfigurationError(problems)
    return SecretKeys.rotating(pairs).versions


def is_published(secret: str) -> bool:
    """Return whether everybody knows the secret, because it stands in a program's source."""
    return secret in _PUBLISHED_SECRETS


def weakness(secret: str) -> str | None:
    """Say why no production may sign with ``secret``, or return None when it will do.

    Source: Better Auth 1.6.9: context/secret-utils.ts, context/create-context.ts; RustAuth 0.2.0
    for the examples.
    """
    if is_published(secret):
        return "it is a published default, known to everybody"
    if any(part in secret.lower() for part in _EXAMPLES):
        return "it is the example of some instructions; use a randomly generated one"
    if len(secret) < MIN_SECRET_LENGTH:
        return f"it is shorter than {MIN_SECRET_LENGTH} characters"
    if len(secret) * math.log2(len(set(secret))) < MIN_SECRET_ENTROPY:
        return "it repeats too few characters; use a randomly generated one"
    return None


def strict_weakness(secret: str) -> str | None:
    """Say what is wrong with a secret that somebody is about to choose, or return None.

    It refuses more than :func:`weakness`, which has to let a server start whose secret is random
    but not mixed.

    Source: RustAuth 0.2.0: the ``secret`` command. differs: digits of 32 bytes in hex will do.
    """
    flaw = weakness(secret)
    if flaw is not None:
        return flaw
    kinds = sum(re.search(kind, secret) is not None for kind in _KINDS)
    if kinds < MIN_SECRET_KINDS and len(secret) < HEX_SECRET_LENGTH:
        return (
            f"it has fewer than {MIN_SECRET_KINDS} kinds of characters (small letters, capitals, "
            f"digits, others) and fewer than {HEX_SECRET_LENGTH} characters"
        )
    return None


def generate_secret(size: int = MIN_SECRET_LENGTH) -> str:
    """Return a new secret, fit for an environment variable, a URL and a rotation list.

    Args:
        size: how many random bytes it is made of.
    """
    while True:
        secret = base64.urlsafe_b64encode(random_bytes(size)).rstrip(b"=").decode("ascii")
        # Chance makes one in some thousands that our own check would refuse.
        if strict_weakness(secret) is None:
            return secret
