"""What an examination of an instance looks at, and what it finds."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pyauth.assembly.parts import Parts
from pyauth.crypto.secret_keys import SecretKeys
from pyauth.errors import ConfigurationError
from pyauth.options import Options

Level = Literal["info", "warn", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that an examination of an instance found.

    Attributes:
        code: names the kind of finding, such as ``security.secret``; docs/production.md lists them.
        level: ``error`` for what must not go into production, ``warn`` for what should not
            without a reason, ``info`` for what is good to know.
        message: what was found and what would be right; never a secret or a password.
    """

    code: str
    level: Level
    message: str


@dataclass(frozen=True, slots=True)
class Setup:
    """What the rules look at."""

    options: Options
    parts: Parts
    keys: SecretKeys


Rule = Callable[[Setup], Iterator[Finding]]
"""Looks at one matter and yields what it finds."""


class UnsafeConfiguration(ConfigurationError):
    """The posture refuses the configuration.

    Args:
        findings: all that was found, what is no error too.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__([item.message for item in self.findings if item.level == "error"])
