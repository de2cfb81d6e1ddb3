"""Configurations that need functions, by name; tests/node/presets.mjs holds the same for upstream.

A preset receives the options as far as they are built, the outbox and its argument.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from pyauth import (
    APIError,
    ChangeEmailConfirmation,
    DatabaseEvent,
    DeleteAccountVerification,
    EmailVerificationEvent,
    ErrorInfo,
    ExistingUserSignUp,
    PasswordReset,
    RateLimitRule,
    RequestInfo,
    ResetPasswordEmail,
    Session,
    SyntheticUser,
    User,
    UserDeletion,
    VerificationEmail,
)
from pyauth.clock import epoch_ms
from pyauth.codec import iso_timestamp
from pyauth.error_codes import ErrorCode
from pyauth.http.call import Call
from pyauth.http.outcome import Redirect
from pyauth.naming import to_camel
from pyauth.state import find_call
from pyauth.storage import MemoryStorage, RedisStorage
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


def _reset_mail(options: Options, outbox: list[Json], _: object) -> None:
    def send(mail: ResetPasswordEmail) -> None:
        outbox.append(
            {
                "kind": "reset",
                "user": to_wire(mail.user),
                "url": mail.url,
                "token": mail.token,
            }
        )

    _merge(options, "email_and_password", send_reset_password=send)


def _failing_reset_mail(options: Options, _: list[Json], __: object) -> None:
    def send(mail: ResetPasswordEmail) -> None:
        raise ConnectionError("the mail server is down")

    _merge(options, "email_and_password", send_reset_password=send)


def _reset_callback(options: Options, outbox: list[Json], _: object) -> None:
    def tell(event: PasswordReset) -> None:
        outbox.append({"kind": "password-reset", "user": to_wire(event.user)})

    _merge(options, "email_and_password", on_password_reset=tell)


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


def _change_email_confirmation(options: Options, outbox: list[Json], _: object) -> None:
    def send(mail: ChangeEmailConfirmation) -> None:
        outbox.append(
            {
                "kind": "change-email-confirmation",
                "user": to_wire(mail.user),
                "newEmail": mail.new_email,
                "url": mail.url,
                "token": mail.token,
            }
        )

    settings = options.get("user", {}).get("changeEmail", {})
    _merge(options, "user", changeEmail={**settings, "sendChangeEmailConfirmation": send})


def _delete_account_mail(options: Options, outbox: list[Json], _: object) -> None:
    def send(mail: DeleteAccountVerification) -> None:
        outbox.append(
            {
                "kind": "delete-account",
                "user": to_wire(mail.user),
                "url": mail.url,
                "token": mail.token,
            }
        )

    settings = options.get("user", {}).get("deleteUser", {})
    _merge(options, "user", deleteUser={**settings, "sendDeleteAccountVerification": send})


_NOT_NOW = ErrorCode("NOT_NOW", "Not now", 403)


def _deletion_callbacks(options: Options, outbox: list[Json], _: object) -> None:
    def before(event: UserDeletion) -> None:
        outbox.append({"kind": "before-delete", "user": to_wire(event.user)})
        if event.user.name == "Staying":
            raise APIError(_NOT_NOW)

    def after(event: UserDeletion) -> None:
        outbox.append({"kind": "after-delete", "user": to_wire(event.user)})

    settings = options.get("user", {}).get("deleteUser", {})
    _merge(options, "user", deleteUser={**settings, "beforeDelete": before, "afterDelete": after})


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


def _cache_version(options: Options, outbox: list[Json], _: object) -> None:
    def release(event: DatabaseEvent) -> None:
        outbox.append({"kind": "release"})

    def version(session: Session, user: User) -> str:
        return f"{user.name} {len(outbox)}"

    _merge(options, "session", cookie_cache={"enabled": True, "version": version})
    options["database_hooks"] = {"session": {"create": {"before": release}}}


def _rate_by_plan(options: Options, _: list[Json], __: object) -> None:
    """Limit by a header: not at all, twice as many, or as ever."""

    def decide(request: RequestInfo, rule: RateLimitRule) -> RateLimitRule | Literal[False] | None:
        plan = request.headers.get("x-plan")
        if plan == "paid":
            return False
        if plan == "double":
            return RateLimitRule(window=rule.window, max=rule.max * 2)
        return None

    rules = options.get("rate_limit", {}).get("customRules", {})
    _merge(options, "rate_limit", customRules={**rules, "/ok": decide, "/sign-in/*": decide})


def _tenant_origins(options: Options, _: list[Json], __: object) -> None:
    """Trust origins by the request: a header names the tenant."""

    def origins(request: RequestInfo | None) -> list[str | None]:
        tenant = request.headers.get("x-tenant") if request else None
        return [f"https://{tenant}.example", None, ""] if tenant else []

    options["trusted_origins"] = origins


_CLOSED = ErrorCode("CLOSED", "We are closed", 403)


def _marking_hooks(options: Options, outbox: list[Json], _: object) -> None:
    """A cookie from each hook, and what the after-hook knows of a new session."""

    def before(call: Call) -> None:
        call.add_header("Set-Cookie", "before=1")

    def after(call: Call) -> None:
        call.add_header("Set-Cookie", "after=1; HttpOnly")
        user = call.new_session.user if call.new_session else None
        outbox.append({"kind": "after", "newUser": user and user.email})

    options["hooks"] = {"before": before, "after": after}


def _after_hook(options: Options, outbox: list[Json], way: object) -> None:
    """Put a result or a refusal in the place of whatever came out, or fail."""

    def after(call: Call) -> object:
        if way == "fails":
            raise RuntimeError("nobody expects this")
        outbox.append({"kind": "after", "code": call.outcome.error and call.outcome.error.code})
        if way == "refuses":
            raise APIError(_CLOSED)
        return Redirect("/elsewhere") if way == "redirects" else {"replaced": True}

    options["hooks"] = {"after": after}


def _before_hook(options: Options, outbox: list[Json], way: object) -> None:
    """Answer in the endpoint's place, or refuse; an after-hook must not see it."""

    def before(call: Call) -> object:
        if way == "refuses":
            raise APIError(_CLOSED)
        return Redirect("/elsewhere") if way == "redirects" else {"early": True}

    def after(call: Call) -> None:
        outbox.append({"kind": "after"})

    options["hooks"] = {"before": before, "after": after}


def _told_of_errors(options: Options, outbox: list[Json], way: object) -> None:
    """Note what the app is told of errors; with ``fails`` a hook fails at every call."""

    def on_error(error: Exception, info: ErrorInfo) -> None:
        code = error.code if isinstance(error, APIError) else "unexpected"
        outbox.append({"kind": "error", "code": code})

    def fail(call: Call) -> None:
        raise RuntimeError("nobody expects this")

    options["on_api_error"] = {"on_error": on_error}
    if way == "fails":
        options["hooks"] = {"after": fail}


def _losing_sessions(options: Options, _: list[Json], way: object) -> None:
    """A hook against changes of sessions: it stops them, refuses, or ends the session before."""

    def before(event: DatabaseEvent) -> bool | None:
        if way == "refuses":
            raise APIError(_CLOSED)
        if way == "ends":
            assert isinstance(event.call, Call)
            event.call.context.adapter.delete_many("session", [])
        return False if way == "stops" else None

    options["database_hooks"] = {"session": {"update": {"before": before}}}


def _changing_updates(options: Options, outbox: list[Json], _: object) -> None:
    """Hooks around updates and deletions: change, stop, note."""

    def shout(event: DatabaseEvent) -> dict[str, Any] | bool | None:
        if event.data.get("name") == "Nobody":
            return False
        return {"name": f"{event.data['name']}!"} if "name" in event.data else None

    def keep(event: DatabaseEvent) -> bool | None:
        assert event.record is not None
        return False if event.record["user_agent"] == "kept" else None

    def note(event: DatabaseEvent) -> None:
        assert event.record is not None
        outbox.append({"kind": f"{event.model} {event.action}", "name": event.record.get("name")})

    options["database_hooks"] = {
        "user": {"update": {"before": shout, "after": note}},
        "session": {"delete": {"before": keep, "after": note}},
    }


_MODELS = ("user", "session", "account", "verification")
_ACTIONS = ("create", "update", "delete")


def _every_write(options: Options, outbox: list[Json], stopped: object) -> None:
    """Note every write before and after it; stop those of one kind, ``[model, action]``."""

    def note(phase: str, event: DatabaseEvent) -> None:
        seen = to_wire(event.data if event.record is None else event.record)
        record = {key: value for key, value in seen.items() if value is not None}
        outbox.append({"kind": f"{phase} {event.model} {event.action}", "record": record})

    def before(event: DatabaseEvent) -> bool:
        note("before", event)
        return [event.model, event.action] != stopped

    def after(event: DatabaseEvent) -> None:
        note("after", event)

    around = {"before": before, "after": after}
    options["database_hooks"] = {model: dict.fromkeys(_ACTIONS, around) for model in _MODELS}


def _numbered_ids(options: Options, _: list[Json], __: object) -> None:
    """Ids that tell their model and count: ``user-1``."""
    counts: dict[str, int] = {}

    def number(model: str) -> str:
        counts[model] = counts.get(model, 0) + 1
        return f"{model}-{counts[model]}"

    advanced = options.get("advanced", {})
    database = {**advanced.get("database", {}), "generateId": number}
    _merge(options, "advanced", database=database)


class _Counts:
    """Counts requests as the option asks, and notes once whom it was asked about."""

    def __init__(self, outbox: list[Json]) -> None:
        self._outbox = outbox
        self._counts: dict[str, tuple[int, int]] = {}

    def consume(self, key: str, *, max_requests: int, window: timedelta) -> timedelta | None:
        """Admit a request, or say how long to wait."""
        if key not in self._counts:
            self._outbox.append({"kind": "counted", "key": key})
        call = find_call()
        assert isinstance(call, Call)
        now, length = epoch_ms(call.now), window // timedelta(milliseconds=1)
        count, last = self._counts.get(key, (0, 0))
        if now - last >= length:
            count = 0
        if count >= max_requests:
            return timedelta(milliseconds=last + length - now)
        self._counts[key] = (count + 1, now)
        return None


def _own_rate_storage(options: Options, outbox: list[Json], _: object) -> None:
    _merge(options, "rate_limit", customStorage=_Counts(outbox))


def _secondary_storage(options: Options, _: list[Json], __: object) -> None:
    options["secondary_storage"] = MemoryStorage


def _redis_storage(options: Options, _: list[Json], place: object) -> None:
    assert isinstance(place, Mapping)
    url = f"redis://127.0.0.1:{place['port']}/0"
    options["secondary_storage"] = RedisStorage(url, prefix=place["prefix"])


PRESETS: dict[str, Preset] = {
    "secondaryStorage": _secondary_storage,
    "redisStorage": _redis_storage,
    "markingHooks": _marking_hooks,
    "afterHook": _after_hook,
    "beforeHook": _before_hook,
    "toldOfErrors": _told_of_errors,
    "changingUpdates": _changing_updates,
    "losingSessions": _losing_sessions,
    "everyWrite": _every_write,
    "numberedIds": _numbered_ids,
    "ownRateStorage": _own_rate_storage,
    "tenantOrigins": _tenant_origins,
    "rateByPlan": _rate_by_plan,
    "cacheVersion": _cache_version,
    "verificationMail": _verification_mail,
    "failingVerificationMail": _failing_verification_mail,
    "resetMail": _reset_mail,
    "failingResetMail": _failing_reset_mail,
    "resetCallback": _reset_callback,
    "existingUserMail": _existing_user_mail,
    "changeEmailConfirmation": _change_email_confirmation,
    "deleteAccountMail": _delete_account_mail,
    "deletionCallbacks": _deletion_callbacks,
    "verificationCallbacks": _verification_callbacks,
    "computedDefault": _computed_default,
    "upperCaseInput": _upper_case_input,
    "customSyntheticUser": _custom_synthetic_user,
    "ownPasswords": _own_passwords,
    "databaseHooks": _database_hooks,
    "endpointHooks": _endpoint_hooks,
}
