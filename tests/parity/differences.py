"""Every intended difference from upstream, each with its reason.

An entry covers the discrepancies it describes and nothing else. When the whole suite is played
and an entry has covered none, the suite fails: the difference is gone, or described wrongly.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

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


def _tells_of_a_deleted_session(up: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    theirs, mine = ([message["kind"] for message in side["sent"]] for side in (up, own))
    return bool(mine == [*theirs, "session deleted"])


def _row_has_expired(up: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    (_, theirs), (_, mine) = (side["rows"]["session"] for side in (up, own))
    return bool(mine["expiresAt"] == mine["updatedAt"] and theirs["expiresAt"] > mine["expiresAt"])


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


def _told_once(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    last = {cookie["name"]: cookie["attributes"] for cookie in upstream["cookies"]}
    ours = {cookie["name"]: cookie["attributes"] for cookie in pyauth["cookies"]}
    return last == ours and len(pyauth["cookies"]) == len(ours) < len(upstream["cookies"])


def _marked_first(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    ours = [cookie["name"] for cookie in pyauth["cookies"]]
    return ours == ["before", *(cookie["name"] for cookie in upstream["cookies"])]


def _cached_anew(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    return (
        upstream["status"] == 200
        and not upstream["cookies"]
        and [(cookie["name"], bool(cookie["value"])) for cookie in pyauth["cookies"]]
        == [("better-auth.session_data", True)]
    )


def _cache_expired(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    return not upstream["cookies"] and [
        (cookie["name"], cookie["value"]) for cookie in pyauth["cookies"]
    ] == [("better-auth.session_data", "")]


def _fell_back(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    answered = upstream.get("status") == 200 and upstream.get("body") is None
    return answered and isinstance(pyauth.get("body"), Mapping)


def _same_links(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    """Whether the mailed links say the same but for the user and the escaping of the callback."""

    def links(side: Mapping[str, Any]) -> list[list[str]]:
        found = []
        for message in side["sent"]:
            head, _, callback = message.get("url", "").partition("&callbackURL=")
            bare = [
                re.sub(r'"sub": "[^"]*", ', "", text) for text in (head, message.get("token", ""))
            ]
            found.append([*bare, unquote(callback)])
        return found

    return links(upstream) == links(pyauth)


_NO_ROUTE = _answers(404, 404)
_LIMITED = _answers(429, 429)

DIFFERENCES: Sequence[Difference] = (
    # --- the base URL ---------------------------------------------------------------------------
    Difference(
        reason="a request under a host that is not allowed is refused with 400; upstream fails and "
        "leaves the answer to its host",
        field="status",
        scenario="base_url/another_host_is_refused",
        when=_answers(599, 400, "BAD_REQUEST"),
    ),
    Difference(
        reason="forwarded headers choose the host only with trustedProxyHeaders; upstream since "
        "1.7.0 (652fa53e49)",
        field="sent?0?.url",
        scenario="base_url/forwarded_headers_are_not_believed_by_default",
    ),
    Difference(
        reason="the origin that a request chose among the allowed hosts is trusted, under http "
        "too; upstream then refuses its own pages",
        field="status",
        step="POST /sign-out  (http://app.example.com)",
        scenario="base_url/the_chosen_origin_is_trusted",
        when=_answers(403, 200),
    ),
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
        reason="paths that lead nowhere share one count of the rate limit",
        scenario="rate_limit/unknown_paths_in_the_database",
        step="GET /other",
        field="status",
        when=_answers(404, 429, "TOO_MANY_REQUESTS"),
    ),
    Difference(
        reason="paths that lead nowhere share one count of the rate limit",
        scenario="rate_limit/unknown_paths_in_the_database",
        step="rows of rateLimit",
        field="rows.rateLimit",
    ),
    Difference(
        reason="two stars at the end of a rate rule's path stay below it; upstream's also take "
        "paths that merely begin so",
        scenario="rate_limit/two_stars_at_the_end_include_the_path_itself",
        step="POST /revoke-sessions",
        field="status",
        when=_answers(401, 429, "TOO_MANY_REQUESTS"),
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
        step=("*GET /get-session*", "*POST /get-session*"),
        field="headers.cache-control",
        upstream=MISSING,
        pyauth="no-store",
    ),
    Difference(
        reason="get-session must not be stored by any cache; upstream since 1.6.24 (46d2bf02c9)",
        step=("*GET /get-session*", "*POST /get-session*"),
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
        reason="sign-in, sign-up and routes that send codes check an Origin that is there, cookies"
        " or not; upstream since 1.6.16 (87e7aa5e0f), and for signing in and up",
        scenario="origin/*",
        step=(
            "POST /sign-in/email*",
            "POST /sign-up/email*",
            "POST /request-password-reset*",
            "POST /send-verification-email*",
        ),
        field="status",
        when=_answers((200, 400, 401), 403, "INVALID_ORIGIN", "MISSING_OR_NULL_ORIGIN"),
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
        reason="a WSGI server hands over decoded paths, so both spellings are the route; disabled "
        "paths and the rate limit see the decoded one too",
        scenario="base_url/trailing_slashes_and_disabled_paths*",
        step="* *%2f*",
        field="status",
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
        field="cookies",
        when=_expired,
    ),
    Difference(
        reason="a session that ends with the browser lives a day, the one after a change of the "
        "password too; upstream gives that one the whole life",
        scenario="password_change/a_forgotten_browser_stays_one",
        step=("rows of session", "GET /get-session"),
        field="*.expiresAt",
    ),
    Difference(
        reason="an account without a password gets one; upstream since 1.7.0 (dbd302e422), before "
        "a second account",
        scenario="password_change/an_account_without_a_password_gets_one",
        step="rows of account",
        field="rows.account",
    ),
    Difference(
        reason="asking a new password for an unknown address stores a token of nobody for a "
        "second: it takes as long as for a known one; upstream only reads",
        scenario="password_reset/leaves_a_token_of_nobody",
        step="rows of verification",
        field="rows.verification",
        upstream=[],
    ),
    Difference(
        reason="an empty scope is no scope; upstream since 1.7.0 (97903c9cca)",
        scenario="accounts/no_scope_is_no_scope",
        step="GET /list-accounts",
        field="body[[]1].scopes",
        upstream=[""],
        pyauth=[],
    ),
    Difference(
        reason="sign-up is all or nothing; upstream keeps the user whose session could not be made",
        scenario="hooks/a_stopped_session_undoes_the_sign_up",
        step="rows of *",
        field="rows.*",
        pyauth=[],
    ),
    Difference(
        reason="an answer names a cookie once; upstream expires one and sets it in the same answer",
        field="cookies",
        when=_told_once,
    ),
    Difference(
        reason="a cache that is altered or over is as good as absent; upstream answers null or "
        "fails, and falls back to the store since 1.6.19 (c2f718fcde)",
        scenario="cookie_cache/*",
        step="*GET /get-session*",
        field="body",
        upstream=None,
        when=_fell_back,
    ),
    Difference(
        reason="a cache that is altered or over is as good as absent; upstream answers null or "
        "fails, and falls back to the store since 1.6.19 (c2f718fcde)",
        scenario="cookie_cache/*",
        step="*GET /get-session*",
        field="cookies*",
        when=_fell_back,
    ),
    Difference(
        reason="a cache that is altered or over is as good as absent; upstream answers null or "
        "fails, and falls back to the store since 1.6.19 (c2f718fcde)",
        scenario="cookie_cache/*",
        step="*GET /get-session*",
        field="status",
        when=_answers(500, 200),
    ),
    Difference(
        reason="a cache of another session is as good as absent; upstream since 1.7.0 (34558bc52b)",
        scenario="cookie_cache/anothers_cache_*",
        step="GET /get-session  (Ada's token, Eve's cache)",
        field="*",
    ),
    Difference(
        reason="every route that reads the session from the store caches it anew; upstream since "
        "1.6.12 (5626e1b437)",
        scenario="cookie_cache/*",
        step="*POST /*",
        field="cookies",
        when=_cached_anew,
    ),
    Difference(
        reason="ending the own session ends its cache in the browser too; upstream leaves it to "
        "its age",
        scenario="cookie_cache/*",
        step="POST /revoke-session*",
        field="cookies",
        when=_cache_expired,
    ),
    Difference(
        reason="update-session asks the store; upstream since 1.6.16 (893cf6cb3f)",
        scenario="cookie_cache/an_ended_session_changes_nothing",
        step="*POST /update-session",
        field="status",
        when=_answers(200, 401, "UNAUTHORIZED"),
    ),
    Difference(
        reason="a session without a store ends when it was said to; upstream since 1.6.12 "
        "(3f8f310a0f)",
        scenario="cookie_cache/is_made_anew_without_a_database",
        step="GET /get-session*",
        field="body.session.expiresAt",
    ),
    Difference(
        reason="no query weakens a look at the store; upstream since 1.6.16 (893cf6cb3f)",
        scenario="cookie_cache/is_off_for_what_is_sensitive_even_when_asked",
        field="status",
        when=_answers(200, 401, "UNAUTHORIZED"),
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
    # --- changing and deleting a user -----------------------------------------------------------
    Difference(
        reason="the case of letters in an address does not matter to whoever is signed in; "
        "upstream since 1.6.10 (36ef808c6c)",
        scenario="send_verification_email/the_case_of_letters",
        field="status",
        when=_answers(400, 200),
    ),
    Difference(
        reason="links that change an address carry their callback escaped; upstream since 1.6.12 "
        "(09a1d50a80)",
        scenario="change_email/*",
        step="outbox",
        field="sent*.url",
        when=_same_links,
    ),
    Difference(
        reason="a token that changes an address names its user, so that it dies with him and never "
        "moves whoever has the address next",
        scenario="change_email/*",
        step="outbox",
        field="sent*.token",
        when=_same_links,
    ),
    Difference(
        reason="change-email says no where the second mail could never be sent; upstream since "
        "1.6.12 (09a1d50a80)",
        scenario="change_email/a_confirmation_that_leads_nowhere",
        field="status",
        when=_answers(200, 400, "VERIFICATION_EMAIL_NOT_ENABLED"),
    ),
    Difference(
        reason="a link to an address that was taken meanwhile is refused; upstream fails with 500",
        scenario="change_email/the_address_was_taken_meanwhile",
        field="status",
        when=_answers(500, 401, "INVALID_TOKEN"),
    ),
    Difference(
        reason="a token of ours with an odd payload is not valid; upstream fails with 500",
        scenario="change_email/links_by_hand",
        field="status",
        when=_answers(500, 401, "INVALID_TOKEN"),
    ),
    Difference(
        reason="a kind of link that is not known is not followed; upstream changes the address",
        scenario="change_email/an_unknown_kind_of_link",
        field="status",
        when=_answers(200, 401, "INVALID_TOKEN"),
    ),
    Difference(
        reason="update-user checks the types of name and image; upstream stores what its database "
        "accepts",
        scenario="update_user/values_of_another_type",
        field="status",
        when=_answers(200, 400, "VALIDATION_ERROR"),
    ),
    Difference(
        reason="a taken value of a unique field is a conflict; upstream fails with 500",
        scenario="update_user/a_unique_field",
        field="status",
        when=_answers(500, 409, "CONFLICT"),
    ),
    # --- the app's own hooks --------------------------------------------------------------------
    Difference(
        reason="an update that a database hook stopped is a failure; upstream calls it a success",
        scenario="hooks/database_hooks_stop_an_update",
        field="status",
        step="POST /update-user  (stopped)",
        when=_answers(200, 400, "FAILED_TO_UPDATE_USER"),
    ),
    Difference(
        reason="headers and cookies that a before-hook sets are on the answer; upstream drops them",
        scenario="hooks/hooks_set_cookies",
        field="cookies",
        when=_marked_first,
    ),
    Difference(
        reason="an error of an after-hook has its own status; upstream keeps that of the error it "
        "replaces",
        scenario="hooks/an_after_hook_refuses",
        field="status",
        step="POST /sign-in/email  (again)",
        when=_answers(401, 403, "CLOSED"),
    ),
    Difference(
        reason="the answer of a before-hook has headers of its own; upstream sends the request's "
        "back",
        scenario="hooks/a_before_hook_answers",
        field="headers.x-forwarded-for",
        pyauth=MISSING,
    ),
    Difference(
        reason="what nobody expected is answered with 500 in JSON; upstream's 500 has no body",
        scenario="hooks/the_app_is_told_of_what_nobody_expected",
        field="headers.content-type",
        upstream=MISSING,
        pyauth="application/json",
    ),
    Difference(
        reason="what nobody expected is answered with 500 in JSON; upstream's 500 has no body",
        scenario="hooks/the_app_is_told_of_what_nobody_expected",
        field="body",
        upstream=None,
        when=_answers(500, 500, "INTERNAL_SERVER_ERROR"),
    ),
    Difference(
        reason="a session that lives in the storage alone has every field, null where it has no "
        "value; upstream leaves such fields out",
        scenario="secondary_storage/*[[]alone]",
        field="*.theme",
        upstream=MISSING,
        pyauth=None,
    ),
    Difference(
        reason="hooks of a deletion run for sessions in a secondary storage too; upstream since "
        "1.7.0 (76a33429fc), where rows are kept",
        scenario="secondary_storage/runs_hooks_around_ended_sessions*",
        field="sent",
        when=_tells_of_a_deleted_session,
    ),
    Difference(
        reason="the row of an ended session that is kept expires; upstream since 1.7.0 "
        "(76a33429fc)",
        scenario="secondary_storage/keeps_or_removes_the_rows_of_ended_sessions[[]preserved]",
        field="rows.session?1?.*",
        when=_row_has_expired,
    ),
)
