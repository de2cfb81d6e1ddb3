"""The moment by which a request has to be answered in full."""

from pyauth.clock import monotonic
from pyauth.outbound.http.errors import OutboundTimeout


class Deadline:
    """Counts down from the moment it is made.

    Args:
        seconds: how long the whole request may take, redirects included.

    Attributes:
        origin: who is being asked now, for the message.
    """

    def __init__(self, seconds: float) -> None:
        self.origin: str | None = None
        self._seconds = seconds
        self._end = monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds that are left; zero when none are."""
        return max(0.0, self._end - monotonic())

    def check(self) -> None:
        """Go on only while there is time.

        Raises:
            OutboundTimeout: there is none left.
        """
        if not self.remaining():
            raise OutboundTimeout(
                f"no complete answer within {self._seconds:g} seconds", origin=self.origin
            )

    def bound(self, seconds: float) -> float:
        """Return how long one step may take.

        Args:
            seconds: how long it may take at most, whatever is left.

        Raises:
            OutboundTimeout: there is no time left.
        """
        self.check()
        return min(seconds, self.remaining()) or 0.001
