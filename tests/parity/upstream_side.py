"""The upstream side: one Node.js process for all scenarios, driven through its control server."""

import base64
import contextlib
import json
import os
import select
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from pyauth.clock import epoch_ms
from tests.parity.sides import Answer, Json, Request, Rows, Setup

_START_SECONDS = 30


class UpstreamProblem(Exception):
    """The control server could not do what it was asked; the configuration may be refused."""


class UpstreamServer:
    """A running ``tests/node/upstream.mjs``."""

    def __init__(self, folder: Path, environment: str) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by close()
        self._process = subprocess.Popen(
            ["node", "upstream.mjs"],
            cwd=folder,
            env=_clean_environment() | {"NODE_ENV": environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self._port = self._read_port()
        self._connection = HTTPConnection("127.0.0.1", self._port, timeout=60)

    def _read_port(self) -> int:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], _START_SECONDS)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            self._process.kill()
            self._process.wait()
            self._errors.seek(0)
            raise UpstreamProblem(f"upstream.mjs did not start: {self._errors.read()[-2000:]}")
        return int(json.loads(line)["port"])

    def send(self, method: str, path: str, body: object = None) -> Any:
        """Make one control request."""
        self.start_send(method, path, body)
        return self.finish_send()

    def start_send(self, method: str, path: str, body: object = None) -> None:
        """Begin a control request whose answer :meth:`finish_send` takes."""
        self._connection.request(method, path, None if body is None else json.dumps(body))

    def finish_send(self) -> Any:
        """Take the answer to :meth:`start_send`."""
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        if response.status != 200:
            raise UpstreamProblem(answer["problem"])
        return answer

    def open_envelope(self, token: str, secret: str, salt: str, now: datetime) -> Json:
        """Decrypt an encrypted cookie value as upstream does; ``None`` where it cannot."""
        asked = {"token": token, "secret": secret, "salt": salt, "now": epoch_ms(now)}
        opened: Json = self.send("POST", "/open", asked)["payload"]
        return opened

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.communicate(timeout=5)
        self._process.kill()
        self._process.wait()
        self._errors.close()


def _clean_environment() -> dict[str, str]:
    """The environment without what would configure upstream behind the scenario's back."""
    foreign = ("BETTER_AUTH", "AUTH_", "NODE_", "TEST")
    return {key: value for key, value in os.environ.items() if not key.startswith(foreign)}


class UpstreamSide:
    """One upstream instance.

    Args:
        server: the process that it lives in.
        setup: how it is configured.
        database: the address of a database that others use too: ``sqlite:/path/to/file``,
            ``postgresql://...`` or ``mysql://...``. By default one in memory, its own. Only of that
            one :meth:`rows` and :meth:`change_rows` know.
    """

    def __init__(self, server: UpstreamServer, setup: Setup, database: str | None = None) -> None:
        self._server = server
        asked = asdict(setup) | {"now": epoch_ms(setup.now), "database": database}
        self._path = f"/instances/{server.send('POST', '/instances', asked)['id']}"

    def request(self, request: Request) -> Answer:
        """Answer ``request``; see :class:`tests.parity.sides.Side`."""
        self.start_request(request)
        return self.finish_request()

    def start_request(self, request: Request) -> None:
        """Begin a request, so that the other side can work at the same time."""
        headers = list(request.headers)
        if not any(name.lower() == "x-forwarded-for" for name, _ in headers):
            headers.append(("x-forwarded-for", request.ip))
        body = None if request.body is None else base64.b64encode(request.body).decode()
        asked = {
            "method": request.method,
            "url": request.target,
            "headers": headers,
            "body": body,
            "now": epoch_ms(request.now),
        }
        self._server.start_send("POST", f"{self._path}/request", asked)

    def finish_request(self) -> Answer:
        """Take the answer to :meth:`start_request`."""
        given = self._server.finish_send()
        headers = tuple((name, value) for name, value in given["headers"])
        return Answer(given["status"], headers, base64.b64decode(given["body"]))

    def call(self, name: str, given: Mapping[str, Json], now: datetime) -> Json:
        """Call ``auth.api.<name>``."""
        asked = {"name": name, "input": given, "now": epoch_ms(now)}
        result: Json = self._server.send("POST", f"{self._path}/api", asked)
        return result

    def rows(self) -> Rows:
        """Return every row of every table."""
        rows: Rows = self._server.send("GET", f"{self._path}/rows")
        return rows

    def change_rows(
        self, action: str, model: str, where: Mapping[str, Json], values: Mapping[str, Json]
    ) -> int:
        """Insert, update or delete rows directly."""
        asked = {"action": action, "model": model, "where": where, "values": values}
        return int(self._server.send("POST", f"{self._path}/rows", asked)["changed"])

    def create(self, model: str, data: Mapping[str, Json], now: datetime) -> None:
        """Let upstream's own adapter make a row; moments are given as texts."""
        asked = {"model": model, "data": data, "now": epoch_ms(now)}
        self._server.send("POST", f"{self._path}/create", asked)

    def storage(self, now: datetime) -> Json:
        """Return every entry of the secondary storage."""
        entries: Json = self._server.send("POST", f"{self._path}/storage", {"now": epoch_ms(now)})
        return entries

    def outbox(self) -> list[Json]:
        """Return what the senders were given."""
        sent: list[Json] = self._server.send("GET", f"{self._path}/outbox")
        return sent

    def log(self) -> list[str]:
        """Return what the library logged."""
        lines = self._server.send("GET", f"{self._path}/log")
        return [f"{line['level']}: {line['message']}" for line in lines]

    def close(self) -> None:
        """Throw the instance away."""
        self._server.send("DELETE", self._path)
