"""Kinds of deliveries: which function sends what."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyauth.errors import ConflictError, PyAuthError
from pyauth.outbound.delivery import Delivery


@dataclass(frozen=True, slots=True)
class DeliveryKind:
    """How the deliveries of one kind are sent.

    Attributes:
        name: the kind that deliveries name, such as ``verification-email``.
        send: rebuilds the event from the payload and calls the app's sender with it.
        source: who contributes the kind, such as ``core`` or ``plugin two-factor``.
    """

    name: str
    send: Callable[[Mapping[str, Any]], None] = field(repr=False)
    source: str = "app"


class UnknownDeliveryKind(PyAuthError):
    """A delivery names a kind that this server does not have.

    Args:
        kind: the kind asked for.
        known: the kinds that there are.
    """

    def __init__(self, kind: str, known: Iterable[str]) -> None:
        self.kind = kind
        self.known = tuple(sorted(known))
        super().__init__(
            f"no delivery kind {kind!r}; known are: {', '.join(self.known) or 'none'}. "
            "A worker needs the same plugins and senders as the server that queued the delivery."
        )


class Dispatcher:
    """Sends deliveries by their kind.

    Args:
        kinds: kind name to kind; made by :func:`index_kinds`.
    """

    def __init__(self, kinds: Mapping[str, DeliveryKind]) -> None:
        self._kinds = dict(kinds)

    @property
    def kinds(self) -> tuple[DeliveryKind, ...]:
        """All kinds, by name."""
        return tuple(kind for _, kind in sorted(self._kinds.items()))

    def deliver(self, delivery: Delivery) -> None:
        """Send a delivery now, in this thread.

        Raises:
            UnknownDeliveryKind: there is no such kind here.
            Exception: whatever the sender raises.
        """
        kind = self._kinds.get(delivery.kind)
        if kind is None:
            raise UnknownDeliveryKind(delivery.kind, self._kinds)
        kind.send(delivery.payload)


def index_kinds(kinds: Iterable[DeliveryKind]) -> dict[str, DeliveryKind]:
    """Return the kinds by name.

    Raises:
        ConflictError: a name is contributed twice.
    """
    index: dict[str, DeliveryKind] = {}
    for kind in kinds:
        first = index.setdefault(kind.name, kind)
        if first is not kind:
            raise ConflictError(
                f"delivery kind {kind.name!r}",
                first=first.source,
                second=kind.source,
                cure="rename one or leave out its contributor",
            )
    return index
