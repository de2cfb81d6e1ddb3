import copy
import pickle
from collections.abc import Mapping
from typing import Any

import pytest

from pyauth.db.core_schema import core_models
from pyauth.models import RESERVED_FIELD_NAMES, Account, Record, Session, User, Verification
from tests.support.app import START, FrozenClock

ADA: dict[str, Any] = {
    "id": "u1",
    "name": "Ada",
    "email": "ada@example.com",
    "email_verified": True,
    "image": None,
    "created_at": START,
    "updated_at": START,
    "nickname": "countess",
}


def test_a_record_is_a_mapping() -> None:
    user = User(ADA)
    assert isinstance(user, Mapping)
    assert dict(user) == ADA
    assert (len(user), list(user), "nickname" in user, "phone" in user) == (
        8,
        list(ADA),
        True,
        False,
    )


def test_fields_are_attributes_additional_ones_too() -> None:
    user = User(ADA)
    assert (user.email, user.email_verified, user.nickname) == ("ada@example.com", True, "countess")
    assert user["nickname"] == "countess"


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(AttributeError, match="User has no field 'phone'"):
        _ = User(ADA).phone
    with pytest.raises(KeyError):
        _ = User(ADA)["phone"]


def test_records_never_change() -> None:
    values = dict(ADA)
    user = User(values)
    values["name"] = "Eve"
    assert user.name == "Ada"
    with pytest.raises(AttributeError):
        user.name = "Eve"  # type: ignore[misc]
    with pytest.raises(TypeError):
        user["name"] = "Eve"


def test_replace_makes_a_new_record_of_the_same_class() -> None:
    user = User(ADA)
    other = user.replace(name="Augusta")
    assert type(other) is User
    assert (user.name, other.name, other.email) == ("Ada", "Augusta", user.email)


def test_records_are_equal_by_class_and_values() -> None:
    assert User(ADA) == User(ADA) == ADA
    assert User(ADA) != User({**ADA, "name": "Eve"})
    assert User(ADA) != Account(ADA)
    assert len({User(ADA), User(ADA)}) == 1


def test_records_can_be_copied_and_pickled() -> None:
    user = User(ADA)
    assert copy.copy(user) == copy.deepcopy(user) == pickle.loads(pickle.dumps(user)) == user


@pytest.mark.parametrize(
    "record",
    [
        Session({"id": "s1", "token": "sEcReT"}),
        Account({"id": "s1", "password": "sEcReT"}),
        Verification({"id": "s1", "identifier": "sEcReT", "value": "sEcReT"}),
        User({"id": "s1", "phone": "sEcReT"}),
    ],
)
def test_repr_shows_the_id_alone(record: Record) -> None:
    assert repr(record) == f"{type(record).__name__}(id='s1')"
    assert "sEcReT" not in f"{record} {record!r} {[record]}"


@pytest.mark.parametrize("record", [User, Session, Account, Verification])
def test_typed_fields_are_fields_of_the_schema(record: type[Record]) -> None:
    fields = next(
        model.fields for model in core_models(FrozenClock()) if model.name == record.model
    )
    typed = {name for name, value in vars(record).items() if isinstance(value, property)}
    assert typed <= set(fields)
    assert typed
    values = {name: object() for name in fields}
    assert all(getattr(record(values), name) is values[name] for name in fields)


def test_no_core_field_bears_a_reserved_name() -> None:
    used = {name for model in core_models(FrozenClock()) for name in model.fields}
    assert not used & RESERVED_FIELD_NAMES
    assert {"get", "items", "keys", "model", "replace", "values"} == RESERVED_FIELD_NAMES
