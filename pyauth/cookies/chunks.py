"""One value in several cookies, where it is too large for one.

Small values stand in the cookie itself, large ones in ``<name>.0``, ``<name>.1`` and so on. Whoever
writes hands over the names that the browser may hold, so that nothing stale stays beside the new.

Source: Better Auth 1.6.9, ``cookies/session-store.ts``. differs: what makes a cookie too large is
its whole line, as releases since 1.7.0 measure it (#10088), and a value is at most 16 cookies
long, where upstream would write 100: no server reads such a header.
"""

import re
from collections.abc import Iterable, Mapping

from pyauth.cookies.spec import CookieSpec, expire, serialize

CHUNK_SIZE = 3896
"""Characters of a value in one cookie, where name and attributes leave it that much room."""

MAX_COOKIE_SIZE = 4050
"""Characters of one ``Set-Cookie`` text: a little below what the strictest browser keeps."""

MAX_CHUNKS = 16
"""Cookies of one value."""

_INDEX = re.compile(r"\.(0|[1-9][0-9]{0,2})")


class ChunkedCookie:
    """A cookie whose value may need several.

    Args:
        spec: the cookie that small values stand in; its chunks have the same attributes.
    """

    def __init__(self, spec: CookieSpec) -> None:
        self.spec = spec
        self.name = spec.name
        self._prefix = f"{spec.name}."
        longest = serialize(spec.renamed(f"{spec.name}.{MAX_CHUNKS - 1}"), "")
        self._room = min(CHUNK_SIZE, MAX_COOKIE_SIZE - len(longest))

    def read(self, cookies: Mapping[str, str]) -> str | None:
        """Return the value that a request's cookies hold together, or None.

        Args:
            cookies: the request's cookies, parsed.
        """
        whole = cookies.get(self.name)
        if whole:
            return whole
        chunks = {}
        for name, value in cookies.items():
            if name.startswith(self._prefix):
                index = _INDEX.fullmatch(name, len(self.name))
                if index is not None:
                    chunks[int(index[1])] = value
        return "".join(chunks[index] for index in sorted(chunks)) or None

    def write(
        self, value: str, *, max_age: float | None, held: Iterable[str]
    ) -> tuple[str, ...] | None:
        """Return the ``Set-Cookie`` texts that give the cookie this value.

        Args:
            value: plain text that needs no percent-encoding.
            max_age: seconds; None for a value that ends with the browser.
            held: the names of all cookies that the browser may hold.

        Returns:
            The texts, those that expire stale cookies first; None where the value is too large.
        """
        names = self._names_for(value)
        if names is None:
            return None
        texts = [expire(self.spec.renamed(name)) for name in self._own(held) if name not in names]
        for position, name in enumerate(names):
            part = value[position * self._room :][: self._room]
            texts.append(serialize(self.spec.renamed(name), part, max_age=max_age))
        return tuple(texts)

    def expire(self, held: Iterable[str]) -> tuple[str, ...]:
        """Return the ``Set-Cookie`` texts that make a browser forget the value.

        Args:
            held: the names of all cookies that the browser may hold.
        """
        chunks = [name for name in self._own(held) if name != self.name]
        return tuple(expire(self.spec.renamed(name)) for name in (self.name, *chunks))

    def _names_for(self, value: str) -> list[str] | None:
        if self._room < 1:
            return None
        count = -(-len(value) // self._room)
        if count <= 1:
            return [self.name]
        if count > MAX_CHUNKS:
            return None
        return [f"{self.name}.{index}" for index in range(count)]

    def _own(self, held: Iterable[str]) -> list[str]:
        return [
            name
            for name in held
            if name == self.name
            or (name.startswith(self._prefix) and _INDEX.fullmatch(name, len(self.name)))
        ]
