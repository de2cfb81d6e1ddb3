"""What commands print, as text."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from pyauth.assembly import Finding
from pyauth.auth import PyAuth
from pyauth.db.migration.plan import Plan
from pyauth.http.registry import AnyEndpoint


def report_plan(plan: Plan, *, heading: str) -> str:
    """Return a plan as lines under a heading, or that there is nothing to do.

    Args:
        plan: the plan.
        heading: what the lines are: ``missing``, ``to do``, ``done``.
    """
    if plan.is_empty:
        return "The database is up to date."
    return "\n".join([f"{heading}:", *(f"  {line}" for line in plan.describe())])


def report_routes(auth: PyAuth) -> str:
    """Return the routes as a table: methods, path, name in ``auth.api``, contributor."""
    rows = [
        (",".join(endpoint.methods), f"{auth.base_path}{endpoint.path}", name, endpoint.source)
        for name, endpoint in _reachable(auth)
    ]
    return _table(("METHODS", "PATH", "NAME", "FROM"), sorted(rows, key=lambda row: row[1]))


def report_findings(findings: Sequence[Finding]) -> str:
    """Return findings as lines: ``[WARN] security.csrf: ...``."""
    return "\n".join(f"[{item.level.upper()}] {item.code}: {item.message}" for item in findings)


def report_findings_as_json(findings: Sequence[Finding]) -> str:
    """Return findings as a JSON object with the list ``findings``."""
    return json.dumps({"findings": [asdict(item) for item in findings]}, indent=2)


def _reachable(auth: PyAuth) -> Iterable[tuple[str, AnyEndpoint]]:
    for name, operation in auth.site.registry.operations.items():
        endpoint = operation.endpoint
        if endpoint.path is not None:
            yield name, endpoint


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heading, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
