"""A database that the real upstream made and filled is served by pyauth, and by both at once."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.interop.sharing import FIELDS, OPTIONS, PASSWORD, Server, Shared, sharing
from tests.parity.play import START
from tests.parity.sides import Json
from tests.parity.upstream_side import UpstreamServer, UpstreamSide
from tests.support.node import require_node_packages

pytestmark = pytest.mark.node

KINDS = ("sqlite", "postgresql", pytest.param("mysql", marks=pytest.mark.full))
NEW_PASSWORD = "another fine password"
VALUES: dict[str, Json] = {
    "image": "https://example.com/ada.png",
    "plan": 'it\'s 100% \\ "gold" 𝄞',
    "age": 36,
    "views": 2**53 - 1,
    "vip": True,
    "born": "2001-12-10T01:02:03.456Z",
    "meta": {"a": [1, None, {"b": "ü"}], "c": True},
    "tags": ["x", "é"],
    "marks": [1, -2],
    "size": "large",
}
_numbers = count()


@pytest.fixture(scope="module")
def process() -> Iterator[UpstreamServer]:
    server = UpstreamServer(require_node_packages("node"), "development")
    yield server
    server.close()


@pytest.fixture(scope="module", params=KINDS)
def shared(
    request: pytest.FixtureRequest,
    process: UpstreamServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shared]:
    with sharing(request.param, tmp_path_factory.mktemp("shared"), process) as made:
        yield made


@pytest.fixture(params=["upstream", "pyauth"])
def writer(request: pytest.FixtureRequest, shared: Shared) -> Server:
    """The server that acts first."""
    return shared.server(request.param)


@pytest.fixture
def reader(writer: Server, shared: Shared) -> Server:
    """The other one."""
    return shared.pyauth if writer is shared.upstream else shared.upstream


@pytest.fixture
def email() -> str:
    """An address that nobody has yet."""
    return f"ada{next(_numbers)}@example.com"


def user_of(server: Server, cookie: str) -> Json:
    user = server.get("/get-session", cookie)["user"]
    if user["views"] is not None:
        user["views"] = int(user["views"])  # the driver for PostgreSQL gives upstream a text
    return user


def test_nothing_is_lacking(shared: Shared) -> None:
    assert shared.lacking == []


def test_a_user_of_one_signs_in_at_the_other(writer: Server, reader: Server, email: str) -> None:
    own = user_of(writer, writer.sign_up(email, **VALUES))
    assert {name: own[name] for name in VALUES} == VALUES
    assert user_of(reader, reader.sign_in(email)) == own
    assert reader.refuses(email, "wrong horse battery")


def test_a_session_of_one_is_valid_at_the_other(writer: Server, reader: Server, email: str) -> None:
    cookies = [writer.sign_up(email), writer.sign_in(email), reader.sign_in(email)]
    shown = [writer.get("/get-session", cookie) for cookie in cookies]
    assert [reader.get("/get-session", cookie) for cookie in cookies] == shown
    assert len({body["session"]["token"] for body in shown}) == 3
    listed = [server.get("/list-sessions", cookies[0]) for server in (writer, reader)]
    assert [sorted(item["id"] for item in items) for items in listed] == [
        sorted(body["session"]["id"] for body in shown)
    ] * 2


def test_tokens_are_compared_exactly_whatever_the_collation(shared: Shared, email: str) -> None:
    """Upstream's columns on MySQL have the server's collation, which often ignores case."""
    shown = shared.upstream.get("/get-session", shared.upstream.sign_up(email))
    token, sessions = shown["session"]["token"], shared.auth.context.sessions
    assert sessions.find_with_user(token) is not None
    assert sessions.find_with_user(token.swapcase()) is None
    assert sessions.find_with_user(f"{token} ") is None


def test_a_session_that_one_extends_or_ends_is_so_for_the_other(
    writer: Server, reader: Server, email: str
) -> None:
    cookie = writer.sign_up(email)
    before = writer.get("/get-session", cookie)["session"]
    later = START + timedelta(days=2)
    extended = json.loads(reader.ask("GET", "/get-session", cookie=cookie, now=later).body)
    assert extended["session"]["expiresAt"] > before["expiresAt"]
    assert writer.get("/get-session", cookie) == extended
    assert reader.post("/sign-out", {}, cookie) == {"success": True}
    assert writer.get("/get-session", cookie) is None


def test_a_taken_address_is_refused_by_both(writer: Server, reader: Server, email: str) -> None:
    writer.sign_up(email)
    body = {"name": "Eve", "email": email.upper(), "password": PASSWORD}
    answers = [server.ask("POST", "/sign-up/email", body) for server in (writer, reader)]
    assert [answer.status for answer in answers] == [422, 422]
    assert json.loads(answers[0].body) == json.loads(answers[1].body)


def test_an_address_is_verified_by_the_others_mail(
    writer: Server, reader: Server, email: str
) -> None:
    cookie = writer.sign_up(email)
    assert user_of(reader, cookie)["emailVerified"] is False
    writer.post("/send-verification-email", {"email": email})
    token = writer.mailed("verification")["token"]
    assert reader.get(f"/verify-email?token={token}")["status"] is True
    assert user_of(writer, cookie)["emailVerified"] is True
    assert user_of(reader, cookie)["emailVerified"] is True


def test_a_reset_that_one_has_mailed_is_redeemed_by_the_other(
    writer: Server, reader: Server, email: str
) -> None:
    writer.sign_up(email)
    writer.post("/request-password-reset", {"email": email, "redirectTo": "/reset"})
    body = {"token": writer.mailed("reset")["token"], "newPassword": NEW_PASSWORD}
    assert reader.post("/reset-password", body) == {"status": True}
    for server in (writer, reader):
        assert server.ask("POST", "/reset-password", body).status == 400
        assert server.refuses(email, PASSWORD)
        assert server.sign_in(email, NEW_PASSWORD)


def test_what_one_changes_the_other_shows(writer: Server, reader: Server, email: str) -> None:
    cookie = writer.sign_up(email)
    assert writer.post("/update-user", {"name": "Grace", **VALUES}, cookie) == {"status": True}
    assert reader.post("/update-user", {"image": None, "vip": False}, cookie) == {"status": True}
    user = user_of(writer, cookie)
    assert (user["name"], user["image"], user["vip"]) == ("Grace", None, False)
    assert user_of(reader, cookie) == user
    change = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD, "revokeOtherSessions": True}
    reader.post("/change-password", change, cookie)
    assert writer.get("/get-session", cookie) is None
    assert writer.sign_in(email, NEW_PASSWORD)


def test_accounts_of_providers_are_listed_by_both(shared: Shared, email: str) -> None:
    cookie = shared.upstream.sign_up(email)
    link_account(shared, "upstream", user_of(shared.upstream, cookie)["id"], email)
    listed = [by_id(server.get("/list-accounts", cookie)) for server in both(shared)]
    assert listed[0] == listed[1]
    assert {item["providerId"] for item in listed[0]} == {"credential", "github"}
    unlink = {"providerId": "github"}
    assert shared.pyauth.post("/unlink-account", unlink, cookie) == {"status": True}
    (left,) = shared.upstream.get("/list-accounts", cookie)
    assert left["providerId"] == "credential"


def test_who_leaves_at_one_is_gone_at_the_other(writer: Server, reader: Server, email: str) -> None:
    cookies = [writer.sign_up(email), reader.sign_in(email)]
    assert reader.post("/delete-user", {"password": PASSWORD}, cookies[0])["success"] is True
    assert [writer.get("/get-session", cookie) for cookie in cookies] == [None, None]
    assert writer.refuses(email, PASSWORD)
    assert writer.sign_up(email), "the address is free again"


# Rows ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [VALUES, {}], ids=["full", "empty"])
def test_the_rows_of_both_have_one_form(shared: Shared, values: dict[str, Json]) -> None:
    """Dates, booleans, numbers, JSON, absent values: the same text in every column."""
    rows = [rows_of_a_new_user(shared, name, values) for name in ("upstream", "pyauth")]
    for upstream, pyauth in zip(*rows, strict=True):
        assert upstream == pyauth


def rows_of_a_new_user(
    shared: Shared, name: str, values: dict[str, Json]
) -> list[dict[str, str | None]]:
    server, email = shared.server(name), f"rows{next(_numbers)}@example.com"
    shown = server.get("/get-session", server.sign_up(email, **values))
    user_id = shown["user"]["id"]
    link_account(shared, name, user_id, email)
    server.post("/request-password-reset", {"email": email})
    identifier = f"reset-password:{server.mailed('reset')['token']}"
    rows = [
        shared.stored("user", "id", user_id),
        shared.stored("session", "token", shown["session"]["token"]),
        shared.stored("account", "accountId", user_id),
        shared.stored("account", "accountId", f"gh {email}"),
        shared.stored("verification", "identifier", identifier),
    ]
    return [
        {column: masked(value, user_id, email) for column, value in row.items()} for row in rows
    ]


def masked(text: str | None, user_id: str, email: str) -> str | None:
    """Return a stored text without what is random about it."""
    if text is None:
        return None
    text = text.replace(user_id, "(user)").replace(email, "(email)")
    text = re.sub(r"\b[0-9a-f]{32}:[0-9a-f]{128}$", "(hash)", text)
    return re.sub(r"\b(?:[A-Za-z0-9]{32}|[A-Za-z0-9]{24})$", "(random)", text)


def link_account(shared: Shared, name: str, user_id: str, email: str) -> None:
    """Give a user an account at a provider, as each of them would make it."""
    account = {
        "userId": user_id,
        "providerId": "github",
        "accountId": f"gh {email}",
        "accessToken": "an access token",
        "accessTokenExpiresAt": "2026-02-01T00:00:00.123Z",
        "scope": "read:user,user:email",
        "createdAt": "2026-01-15T12:30:00.000Z",
        "updatedAt": "2026-01-15T12:30:00.000Z",
    }
    side = shared.server(name).side
    if isinstance(side, UpstreamSide):
        side.create("account", account, START)
    else:
        side.change_rows("insert", "account", {}, account)


def both(shared: Shared) -> tuple[Server, Server]:
    return shared.upstream, shared.pyauth


def by_id(items: list[Json]) -> list[Json]:
    return sorted(items, key=lambda item: str(item["id"]))


# Ids ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("policy", ["uuid", "serial"])
def test_ids_of_another_policy_are_shared(
    kind: str, policy: str, process: UpstreamServer, tmp_path: Path
) -> None:
    options: dict[str, Any] = {**OPTIONS, "advanced": {"database": {"generateId": policy}}}
    with sharing(kind, tmp_path, process, options) as shared:
        assert shared.lacking == []
        found = []
        for number, server in enumerate((*both(shared), *both(shared))):
            cookie = server.sign_up(f"u{number}@example.com", nick=f"nick {number}")
            shown = [other.get("/get-session", cookie) for other in both(shared)]
            assert shown[0] == shown[1]
            found.append(shown[0]["user"]["id"])
        if policy == "serial":
            assert [int(made) for made in found] == [1, 2, 3, 4]
        else:
            assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", x) for x in found)


def test_every_kind_of_field_takes_part() -> None:
    assert set(FIELDS) - set(VALUES) == {"nick"}
