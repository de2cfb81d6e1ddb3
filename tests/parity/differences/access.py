"""Who may ask, and for where."""

from tests.parity.differences.conditions import answers
from tests.parity.differences.difference import Difference

DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        reason="sign-in, sign-up and routes that send codes check an Origin that is there, cookies "
        "or not; upstream since 1.6.16 (87e7aa5e0f), and for signing in and up",
        step=(
            "POST /sign-in/email*",
            "POST /sign-up/email*",
            "POST /request-password-reset*",
            "POST /send-verification-email*",
        ),
        field="status",
        when=answers((200, 400, 401), 403, "INVALID_ORIGIN", "MISSING_OR_NULL_ORIGIN"),
    ),
    Difference(
        reason="guards come before validation on every route; upstream's form check comes after",
        scenario="origin/the_form_check_against_validation",
        field="status",
        when=answers(400, 403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"),
    ),
    Difference(
        reason="an Origin never holds a user name",
        step="POST /sign-out  ('http://user@localhost:3000')",
        field="status",
        when=answers(200, 403, "INVALID_ORIGIN"),
    ),
    Difference(
        reason="a host pattern trusts web origins, not whatever scheme has that host",
        scenario="origin/trusted_origins",
        step="*ftp://a.host.test)",
        field="status",
        when=answers((200, 400), 403, "INVALID_ORIGIN", "INVALID_CALLBACK_URL"),
    ),
    Difference(
        reason="what is no address matches no pattern; upstream then compares the bare text",
        scenario="origin/trusted_origins",
        step="*http://localhost:5173.evil.test)",
        field="status",
        when=answers((200, 400), 403, "INVALID_ORIGIN", "INVALID_CALLBACK_URL"),
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
        when=answers((302, 400, 500), 403, "INVALID_CALLBACK_URL"),
    ),
    Difference(
        reason="an explicit disableCSRFCheck: false keeps the check; upstream ignores it beside "
        "disableOriginCheck",
        scenario="origin/checks_can_be_switched_off[[]origin off, csrf on]",
        step="POST /sign-out",
        field="status",
        when=answers(200, 403, "INVALID_ORIGIN", "MISSING_OR_NULL_ORIGIN"),
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
        when=answers(404, 200),
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
        when=answers(200, 404),
    ),
    Difference(
        reason="paths are not rewritten: clients resolve dots, a server that sees some refuses",
        scenario="pages/encoded_paths",
        step="*(dots)",
        field="status",
        when=answers(200, 404),
    ),
    Difference(
        reason="list-sessions needs a fresh session; upstream since 1.6.15 (ad60333d15)",
        scenario="sessions/listing_needs_a_fresh_session",
        step="GET /list-sessions  (stale)",
        field="status",
        when=answers(200, 403, "SESSION_NOT_FRESH"),
    ),
)
