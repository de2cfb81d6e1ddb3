"""The form of answers."""

from tests.parity.compare import MISSING
from tests.parity.differences.conditions import LIMITED, NO_ROUTE, answers, cookies_twice, is_error
from tests.parity.differences.difference import Difference

DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        reason="every error body has a code; upstream leaves it out of some",
        field="body.code",
        upstream=MISSING,
        when=is_error,
    ),
    Difference(
        reason="404 is JSON like every other error; upstream's has no body, or the words alone",
        field="body",
        pyauth={"code": "NOT_FOUND", "message": "Not Found"},
        when=NO_ROUTE,
    ),
    Difference(
        reason="404 is JSON, and says so",
        field="headers.content-type",
        pyauth="application/json",
        when=NO_ROUTE,
    ),
    Difference(
        reason="429 is JSON; upstream sends JSON that it calls text, without a code",
        field="body",
        upstream='{"message":"Too many requests. Please try again later."}',
        pyauth={
            "code": "TOO_MANY_REQUESTS",
            "message": "Too many requests. Please try again later.",
        },
        when=LIMITED,
    ),
    Difference(
        reason="429 is JSON, and says so",
        field="headers.content-type",
        upstream="text/plain;charset=UTF-8",
        pyauth="application/json",
        when=LIMITED,
    ),
    Difference(
        reason="paths that lead nowhere share one count of the rate limit",
        scenario="rate_limit/unknown_paths_in_the_database",
        step="GET /other",
        field="status",
        when=answers(404, 429, "TOO_MANY_REQUESTS"),
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
        when=answers(401, 429, "TOO_MANY_REQUESTS"),
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
        reason="list-sessions, whose answer holds tokens, must not be stored by any cache either",
        step="*GET /list-sessions*",
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
        when=cookies_twice,
    ),
)
