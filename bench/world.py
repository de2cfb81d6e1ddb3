"""The database that every subject serves, and the requests that are sent to them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from werkzeug.datastructures import Headers

from bench.asks import Ask
from bench.subjects.pyauth_wsgi import make_auth
from bench.subjects.settings import ORIGIN

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
    """What is measured: one endpoint, asked by many users in turn."""

    name: str
    title: str
    asks: tuple[Ask, ...]


def make_world(database: Path, *, users: int) -> tuple[Scenario, ...]:
    """Create the database with so many signed-in users, and return what to ask of it."""
    auth = make_auth(str(database))
    auth.migrate()
    reads, sign_ins = [], []
    for number in range(users):
        email = f"user{number}@example.com"
        answer = Headers()
        auth.api.sign_up_email(
            body={"name": f"User {number}", "email": email, "password": PASSWORD},
            response_headers=answer,
        )
        reads.append(_ask_for_session(answer["Set-Cookie"].partition(";")[0]))
        sign_ins.append(_ask_to_sign_in(email))
    auth.close()
    return (
        Scenario("get-session", "get-session", tuple(reads)),
        Scenario("sign-in", "sign-in less its hash", tuple(sign_ins)),
    )


def _ask_for_session(cookie: str) -> Ask:
    return Ask("GET", "/api/auth/get-session", {**_BROWSER, "Cookie": f"theme=dark; {cookie}"})


def _ask_to_sign_in(email: str) -> Ask:
    body = json.dumps({"email": email, "password": PASSWORD}).encode()
    headers = {
        **_BROWSER,
        "Origin": ORIGIN,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    return Ask("POST", "/api/auth/sign-in/email", headers, body)
