"""Plays a scenario on both sides at once and keeps what each step showed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from tests.parity.compare import Step, in_stable_order
from tests.parity.jar import CookieJar
from tests.parity.shape import Shaper
from tests.parity.sides import (
    BASE_PATH,
    Answer,
    Both,
    Json,
    Request,
    Side,
    SideName,
    resolve,
)
from tests.parity.upstream_side import UpstreamSide

START: Final = datetime(2026, 1, 15, 12, 0, 0, 250_000, tzinfo=UTC)
_TICK: Final = timedelta(seconds=1)
_NOT_GIVEN: Final = object()

Change = Callable[[SideName, Answer], object]


@dataclass(slots=True)
class Stage:
    """What all browsers of one scenario share: the two sides, the clock and the record."""

    upstream: UpstreamSide
    pyauth: Side | None
    shaper: Shaper
    ip: str
    origin: str
    now: datetime = START
    steps: list[Step] = field(default_factory=list)

    def record(self, title: str, upstream: Mapping[str, Json], pyauth: Mapping[str, Json]) -> None:
        """Keep what a step showed."""
        self.steps.append(Step(len(self.steps) + 1, title, upstream, pyauth))

    def ask(self, upstream: Request, pyauth: Request) -> tuple[Answer, Answer | None]:
        """Put one request to both sides; they work at the same time."""
        self.upstream.start_request(upstream)
        try:
            mine = self.pyauth.request(pyauth) if self.pyauth else None
        finally:
            theirs = self.upstream.finish_request()
        return theirs, mine


@dataclass(frozen=True, slots=True)
class Reply:
    """The answers of both sides to one request; index it for values of the JSON body."""

    upstream: Answer
    pyauth: Answer | None

    @property
    def json(self) -> Both:
        """The JSON body of each side; ``None`` where there is none."""
        return Both(_json(self.upstream), _json(self.pyauth))

    def __getitem__(self, key: str | int) -> Both:
        return self.json[key]

    def header(self, name: str) -> Both:
        """The first value of a header on each side."""

        def first(answer: Answer | None) -> str | None:
            return next(iter(answer.get_all(name)), None) if answer else None

        return Both(first(self.upstream), first(self.pyauth))


def _json(answer: Answer | None) -> object:
    try:
        return json.loads(answer.body) if answer else None
    except ValueError:
        return None


class Play:
    """A browser in a scenario, and the hand that reaches into the database and the clock."""

    def __init__(self, stage: Stage, *, agent: str = "parity", label: str = "") -> None:
        self._stage = stage
        self._agent = agent
        self._label = label
        self._jars: dict[SideName, CookieJar] = {"upstream": CookieJar(), "pyauth": CookieJar()}

    # --- requests -----------------------------------------------------------------------------

    def get(self, path: str | Both, **given: object) -> Reply:
        """GET; see :meth:`request`."""
        return self.request("GET", path, **given)  # type: ignore[arg-type]

    def post(self, path: str | Both, body: object = _NOT_GIVEN, **given: object) -> Reply:
        """POST with a JSON body, or without any; see :meth:`request`."""
        return self.request("POST", path, body=body, **given)  # type: ignore[arg-type]

    def request(
        self,
        method: str,
        path: str | Both,
        *,
        body: object = _NOT_GIVEN,
        raw: bytes | str | Both | None = None,
        form: Mapping[str, object] | None = None,
        content_type: object = _NOT_GIVEN,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, object] | None = None,
        origin: object = _NOT_GIVEN,
        cookies: bool = True,
        ip: str | None = None,
        under: str = BASE_PATH,
        looking_for: Sequence[str] = (),
        note: str = "",
    ) -> Reply:
        """Send one request to both sides and record the answers.

        Args:
            method: the HTTP method.
            path: what follows the base path, with or without a query.
            body: sent as JSON.
            raw: sent as it is, as JSON unless ``content_type`` says otherwise.
            form: sent as a URL-encoded form.
            content_type: ``None`` leaves the header out.
            query: appended to the path, encoded.
            headers: beside the usual ones; ``None`` as a value leaves a header out.
            origin: the Origin header; the own origin by default for all but GET and HEAD.
            cookies: whether the jar's cookies are sent (received ones are always kept).
            ip: the client's address; the scenario's own by default.
            under: what ``path`` is relative to.
            looking_for: texts whose presence in an HTML body is compared.
            note: words for the report.
        """
        stage = self._stage
        stage.now += _TICK
        if origin is _NOT_GIVEN:
            origin = None if method in ("GET", "HEAD") else stage.origin
        sent = {"user-agent": self._agent, "origin": origin, **(headers or {})}

        def build(side: SideName) -> Request:
            target = under + str(resolve(path, side))
            if query is not None:
                target += "?" + urlencode(_mapping(resolve(query, side)), doseq=True)
            kind, content = _encode(side, body=body, raw=raw, form=form)
            if content_type is not _NOT_GIVEN:
                kind = content_type if isinstance(content_type, str) else None
            mine = {key: resolve(value, side) for key, value in sent.items()}
            if kind is not None:
                mine.setdefault("content-type", kind)
            jar = self._jars[side].header(stage.now) if cookies else None
            if jar is not None:
                mine.setdefault("cookie", jar)
            listed = tuple((key, str(value)) for key, value in mine.items() if value is not None)
            return Request(method, target, listed, content, ip or stage.ip, stage.now)

        upstream, pyauth = stage.ask(build("upstream"), build("pyauth"))
        reply = Reply(upstream, pyauth)
        title = f"{method} {_title(path)}" + (f"  ({note})" if note else "")
        stage.record(
            self._label + title,
            self._take("upstream", upstream, looking_for),
            self._take("pyauth", pyauth, looking_for) if pyauth else {},
        )
        return reply

    def _take(self, side: SideName, answer: Answer, looking_for: Sequence[str]) -> dict[str, Json]:
        for header in answer.get_all("set-cookie"):
            self._jars[side].receive(header, self._stage.now)
        return self._stage.shaper.show(answer, looking_for)

    def call(self, name: str, **given: object) -> Both:
        """Call the in-process function by upstream's name with ``body``, ``query``, ``headers``."""
        stage = self._stage
        stage.now += _TICK
        theirs = stage.upstream.call(name, _mapping(resolve(given, "upstream")), stage.now)
        mine: Json = None
        if stage.pyauth:
            mine = stage.pyauth.call(name, _mapping(resolve(given, "pyauth")), stage.now)
        stage.record(f"{self._label}auth.api.{name}", {"outcome": theirs}, {"outcome": mine})
        return Both(theirs, mine)["result"]

    # --- other people, time -------------------------------------------------------------------

    def browser(self, label: str) -> "Play":
        """Open another browser, with a jar of its own, on the same two sides."""
        return Play(self._stage, agent=f"parity {label}", label=f"[{label}] ")

    def travel(self, **duration: float) -> None:
        """Let time pass, in ``timedelta``'s units."""
        self._stage.now += timedelta(**duration)

    @property
    def now(self) -> datetime:
        """The present moment of the scenario."""
        return self._stage.now

    # --- cookies ------------------------------------------------------------------------------

    def cookie(self, name: str) -> Both:
        """The value of a cookie as each side set it, still encoded."""
        return Both(self._jars["upstream"].get(name), self._jars["pyauth"].get(name))

    def put_cookie(self, name: str, value: str | Both) -> None:
        """Plant a cookie."""
        for side, jar in self._jars.items():
            jar.put(name, str(resolve(value, side)))

    def drop_cookies(self, *names: str) -> None:
        """Forget these cookies, or all without names."""
        if not names:
            self._jars = {"upstream": CookieJar(), "pyauth": CookieJar()}
        for jar in self._jars.values():
            for name in names:
                jar.drop(name)

    def close_browser(self) -> None:
        """Forget the session cookies, as closing a browser does."""
        for jar in self._jars.values():
            jar.end_session()

    # --- database and mail --------------------------------------------------------------------

    def rows(self, *models: str) -> Both:
        """Record the rows of these models, or of all tables, and return them."""
        upstream = _chosen(in_stable_order(self._stage.upstream.rows()), models)
        pyauth = self._stage.pyauth
        mine = _chosen(in_stable_order(pyauth.rows()), models) if pyauth else {}
        shown = self._stage.shaper.open_jwts
        self._stage.record(
            f"rows of {', '.join(models) or 'all tables'}",
            {"rows": shown(upstream)},
            {"rows": shown(mine)},
        )
        return Both(upstream, mine)

    def insert(self, model: str, **values: object) -> None:
        """Put a row into the database directly."""
        self._change("insert", model, {}, values)

    def update(self, model: str, where: Mapping[str, object], **values: object) -> None:
        """Change rows directly; times are ISO text."""
        self._change("update", model, where, values)

    def delete(self, model: str, **where: object) -> None:
        """Delete rows directly."""
        self._change("delete", model, where, {})

    def _change(
        self, action: str, model: str, where: Mapping[str, object], values: Mapping[str, object]
    ) -> None:
        stage = self._stage
        sides: list[tuple[SideName, Side]] = [("upstream", stage.upstream)]
        if stage.pyauth:
            sides.append(("pyauth", stage.pyauth))
        for name, side in sides:
            side.change_rows(
                action, model, _mapping(resolve(where, name)), _mapping(resolve(values, name))
            )

    def storage(self, note: str = "") -> Both:
        """Record what the secondary storage holds, values read as JSON, and return the entries.

        For scenarios with the preset ``secondaryStorage``.
        """
        now, pyauth = self._stage.now, self._stage.pyauth
        theirs = _entries(self._stage.upstream.storage(now))
        mine = _entries(pyauth.storage(now)) if pyauth else []
        title = "storage" + (f"  ({note})" if note else "")
        self._stage.record(title, {"entries": theirs}, {"entries": mine})
        return Both(theirs, mine)

    def mail(self) -> Both:
        """Record everything sent so far and return the last message."""
        upstream = self._stage.upstream.outbox()
        pyauth = self._stage.pyauth.outbox() if self._stage.pyauth else []
        shown = self._stage.shaper.open_jwts
        self._stage.record("outbox", {"sent": shown(list(upstream))}, {"sent": shown(list(pyauth))})
        return Both(upstream[-1] if upstream else None, pyauth[-1] if pyauth else None)


def _entries(storage: Json) -> Json:
    entries = [
        {"key": key, "value": json.loads(entry["value"]), "ttl": entry["ttl"]}
        for key, entry in storage.items()
    ]
    return in_stable_order({"entries": entries})["entries"]


def _title(path: str | Both) -> str:
    return path if isinstance(path, str) else str(path.upstream)


def _mapping(value: object) -> Mapping[str, Json]:
    assert isinstance(value, Mapping)
    return value


def _chosen(
    rows: dict[str, list[dict[str, Json]]], models: Sequence[str]
) -> dict[str, list[dict[str, Json]]]:
    return {model: table for model, table in rows.items() if not models or model in models}


def _encode(
    side: SideName,
    *,
    body: object,
    raw: bytes | str | Both | None,
    form: Mapping[str, object] | None,
) -> tuple[str | None, bytes | None]:
    """Return the content type that goes with the body, and the body."""
    if body is not _NOT_GIVEN:
        return "application/json", json.dumps(resolve(body, side)).encode()
    if form is not None:
        text = urlencode(_mapping(resolve(form, side)), doseq=True)
        return "application/x-www-form-urlencoded", text.encode()
    if raw is None:
        return None, None
    content = resolve(raw, side)
    return "application/json", content if isinstance(content, bytes) else str(content).encode()
