"""One intended difference from upstream, as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.parity.compare import Discrepancy

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
        step: pattern of step titles (method, path and note), as ``fnmatch``; or several.
        field: pattern of the field's path.
        upstream: what stands there on upstream's side; ``MISSING`` when nothing does.
        pyauth: what stands there on pyauth's side.
        when: a condition on the whole step.
        scenario: pattern of scenario names.
    """

    reason: str
    field: str
    step: str | tuple[str, ...] = "*"
    upstream: object = ANYTHING
    pyauth: object = ANYTHING
    when: Condition | None = None
    scenario: str = "*"

    def _steps(self) -> tuple[str, ...]:
        return (self.step,) if isinstance(self.step, str) else self.step

    def covers(self, found: Discrepancy) -> bool:
        """Whether ``found`` is this difference."""
        return (
            fnmatchcase(found.scenario, self.scenario)
            and any(fnmatchcase(found.step.title, pattern) for pattern in self._steps())
            and fnmatchcase(found.field, self.field)
            and self.upstream == found.upstream
            and self.pyauth == found.pyauth
            and (self.when is None or self.when(found.step.upstream, found.step.pyauth))
        )
