"""The measurement of many users: that every step runs and does its work."""

from pathlib import Path

import pytest

from bench.many_users import STEPS, main, measure
from tests.support.app import make_auth

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="reads memory from /proc"
)


def test_every_step_is_measured_over_the_users_asked_for(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/many.sqlite3"
    measured = measure(url, tmp_path, 60)
    assert [item.name for item in measured] == list(STEPS)
    assert all(item.seconds > 0 and item.peak > item.grown for item in measured)
    auth = make_auth(database=url)
    assert auth.context.users.count() == 60
    auth.close()


@pytest.mark.full
def test_the_command_prints_a_line_a_step(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--count", "10"])
    assert len(capsys.readouterr().out.splitlines()) == len(STEPS) + 1
