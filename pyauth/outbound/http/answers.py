"""The answer on a connection: its final head, and whether it leaves the connection as it was.

Only the code that sends loads this module: see :mod:`pyauth.outbound.http.client`.
"""

import http.client

_MAX_INTERIM = 8
_NO_BODY = frozenset({204, 304})
_SWITCHING = 101


class Answer(http.client.HTTPResponse):
    """An answer read from its final head on.

    A server may send heads of status 1xx first, such as 103 Early Hints. ``http.client`` skips 100
    alone and would take any other for the answer; the real one would then wait in the connection
    for the next request.

    Source: RFC 9110, section 15.2.
    """

    was_preceded = False
    _method: str | None

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(_MAX_INTERIM + 1):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status == _SWITCHING:
                raise http.client.HTTPException("it switches to another protocol unasked")
            if status >= 200:
                return version, status, reason
            self.was_preceded = True
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException("it announces an answer without end")

    @property
    def is_delimited(self) -> bool:
        """Whether one head alone says, in one way, where the answer ends.

        A body that comes although there is none after 204, 304 and ``HEAD`` would be the beginning
        of the next answer.
        """
        if self.was_preceded or self.status in _NO_BODY or self._method == "HEAD":
            return False
        lengths = self.headers.get_all("Content-Length", [])
        return len(lengths) == (0 if self.chunked else 1)
