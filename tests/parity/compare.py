"""Compares the two sides of a scenario step by step.

Random values (ids, tokens, salts) cannot be equal. They must instead correspond: whatever stands
for a value on one side stands for the same value on the other, in every body, cookie and row of
the scenario. Time stands still during a request and is the same for both, so times are compared
to the millisecond.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from tests.parity.sides import Json, Rows

_HASH = r"[0-9a-f]{32}:[0-9a-f]{128}"
_UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_ID = r"(?<![A-Za-z0-9])(?=[A-Za-z0-9]*[a-z])(?=[A-Za-z0-9]*[A-Z])(?:[A-Za-z0-9]{32}|[A-Za-z0-9]{24})(?![A-Za-z0-9])"  # noqa: E501
_SMALL_ID = r"(?<![A-Za-z0-9])(?=[a-z0-9]*[a-z])(?=[a-z0-9]*[0-9])[a-z0-9]{32}(?![A-Za-z0-9])"
_SHA256 = r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*[0-9])[\w-]{43}(?![\w-])"
_RANDOM = re.compile(f"{_HASH}|{_UUID}|{_SHA256}|{_ID}|{_SMALL_ID}")
_ABSENT = "(absent)"


class _Missing:
    """Stands for a key that one side does not have."""

    def __repr__(self) -> str:
        return _ABSENT


MISSING = _Missing()
Found = tuple[str, object, object]
"""The path of a field, and what stands there on each side."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of a scenario showed on both sides."""

    number: int
    title: str
    upstream: Mapping[str, Json]
    pyauth: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One field in which the sides do not agree; ``MISSING`` where a side has no such field."""

    scenario: str
    step: Step
    field: str
    upstream: object
    pyauth: object

    def __str__(self) -> str:
        return (
            f"    {self.field}\n"
            f"      upstream: {_text(self.upstream)}\n"
            f"      pyauth:   {_text(self.pyauth)}"
        )


def describe(found: Iterable[Discrepancy]) -> str:
    """Return the discrepancies under the steps at which they showed."""
    lines = []
    for step, group in groupby(found, key=lambda discrepancy: discrepancy.step):
        lines.append(f"  step {step.number}: {step.title}")
        lines += [str(discrepancy) for discrepancy in group]
    return "\n".join(lines)


def _text(value: object) -> str:
    if isinstance(value, _Missing):
        return _ABSENT
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 600 else f"{text[:600]}... ({len(text)} characters)"


def find_discrepancies(scenario: str, steps: Sequence[Step]) -> list[Discrepancy]:
    """Return every field of every step in which the sides do not agree.

    Answers with different statuses are different answers: that is one discrepancy, in the field
    ``status``, which shows both answers whole.
    """
    pairing = _Pairing()
    return [
        Discrepancy(scenario, step, path, upstream, pyauth)
        for step in steps
        for path, upstream, pyauth in _compare_step(pairing, step)
    ]


def _compare_step(pairing: "_Pairing", step: Step) -> Iterator[Found]:
    if step.upstream.get("status") != step.pyauth.get("status"):
        yield "status", dict(step.upstream), dict(step.pyauth)
        return
    yield from pairing.walk("", step.upstream, step.pyauth)


@dataclass(slots=True)
class _Pairing:
    """Which random value of upstream's stands for which of pyauth's, so far."""

    _to_pyauth: dict[str, str] = field(default_factory=dict)
    _to_upstream: dict[str, str] = field(default_factory=dict)

    def walk(self, path: str, upstream: object, pyauth: object) -> Iterator[Found]:
        """Yield the paths at which the two values differ, with what stands there."""
        if isinstance(upstream, Mapping) and isinstance(pyauth, Mapping):
            yield from self._walk_mappings(path, upstream, pyauth)
        elif isinstance(upstream, list) and isinstance(pyauth, list):
            yield from self._walk_lists(path, upstream, pyauth)
        elif isinstance(upstream, str) and isinstance(pyauth, str):
            if not self._same_text(upstream, pyauth):
                yield path, upstream, pyauth
        elif type(upstream) is not type(pyauth) or upstream != pyauth:
            yield path, upstream, pyauth

    def _walk_mappings(
        self, path: str, upstream: Mapping[str, object], pyauth: Mapping[str, object]
    ) -> Iterator[Found]:
        for key in [*upstream, *(key for key in pyauth if key not in upstream)]:
            inner = f"{path}.{key}" if path else key
            yield from self.walk(inner, upstream.get(key, MISSING), pyauth.get(key, MISSING))

    def _walk_lists(
        self, path: str, upstream: Sequence[object], pyauth: Sequence[object]
    ) -> Iterator[Found]:
        if len(upstream) != len(pyauth):
            yield path, upstream, pyauth
            return
        for index, (left, right) in enumerate(zip(upstream, pyauth, strict=True)):
            yield from self.walk(f"{path}[{index}]", left, right)

    def _same_text(self, upstream: str, pyauth: str) -> bool:
        if upstream == pyauth:
            return True
        if _RANDOM.sub("*", upstream) != _RANDOM.sub("*", pyauth):
            return False
        pairs = zip(_RANDOM.findall(upstream), _RANDOM.findall(pyauth), strict=True)
        return all(self._corresponds(left, right) for left, right in pairs)

    def _corresponds(self, upstream: str, pyauth: str) -> bool:
        if len(upstream) != len(pyauth):
            return False
        known = self._to_pyauth.setdefault(upstream, pyauth)
        back = self._to_upstream.setdefault(pyauth, upstream)
        return known == pyauth and back == upstream


def in_stable_order(rows: Rows) -> Rows:
    """Return the rows in an order that no random value decides; ties keep their stored order."""

    def key(row: Mapping[str, Json]) -> str:
        return _RANDOM.sub("*", json.dumps(row, sort_keys=True, default=str))

    return {model: sorted(table, key=key) for model, table in rows.items()}
