"""A runner is told by its methods, and an instance tells what became of its deliveries."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from flask_pyauth import FlaskPyAuth
from pyauth.outbound import (
    CapturingRunner,
    DeliveryStats,
    DrainingRunner,
    InlineRunner,
    ThreadRunner,
)
from tests.support.app import SECRET, Outbox, Visitor, make_auth

SOON = timedelta(seconds=20)


def test_only_a_runner_with_threads_is_to_be_drained() -> None:
    assert isinstance(ThreadRunner(lambda _: None), DrainingRunner)
    assert not isinstance(InlineRunner(lambda _: None), DrainingRunner)
    assert not isinstance(CapturingRunner(), DrainingRunner)


def test_an_instance_counts_what_it_delivers() -> None:
    outbox = Outbox()
    auth = make_auth(
        verification=outbox,
        email_verification={"send_on_sign_up": True},
        runner=lambda deliver: ThreadRunner(deliver, idle_timeout=timedelta(0)),
    )
    Visitor(auth).sign_up()
    assert isinstance(auth.context.runner, ThreadRunner)
    assert auth.context.runner.drain(SOON)
    auth.close()

    assert auth.delivery_stats == DeliveryStats(
        submitted=1, delivered=1, failed=0, dropped=0, pending=0
    )
    assert len(outbox.sent) == 1


def test_a_sender_that_fails_is_counted_and_logged_once_without_its_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tokens: list[str] = []

    def fail(mail: Any) -> None:
        tokens.append(mail.token)
        raise OSError(f"no route for {mail.token}")

    auth = make_auth(verification=fail, email_verification={"send_on_sign_up": True})
    caplog.set_level(logging.INFO)
    assert Visitor(auth).sign_up().status == 200

    assert auth.delivery_stats == DeliveryStats(
        submitted=1, delivered=0, failed=1, dropped=0, pending=0
    )
    (record,) = [record for record in caplog.records if "delivery" in record.getMessage()]
    assert record.levelno == logging.ERROR
    assert tokens[0] not in caplog.text


def test_a_runner_that_does_not_count_has_no_numbers() -> None:
    assert make_auth(runner=lambda deliver: CapturingRunner()).delivery_stats is None


def test_an_instance_within_flask_counts_too() -> None:
    app = Flask("site")
    app.config.update(TESTING=True, PYAUTH_SECRET=SECRET)
    auth = FlaskPyAuth(app, runner=InlineRunner).for_app(app)
    assert auth.delivery_stats == DeliveryStats(0, 0, 0, 0, 0)
