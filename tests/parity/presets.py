"""Configurations that need functions, by name; tests/node/presets.mjs holds the same for upstream.

A preset receives the options as far as they are built, the outbox and its argument.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pyauth import (
    APIError,
    DatabaseEvent,
    EmailVerificationEvent,
    ExistingUserSignUp,
    SyntheticUser,
    VerificationEmail,
)
from pyauth.codec import iso_timestamp
from pyauth.error_codes import ErrorCode
from pyauth.http.call import Call
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


def _custom_synthetic_user(options: Options, _: list[Json], __: object) -> None:
    def shape(user: SyntheticUser) -> dict[str, Any]:
        return {**user.core_fields, "role": "member", **user.additional_fields, "id": user.id}

    _merge(options, "email_and_password", custom_synthetic_user=shape)


def _own_passwords(options: Options, _: list[Json], __: object) -> None:
    password = {
        "hash": lambda password: f"own:{password}",
        "verify": lambda stored, password: stored == f"own:{password}",
    }
    _merge(options, "email_and_password", password=password)


def _database_hooks(options: Options, outbox: list[Json], _: object) -> None:
    def note(kind: str) -> Callable[[DatabaseEvent], None]:
        def tell(event: DatabaseEvent) -> None:
            assert event.record is not None
            outbox.append({"kind": kind, "record": to_wire(event.record)})

        return tell

    def name_user(event: DatabaseEvent) -> dict[str, Any] | bool:
        name = event.data["name"]
        return False if name == "Nobody" else {"name": f"{name}!"}

    def refuse_agent(event: DatabaseEvent) -> bool | None:
        return False if event.data["user_agent"] == "refused" else None

    options["database_hooks"] = {
        "user": {
            "create": {"before": name_user, "after": note("user created")},
            "update": {"after": note("user updated")},
        },
        "session": {
            "create": {"before": refuse_agent, "after": note("session created")},
            "delete": {"after": note("session deleted")},
        },
        "account": {"create": {"after": note("account created")}},
    }


_BANNED_ADDRESS = ErrorCode("BANNED_ADDRESS", "Banned address", 403)


def _endpoint_hooks(options: Options, outbox: list[Json], _: object) -> None:
    def before(call: Call) -> None:
        outbox.append({"kind": "before", "path": call.path})
        if not isinstance(call.body, dict):
            return
        if call.body.get("email") == "banned@example.com":
            raise APIError(_BANNED_ADDRESS)
        if call.body.get("name") == "short":
            call.body = {**call.body, "name": "made longer"}

    def after(call: Call) -> object:
        failed = call.outcome.error is not None
        outbox.append({"kind": "after", "path": call.path, "failed": failed})
        call.set_header("x-hook", "seen")
        return {"replaced": True} if call.path == "/list-sessions" and not failed else None

    options["hooks"] = {"before": before, "after": after}


PRESETS: dict[str, Preset] = {
    "verificationMail": _verification_mail,
    "failingVerificationMail": _failing_verification_mail,
    "existingUserMail": _existing_user_mail,
    "verificationCallbacks": _verification_callbacks,
    "computedDefault": _computed_default,
    "upperCaseInput": _upper_case_input,
    "customSyntheticUser": _custom_synthetic_user,
    "ownPasswords": _own_passwords,
    "databaseHooks": _database_hooks,
    "endpointHooks": _endpoint_hooks,
}
