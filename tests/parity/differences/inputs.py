"""What is read of a request."""

from tests.parity.differences.conditions import answers
from tests.parity.differences.difference import Difference

DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        reason="bad input is refused with 400; upstream fails with an empty 500",
        field="status",
        when=answers(500, 400),
    ),
    Difference(
        reason="a token of ours with an odd payload is not valid; upstream fails with 500",
        scenario="verify_email/odd_payloads",
        field="status",
        when=answers(500, 401, "INVALID_TOKEN"),
    ),
    Difference(
        reason="a token must say when it ends; upstream takes one that never does",
        scenario="verify_email/a_token_without_end",
        field="status",
        when=answers(200, 401, "INVALID_TOKEN"),
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
        when=answers((200, 401), 400, "BAD_REQUEST"),
    ),
    Difference(
        reason="a query that is no UTF-8 is refused by its reader; upstream reads around it",
        scenario="get_session/takes_its_query_as_booleans",
        step="GET /get-session?%ff=%fe",
        field="status",
        when=answers(200, 400, "BAD_REQUEST"),
    ),
    Difference(
        reason="a media type counts as a whole; upstream looks for JSON's name anywhere in it",
        scenario="transport/media_types_of_a_json_route",
        step=("*(application/jsonp)", "*(application/json, text/plain)"),
        field="status",
        when=answers(200, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ),
    Difference(
        reason="in a form the words true and false are booleans; upstream refuses every form that "
        "has a boolean",
        scenario="transport/forms_know_only_text",
        step=("*(true)", "*(false)"),
        field="status",
        when=answers(400, 200),
    ),
    Difference(
        reason="additional fields are checked against their type; upstream stores what its "
        "database accepts",
        scenario="fields/values_of_another_type",
        field="status",
        when=answers((200, 422), 400, "VALIDATION_ERROR"),
    ),
    Difference(
        reason="additional session fields are checked against their type",
        scenario="update_session/checks_types",
        field="status",
        when=answers(200, 400, "VALIDATION_ERROR"),
    ),
    Difference(
        reason="a number field holds whole numbers, as its column does; upstream leaves fractions "
        "to the database, and most refuse them",
        scenario="fields/numbers_with_fractions",
        field="status",
        when=answers(200, 400, "VALIDATION_ERROR"),
    ),
    Difference(
        reason="null for a required field is bad input; upstream lets the database refuse it",
        scenario="fields/required_fields",
        field="status",
        when=answers(422, 400, "VALIDATION_ERROR"),
    ),
    Difference(
        reason="a field is required unless it says otherwise; upstream forgets that in its input",
        scenario="fields/required_is_the_default",
        field="status",
        when=answers(422, 400, "MISSING_FIELD"),
    ),
)
