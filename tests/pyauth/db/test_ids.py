"""Who makes the ids of new rows."""

import uuid

import pytest

from pyauth.db.ids import could_be_made, is_serial, is_uuid, make_id


def test_random_ids_have_32_symbols_and_differ() -> None:
    made = {make_id("random", "user") for _ in range(100)}
    assert len(made) == 100
    assert all(item is not None and len(item) == 32 and item.isalnum() for item in made)


def test_uuids_are_of_version_4() -> None:
    made = make_id("uuid", "user")
    assert made is not None
    assert str(uuid.UUID(made)) == made
    assert uuid.UUID(made).version == 4


def test_the_database_makes_serial_ids() -> None:
    assert make_id("serial", "user") is None


def test_a_function_receives_the_model() -> None:
    assert make_id(lambda model: f"{model}-1", "session") == "session-1"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0", True), ("7", True), ("9" * 18, True), ("9" * 19, False), ("07", False), ("", False)],
)
def test_serial_ids_are_canonical(value: str, expected: bool) -> None:
    assert is_serial(value) is expected


def test_uuids_are_canonical() -> None:
    assert is_uuid("0b5e9e6c-8f1c-4b5e-9c52-0d6e8f2f7a11")
    assert not is_uuid("0B5E9E6C-8F1C-4B5E-9C52-0D6E8F2F7A11")
    assert not is_uuid("0b5e9e6c8f1c4b5e9c520d6e8f2f7a11")


def test_a_policy_says_which_ids_can_be() -> None:
    assert could_be_made("random", "anything")
    assert could_be_made(lambda model: model, "anything")
    assert not could_be_made("serial", "anything")
    assert not could_be_made("uuid", "anything")
