"""The database that every subject serves, and the requests that are sent to them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from werkzeug.datastructures import Headers

from bench.asks import Ask
from bench.subjects.pyauth_wsgi import make_auth
from bench.subjects.settings import ORIGIN, Setting

PASSWORD: Final = "a password for measuring"
_HOST: Final = ORIGIN.partition("://")[2]
_BROWSER: Final = {
    "Host": _HOST,
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Accept": "*/*",
    "Accept-Language": "en-US,en;q=0.5",
    "Accept-Encoding": "gzip, deflate, br",
    "Referer": f"{ORIGIN}/",
    "Connection": "keep-alive",
    "Sec-Fetch-Dest": "empty",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Site": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is measured: one endpoint, asked by many users in turn.

    Attributes:
        name: the key of its results.
        title: what the tables call it.
        make_ask: returns the request of a number; those of one user come round again.
        setting: how the applications are set up.
        over_http: whether it is measured through a server too.
    """

    name: str
    title: str
    make_ask: Callable[[int], Ask]
    setting: Setting = "plain"
    over_http: bool = False

    def draw(self, count: int) -> list[Ask]:
        """Return so many requests."""
        return [self.make_ask(number) for number in range(count)]


SCENARIO_NAMES: Final = (
    "get-session",
    "sign-in",
    "get-session-cached",
    "list-sessions",
    "sign-up",
    "get-session-limit-memory",
    "get-session-limit-redis",
)


def make_world(database: Path, *, users: int) -> tuple[Scenario, ...]:
    """Create the database with so many signed-in users, and return what to ask of it."""
    auth = make_auth(str(database), "cookie-cache")
    auth.migrate()
    cookies, emails = [], []
    for number in range(users):
        email = f"user{number}@example.com"
        answer = Headers()
        auth.api.sign_up_email(
            body={"name": f"User {number}", "email": email, "password": PASSWORD},
            response_headers=answer,
        )
        cookies.append([text.partition(";")[0] for text in answer.getlist("Set-Cookie")])
        emails.append(email)
    auth.close()

    def read(path: str, *, cached: bool = False) -> Callable[[int], Ask]:
        asks = [_ask_as(found if cached else found[:1], path) for found in cookies]
        return lambda number: asks[number % users]

    def sign_in(number: int) -> Ask:
        return _ask_with("/sign-in/email", {"email": emails[number % users], "password": PASSWORD})

    def sign_up(_number: int) -> Ask:
        name = f"new{next(_NEW_USERS)}"
        return _ask_with(
            "/sign-up/email",
            {"name": name, "email": f"{name}@example.com", "password": PASSWORD},
        )

    session = read("/get-session")
    return (
        Scenario("get-session", "get-session", session, over_http=True),
        Scenario("sign-in", "sign-in less its hash", sign_in, over_http=True),
        Scenario(
            "get-session-cached",
            "get-session from the cookie cache",
            read("/get-session", cached=True),
            setting="cookie-cache",
        ),
        Scenario("list-sessions", "list-sessions", read("/list-sessions")),
        Scenario("sign-up", "sign-up less its hash", sign_up),
        Scenario(
            "get-session-limit-memory",
            "get-session, counted in memory",
            session,
            setting="limit-memory",
        ),
        Scenario(
            "get-session-limit-redis",
            "get-session, counted in Redis",
            session,
            setting="limit-redis",
        ),
    )


_NEW_USERS: Final = count(1)


def _ask_as(cookies: list[str], path: str) -> Ask:
    header = "; ".join(["theme=dark", *cookies])
    return Ask("GET", f"/api/auth{path}", {**_BROWSER, "Cookie": header})


def _ask_with(path: str, content: dict[str, str]) -> Ask:
    body = json.dumps(content).encode()
    headers = {
        **_BROWSER,
        "Origin": ORIGIN,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    return Ask("POST", f"/api/auth{path}", headers, body)
