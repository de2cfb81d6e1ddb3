"""docs/parity.md tells today's truth."""

from pathlib import Path
from typing import Any

import pytest

from pyauth.http import Endpoint
from pyauth.naming import to_camel
from pyauth.routes import CORE_ENDPOINTS
from tests.parity.differences import DIFFERENCES

PAGE = (Path(__file__).parents[2] / "docs" / "parity.md").read_text(encoding="utf-8")
_WORDS = " ".join(PAGE.split())


@pytest.mark.parametrize("reason", sorted({difference.reason for difference in DIFFERENCES}))
def test_every_intended_difference_is_listed(reason: str) -> None:
    assert f"- {reason}" in _WORDS


@pytest.mark.parametrize("endpoint", CORE_ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_every_route_is_listed_as_served(endpoint: Endpoint[Any, Any]) -> None:
    entry = f"`{to_camel(endpoint.name)}` |" if endpoint.path is None else f" {endpoint.path}` |"
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and entry in line]

    assert rows
    assert all("served" in row for row in rows)
    assert f"{len(CORE_ENDPOINTS)} of 31 endpoints are served" in PAGE
