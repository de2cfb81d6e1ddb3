"""A delivery is data that travels as text and shows nothing of its payload."""

import copy
import pickle
import traceback
from datetime import UTC, datetime
from typing import Any

import pytest

from pyauth.outbound import Delivery, UnreadableDelivery

PAYLOAD = {
    "token": "s3cret",
    "count": -3,
    "snowflake": 2**60,
    "flag": True,
    "nothing": None,
    "user": {"id": "u1", "created_at": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)},
    "list": [1, "two", {"three": 3}],
}


def test_it_survives_the_round_trip_as_text() -> None:
    delivery = Delivery("d1", "verification-email", PAYLOAD)

    back = Delivery.from_json(delivery.to_json())

    assert back == delivery
    assert back.payload == PAYLOAD
    assert back.payload["flag"] is True


def test_bytes_from_a_queue_are_read_too() -> None:
    delivery = Delivery("d1", "mail", {"name": "Zoë"})

    assert Delivery.from_json(delivery.to_json().encode()) == delivery


def test_it_can_be_copied_pickled_and_hashed() -> None:
    delivery = Delivery("d1", "mail", PAYLOAD)

    assert copy.deepcopy(delivery) == delivery
    assert pickle.loads(pickle.dumps(delivery)) == delivery
    assert len({delivery, Delivery("d1", "mail", PAYLOAD)}) == 1


def test_its_repr_shows_nothing_of_the_payload() -> None:
    assert repr(Delivery("d1", "mail", PAYLOAD)) == "Delivery(id='d1', kind='mail')"


def test_a_later_change_by_the_caller_does_not_reach_it() -> None:
    payload: dict[str, Any] = {"user": {"name": "Ada"}}
    delivery = Delivery("d1", "mail", payload)

    payload["user"]["name"] = "Eve"

    assert delivery.payload == {"user": {"name": "Ada"}}


def test_created_deliveries_have_ids_of_their_own() -> None:
    first, second = Delivery.create("mail", {}), Delivery.create("mail", {})

    assert first.id != second.id
    assert len(first.id) == 32


def test_a_payload_that_is_not_plain_data_is_refused_when_made() -> None:
    with pytest.raises(TypeError, match=r"payload\.request is a object"):
        Delivery("d1", "mail", {"request": object()})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "s3cret",
        '"s3cret"',
        '{"id": "d1", "kind": "mail"}',
        '{"id": "d1", "kind": "mail", "payload": {}, "more": 1}',
        '{"id": 1, "kind": "mail", "payload": {}}',
        '{"id": "d1", "kind": "mail", "payload": ["s3cret"]}',
        '{"id": "d1", "kind": "mail", "payload": {"a": {"$datetime": "s3cret"}}}',
        '{"id": "d1", "kind": "mail", "payload": {"a": {"$int": "s3cret"}}}',
        '{"id": "d1", "kind": "mail", "payload": {"a": {"$float": "nan"}}}',
    ],
)
def test_other_text_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(UnreadableDelivery) as caught:
        Delivery.from_json(text)
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))
