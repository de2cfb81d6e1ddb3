"""What tells of users, and what changes or removes one."""

from tests.parity.compare import MISSING
from tests.parity.differences.conditions import answers, same_links
from tests.parity.differences.difference import Difference

DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        reason="without autoSignIn a taken address is hidden too; upstream since 1.6.10 "
        "(9a7b51d0d3)",
        scenario="sign_up/*_without_auto_sign_in",
        step="POST /sign-up/email",
        field="status",
        when=answers(422, 200),
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
    Difference(
        reason="the case of letters in an address does not matter to whoever is signed in; "
        "upstream since 1.6.10 (36ef808c6c)",
        scenario="send_verification_email/the_case_of_letters",
        field="status",
        when=answers(400, 200),
    ),
    Difference(
        reason="links that change an address carry their callback escaped; upstream since 1.6.12 "
        "(09a1d50a80)",
        scenario="change_email/*",
        step="outbox",
        field="sent*.url",
        when=same_links,
    ),
    Difference(
        reason="a token that changes an address names its user, so that it dies with him and never "
        "moves whoever has the address next",
        scenario="change_email/*",
        step="outbox",
        field="sent*.token",
        when=same_links,
    ),
    Difference(
        reason="change-email says no where the second mail could never be sent; upstream since "
        "1.6.12 (09a1d50a80)",
        scenario="change_email/a_confirmation_that_leads_nowhere",
        field="status",
        when=answers(200, 400, "VERIFICATION_EMAIL_NOT_ENABLED"),
    ),
    Difference(
        reason="a link to an address that was taken meanwhile is refused; upstream fails with 500",
        scenario="change_email/the_address_was_taken_meanwhile",
        field="status",
        when=answers(500, 401, "INVALID_TOKEN"),
    ),
    Difference(
        reason="a token of ours with an odd payload is not valid; upstream fails with 500",
        scenario="change_email/links_by_hand",
        field="status",
        when=answers(500, 401, "INVALID_TOKEN"),
    ),
    Difference(
        reason="a kind of link that is not known is not followed; upstream changes the address",
        scenario="change_email/an_unknown_kind_of_link",
        field="status",
        when=answers(200, 401, "INVALID_TOKEN"),
    ),
    Difference(
        reason="update-user checks the types of name and image; upstream stores what its database "
        "accepts",
        scenario="update_user/values_of_another_type",
        field="status",
        when=answers(200, 400, "VALIDATION_ERROR"),
    ),
    Difference(
        reason="a taken value of a unique field is a conflict; upstream fails with 500",
        scenario="update_user/a_unique_field",
        field="status",
        when=answers(500, 409, "CONFLICT"),
    ),
    Difference(
        reason="a reference that leads nowhere is a conflict; upstream fails with 500",
        scenario="references/must_lead_somewhere",
        step="POST /update-user",
        field="status",
        when=answers(500, 409, "CONFLICT"),
    ),
    Difference(
        reason="a deletion that another record forbids is a conflict and changes nothing; upstream "
        "fails with 500, and the sessions and accounts are gone",
        scenario="references/that_forbid_a_deletion[[]*",
        step="POST /delete-user",
        field="status",
        when=answers(500, 409, "CONFLICT"),
    ),
)
