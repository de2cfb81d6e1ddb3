"""What ``doctor`` makes of findings, and of a server that refuses to start."""

from collections.abc import Sequence

from pyauth.assembly import Finding, UnsafeConfiguration
from pyauth.errors import ConfigurationError


def findings_of_refusal(refusal: ConfigurationError) -> tuple[Finding, ...]:
    """Return what a server that refused to start is told to have wrong."""
    if isinstance(refusal, UnsafeConfiguration):
        return refusal.findings
    return tuple(Finding("config.invalid", "error", problem) for problem in refusal.problems)


def fails(findings: Sequence[Finding], *, strict: bool) -> bool:
    """Return whether the command fails: on errors, and with ``strict`` on warnings too."""
    bad = {"error", "warn"} if strict else {"error"}
    return any(finding.level in bad for finding in findings)
