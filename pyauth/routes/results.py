"""What the core endpoints return: the JSON bodies as records."""

from dataclasses import dataclass, field
from typing import Literal

from pyauth.http.rendering import OMIT_NONE
from pyauth.models import Session, User


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
