"""Runners without threads."""

import logging
import threading

import pytest

from pyauth.outbound import CapturingRunner, Delivery, DeliveryStats, InlineRunner, Runner

MAIL = Delivery("d1", "mail", {"token": "s3cret"})


def test_inline_sends_at_once_in_the_thread_of_the_caller() -> None:
    sent: list[tuple[Delivery, int]] = []
    runner: Runner = InlineRunner(lambda d: sent.append((d, threading.get_ident())))

    runner.submit(MAIL)

    assert sent == [(MAIL, threading.get_ident())]


def test_inline_counts_and_does_not_raise(caplog: pytest.LogCaptureFixture) -> None:
    def deliver(delivery: Delivery) -> None:
        if delivery.id == "bad":
            raise ValueError("quotes s3cret")

    runner = InlineRunner(deliver)
    runner.submit(MAIL)
    runner.submit(Delivery("bad", "mail", {}))

    assert runner.stats == DeliveryStats(submitted=2, delivered=1, failed=1, dropped=0, pending=0)
    assert [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR] == [
        "outbound delivery failed: mail bad (builtins.ValueError)"
    ]


def test_inline_counts_what_is_being_sent_as_pending() -> None:
    seen: list[DeliveryStats] = []
    runner = InlineRunner(lambda _: seen.append(runner.stats))

    runner.submit(MAIL)

    assert seen == [DeliveryStats(submitted=1, delivered=0, failed=0, dropped=0, pending=1)]


def test_inline_lets_an_interrupt_of_the_program_through_and_counts_it() -> None:
    def interrupt(delivery: Delivery) -> None:
        raise KeyboardInterrupt

    runner = InlineRunner(interrupt)

    with pytest.raises(KeyboardInterrupt):
        runner.submit(MAIL)
    assert runner.stats.failed == 1


def test_capturing_keeps_deliveries_and_sends_nothing() -> None:
    runner = CapturingRunner()
    sms = Delivery("d2", "sms", {})
    runner.submit(MAIL)
    runner.submit(sms)

    assert runner.deliveries == (MAIL, sms)
    assert runner.of_kind("sms") == (sms,)

    runner.clear()
    assert not runner.deliveries
