"""Base URLs and allowed hosts."""

from tests.parity.differences.conditions import answers
from tests.parity.differences.difference import Difference

DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        reason="a request under a host that is not allowed is refused with 400; upstream fails and "
        "leaves the answer to its host",
        field="status",
        scenario="base_url/another_host_is_refused",
        when=answers(599, 400, "BAD_REQUEST"),
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
        when=answers(403, 200),
    ),
)
