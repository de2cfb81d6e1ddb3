"""A browser's cookie jar, as far as one host needs it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

ParsedCookie = tuple[str, str, dict[str, str | bool]]


def parse_set_cookie(header: str) -> ParsedCookie:
    """Return name, value and lower-cased attributes of a Set-Cookie header; nothing is decoded."""
    first, *rest = header.split("; ")
    name, _, value = first.partition("=")
    attributes: dict[str, str | bool] = {}
    for part in rest:
        key, separator, text = part.partition("=")
        attributes[key.lower()] = text if separator else True
    return name, value, attributes


@dataclass(slots=True)
class CookieJar:
    """The cookies of one browser at one host; paths, domains and schemes are not told apart."""

    _kept: dict[str, tuple[str, datetime | None]] = field(default_factory=dict)

    def receive(self, header: str, now: datetime) -> None:
        """Take one Set-Cookie header."""
        name, value, attributes = parse_set_cookie(header)
        age = attributes.get("max-age")
        if not isinstance(age, str):
            self._kept[name] = (value, None)
        elif int(age) <= 0:
            self._kept.pop(name, None)
        else:
            self._kept[name] = (value, now + timedelta(seconds=int(age)))

    def header(self, now: datetime) -> str | None:
        """Return the Cookie header for a request at ``now``; ``None`` without cookies."""
        living = {
            name: value
            for name, (value, until) in self._kept.items()
            if until is None or until > now
        }
        return "; ".join(f"{name}={value}" for name, value in living.items()) or None

    def get(self, name: str) -> str | None:
        """Return the value as it was received."""
        kept = self._kept.get(name)
        return kept[0] if kept else None

    def put(self, name: str, value: str) -> None:
        """Plant a cookie that lasts."""
        self._kept[name] = (value, None)

    def drop(self, name: str) -> None:
        """Forget one cookie."""
        self._kept.pop(name, None)

    def end_session(self) -> None:
        """Forget the cookies that a browser drops when it is closed."""
        self._kept = {name: kept for name, kept in self._kept.items() if kept[1] is not None}
