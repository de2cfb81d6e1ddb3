"""docs/production.md names every finding that there is with the levels it has, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `([a-z_.]+)` \| (info|warn|error) \| (.+) \|$", re.MULTILINE)
_WORDS = {"info": r"\ban info\b", "warn": r"\ba warning\b", "error": r"\ban error\b"}
"""How a row names the other levels that a finding can have."""


def levels_of_the_page() -> dict[str, set[str]]:
    """Return the levels of each code: the one in its column, and those that the words name."""
    return {
        code: {level, *(other for other, word in _WORDS.items() if re.search(word, words))}
        for code, level, words in _ROW.findall(PAGE)
    }


def levels_of_the_source() -> dict[str, set[str]]:
    """Return the levels of each code, wherever in the source it is found."""
    found: dict[str, set[str]] = {}
    sources = [*(ROOT / "pyauth" / "assembly").glob("*.py"), ROOT / "pyauth" / "cli" / "doctor.py"]
    for path in sources:
        for code, levels in findings_in(path.read_text(encoding="utf-8")):
            found.setdefault(code, set()).update(levels)
    return found


def findings_in(source: str) -> Iterator[tuple[str, set[str]]]:
    """Yield the code and the levels of each ``Finding(code, level, ...)``."""
    for call in ast.walk(ast.parse(source)):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            continue
        if call.func.id == "Finding" and len(call.args) > 1:
            code, level = call.args[:2]
            yield text_of(code), levels_in(level)


def levels_in(level: ast.expr) -> set[str]:
    """Return the levels that an expression may give: a text, or ``a if ... else b`` of them."""
    if isinstance(level, ast.IfExp):
        return levels_in(level.body) | levels_in(level.orelse)
    return {text_of(level)}


def text_of(literal: ast.expr) -> str:
    """Return the text that stands in the source."""
    assert isinstance(literal, ast.Constant), f"line {literal.lineno}: no literal"
    assert isinstance(literal.value, str), f"line {literal.lineno}: no text"
    return literal.value


def test_the_page_lists_the_codes_of_the_source_with_their_levels() -> None:
    assert levels_of_the_page() == levels_of_the_source()


def test_the_page_lists_each_code_once() -> None:
    codes = [code for code, _, _ in _ROW.findall(PAGE)]
    assert sorted(codes) == sorted(set(codes))
