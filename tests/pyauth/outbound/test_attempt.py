"""A failed attempt is logged once, without secrets."""

import logging

import pytest

from pyauth.outbound import Delivery
from pyauth.outbound.attempt import attempt

MAIL = Delivery("d1", "mail", {"token": "s3cret"})


class SMTPDown(Exception):
    """Quotes what it could not send, as real ones do."""


def _fail(delivery: Delivery) -> None:
    raise SMTPDown(f"could not send {delivery.payload['token']}")


def test_a_success_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    assert attempt(lambda _: None, MAIL)
    assert not caplog.records


def test_a_failure_is_one_error_with_kind_id_and_type_only(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="pyauth.outbound")

    assert not attempt(_fail, MAIL)

    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("ERROR", f"outbound delivery failed: mail d1 ({__name__}.SMTPDown)")
    ]
    assert "s3cret" not in caplog.text


def test_the_traceback_is_there_at_debug_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="pyauth.outbound")

    attempt(_fail, MAIL)

    error, debug = caplog.records
    assert error.exc_info is None
    assert debug.levelno == logging.DEBUG
    assert debug.exc_info is not None
    assert debug.exc_info[0] is SMTPDown


def test_a_sender_that_exits_is_a_failure_like_any_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def leave(delivery: Delivery) -> None:
        raise SystemExit(3)

    assert not attempt(leave, MAIL)
    assert "builtins.SystemExit" in caplog.text
