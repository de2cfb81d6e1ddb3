"""The app's own hooks."""

from tests.parity.compare import MISSING
from tests.parity.differences.conditions import (
    answers,
    mails_no_token,
    marked_first,
    row_has_expired,
    tells_of_a_deleted_session,
)
from tests.parity.differences.difference import Difference

DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        reason="an update that a database hook stopped is a failure; upstream calls it a success",
        scenario="hooks/database_hooks_stop_an_update",
        field="status",
        step="POST /update-user  (stopped)",
        when=answers(200, 400, "FAILED_TO_UPDATE_USER"),
    ),
    Difference(
        reason="an update that a database hook stopped is a failure; upstream calls it a success",
        scenario="database_hooks/stop_*",
        field="status",
        step=("POST /change-password  (change)", "POST /reset-password  (stopped)"),
        when=answers(200, 400, "FAILED_TO_UPDATE_USER"),
    ),
    Difference(
        reason="an update that a database hook stopped is a failure; upstream calls it a success",
        scenario="database_hooks/stop_a_change_of_the_session",
        field="status",
        step="POST /update-session  (stopped)",
        when=answers(200, 401, "FAILED_TO_GET_SESSION"),
    ),
    Difference(
        reason="a deletion that a database hook stopped is a failure and changes nothing; upstream "
        "calls it a success",
        scenario="database_hooks/keep_*",
        field="status",
        step=("POST /unlink-account  (kept)", "POST /delete-user  (kept)"),
        when=answers(200, 400, "BAD_REQUEST"),
    ),
    Difference(
        reason="a token that a database hook keeps cannot be redeemed; upstream redeems it, again "
        "and again",
        scenario="database_hooks/keep_a_token",
        field="status",
        step="POST /reset-password  (kept)",
        when=answers(200, 400, "INVALID_TOKEN"),
    ),
    Difference(
        reason="a token that a database hook stopped is not mailed; upstream mails it all the same",
        scenario="database_hooks/stop_a_token",
        field="sent",
        step="outbox",
        when=mails_no_token,
    ),
    Difference(
        reason="a token that a database hook stopped is not mailed; upstream mails it all the same",
        scenario="database_hooks/stop_a_token_of_a_deletion",
        field="status",
        step="POST /delete-user  (no token)",
        when=answers(200, 400, "FAILED_TO_CREATE_VERIFICATION"),
    ),
    Difference(
        reason="a sign-up whose account a database hook stopped fails whole; upstream signs in a "
        "user without a way to come back",
        scenario="database_hooks/stop_a_new_account",
        field="status",
        step="POST /sign-up/email  (no account)",
        when=answers(200, 400, "FAILED_TO_CREATE_USER"),
    ),
    Difference(
        reason="a before-hook sees the values that were asked for; upstream's sees the moments of "
        "creation and change too, which are filled in after it here",
        scenario="database_hooks/*",
        field="sent?*?.record.*edAt",
        step="outbox",
        pyauth=MISSING,
    ),
    Difference(
        reason="an after-hook is told of each record that changed; upstream's is told how many did "
        "where it writes to several",
        scenario="database_hooks/around_a_reset_password",
        field="sent?*?.record.*",
        step="outbox",
        upstream=MISSING,
    ),
    Difference(
        reason="a change of the address writes whether the new one is verified, too; upstream "
        "leaves it where it moves the user at once",
        scenario="database_hooks/around_another_address",
        field="sent?*?.record.emailVerified",
        step="outbox",
        upstream=MISSING,
        pyauth=False,
    ),
    Difference(
        reason="headers and cookies that a before-hook sets are on the answer; upstream drops them",
        scenario="hooks/hooks_set_cookies",
        field="cookies",
        when=marked_first,
    ),
    Difference(
        reason="an error of an after-hook has its own status; upstream keeps that of the error it "
        "replaces",
        scenario="hooks/an_after_hook_refuses",
        field="status",
        step="POST /sign-in/email  (again)",
        when=answers(401, 403, "CLOSED"),
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
        scenario="hooks/*what_nobody_expected*",
        field="headers.content-type",
        upstream=MISSING,
        pyauth="application/json",
    ),
    Difference(
        reason="what nobody expected is answered with 500 in JSON; upstream's 500 has no body",
        scenario="hooks/*what_nobody_expected*",
        field="body",
        upstream=None,
        when=answers(500, 500, "INTERNAL_SERVER_ERROR"),
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
        when=tells_of_a_deleted_session,
    ),
    Difference(
        reason="the row of an ended session that is kept expires; upstream since 1.7.0 "
        "(76a33429fc)",
        scenario="secondary_storage/keeps_or_removes_the_rows_of_ended_sessions[[]preserved]",
        field="rows.session?1?.*",
        when=row_has_expired,
    ),
)
