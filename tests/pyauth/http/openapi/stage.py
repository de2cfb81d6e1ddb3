"""One instance with everything switched on, and what somebody who knows it would send.

Generated requests alone never get past a password or a mailed token. The stage sets the same scene
before each request, and tells for each operation the values that lead to a success.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pyauth.testing import Outbox, make_kit

EMAIL = "ada@example.com"
PASSWORD = "correct horse"
NEW_PASSWORD = "battery staple"
PAGE = "/welcome"
_MODELS = ("session", "account", "verification", "user")
_FIELDS = {
    "age": {"type": "number", "required": False},
    "tags": {"type": "string[]", "required": False},
    "born": {"type": "date", "required": False},
    "meta": {"type": "json", "required": False},
    "tier": {"type": ["free", "paid"], "required": False},
}


class Stage:
    """The instance, and Ada, who is signed in, has a password and has linked an account."""

    def __init__(self) -> None:
        outbox = Outbox()
        self.kit = make_kit(
            outbox=outbox,
            user={
                "additional_fields": _FIELDS,
                "change_email": {"enabled": True},
                "delete_user": {"enabled": True, "send_delete_account_verification": outbox},
            },
            session={
                "additional_fields": {"device": {"type": "string", "required": False}},
                "defer_session_refresh": True,
            },
        )
        self.headers: dict[str, str] = {}

    def set(self) -> None:
        """Set the scene anew: Ada, her accounts, and her session."""
        for model in _MODELS:
            self.kit.auth.context.adapter.delete_many(model, [])
        self.kit.outbox.clear()
        ada = self.kit.create_user(EMAIL, password=PASSWORD)
        self.kit.create_account(ada, "github", account_id="gh-1", scope="read:user,email")
        self.headers = self.kit.headers(ada)

    def session_token(self) -> str:
        """Return the token of Ada's session."""
        found = self.kit.auth.api.get_session(headers=self.headers)
        assert found is not None
        return found.session.token

    def mailed_token(self, name: str, **body: Any) -> str:
        """Have a link mailed to Ada, and return its token."""
        self.kit.auth.api.invoke(name, body=body, headers=self.headers)
        token: str = self.kit.outbox.last.token
        return token


@dataclass(frozen=True)
class Known:
    """What leads to a success, under wire names; laid over a request.

    Attributes:
        body, query, path: the values.
        without: names that the body and the query must not have.
    """

    body: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    path: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()


def _open_reset_link(stage: Stage) -> Known:
    token = stage.mailed_token("request_password_reset", email=EMAIL)
    return Known(query={"callbackURL": PAGE}, path={"token": token})


def _reset(stage: Stage) -> Known:
    token = stage.mailed_token("request_password_reset", email=EMAIL)
    return Known(body={"newPassword": NEW_PASSWORD, "token": token}, without=("tags",))


def _verify_email(stage: Stage) -> Known:
    token = stage.mailed_token("send_verification_email", email=EMAIL)
    return Known(query={"token": token}, without=("callbackURL",))


def _move_by_link(stage: Stage) -> Known:
    token = stage.mailed_token("change_email", new_email="ada@new.example.com")
    return Known(query={"token": token, "callbackURL": PAGE})


def _delete_by_link(stage: Stage) -> Known:
    token = stage.mailed_token("delete_user")
    return Known(query={"token": token}, without=("callbackURL",))


def _delete_with_token(stage: Stage) -> Known:
    token = stage.mailed_token("delete_user")
    return Known(body={"token": token}, without=("password", "callbackURL"))


KNOWN: dict[str, list[Callable[[Stage], Known]]] = {
    "signUpWithEmailAndPassword": [
        lambda _: Known(
            body={"name": "Eve", "email": "eve@example.com", "password": PASSWORD},
            without=("callbackURL", *_FIELDS),
        ),
    ],
    "signInEmail": [
        lambda _: Known(body={"email": EMAIL, "password": PASSWORD}, without=("callbackURL",)),
        lambda _: Known(body={"email": EMAIL, "password": PASSWORD, "callbackURL": PAGE}),
    ],
    "revokeSession": [lambda stage: Known(body={"token": stage.session_token()})],
    "updateSession": [lambda _: Known(body={"device": "tv"})],
    "updateUser": [lambda _: Known(body={"name": "Augusta", "image": None}, without=("tags",))],
    "sendVerificationEmail": [lambda _: Known(body={"email": EMAIL, "callbackURL": PAGE})],
    "verifyEmail": [_verify_email, _move_by_link],
    "changeEmail": [
        lambda _: Known(body={"newEmail": "ada@new.example.com"}, without=("callbackURL",)),
    ],
    "deleteUser": [
        lambda _: Known(body={"password": PASSWORD}, without=("token", "callbackURL")),
        _delete_with_token,
    ],
    "deleteUserCallback": [_delete_by_link],
    "requestPasswordReset": [lambda _: Known(body={"email": EMAIL, "redirectTo": PAGE})],
    "resetPasswordCallback": [_open_reset_link],
    "resetPassword": [_reset],
    "changePassword": [
        lambda _: Known(body={"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}),
    ],
    "verifyPassword": [lambda _: Known(body={"password": PASSWORD})],
    "unlinkAccount": [lambda _: Known(body={"providerId": "github"}, without=("accountId",))],
}
"""By operation id; whatever is not here succeeds with any well-formed request of Ada's."""
