"""Moving from one address to another, as a browser does it."""

from datetime import timedelta
from typing import Any

from pyauth import PyAuth
from pyauth.crypto.tokens import sign_token
from pyauth.db.adapter import Where
from tests.support.app import SECRET, Answer, Visitor, rows_of

OLD, NEW = "ada@example.com", "new@example.com"


def addresses(auth: PyAuth) -> dict[str, bool]:
    """Return every address, and whether it is verified."""
    return {row["email"]: row["email_verified"] for row in rows_of(auth, "user")}


def sign_up_verified(visitor: Visitor, email: str = OLD) -> None:
    """Sign up, and have the address verified."""
    visitor.sign_up(email)
    where = [Where("email", email)]
    visitor.auth.context.adapter.update_many("user", where, {"email_verified": True})


def change(visitor: Visitor, new_email: str = NEW, **body: Any) -> Answer:
    """Ask to move to another address."""
    return visitor.call("change_email", {"new_email": new_email, **body})


def open_link(visitor: Visitor, token: str, **query: Any) -> Answer:
    """Open a mailed link by its token."""
    return visitor.call("verify_email", query={"token": token, **query})


def make_link(auth: PyAuth, *, secret: str = SECRET, **claims: Any) -> str:
    """Return the token of a link that no mail carried."""
    given = {"email": OLD, "updateTo": NEW, **claims}
    return sign_token(given, secret, now=auth.context.clock(), expires_in=timedelta(hours=1))
