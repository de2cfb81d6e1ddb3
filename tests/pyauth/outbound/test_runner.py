"""A runner is told by its methods."""

from pyauth.outbound import CapturingRunner, DrainingRunner, InlineRunner, ThreadRunner


def test_only_a_runner_with_threads_is_to_be_drained() -> None:
    assert isinstance(ThreadRunner(lambda _: None), DrainingRunner)
    assert not isinstance(InlineRunner(lambda _: None), DrainingRunner)
    assert not isinstance(CapturingRunner(), DrainingRunner)
