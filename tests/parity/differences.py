"""Every intended difference from upstream, each with its reason.

An entry covers the discrepancies it describes and nothing else. When the whole suite is played
and an entry has covered none, the suite fails: the difference is gone, or described wrongly.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.parity.compare import MISSING, Discrepancy

Condition = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]
"""Judges a whole step: what upstream showed, what pyauth showed."""


class _Anything:
    """Equal to every value."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = object.__hash__


ANYTHING = _Anything()


@dataclass(frozen=True, slots=True)
class Difference:
    """One intended difference.

    Attributes:
        reason: why pyauth differs, for whoever meets it.
        step: pattern of step titles (method, path and note), as ``fnmatch``; or several.
        field: pattern of the field's path.
        upstream: what stands there on upstream's side; ``MISSING`` when nothing does.
        pyauth: what stands there on pyauth's side.
        when: a condition on the whole step.
        scenario: pattern of scenario names.
    """

    reason: str
    field: str
    step: str | tuple[str, ...] = "*"
    upstream: object = ANYTHING
    pyauth: object = ANYTHING
    when: Condition | None = None
    scenario: str = "*"

    def _steps(self) -> tuple[str, ...]:
        return (self.step,) if isinstance(self.step, str) else self.step

    def covers(self, found: Discrepancy) -> bool:
        """Whether ``found`` is this difference."""
        return (
            fnmatchcase(found.scenario, self.scenario)
            and any(fnmatchcase(found.step.title, pattern) for pattern in self._steps())
            and fnmatchcase(found.field, self.field)
            and self.upstream == found.upstream
            and self.pyauth == found.pyauth
            and (self.when is None or self.when(found.step.upstream, found.step.pyauth))
        )


def _code(answer: Mapping[str, Any]) -> object:
    body = answer.get("body")
    return body.get("code") if isinstance(body, Mapping) else None


def _answers(upstream: int | tuple[int, ...], pyauth: int, *codes: str) -> Condition:
    """Both statuses, and the code of pyauth's answer."""
    theirs = (upstream,) if isinstance(upstream, int) else upstream

    def holds(up: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
        fits = up.get("status") in theirs and own.get("status") == pyauth
        return fits and (not codes or _code(own) in codes)

    return holds


def _is_error(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    status = upstream.get("status")
    return isinstance(status, int) and status >= 400 and status == pyauth.get("status")


def _cookies_twice(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    theirs, ours = (
        [(cookie["name"], cookie["attributes"]) for cookie in side["cookies"]]
        for side in (upstream, pyauth)
    )
    return theirs == ours * 2


def _renewed(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    return not upstream["cookies"] and [
        (cookie["name"], "signed" in cookie["value"]) for cookie in pyauth["cookies"]
    ] == [("better-auth.session_token", True)]


def _expired(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    return not upstream["cookies"] and [
        (cookie["name"], cookie["value"]) for cookie in pyauth["cookies"]
    ] == [
        (f"better-auth.{name}", "") for name in ("session_token", "session_data", "dont_remember")
    ]


_NO_ROUTE = _answers(404, 404)
_LIMITED = _answers(429, 429)

DIFFERENCES: Sequence[Difference] = (
    # --- the form of answers --------------------------------------------------------------------
    Difference(
        reason="every error body has a code; upstream leaves it out of some",
        field="body.code",
        upstream=MISSING,
        when=_is_error,
    ),
    Difference(
        reason="404 is JSON like every other error; upstream's has no body, or the words alone",
        field="body",
        pyauth={"code": "NOT_FOUND", "message": "Not Found"},
        when=_NO_ROUTE,
    ),
    Difference(
        reason="404 is JSON, and says so",
        field="headers.content-type",
        pyauth="application/json",
        when=_NO_ROUTE,
    ),
    Difference(
        reason="429 is JSON; upstream sends JSON that it calls text, without a code",
        field="body",
        upstream='{"message":"Too many requests. Please try again later."}',
        pyauth={
            "code": "TOO_MANY_REQUESTS",
            "message": "Too many requests. Please try again later.",
        },
        when=_LIMITED,
    ),
    Difference(
        reason="429 is JSON, and says so",
        field="headers.content-type",
        upstream="text/plain;charset=UTF-8",
        pyauth="application/json",
        when=_LIMITED,
    ),
    Difference(
        reason="/ok answers the plain text OK, as RustAuth does",
        step="GET *ok*",
        field="body",
        upstream={"ok": True},
        pyauth="OK",
    ),
    Difference(
        reason="/ok answers the plain text OK, as RustAuth does",
        step="GET *ok*",
        field="headers.content-type",
        upstream="application/json",
        pyauth="text/plain; charset=utf-8",
    ),
    Difference(
        reason="get-session must not be stored by any cache; upstream since 1.6.24 (46d2bf02c9)",
        step="*GET /get-session*",
        field="headers.cache-control",
        upstream=MISSING,
        pyauth="no-store",
    ),
    Difference(
        reason="get-session must not be stored by any cache; upstream since 1.6.24 (46d2bf02c9)",
        step="*GET /get-session*",
        field="headers.pragma",
        upstream=MISSING,
        pyauth="no-cache",
    ),
    Difference(
        reason="the error page is pyauth's own and names its encoding",
        step="GET /error*",
        field="headers.content-type",
        upstream="text/html",
        pyauth="text/html; charset=utf-8",
    ),
    Difference(
        reason="the error page forbids every script and every foreign resource",
        step="GET /error*",
        field="headers.content-security-policy",
        upstream=MISSING,
        pyauth="default-src 'none'; style-src 'unsafe-inline'",
    ),
    Difference(
        reason="the error page forbids browsers to guess at its type",
        step="GET /error*",
        field="headers.x-content-type-options",
        upstream=MISSING,
        pyauth="nosniff",
    ),
    Difference(
        reason="a redirect sets each cookie once; upstream writes every one of them twice",
        step="*GET /verify-email*",
        field="cookies",
        when=_cookies_twice,
    ),
    # --- input ----------------------------------------------------------------------------------
    Difference(
        reason="bad input is refused with 400; upstream fails with an empty 500",
        field="status",
        when=_answers(500, 400),
    ),
    Difference(
        reason="a token of ours with an odd payload is not valid; upstream fails with 500",
        scenario="verify_email/odd_payloads",
        field="status",
        when=_answers(500, 401, "INVALID_TOKEN"),
    ),
    Difference(
        reason="a token must say when it ends; upstream takes one that never does",
        scenario="verify_email/a_token_without_end",
        field="status",
        when=_answers(200, 401, "INVALID_TOKEN"),
    ),
    Difference(
        reason="a token must say when it ends; upstream takes one that never does",
        scenario="verify_email/a_token_without_end",
        field="headers.location",
        upstream="/x",
        pyauth="/x?error=INVALID_TOKEN",
    ),
    Difference(
        reason="text that is no UTF-8, NUL, lone surrogates and numbers that lose digits are "
        "refused by the readers; upstream hands them on",
        scenario="transport/*",
        field="status",
        when=_answers((200, 401), 400, "BAD_REQUEST"),
    ),
    Difference(
        reason="a query that is no UTF-8 is refused by its reader; upstream reads around it",
        scenario="get_session/takes_its_query_as_booleans",
        step="GET /get-session?%ff=%fe",
        field="status",
        when=_answers(200, 400, "BAD_REQUEST"),
    ),
    Difference(
        reason="a media type counts as a whole; upstream looks for JSON's name anywhere in it",
        scenario="transport/media_types_of_a_json_route",
        step=("*(application/jsonp)", "*(application/json, text/plain)"),
        field="status",
        when=_answers(200, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ),
    Difference(
        reason="in a form the words true and false are booleans; upstream refuses every form that "
        "has a boolean",
        scenario="transport/forms_know_only_text",
        step=("*(true)", "*(false)"),
        field="status",
        when=_answers(400, 200),
    ),
    Difference(
        reason="additional fields are checked against their type; upstream stores what its "
        "database accepts",
        scenario="fields/values_of_another_type",
        field="status",
        when=_answers((200, 422), 400, "VALIDATION_ERROR"),
    ),
    Difference(
        reason="additional session fields are checked against their type",
        scenario="update_session/checks_types",
        field="status",
        when=_answers(200, 400, "VALIDATION_ERROR"),
    ),
    Difference(
        reason="a number field holds whole numbers, as its column does; upstream leaves fractions "
        "to the database, and most refuse them",
        scenario="fields/numbers_with_fractions",
        field="status",
        when=_answers(200, 400, "VALIDATION_ERROR"),
    ),
    Difference(
        reason="null for a required field is bad input; upstream lets the database refuse it",
        scenario="fields/required_fields",
        field="status",
        when=_answers(422, 400, "VALIDATION_ERROR"),
    ),
    Difference(
        reason="a field is required unless it says otherwise; upstream forgets that in its input",
        scenario="fields/required_is_the_default",
        field="status",
        when=_answers(422, 400, "MISSING_FIELD"),
    ),
    # --- who may ask ----------------------------------------------------------------------------
    Difference(
        reason="sign-in and sign-up check an Origin that is there, cookies or not; upstream since "
        "1.6.16 (87e7aa5e0f)",
        scenario="origin/*",
        step=("POST /sign-in/email*", "POST /sign-up/email*"),
        field="status",
        when=_answers((400, 401), 403, "INVALID_ORIGIN", "MISSING_OR_NULL_ORIGIN"),
    ),
    Difference(
        reason="guards come before validation on every route; upstream's form check comes after",
        scenario="origin/the_form_check_against_validation",
        field="status",
        when=_answers(400, 403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"),
    ),
    Difference(
        reason="an Origin never holds a user name",
        step="POST /sign-out  ('http://user@localhost:3000')",
        field="status",
        when=_answers(200, 403, "INVALID_ORIGIN"),
    ),
    Difference(
        reason="a host pattern trusts web origins, not whatever scheme has that host",
        scenario="origin/trusted_origins",
        step="*ftp://a.host.test)",
        field="status",
        when=_answers((200, 400), 403, "INVALID_ORIGIN", "INVALID_CALLBACK_URL"),
    ),
    Difference(
        reason="what is no address matches no pattern; upstream then compares the bare text",
        scenario="origin/trusted_origins",
        step="*http://localhost:5173.evil.test)",
        field="status",
        when=_answers((200, 400), 403, "INVALID_ORIGIN", "INVALID_CALLBACK_URL"),
    ),
    Difference(
        reason="a redirect target passes only if both upstream's and RustAuth's rule pass it, and "
        "every browser reads it alike",
        scenario="origin/redirect_targets_*",
        step=(
            "*('/home?x=%2F')",
            r"*('http://localhost:3000\\@evil.example')",
            "*('http:/localhost:3000')",
            "*('http:localhost:3000')",
            r"*('http:\\\\localhost:3000')",
            "*(' http://localhost:3000')",
            r"*('\thttp://localhost:3000')",
            r"*('ht\ntp://localhost:3000')",
        ),
        field="status",
        when=_answers((302, 400, 500), 403, "INVALID_CALLBACK_URL"),
    ),
    Difference(
        reason="an explicit disableCSRFCheck: false keeps the check; upstream ignores it beside "
        "disableOriginCheck",
        scenario="origin/checks_can_be_switched_off[[]origin off, csrf on]",
        step="POST /sign-out",
        field="status",
        when=_answers(200, 403, "INVALID_ORIGIN", "MISSING_OR_NULL_ORIGIN"),
    ),
    Difference(
        reason="Werkzeug writes the scheme and host of a Location in lower case: the same address",
        scenario="origin/redirect_targets_of_verify_email",
        step="*('HTTP://LOCALHOST:3000/x')",
        field="headers.location",
        pyauth="http://localhost:3000/x?error=INVALID_TOKEN",
    ),
    Difference(
        reason="a WSGI server hands over decoded paths, so both spellings are the route; disabled "
        "paths and the rate limit see the decoded one too",
        scenario="pages/encoded_paths",
        step="GET /%6Fk",
        field="status",
        when=_answers(404, 200),
    ),
    Difference(
        reason="the routes begin at the base path; upstream finds it anywhere in the path",
        scenario="pages/*",
        step=("GET /prefix/api/auth/ok", "GET /ok"),
        field="status",
        when=_answers(200, 404),
    ),
    Difference(
        reason="paths are not rewritten: clients resolve dots, a server that sees some refuses",
        scenario="pages/encoded_paths",
        step="*(dots)",
        field="status",
        when=_answers(200, 404),
    ),
    Difference(
        reason="list-sessions needs a fresh session; upstream since 1.6.15 (ad60333d15)",
        scenario="sessions/listing_needs_a_fresh_session",
        step="GET /list-sessions  (stale)",
        field="status",
        when=_answers(200, 403, "SESSION_NOT_FRESH"),
    ),
    # --- sessions -------------------------------------------------------------------------------
    Difference(
        reason="every route that extends the session renews its cookie; upstream since 1.6.12 "
        "(5626e1b437)",
        scenario="sessions/*",
        field="cookies",
        when=_renewed,
    ),
    Difference(
        reason="every route that finds the session dead expires its cookies; upstream since 1.6.12 "
        "(5626e1b437)",
        scenario="sessions/*",
        field="cookies",
        when=_expired,
    ),
    Difference(
        reason="sign-up is all or nothing; upstream keeps the user whose session could not be made",
        scenario="hooks/a_stopped_session_undoes_the_sign_up",
        step="rows of *",
        field="rows.*",
        pyauth=[],
    ),
    # --- enumeration ----------------------------------------------------------------------------
    Difference(
        reason="without autoSignIn a taken address is hidden too; upstream since 1.6.10 "
        "(9a7b51d0d3)",
        scenario="sign_up/*_without_auto_sign_in",
        step="POST /sign-up/email",
        field="status",
        when=_answers(422, 200),
    ),
    Difference(
        reason="the owner of a hidden address is told, without autoSignIn too; upstream since "
        "1.6.10 (9a7b51d0d3)",
        scenario="sign_up/the_owner_of_a_taken_address_without_auto_sign_in",
        step="outbox",
        field="sent",
        upstream=[],
    ),
    Difference(
        reason="a made-up user has every field that a real one shows; upstream since 1.6.12 "
        "(276d67fad5)",
        scenario="sign_up/the_made_up_user_has_the_fields_of_a_real_one",
        field="body.user.*",
        upstream=MISSING,
        pyauth=None,
    ),
    Difference(
        reason="a list in place of a password is called the wrong type once; zod also measures it",
        scenario="validation/each_field_of_sign_up",
        step="POST /sign-up/email  (password = [[]*)",
        field="body.message",
        pyauth="[body.password] Invalid input: expected string, received array",
    ),
)
