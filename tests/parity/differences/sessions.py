"""Sessions, their cookies and their storage."""

from tests.parity.differences.conditions import (
    answers,
    cache_expired,
    cached_anew,
    expired,
    fell_back,
    lives_longer,
    one_session_is_left,
    plain_one_too,
    renewed,
    told_once,
)
from tests.parity.differences.difference import Difference

DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        reason="every route that extends the session renews its cookie; upstream since 1.6.12 "
        "(5626e1b437)",
        scenario="sessions/*",
        field="cookies",
        when=renewed,
    ),
    Difference(
        reason="every route that finds the session dead expires its cookies; upstream since 1.6.12 "
        "(5626e1b437)",
        field="cookies",
        when=expired,
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
        reason="under https, ending a session also expires a token of the plain name, where the "
        "browser sent one; upstream leaves it there",
        scenario="cookies/a_plain_cookie_beside_*",
        step="POST /sign-out",
        field="cookies",
        when=plain_one_too,
    ),
    Difference(
        reason="an answer names a cookie once; upstream expires one and sets it in the same answer",
        field="cookies",
        when=told_once,
    ),
    Difference(
        reason="a cache that is altered or over is as good as absent; upstream answers null or "
        "fails, and falls back to the store since 1.6.19 (c2f718fcde)",
        scenario="cookie_cache/*",
        step="*GET /get-session*",
        field="body",
        upstream=None,
        when=fell_back,
    ),
    Difference(
        reason="a cache that is altered or over is as good as absent; upstream answers null or "
        "fails, and falls back to the store since 1.6.19 (c2f718fcde)",
        scenario="secrets/an_encrypted_cache_of_an_unknown_secret",
        step="GET /get-session  (encrypted by hand)",
        field="*",
        when=fell_back,
    ),
    Difference(
        reason="a cache that is altered or over is as good as absent; upstream answers null or "
        "fails, and falls back to the store since 1.6.19 (c2f718fcde)",
        scenario="cookie_cache/*",
        step="*GET /get-session*",
        field="cookies*",
        when=fell_back,
    ),
    Difference(
        reason="a cache that is altered or over is as good as absent; upstream answers null or "
        "fails, and falls back to the store since 1.6.19 (c2f718fcde)",
        scenario="cookie_cache/*",
        step="*GET /get-session*",
        field="status",
        when=answers(500, 200),
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
        when=cached_anew,
    ),
    Difference(
        reason="ending the own session ends its cache in the browser too; upstream leaves it to "
        "its age",
        scenario="cookie_cache/*",
        step="POST /revoke-session*",
        field="cookies",
        when=cache_expired,
    ),
    Difference(
        reason="update-session asks the store; upstream since 1.6.16 (893cf6cb3f)",
        scenario="cookie_cache/an_ended_session_changes_nothing",
        step="*POST /update-session",
        field="status",
        when=answers(200, 401, "UNAUTHORIZED"),
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
        when=answers(200, 401, "UNAUTHORIZED"),
    ),
    Difference(
        reason="a session cookie that an older secret signed is accepted and signed anew; upstream "
        "accepts the current secret alone",
        scenario="secrets/a_cookie_of_*",
        step=("GET /get-session  (older secret)", "GET /get-session  (legacy secret)"),
        field="cookies",
        upstream=[],
        when=renewed,
    ),
    Difference(
        reason="a session cookie that an older secret signed is accepted and signed anew; upstream "
        "accepts the current secret alone",
        scenario="secrets/a_cookie_of_*",
        step=("GET /get-session  (older secret)", "GET /get-session  (legacy secret)"),
        field="body",
        upstream=None,
    ),
    Difference(
        reason="where extending is deferred, POST /get-session asks the store and extends what is "
        "due; upstream answers it from the cache that the GET before it has written, and never "
        "extends",
        scenario="get_session/deferred_reading_writes_nothing[[]cached]",
        step="POST /get-session*",
        field="cookies",
        upstream=[],
    ),
    Difference(
        reason="where extending is deferred, POST /get-session asks the store and extends what is "
        "due; upstream answers it from the cache that the GET before it has written, and never "
        "extends",
        scenario="get_session/deferred_reading_writes_nothing[[]cached]",
        field="*At",
        when=lives_longer,
    ),
    Difference(
        reason="where extending is deferred, POST /get-session asks the store and extends what is "
        "due; upstream answers it from the cache that the GET before it has written, and never "
        "extends",
        scenario="get_session/deferred_reading_writes_nothing[[]cached]",
        step="GET /get-session  (young again)",
        field="body.needsRefresh",
        upstream=True,
        pyauth=False,
    ),
    Difference(
        reason="a listing of sessions that defaultFindManyLimit cuts shows the newest; upstream "
        "those that its database finds first",
        scenario="listing_limit/lists_so_many_sessions[[]?]",
        step="GET /list-sessions",
        field="body?*",
    ),
    Difference(
        reason="ending the sessions of a user ends all of them; upstream ends as many as "
        "defaultFindManyLimit lists",
        scenario="listing_limit/ends_every_session_all_the_same",
        step="rows of session",
        field="rows.session",
        when=one_session_is_left,
    ),
    Difference(
        reason="the accounts of a user are listed whole, whatever defaultFindManyLimit says; "
        "upstream cuts them, and takes the first for the last",
        scenario="listing_limit/lists_so_many_accounts",
        step="GET /list-accounts",
        field="body",
    ),
    Difference(
        reason="the accounts of a user are listed whole, whatever defaultFindManyLimit says; "
        "upstream cuts them, and takes the first for the last",
        scenario="listing_limit/lists_so_many_accounts",
        step="POST /unlink-account  (one of two)",
        field="status",
        when=answers(400, 200),
    ),
    Difference(
        reason="client addresses are stored whole; upstream stores the network of an IPv6 address",
        scenario="addresses/of_ipv6_are_kept",
        field="rows.session?0?.ipAddress",
        upstream="2001:0db8:aaaa:0000:0000:0000:0000:0000",
        pyauth="2001:db8:aaaa:bbbb::1",
    ),
)
