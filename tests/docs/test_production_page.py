"""docs/production.md names every finding that there is, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `([a-z_.]+)` \| (info|warn|error) \|", re.MULTILINE)
_CODE = re.compile(r'Finding\(\s*"([a-z_]+\.[a-z_]+)"')


def test_the_page_lists_the_codes_of_the_source() -> None:
    sources = [*(ROOT / "pyauth" / "assembly").glob("*.py"), ROOT / "pyauth" / "cli" / "doctor.py"]
    codes = {code for path in sources for code in _CODE.findall(path.read_text(encoding="utf-8"))}
    assert {code for code, _ in _ROW.findall(PAGE)} == codes


def test_the_page_lists_each_code_once() -> None:
    codes = [code for code, _ in _ROW.findall(PAGE)]
    assert sorted(codes) == sorted(set(codes))
