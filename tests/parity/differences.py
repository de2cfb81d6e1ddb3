"""Every intended difference from upstream, each with its reason.

An entry covers the discrepancies it describes and nothing else. When the whole suite is played
and an entry has covered none, the suite fails: the difference is gone, or described wrongly.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.parity.compare import MISSING, Discrepancy

Condition = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]
"""Judges a whole step: what upstream showed, what pyauth showed."""


class _Anything:
    """Equal to every value."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = object.__hash__


ANYTHING = _Anything()


@dataclass(frozen=True, slots=True)
class Difference:
    """One intended difference.

    Attributes:
        reason: why pyauth differs, for whoever meets it.
        step: pattern of step titles (method and path), as ``fnmatch``.
        field: pattern of the field's path.
        upstream: what stands there on upstream's side; ``MISSING`` when nothing does.
        pyauth: what stands there on pyauth's side.
        when: a condition on the whole step.
        scenario: pattern of scenario names.
    """

    reason: str
    field: str
    step: str = "*"
    upstream: object = ANYTHING
    pyauth: object = ANYTHING
    when: Condition | None = None
    scenario: str = "*"

    def covers(self, found: Discrepancy) -> bool:
        """Whether ``found`` is this difference."""
        return (
            fnmatchcase(found.scenario, self.scenario)
            and fnmatchcase(found.step.title, self.step)
            and fnmatchcase(found.field, self.field)
            and self.upstream == found.upstream
            and self.pyauth == found.pyauth
            and (self.when is None or self.when(found.step.upstream, found.step.pyauth))
        )


def _is_error(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    return upstream["status"] == pyauth["status"] >= 400


DIFFERENCES: Sequence[Difference] = (
    Difference(
        reason="every error body has a code; upstream leaves it out of some",
        field="body.code",
        upstream=MISSING,
        when=_is_error,
    ),
)
