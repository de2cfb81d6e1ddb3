"""The measuring of migrations: that it runs, and that what it says is so."""

from pathlib import Path

import pytest

from bench.migration import main, measure

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc"),
]


def test_a_small_run_reports_every_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--users", "50", "--database", f"sqlite:///{tmp_path / 'bench.sqlite3'}"])
    head, _, *lines = capsys.readouterr().out.splitlines()
    assert head == "sqlite, 50 users"
    assert [line[:16].strip() for line in lines] == ["plan", "migrate", "plan, up to date"]


def test_the_rows_that_are_read_do_not_grow_with_the_users(tmp_path: Path) -> None:
    few, many = (
        [item.rows for item in measure(f"sqlite:///{tmp_path / str(users)}", users)]
        for users in (3, 300)
    )
    assert few == many
    assert few[0] > 0
