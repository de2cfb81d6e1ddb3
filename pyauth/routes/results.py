"""What the core endpoints return: the JSON bodies as records."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from pyauth.http.rendering import OMIT_NONE
from pyauth.models import Account, Session, User
from pyauth.sessions import SignedIn


@dataclass(frozen=True, slots=True)
class SignUpResult:
    """The new user, and his session's token where one was opened."""

    token: str | None = field(repr=False)
    user: User


@dataclass(frozen=True, slots=True)
class SignInResult:
    """The signed-in user and his session's token."""

    redirect: bool
    token: str = field(repr=False)
    user: User
    url: str | None = field(default=None, metadata=OMIT_NONE)


@dataclass(frozen=True, slots=True)
class MessageResult:
    """The work is done, or would be if there were anything to do; and what to tell the visitor."""

    message: str
    status: Literal[True] = True


@dataclass(frozen=True, slots=True)
class ChangePasswordResult:
    """The user, and the new session's token where the other sessions were ended."""

    token: str | None = field(repr=False)
    user: User


class LinkedAccount(Account):
    """A way of a user to sign in, as he may see it: the granted scopes are a list."""

    __slots__ = ()
    left_out: ClassVar[tuple[str, ...]] = ("scope",)
    """Fields of an account that it does not have; for the OpenAPI document."""

    @property
    def scopes(self) -> list[str]:
        return self._values["scopes"]  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class DeferredSession(SignedIn):
    """Who is signed in, and whether the session waits for a POST that extends it."""

    needs_refresh: bool


@dataclass(frozen=True, slots=True)
class UpdateSessionResult:
    """The changed session."""

    session: Session


@dataclass(frozen=True, slots=True)
class StatusResult:
    """The work is done."""

    status: Literal[True] = True


@dataclass(frozen=True, slots=True)
class SuccessResult:
    """The work is done."""

    success: Literal[True] = True


@dataclass(frozen=True, slots=True)
class VerifyEmailResult:
    """The address is verified."""

    status: Literal[True] = True
    user: User | None = None


@dataclass(frozen=True, slots=True)
class DeleteUserResult:
    """The user is gone, or has been written to."""

    message: Literal["User deleted", "Verification email sent"]
    success: Literal[True] = True
