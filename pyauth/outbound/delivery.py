"""A delivery: one message to be sent, as data that any process can take over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyauth import codec
from pyauth.crypto.random import generate_id
from pyauth.errors import PyAuthError
from pyauth.outbound.plain import copy_plain, from_tagged, to_tagged


class UnreadableDelivery(PyAuthError, ValueError):
    """The text is not a delivery; its content is never quoted, since it may hold a token."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to be sent, independent of the request and the process that caused it.

    Attributes:
        id: names this delivery in logs; a queue that may repeat itself can tell copies apart by it.
        kind: the name of the :class:`~pyauth.outbound.kinds.DeliveryKind` that sends it.
        payload: plain data (see :func:`~pyauth.outbound.plain.copy_plain`), copied on the way in.
            It may hold tokens, so neither ``repr`` nor an error message ever shows it.

    Raises:
        TypeError: the payload is not plain data.
        ValueError: the payload holds a datetime without an offset or a number that is not finite.
    """

    id: str
    kind: str
    payload: Mapping[str, Any] = field(repr=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "payload", copy_plain(self.payload))

    @classmethod
    def create(cls, kind: str, payload: Mapping[str, Any]) -> "Delivery":
        """Make a delivery with a fresh id."""
        return cls(generate_id(), kind, payload)

    def to_json(self) -> str:
        """Return the delivery as text for a queue or a table.

        The text holds the payload in the clear: whatever keeps it keeps live tokens.
        """
        return codec.dumps(
            {"id": self.id, "kind": self.kind, "payload": to_tagged(dict(self.payload))}
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> "Delivery":
        """Read what :meth:`to_json` wrote.

        Raises:
            UnreadableDelivery: the text is not a delivery.
        """
        try:
            return cls(**_read_members(codec.loads(text)))
        except (ValueError, TypeError) as exc:
            # Parsers quote what they could not read, so their message goes no further.
            raise UnreadableDelivery(f"not a delivery ({type(exc).__name__})") from None


def _read_members(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != {"id", "kind", "payload"}:
        raise TypeError("a delivery has an id, a kind and a payload")
    payload = from_tagged(value["payload"])
    if not isinstance(payload, dict):
        raise TypeError("a payload is a mapping")
    if not isinstance(value["id"], str) or not isinstance(value["kind"], str):
        raise TypeError("an id and a kind are text")
    return {"id": value["id"], "kind": value["kind"], "payload": payload}
