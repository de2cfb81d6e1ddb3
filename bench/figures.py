"""What is reported of repeated measurements."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A median, and the quartiles around it."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one subject.

    Attributes:
        cpu: microseconds of processor time a request.
        ratio: of ``cpu`` to the reference's, round by round.
        rate: requests a second; None without a server.
    """

    cpu: Figure
    ratio: Figure
    rate: Figure | None = None


def summarise(values: Sequence[float]) -> Figure:
    """Return the median and the quartiles of at least one value."""
    if len(values) == 1:
        return Figure(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Figure(median, low, high)


def compare(
    cpu: Mapping[str, Sequence[float]],
    *,
    to: str,
    rates: Mapping[str, Sequence[float]] | None = None,
) -> dict[str, Row]:
    """Summarise rounds in which every subject was measured once.

    Args:
        cpu: microseconds a request, one value a round, by subject.
        to: the subject that ratios are to.
        rates: requests a second, in the same order.
    """
    reference = cpu[to]
    return {
        name: Row(
            cpu=summarise(values),
            ratio=summarise([a / b for a, b in zip(values, reference, strict=True)]),
            rate=summarise(rates[name]) if rates else None,
        )
        for name, values in cpu.items()
    }
