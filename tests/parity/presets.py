"""Configurations that need functions, by name; tests/node/presets.mjs holds the same for upstream.

A preset receives the options as far as they are built, the outbox and its argument.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pyauth import EmailVerificationEvent, ExistingUserSignUp, VerificationEmail
from pyauth.codec import iso_timestamp
from pyauth.naming import to_camel
from tests.parity.sides import Json

Options = dict[str, Any]
Preset = Callable[[Options, list[Json], object], None]


def to_wire(record: Mapping[str, Any]) -> dict[str, Json]:
    """Return a record of pyauth's as upstream would show it."""
    return {to_camel(key): to_plain(value) for key, value in record.items()}


def to_plain(value: Any) -> Json:
    """Return a stored value as upstream would show it in JSON."""
    plain: Json = iso_timestamp(value) if isinstance(value, datetime) else value
    return plain


def _merge(options: Options, group: str, **values: object) -> None:
    options[group] = {**options.get(group, {}), **values}


def _verification_mail(options: Options, outbox: list[Json], _: object) -> None:
    def send(mail: VerificationEmail) -> None:
        outbox.append(
            {
                "kind": "verification",
                "user": to_wire(mail.user),
                "url": mail.url,
                "token": mail.token,
            }
        )

    _merge(options, "email_verification", send_verification_email=send)


def _failing_verification_mail(options: Options, _: list[Json], __: object) -> None:
    def send(mail: VerificationEmail) -> None:
        raise ConnectionError("the mail server is down")

    _merge(options, "email_verification", send_verification_email=send)


def _existing_user_mail(options: Options, outbox: list[Json], _: object) -> None:
    def tell(event: ExistingUserSignUp) -> None:
        outbox.append({"kind": "existing-user", "user": to_wire(event.user)})

    _merge(options, "email_and_password", on_existing_user_sign_up=tell)


def _verification_callbacks(options: Options, outbox: list[Json], _: object) -> None:
    def before(event: EmailVerificationEvent) -> None:
        outbox.append({"kind": "before-verification", "user": to_wire(event.user)})

    def after(event: EmailVerificationEvent) -> None:
        outbox.append({"kind": "after-verification", "user": to_wire(event.user)})

    _merge(
        options,
        "email_verification",
        before_email_verification=before,
        after_email_verification=after,
    )


def _computed_default(options: Options, _: list[Json], __: object) -> None:
    field = {"type": "string", "required": False, "default": lambda: "computed"}
    fields = options.get("user", {}).get("additionalFields", {})
    _merge(options, "user", additionalFields={**fields, "plan": field})


def _upper_case_input(options: Options, _: list[Json], __: object) -> None:
    field = {"type": "string", "required": False, "transform_input": str.upper}
    fields = options.get("user", {}).get("additionalFields", {})
    _merge(options, "user", additionalFields={**fields, "shout": field})


PRESETS: dict[str, Preset] = {
    "verificationMail": _verification_mail,
    "failingVerificationMail": _failing_verification_mail,
    "existingUserMail": _existing_user_mail,
    "verificationCallbacks": _verification_callbacks,
    "computedDefault": _computed_default,
    "upperCaseInput": _upper_case_input,
}
