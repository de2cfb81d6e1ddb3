"""The default runner: threads of this process."""

from datetime import timedelta
from typing import Literal

from pyauth.outbound.delivery import Delivery
from pyauth.outbound.per_process import PerProcess
from pyauth.outbound.pool import WorkerPool
from pyauth.outbound.runner import Deliver, DeliveryStats

FullPolicy = Literal["drop", "run_inline"]


class ThreadRunner:
    """Sends deliveries in background threads, so that no caller waits for a sender.

    Threads start with the first delivery and end when there has been none for a while. A child
    made by ``fork`` starts empty: what the parent had queued is sent by the parent alone. When the
    interpreter exits, what is pending gets ``drain_deadline`` to finish. A process that is killed,
    or ended with ``os._exit`` (as a child of ``multiprocessing`` is), loses it, unless it calls
    :meth:`close` first; use a queue outside of the process where that is not good enough.

    Args:
        deliver: sends one delivery; runs in several threads at once.
        workers: threads at most.
        queue_size: deliveries waiting at most.
        drain_deadline: how long the exit of the interpreter waits at most.
        idle_timeout: how long a thread without work stays.
        when_full: what happens to a delivery that finds the queue full, the runner closed, or no
            thread to be had. ``"drop"`` gives it up: counted, and logged at the start and the end
            of each burst; the caller's answer neither changes nor waits. ``"run_inline"`` sends it
            in the calling thread, so that nothing is lost, but the time of that answer then
            depends on the sender.

    Raises:
        ValueError: a bound is out of range or the policy is unknown.
    """

    def __init__(
        self,
        deliver: Deliver,
        *,
        workers: int = 4,
        queue_size: int = 1000,
        drain_deadline: timedelta = timedelta(seconds=10),
        idle_timeout: timedelta = timedelta(seconds=30),
        when_full: FullPolicy = "drop",
    ) -> None:
        if workers < 1 or queue_size < 1:
            raise ValueError("workers and queue_size must be at least 1")
        if when_full not in ("drop", "run_inline"):
            raise ValueError('when_full must be "drop" or "run_inline"')
        self._drop_when_full = when_full == "drop"
        self._pool = PerProcess(
            lambda: WorkerPool(
                deliver,
                workers=workers,
                queue_size=queue_size,
                idle=idle_timeout,
                exit_deadline=drain_deadline,
            )
        )

    @property
    def stats(self) -> DeliveryStats:
        """What became of the deliveries submitted in this process."""
        return self._pool.get().stats

    def submit(self, delivery: Delivery) -> None:
        """Queue a delivery, or treat it as ``when_full`` says; never raises."""
        pool = self._pool.get()
        refusal = pool.refuse_or_queue(delivery)
        if refusal is None:
            return
        if self._drop_when_full:
            pool.drop(delivery, refusal)
        else:
            pool.run_here(delivery)

    def drain(self, deadline: timedelta) -> bool:
        """Wait until all that was accepted is settled; return whether that came in time."""
        return self._pool.get().drain(deadline)

    def close(self, deadline: timedelta) -> bool:
        """Close the queue and drain it; what has not begun by the deadline is dropped.

        Returns:
            Whether nothing was left.
        """
        return self._pool.get().close(deadline)
