"""Every intended difference from upstream, each with its reason.

An entry covers the discrepancies it describes and nothing else. When the whole suite is played
and an entry has covered none, the suite fails: the difference is gone, or described wrongly.
"""

from collections.abc import Sequence

from tests.parity.differences import access, addresses, answers, hooks, inputs, sessions, users
from tests.parity.differences.difference import Difference

DIFFERENCES: Sequence[Difference] = (
    *addresses.DIFFERENCES,
    *answers.DIFFERENCES,
    *inputs.DIFFERENCES,
    *access.DIFFERENCES,
    *sessions.DIFFERENCES,
    *users.DIFFERENCES,
    *hooks.DIFFERENCES,
)

__all__ = ["DIFFERENCES", "Difference"]
