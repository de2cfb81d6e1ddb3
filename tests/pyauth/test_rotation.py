"""Rotation: what each signed or encrypted thing is worth under each secret.

Two servers share one database. One of them makes the thing, with a secret that the other knows as
its current one, as an older one, as the one of before the rotation, or not at all.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pyauth import PyAuth
from pyauth.cookies import parse_cookie_header
from pyauth.cookies.signed import sign_value
from pyauth.crypto.envelope import DecryptionFailed, decrypt, encrypt
from pyauth.db.adapter import Where
from tests.support.app import Outbox, Visitor, make_auth, rows_of

CURRENT = "current-secret-Zq7Vb2Nc9Xm4Lk8Jh3Gf6Ds1"
OLDER = "older-secret-Pw5Et7Yr2Uq9Io4Ab8Cd3Ef6Gh"
LEGACY = "legacy-secret-Mn6Bv3Cx8Za1Ls5Kd9Jf2Pq7"
RETIRED = "retired-secret-Xc4Vb7Nm1Qw8Er5Ty2Ui9Op3"

MAKERS: dict[str, dict[str, Any]] = {
    "current": {"secret": None, "secrets": f"2:{CURRENT}"},
    "older": {"secret": None, "secrets": f"1:{OLDER}"},
    "legacy": {"secret": LEGACY},
    "retired": {"secret": None, "secrets": f"3:{RETIRED}"},
    "retired single": {"secret": RETIRED},
    "tampered": {"secret": None, "secrets": f"2:{CURRENT}"},
}
"""Who made the thing; what was tampered with was made by the current secret."""

READER: dict[str, Any] = {"secret": LEGACY, "secrets": f"2:{CURRENT},1:{OLDER}"}
ANY_SECRET = {"current", "older", "legacy"}
CURRENT_ONLY = {"current"}

NewServer = Callable[..., PyAuth]


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[NewServer]:
    """Make servers over one database."""
    made: list[PyAuth] = []

    def make(**options: Any) -> PyAuth:
        url = f"sqlite:///{tmp_path}/shared.sqlite3"
        made.append(make_auth(database=url, **options))
        return made[-1]

    yield make
    for auth in made:
        auth.close()


def tamper(text: str) -> str:
    """Change one character in the middle."""
    middle = len(text) // 2
    other = "A" if text[middle] != "A" else "B"
    return text[:middle] + other + text[middle + 1 :]


def given(maker: str, text: str) -> str:
    return tamper(text) if maker == "tampered" else text


@pytest.mark.parametrize("maker", MAKERS)
def test_a_session_cookie_is_worth_something_under_every_secret(
    new_server: NewServer, maker: str
) -> None:
    owner = Visitor(new_server(**MAKERS[maker]))
    owner.sign_up()
    reader = Visitor(new_server(**READER))
    reader.cookies = {name: given(maker, value) for name, value in owner.cookies.items()}
    sent = reader.session_cookie
    assert (reader.get_session() is not None) is (maker in ANY_SECRET)
    if maker in ANY_SECRET - CURRENT_ONLY:
        assert reader.session_cookie != sent, "it is signed anew"
        assert Visitor(new_server(**MAKERS["current"])).get_session() is None
    elif maker == "current":
        assert reader.session_cookie == sent


@pytest.mark.parametrize("maker", MAKERS)
def test_the_mark_of_a_short_session_is_worth_something_under_every_secret(
    new_server: NewServer, maker: str
) -> None:
    owner = Visitor(new_server(**MAKERS[maker]))
    owner.sign_up(remember_me=False)
    name = owner.auth.context.cookies.dont_remember.name
    cookies = {name: given(maker, parse_cookie_header(owner.cookie_header)[name])}
    manager = new_server(**READER).context.session_manager
    assert manager.is_remembered(cookies) is (maker not in ANY_SECRET)


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize(
    ("strategy", "accepted"),
    [("compact", CURRENT_ONLY), ("jwt", CURRENT_ONLY), ("jwe", ANY_SECRET)],
)
def test_a_cached_session_is_worth_something_or_the_store_is_asked(
    new_server: NewServer, maker: str, strategy: str, accepted: set[str]
) -> None:
    cache = {"session": {"cookie_cache": {"enabled": True, "strategy": strategy}}}
    owner = Visitor(new_server(**MAKERS[maker], **cache))
    owner.sign_up()
    reader = Visitor(new_server(**READER, **cache))
    jar = reader.auth.context.cookies
    (session,) = rows_of(reader.auth, "session")
    reader.cookies = {
        jar.session_token.name: sign_value(session["token"], CURRENT),
        jar.session_data.name: given(maker, owner.cookies[jar.session_data.name]),
    }
    where = [Where("id", session["user_id"])]
    reader.auth.context.adapter.update_one("user", where, {"name": "In the store"})
    shown = reader.get_session()["user"]["name"]
    assert shown == ("Ada" if maker in accepted else "In the store")


@pytest.mark.parametrize("maker", MAKERS)
def test_a_mailed_link_is_worth_something_under_the_current_secret_alone(
    new_server: NewServer, maker: str
) -> None:
    outbox = Outbox()
    sending = {"verification": outbox, "email_verification": {"send_on_sign_up": True}}
    Visitor(new_server(**MAKERS[maker], **sending)).sign_up()
    reader = new_server(**READER)
    token = given(maker, outbox.last.token)
    answer = Visitor(reader).get("/verify-email", query={"token": token})
    assert (answer.status == 200) is (maker in CURRENT_ONLY)
    assert rows_of(reader, "user")[0]["email_verified"] is (maker in CURRENT_ONLY)


@pytest.mark.parametrize("maker", MAKERS)
def test_an_encrypted_value_opens_under_every_secret(new_server: NewServer, maker: str) -> None:
    sealed = given(maker, encrypt("the text", new_server(**MAKERS[maker]).context.keys))
    keys = new_server(**READER).context.keys
    if maker in ANY_SECRET:
        assert decrypt(sealed, keys) == "the text"
        return
    with pytest.raises(DecryptionFailed):
        decrypt(sealed, keys)


def test_without_its_number_an_older_secret_opens_nothing_of_a_rotation(
    new_server: NewServer,
) -> None:
    """A server that does not rotate refuses what names a version."""
    sealed = encrypt("the text", new_server(**MAKERS["older"]).context.keys)
    with pytest.raises(DecryptionFailed):
        decrypt(sealed, new_server(secret=RETIRED).context.keys)
