"""Events that the app is told of in the background: from a record to a payload, and back."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

from pyauth.events import RequestInfo
from pyauth.models import User
from pyauth.outbound.kinds import DeliveryKind
from pyauth.outbound.plain import copy_plain

E = TypeVar("E")

_logger = logging.getLogger("pyauth.outbound")


def _pack_user(user: User) -> dict[str, Any]:
    """Return what a payload can carry of a user; what an app's field makes of a value may be more.

    Never fails: only somebody who exists is written to, and an error would tell that he does.
    """
    packed = {}
    for name, value in user.items():
        try:
            packed[name] = copy_plain(value)
        except Exception as exc:
            _logger.warning(
                "field %r of a user is left out of what he is sent: transform_output makes a %s "
                "of it, which is not plain data (%s)",
                name,
                type(value).__name__,
                type(exc).__name__,
            )
    return packed


_TO_PLAIN: Mapping[str, Callable[[Any], Any]] = {"user": _pack_user, "request": RequestInfo.to_data}
_FROM_PLAIN: Mapping[str, Callable[[Any], Any]] = {"user": User, "request": RequestInfo.from_data}


@dataclass(frozen=True, slots=True)
class EventKind(Generic[E]):
    """How events of one class travel: each field of the event is one of the payload.

    A field ``user`` holds a user and ``request`` a request, or None; all others are plain data. Of
    a user, the sender gets the fields that are plain data.

    Attributes:
        name: the delivery kind.
        event: the class of the events, a dataclass.
    """

    name: str
    event: type[E]

    def pack(self, event: E) -> dict[str, Any]:
        """Return the payload of an event."""
        return {name: _convert(_TO_PLAIN, name, getattr(event, name)) for name in self._names()}

    def unpack(self, payload: Mapping[str, Any]) -> E:
        """Return the event of a payload; what another version has put beside it is left out."""
        known = {name: payload[name] for name in self._names() if name in payload}
        return self.event(
            **{name: _convert(_FROM_PLAIN, name, value) for name, value in known.items()}
        )

    def sent_by(self, send: Callable[[E], None], *, source: str = "app") -> DeliveryKind:
        """Return the delivery kind that rebuilds the event and hands it to a sender.

        Args:
            send: what the app configured.
            source: who contributes the kind.
        """
        return DeliveryKind(self.name, lambda payload: send(self.unpack(payload)), source)

    def _names(self) -> list[str]:
        return [item.name for item in fields(self.event)]  # type: ignore[arg-type]


def _convert(converters: Mapping[str, Callable[[Any], Any]], name: str, value: Any) -> Any:
    convert = converters.get(name)
    return value if convert is None or value is None else convert(value)
