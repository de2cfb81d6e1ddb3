"""Mails and messages that would have been sent."""

from typing import Any, TypeVar

E = TypeVar("E")


class Outbox:
    """A sender that keeps the events it is given; fit for every option that takes a sender."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def __call__(self, event: Any) -> None:
        self.sent.append(event)

    def __len__(self) -> int:
        return len(self.sent)

    @property
    def last(self) -> Any:
        """The newest event.

        Raises:
            LookupError: nothing was sent.
        """
        if not self.sent:
            raise LookupError("nothing was sent")
        return self.sent[-1]

    def of(self, kind: type[E]) -> list[E]:
        """Return the events of one class, oldest first."""
        return [event for event in self.sent if isinstance(event, kind)]

    def clear(self) -> None:
        """Forget what was sent."""
        self.sent.clear()
