"""Sign-up with an e-mail address and a password.

Source: Better Auth 1.6.9, ``api/routes/sign-up.ts``, with the later made-up user of the same shape
as a real one wherever a taken address is hidden, and for an address that a hook forbids there.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field

from pyauth import error_codes
from pyauth.crypto.random import generate_id
from pyauth.errors import APIError, ReferenceViolation, UnfitValue, UniqueViolation
from pyauth.events import ExistingUserSignUp, SyntheticUser
from pyauth.http.call import Call
from pyauth.http.endpoint import FORM, JSON, endpoint
from pyauth.http.inputs import Body, EmailAddress, Omittable, RedirectURL
from pyauth.models import Session, User
from pyauth.options.fields import MAX_TEXT_LENGTH
from pyauth.outbound import EventKind
from pyauth.routes.passwords import check_new_password
from pyauth.routes.results import SignUpResult
from pyauth.routes.verification_mail import queue_verification_email
from pyauth.stores import normalize_email

EXISTING_USER_SIGN_UP = EventKind("existing-user-sign-up", ExistingUserSignUp)
"""Tells the app of a hidden sign-up with a taken address."""

_STOPPED = error_codes.FAILED_TO_CREATE_USER.at(400)
_NO_SESSION = error_codes.FAILED_TO_CREATE_SESSION.at(400)


class SignUpEmail(Body):
    """The new user; further keys are read as additional fields."""

    model_config = ConfigDict(extra="allow")
    object_words: ClassVar[tuple[str, ...]] = ("object", "record")
    extras_of = "user"
    creates = True

    name: Annotated[str, Field(max_length=MAX_TEXT_LENGTH)]
    email: EmailAddress
    password: Annotated[str, Field(min_length=1, repr=False)]
    image: Omittable[Annotated[str, Field(max_length=MAX_TEXT_LENGTH)]] = None
    callback_url: Omittable[RedirectURL] = None
    remember_me: Omittable[bool] = None


@endpoint(
    "POST",
    "/sign-up/email",
    body=SignUpEmail,
    media_types=(FORM, JSON),
    starts_session=True,
    operation_id="signUpWithEmailAndPassword",
    errors=(
        error_codes.EMAIL_PASSWORD_SIGN_UP_DISABLED,
        error_codes.PASSWORD_TOO_SHORT,
        error_codes.PASSWORD_TOO_LONG,
        error_codes.USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL,
        error_codes.FAILED_TO_CREATE_USER,
        _STOPPED,
        _NO_SESSION,
    ),
)
def sign_up_email(call: Call, body: SignUpEmail) -> SignUpResult:
    """Make a user with a password and, unless configured otherwise, sign him in."""
    options = call.context.options.email_and_password
    if not options.enabled or options.disable_sign_up:
        raise APIError(error_codes.EMAIL_PASSWORD_SIGN_UP_DISABLED)
    check_new_password(call, body.password)
    additional = call.context.schema.parse_input("user", body.extras(), "create")
    _check_additional(call, additional)
    existing = call.context.users.find_by_email(body.email)
    # The hash comes before either way out: both take as long, and no transaction waits for it.
    password_hash = call.context.passwords.hash(body.password)
    if existing is not None:
        return _answer_taken(call, body, additional, existing)
    try:
        return _create(call, body, additional, password_hash)
    except UniqueViolation as exc:
        taken = call.context.users.find_by_email(body.email)
        if taken is None:
            raise APIError(error_codes.FAILED_TO_CREATE_USER) from exc
        return _answer_taken(call, body, additional, taken)
    except APIError as exc:
        # A database hook that forbids an address must not tell which others are taken.
        if not (_is_veto(exc) and _hides_taken_addresses(call)):
            raise
        return SignUpResult(token=None, user=_make_up_user(call, body, additional))
    except (ReferenceViolation, UnfitValue) as exc:
        call.context.logger.exception("the store refused a new user")
        raise APIError(error_codes.FAILED_TO_CREATE_USER) from exc


def _is_veto(error: APIError) -> bool:
    """Return whether a hook said no; other refusals are about the input, for people to read."""
    return error.status == HTTPStatus.FORBIDDEN or error.code == _STOPPED.code


def _check_additional(call: Call, additional: Mapping[str, Any]) -> None:
    """Refuse what the database would, alike for taken and free addresses."""
    users = call.context.users
    for item in call.context.schema.model("user").additional:
        value = additional.get(item.name)
        if value is None:
            continue
        is_taken = item.spec.unique and users.is_taken(item.name, value)
        if is_taken or users.leads_nowhere(item.name, value):
            raise APIError(error_codes.FAILED_TO_CREATE_USER)


def _hides_taken_addresses(call: Call) -> bool:
    options = call.context.options.email_and_password
    return options.require_email_verification or not options.auto_sign_in


def _create(
    call: Call, body: SignUpEmail, additional: Mapping[str, Any], password_hash: str
) -> SignUpResult:
    context = call.context
    with context.adapter.transaction():
        user = context.users.create(
            {
                "name": body.name,
                "email": body.email,
                "image": body.image,
                **additional,
                "email_verified": False,
            }
        )
        if user is None:
            raise APIError(_STOPPED)
        if context.accounts.create_credential(user.id, password_hash) is None:
            raise APIError(_STOPPED)
        if _sends_mail(call):
            queue_verification_email(call, user, body.callback_url)
        session = _open_session(call, user, body)
    return SignUpResult(token=None if session is None else session.token, user=user)


def _open_session(call: Call, user: User, body: SignUpEmail) -> Session | None:
    if _hides_taken_addresses(call):
        return None
    return call.sign_in(user, remember=body.remember_me is not False, refusal=_NO_SESSION)


def _sends_mail(call: Call) -> bool:
    options = call.context.options
    wanted = options.email_verification.send_on_sign_up
    return options.email_and_password.require_email_verification if wanted is None else wanted


def _answer_taken(
    call: Call, body: SignUpEmail, additional: Mapping[str, Any], existing: User
) -> SignUpResult:
    if not _hides_taken_addresses(call):
        raise APIError(error_codes.USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL)
    options = call.context.options.email_and_password
    if options.on_existing_user_sign_up is not None:
        call.tell(EXISTING_USER_SIGN_UP, ExistingUserSignUp(existing, call.request_info))
    return SignUpResult(token=None, user=_make_up_user(call, body, additional))


def _make_up_user(call: Call, body: SignUpEmail, additional: Mapping[str, Any]) -> User:
    now = call.now
    made_up_id = call.context.make_id("user") or generate_id()
    core = {
        "name": body.name,
        "email": normalize_email(body.email),
        "email_verified": False,
        "image": body.image,
        "created_at": now,
        "updated_at": now,
    }
    options = call.context.options
    shape = options.email_and_password.custom_synthetic_user
    values: Mapping[str, Any]
    if shape is None:
        values = {**core, **additional, "id": made_up_id}
    else:
        names = options.user.additional_fields
        own = {name: value for name, value in additional.items() if name in names}
        # The function learns nothing of the fields that plugins add; they look as on a real user.
        of_plugins = {name: value for name, value in additional.items() if name not in names}
        values = {**of_plugins, **shape(SyntheticUser(core, own, made_up_id))}
    return User(call.context.schema.complete("user", values))
