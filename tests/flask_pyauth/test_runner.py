"""The runner of an app can be replaced for a while."""

from datetime import timedelta

from flask import Flask, current_app

from flask_pyauth.runner import ReplaceableRunner, make_replaceable
from pyauth.outbound import CapturingRunner, Delivery, InlineRunner, ThreadRunner

SOON = timedelta(seconds=5)


def test_deliveries_go_to_the_configured_runner() -> None:
    sent: list[Delivery] = []
    runner = make_replaceable(Flask("site"), InlineRunner)(sent.append)
    delivery = Delivery.create("mail", {})

    runner.submit(delivery)

    assert sent == [delivery]


def test_senders_run_within_the_application_context() -> None:
    app = Flask("site")
    names: list[str] = []
    runner = make_replaceable(app, None)(lambda _: names.append(current_app.name))
    assert isinstance(runner, ReplaceableRunner)

    runner.submit(Delivery.create("mail", {}))

    assert runner.close(SOON)
    assert names == ["site"]


def test_another_runner_stands_in_within_a_block() -> None:
    configured, other = CapturingRunner(), CapturingRunner()
    runner = ReplaceableRunner(configured)

    with runner.replaced_by(other):
        runner.submit(Delivery.create("within", {}))
    runner.submit(Delivery.create("after", {}))

    assert [delivery.kind for delivery in other.deliveries] == ["within"]
    assert [delivery.kind for delivery in configured.deliveries] == ["after"]


def test_closing_reaches_the_configured_runner() -> None:
    sent: list[Delivery] = []
    runner = make_replaceable(Flask("site"), None)(sent.append)
    assert isinstance(runner, ReplaceableRunner)

    runner.submit(Delivery.create("mail", {}))
    assert runner.drain(SOON)
    assert runner.close(SOON)
    runner.submit(Delivery.create("late", {}))

    assert [delivery.kind for delivery in sent] == ["mail"]


def test_a_runner_that_cannot_be_closed_is_left_alone() -> None:
    runner = ReplaceableRunner(CapturingRunner())

    assert runner.drain(SOON)
    assert runner.close(SOON)


def test_closing_the_server_closes_its_runner() -> None:
    from pyauth import PyAuth

    made: list[ThreadRunner] = []

    def factory(deliver):  # type: ignore[no-untyped-def]
        made.append(ThreadRunner(deliver))
        return made[0]

    auth = PyAuth(mode="test", runner=make_replaceable(Flask("site"), factory))
    auth.close()
    auth.context.runner.submit(Delivery.create("late", {}))

    assert made[0].stats.dropped == 1
