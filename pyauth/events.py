"""What senders, lifecycle callbacks and database hooks receive: one frozen record each.

A record can grow a field without breaking a callback that does not know of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pyauth.models import Record, User
from pyauth.state import CallInfo

_CREDENTIAL_WORDS = ("auth", "cookie", "token", "secret", "api-key", "jwt", "session", "csrf")


def _carries_credentials(header: str) -> bool:
    return any(word in header for word in _CREDENTIAL_WORDS)


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """The request behind an event, as plain data that may outlive it.

    Attributes:
        method: the HTTP method.
        url: the whole address, without its query: that may hold a token.
        headers: the headers under lower-case names, without those that carry credentials.
        ip: the client address, where it is known.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    ip: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        kept = {
            name.lower(): value.partition("?")[0] if name.lower() == "referer" else value
            for name, value in self.headers.items()
            if not _carries_credentials(name.lower())
        }
        object.__setattr__(self, "headers", kept)
        object.__setattr__(self, "url", self.url.partition("?")[0])

    @property
    def user_agent(self) -> str | None:
        """The browser or client, as it calls itself."""
        return self.headers.get("user-agent")

    def to_data(self) -> dict[str, Any]:
        """Return the record as plain data, for a delivery's payload."""
        return {
            "method": self.method,
            "url": self.url,
            "headers": dict(self.headers),
            "ip": self.ip,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "RequestInfo":
        """Read what :meth:`to_data` returned."""
        return cls(**data)


def pack_request(info: RequestInfo | None) -> dict[str, Any] | None:
    """Return a request that may be missing as plain data, for a delivery's payload."""
    return None if info is None else info.to_data()


def unpack_request(data: Mapping[str, Any] | None) -> RequestInfo | None:
    """Read what :func:`pack_request` returned."""
    return None if data is None else RequestInfo.from_data(data)


@dataclass(frozen=True, slots=True)
class VerificationEmail:
    """Ask the owner of an address to open a link that verifies it.

    Attributes:
        user: whose address it is; ``user.email`` is where to write to.
        url: the link to send.
        token: the token within the link, for mails that build a link of their own.
        request: the request that caused the mail, where there was one.
    """

    user: User
    url: str = field(repr=False)
    token: str = field(repr=False)
    request: RequestInfo | None = None


@dataclass(frozen=True, slots=True)
class ResetPasswordEmail:
    """Help the owner of an address to a new password by a link that works once.

    Attributes:
        user: who asked; ``user.email`` is where to write to.
        url: the link to send; it leads on to the page that asks for the new password.
        token: the token within the link, for mails that build a link of their own.
        request: the request that caused the mail, where there was one.
    """

    user: User
    url: str = field(repr=False)
    token: str = field(repr=False)
    request: RequestInfo | None = None


@dataclass(frozen=True, slots=True)
class PasswordReset:
    """A user has a new password, by a mailed link."""

    user: User
    request: RequestInfo | None = None


@dataclass(frozen=True, slots=True)
class ExistingUserSignUp:
    """Somebody signed up with an address that already has a user, and was not told so."""

    user: User
    request: RequestInfo | None = None


@dataclass(frozen=True, slots=True)
class EmailVerificationEvent:
    """An address is about to be marked as verified, or has just been."""

    user: User
    request: RequestInfo | None = None


@dataclass(frozen=True, slots=True)
class ChangeEmailConfirmation:
    """Ask the owner of the present address to open a link that allows the change to another.

    Attributes:
        user: who wants the change; ``user.email`` is the present address, where to write to.
        new_email: the address that he wants.
        url: the link to send.
        token: the token within the link, for mails that build a link of their own.
        request: the request that caused the mail, where there was one.
    """

    user: User
    new_email: str
    url: str = field(repr=False)
    token: str = field(repr=False)
    request: RequestInfo | None = None


@dataclass(frozen=True, slots=True)
class DeleteAccountVerification:
    """Ask a user to open a link that deletes his account.

    Attributes:
        user: whose account it is; ``user.email`` is where to write to.
        url: the link to send; it works in a browser in which he is signed in.
        token: the token within the link, for mails that build a link of their own.
        request: the request that caused the mail, where there was one.
    """

    user: User
    url: str = field(repr=False)
    token: str = field(repr=False)
    request: RequestInfo | None = None


@dataclass(frozen=True, slots=True)
class UserDeletion:
    """A user is about to be deleted, or has just been."""

    user: User
    request: RequestInfo | None = None


@dataclass(frozen=True, slots=True)
class SyntheticUser:
    """The parts of the made-up user that hides whether an address is taken.

    Attributes:
        core_fields: the built-in fields but the id.
        additional_fields: the app's own additional fields; those that plugins add are not among
            them.
        id: an id that no user has.
    """

    core_fields: Mapping[str, Any]
    additional_fields: Mapping[str, Any]
    id: str


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """Where an error came up that ``on_api_error.on_error`` is told of.

    Attributes:
        method: the HTTP method.
        path: the endpoint's path below the base path, such as ``/sign-in/email``, with parameters
            under their names; the path that was asked for where there is no endpoint.
        request: the request, without credentials.
    """

    method: str
    path: str
    request: RequestInfo | None = None


@dataclass(frozen=True, slots=True)
class DatabaseEvent:
    """A write to one of the models, seen by a database hook.

    Attributes:
        model: logical model name.
        action: what is done to the record.
        data: before a create or update, the values to be written; empty for a delete.
        record: after a create or update, the written record; around a delete, the record that
            goes. None before a create.
        call: the call that caused the write, or None outside of one.
    """

    model: str
    action: Literal["create", "update", "delete"]
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    record: Record | None = None
    call: CallInfo | None = None
