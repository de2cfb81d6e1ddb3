"""Changing one's own name, image and additional fields.

Source: Better Auth 1.6.9, ``api/routes/update-user.ts``. differs: the session must be alive, since
a cached one would be renewed; a change that a database hook stopped is not called a success.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field

from pyauth import error_codes
from pyauth.errors import APIError
from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.guards import require_live_session
from pyauth.http.inputs import Body, Clearable, Omittable
from pyauth.models import User
from pyauth.options.fields import MAX_TEXT_LENGTH
from pyauth.routes.results import StatusResult
from pyauth.sessions import SignedIn

_NOT_UPDATED = error_codes.FAILED_TO_UPDATE_USER.at(400)


class UpdateUser(Body):
    """New values; further keys are read as additional fields. A null image takes it away."""

    model_config = ConfigDict(extra="allow")
    object_words: ClassVar[tuple[str, ...]] = ("record",)
    extras_of = "user"

    name: Omittable[Annotated[str, Field(max_length=MAX_TEXT_LENGTH)]] = None
    image: Clearable[Annotated[str, Field(max_length=MAX_TEXT_LENGTH)]] = None


@endpoint(
    "POST",
    "/update-user",
    body=UpdateUser,
    guards=(require_live_session,),
    operation_id="updateUser",
    errors=(
        error_codes.UNAUTHORIZED,
        error_codes.EMAIL_CAN_NOT_BE_UPDATED,
        error_codes.NO_FIELDS_TO_UPDATE,
        error_codes.FIELD_NOT_ALLOWED,
        _NOT_UPDATED,
    ),
)
def update_user(call: Call, body: UpdateUser) -> StatusResult:
    """Change the signed-in user; the address has a route of its own."""
    extras = body.extras()
    if extras.get("email"):
        raise APIError(error_codes.EMAIL_CAN_NOT_BE_UPDATED)
    changes = _read_changes(call, body, extras)
    if not changes:
        raise APIError(error_codes.NO_FIELDS_TO_UPDATE)
    signed_in = call.get_session()
    user = _change(call, signed_in.user, changes)
    if user is None:
        raise APIError(_NOT_UPDATED)
    call.renew_session(SignedIn(signed_in.session, user))
    return StatusResult()


def _change(call: Call, user: User, changes: Mapping[str, Any]) -> User | None:
    """Change a user where he lives; None where he is gone or a database hook stopped it."""
    if call.context.session_manager.is_stateless:
        return call.context.users.update_held(user, changes)
    return call.context.users.update(user.id, changes)


def _read_changes(call: Call, body: UpdateUser, extras: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {"name": body.name, "image": body.image}
    changes = {name: value for name, value in given.items() if name in body.model_fields_set}
    return {**changes, **call.context.schema.parse_input("user", extras, "update")}
