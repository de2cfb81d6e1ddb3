from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from pyauth import codec
from pyauth.db.core_schema import core_models
from pyauth.db.schema import ModelSchema, build_schema
from pyauth.http.rendering import OMIT_NONE, filter_output, make_encoder
from pyauth.models import Account, Record, User
from pyauth.options import Field
from tests.support.app import FrozenClock

SCHEMA = build_schema(
    core_models(FrozenClock()),
    [
        ModelSchema(
            "user",
            {
                "nick_name": Field(type="string"),
                "inner_note": Field(type="string", returned=False),
                "home_page": Field(type="string", wire_name="homepage"),
                "settings": Field(type="json"),
            },
        )
    ],
)
ADA = User(
    {
        "id": "u1",
        "email_verified": True,
        "nick_name": "countess",
        "inner_note": "sEcReT",
        "home_page": "https://ada.example",
        "settings": {"dark_mode": True},
        "created_at": datetime(2026, 1, 2, 3, 4, 5, 678000, UTC),
    }
)
SHOWN = {
    "id": "u1",
    "emailVerified": True,
    "nickName": "countess",
    "homepage": "https://ada.example",
    "settings": {"dark_mode": True},
    "createdAt": "2026-01-02T03:04:05.678Z",
}


@dataclass(frozen=True, slots=True)
class Result:
    signed_in_user: User | None
    callback_url: str = "/x"
    note: str | None = field(default=None, metadata=OMIT_NONE)
    odd_name: int = field(default=1, metadata={"wire_name": "ODD"})


def render(value: Any) -> Any:
    text = codec.dumps(filter_output(value, SCHEMA), default=make_encoder(SCHEMA))
    return codec.loads(text)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (ADA, SHOWN),
        ([ADA], [SHOWN]),
        ((ADA,), [SHOWN]),
        ({"user": ADA}, {"user": SHOWN}),
        (MappingProxyType({"user": ADA}), {"user": SHOWN}),
        ({"deep": [{"er": (ADA,)}]}, {"deep": [{"er": [SHOWN]}]}),
        (Result(ADA), {"signedInUser": SHOWN, "callbackURL": "/x", "ODD": 1}),
        ([Result(ADA)], [{"signedInUser": SHOWN, "callbackURL": "/x", "ODD": 1}]),
        (None, None),
        (True, True),
    ],
)
def test_hidden_fields_stay_hidden_wherever_a_record_is(value: Any, shown: Any) -> None:
    assert render(value) == shown


def test_members_that_are_none_are_shown_unless_marked() -> None:
    assert render(Result(None, note=None)) == {
        "signedInUser": None,
        "callbackURL": "/x",
        "ODD": 1,
    }
    assert render(Result(None, note="n"))["note"] == "n"


def test_secrets_of_accounts_are_never_shown() -> None:
    account = Account({"id": "a1", "password": "h", "access_token": "t", "scope": "s"})
    assert render(account) == {"id": "a1", "scope": "s"}


def test_a_record_of_an_unknown_model_is_shown_as_it_is() -> None:
    assert render(Record({"some_field": 1})) == {"some_field": 1}


def test_what_has_no_json_form_is_named() -> None:
    with pytest.raises(TypeError, match="set has no JSON form"):
        render({1})
    with pytest.raises(TypeError, match="type has no JSON form"):
        render(Result)


def test_filtering_changes_nothing_that_has_nothing_to_hide() -> None:
    result = Result(None)
    assert filter_output(result, SCHEMA) is result
    assert ADA["inner_note"] == "sEcReT", "the record itself keeps the field"
