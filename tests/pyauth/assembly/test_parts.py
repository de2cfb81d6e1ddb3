"""Where an instance logs."""

import logging
from typing import Any

import pytest

from pyauth import ConfigurationError, PyAuth
from tests.support.app import FOREIGN, Visitor, make_auth


def test_an_instance_logs_to_the_librarys_logger_by_default() -> None:
    assert make_auth().context.logger is logging.getLogger("pyauth")


def test_a_logger_of_the_app_takes_its_place(caplog: pytest.LogCaptureFixture) -> None:
    auth = make_auth(logger=logging.getLogger("shop.auth"))
    Visitor(auth, origin=FOREIGN).sign_up()
    assert {record.name for record in caplog.records} == {"shop.auth"}
    assert "refused the origin" in caplog.text


def test_two_instances_log_apart(caplog: pytest.LogCaptureFixture) -> None:
    for name in ("one", "two"):
        auth = make_auth(logger=logging.getLogger(name))
        Visitor(auth, origin=FOREIGN).sign_up()
    assert [record.name for record in caplog.records] == ["one", "two"]


@pytest.mark.parametrize(
    "given", [{"disabled": True}, {"level": "debug", "log": print}, "debug", print, 10]
)
def test_upstreams_logger_options_are_refused_with_their_counterpart(given: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"logging\.getLogger\('pyauth'\)"):
        PyAuth(mode="test", logger=given)
