"""docs/security.md names tests that exist, one at least for each guarantee."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
_NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")
_ROW = re.compile(r"^\| (?!what holds|---)(.+?) \| (.+) \|$", re.MULTILINE)
GUARANTEES = _ROW.findall(PAGE)


@cache
def _tests_in(path: str) -> frozenset[str]:
    source = ROOT / "tests" / path
    if not source.exists():
        return frozenset()
    tree = ast.parse(source.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def _all_of_the_folder() -> set[tuple[str, str]]:
    folder = ROOT / "tests" / "security"
    paths = [f"security/{path.name}" for path in folder.glob("test_*.py")]
    return {(path, name) for path in paths for name in _tests_in(path) if name.startswith("test_")}


def test_there_are_guarantees() -> None:
    assert len(GUARANTEES) > 30


@pytest.mark.parametrize(("guarantee", "shown_by"), GUARANTEES)
def test_each_guarantee_is_shown_by_tests_that_exist(guarantee: str, shown_by: str) -> None:
    named = _NAMED.findall(shown_by)
    assert named, guarantee
    assert [f"{path}::{name}" for path, name in named if name not in _tests_in(path)] == []


def test_nothing_else_stands_in_the_column_of_tests() -> None:
    left = {_NAMED.sub("", shown_by).replace(",", "").strip() for _, shown_by in GUARANTEES}
    assert left == {""}


UNNAMED = {
    "test_every_core_route_has_a_request_that_works": "it shows that the others show something",
    "test_a_refusal_shows_no_evidence": "a case of another",
    "test_the_session_of_the_request_is_not_in_the_address_it_is_sent_to": "a case of another",
}
"""Tests of tests/security that show no guarantee of their own, with the reason."""


def test_every_test_of_the_folder_is_named() -> None:
    named = set(_NAMED.findall(PAGE))
    missing = {item for item in _all_of_the_folder() - named if item[1] not in UNNAMED}
    assert missing == set()
