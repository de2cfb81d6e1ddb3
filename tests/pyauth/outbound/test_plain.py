"""Plain data is copied, checked and survives JSON without loss."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyauth import codec
from pyauth.models import User
from pyauth.outbound.plain import copy_plain, from_tagged, to_tagged

_NAIVE = datetime(2026, 1, 2, tzinfo=UTC).replace(tzinfo=None)
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
_KEYS = st.sampled_from(["$datetime", "$int", "$float", "$mapping", "$other"]) | _TEXT
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT
    | st.datetimes(timezones=st.just(UTC))
)
_PLAIN = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(_PLAIN)
@settings(max_examples=200, deadline=None)
def test_plain_data_survives_json(value: Any) -> None:
    assert from_tagged(codec.loads(codec.dumps(to_tagged(value)))) == value


def test_a_moment_keeps_its_microseconds_and_is_put_in_utc() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=2)))

    copy = copy_plain(moment)

    assert copy == moment
    assert copy.tzinfo is UTC
    assert from_tagged(to_tagged(copy)) == moment


def test_what_looks_like_a_tag_is_not_taken_for_one() -> None:
    value = {"$datetime": "2026-01-02T03:04:05+00:00", "nested": [{"$int": "5"}]}

    assert from_tagged(to_tagged(value)) == value
    assert from_tagged(to_tagged({"$datetime": "no moment"})) == {"$datetime": "no moment"}


def test_the_copy_is_independent_of_the_original() -> None:
    original: dict[str, Any] = {"roles": ["admin"], "nested": {"a": (1, 2)}}

    copy = copy_plain(original)
    original["roles"].append("owner")
    original["nested"]["a"] = None

    assert copy == {"roles": ["admin"], "nested": {"a": [1, 2]}}


def test_a_record_becomes_a_dict() -> None:
    assert copy_plain({"user": User({"id": "u1"})}) == {"user": {"id": "u1"}}


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ({"user": {"keys": [b"s3cret"]}}, TypeError, r"payload\.user\.keys\[0\] is a bytes"),
        ({"a": {1: "s3cret"}}, TypeError, r"payload\.a has a key that is a int"),
        ({"a": _NAIVE}, ValueError, r"payload\.a is a datetime without an offset"),
        ({"a": float("nan")}, ValueError, r"payload\.a is not a finite number"),
        ({"a": {"s3cret"}}, TypeError, r"payload\.a is a set"),
    ],
)
def test_other_data_is_refused_by_its_place_and_without_its_value(
    value: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        copy_plain(value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [{"$other": "x"}, {"$datetime": 5}, {"$datetime": "x"}, {"$int": "x"}, {"$mapping": "x"}],
)
def test_a_broken_tag_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_tagged([value])
