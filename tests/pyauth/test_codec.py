import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyauth import codec

UNREADABLE = [
    "",
    "{",
    "NaN",
    "[Infinity]",
    '{"a": -Infinity}',
    "9007199254740993",
    "-9007199254740993",
    "1e400",
    "1e16",
    "99999999999999999999999999999999999999999999",
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '{"\\ud800": 1}',
    '"\\u0000"',
    '"\x00"',
    '{"a\\u0000": 1}',
    '["x", {"deep": ["\\u0000"]}]',
    "'single'",
    "{'a': 1}",
    '{"a": 1,}',
    "01",
    "1 2",
    '"a\nb"',
]


@pytest.mark.parametrize("text", UNREADABLE)
def test_odd_texts_are_refused(text: str) -> None:
    with pytest.raises(codec.UnreadableText):
        codec.loads(text)
    with pytest.raises(codec.UnreadableText):
        codec.loads(text.encode())


def test_a_lone_surrogate_is_refused_without_an_escape_too() -> None:
    with pytest.raises(codec.UnreadableText):
        codec.loads('"\ud800"')


@pytest.mark.parametrize(
    "data", [b"\xff", b'"\xc3"', b'"\xed\xa0\x80"', '{"a":1}'.encode("utf-16")]
)
def test_bytes_that_are_not_utf_8_are_refused(data: bytes) -> None:
    with pytest.raises(codec.UnreadableText):
        codec.loads(data)


def test_the_last_of_duplicate_keys_wins() -> None:
    assert codec.loads('{"a": 1, "a": 2}') == {"a": 2}


def test_a_byte_order_mark_is_skipped() -> None:
    assert codec.loads(b"\xef\xbb\xbf[1]") == [1]


def test_a_surrogate_pair_is_one_character() -> None:
    assert codec.loads('"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9007199254740992", 2**53),
        ("-9007199254740992", -(2**53)),
        ("1.5", 1.5),
        ("-0", 0),
        ("1e3", 1000.0),
    ],
)
def test_exact_numbers_are_read(text: str, value: float) -> None:
    assert codec.loads(text) == value


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_64_levels_are_read_and_65_are_not(opening: str) -> None:
    closing = "]" if opening == "[" else "}"
    codec.loads(opening * 64 + "1" + closing * 64)
    with pytest.raises(codec.UnreadableText):
        codec.loads(opening * 65 + "1" + closing * 65)


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_a_deep_text_costs_no_stack(depth: int) -> None:
    with pytest.raises(codec.UnreadableText):
        codec.loads("[" * depth + "]" * depth)


_plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(-(2**53), 2**53, allow_nan=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abcß€ ", max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(_plain)
def test_plain_data_comes_back(value: Any) -> None:
    assert codec.loads(codec.dumps(value)) == value


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        value = codec.loads(text)
    except codec.UnreadableText:
        return
    assert value == json.loads(text.removeprefix("\ufeff"))
    codec.check_value(value)


@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        codec.loads(data)
    except codec.UnreadableText:
        return


def test_writing_is_compact_and_keeps_letters() -> None:
    assert codec.dumps({"a": [1, "ä"], "b": None}) == '{"a":[1,"ä"],"b":null}'


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_json_does_not_have_are_not_written(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        codec.dumps(number)


def test_an_unknown_object_is_named_and_not_shown() -> None:
    with pytest.raises(TypeError, match=r"^set has no JSON form$"):
        codec.dumps({1})


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 678000, UTC), "2026-01-02T03:04:05.678Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 678999, UTC), "2026-01-02T03:04:05.678Z"),
        (datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=2))), "2026-01-01T22:00:00.000Z"),
        (datetime(99, 1, 2, tzinfo=UTC), "0099-01-02T00:00:00.000Z"),
    ],
)
def test_moments_are_written_as_javascript_does(moment: datetime, text: str) -> None:
    assert codec.iso_timestamp(moment) == text
    assert codec.dumps(moment) == f'"{text}"'


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05.678Z", datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)),
        ("2026-01-02T03:04:05+02:00", datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("2026-01-02 03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
    ],
)
def test_moments_are_read_and_put_in_utc(text: str, moment: datetime) -> None:
    found = codec.parse_timestamp(text)
    assert (found, found.tzinfo) == (moment, UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-13-01",
        "1767323045",
        # Moments that UTC has no year for.
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_other_texts_are_no_moments(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        codec.parse_timestamp(text)


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_a_value_error(text: str) -> None:
    try:
        assert codec.parse_timestamp(text).tzinfo is UTC
    except ValueError:
        return


def test_a_text_of_too_many_values_is_refused_before_it_is_read() -> None:
    with pytest.raises(codec.UnreadableText, match="more than 200000 values"):
        codec.loads("[" + "[]," * 200_000 + "[]]")


def test_reasons_are_told() -> None:
    with pytest.raises(codec.UnreadableText, match="NaN is not JSON"):
        codec.loads("NaN")
