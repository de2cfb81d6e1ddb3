"""Who is signed in."""

from dataclasses import dataclass

from pyauth.models import Session, User


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session and the user it belongs to."""

    session: Session
    user: User
