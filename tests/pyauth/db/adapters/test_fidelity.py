"""Values at the edges of their kind come back as they went in, everywhere."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pyauth.db.adapter import Adapter, SortBy, Where
from pyauth.db.sqlalchemy import SQLAlchemyAdapter
from pyauth.db.sqlalchemy.types import MYSQL_NAMES
from pyauth.errors import UnfitValue, UniqueViolation
from tests.pyauth.db.adapters.conftest import labels, sample

MOMENTS = [
    datetime(1000, 1, 1, tzinfo=UTC),
    datetime(1815, 12, 10, 1, 2, 3, 456000, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
    datetime(1970, 1, 1, 0, 0, 0, 1000, tzinfo=UTC),
    # The hour that Berlin lacks, and both of the hours that it has twice.
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(2038, 1, 19, 3, 14, 8, 1000, tzinfo=UTC),
    datetime(2106, 2, 7, 6, 28, 16, tzinfo=UTC),
]


def found(adapter: Adapter, field: str, value: Any) -> Any:
    """Return a value as it is found again."""
    row = sample(adapter, **{field: value})
    again = adapter.find_one("sample", [Where("id", row["id"])])
    assert again == row
    return again[field]


def test_moments_of_all_times_keep_their_milliseconds_and_their_order(adapter: Adapter) -> None:
    for number in (4, 8, 0, 6, 2, 7, 1, 5, 3):
        sample(adapter, str(number), seen_at=MOMENTS[number])
    rows = adapter.find_many("sample", sort_by=SortBy("seen_at"))
    assert [row["seen_at"] for row in rows] == MOMENTS
    assert [row["seen_at"].tzinfo for row in rows] == [UTC] * len(MOMENTS)
    for number, moment in enumerate(MOMENTS):
        (row,) = adapter.find_many("sample", [Where("seen_at", moment)])
        assert row["label"] == str(number)
        assert adapter.count("sample", [Where("seen_at", moment, "lt")]) == number


@pytest.mark.parametrize(
    "number", [2**53, -(2**53), 2**53 + 1, 2**63 - 1, -(2**63), 2**31, -(2**31) - 1, 0, -1]
)
@pytest.mark.parametrize("field", ["amount", "big"])
def test_whole_numbers_are_exact(adapter: Adapter, field: str, number: int) -> None:
    assert found(adapter, field, number) == number
    assert adapter.count("sample", [Where(field, number)]) == 1


@pytest.mark.parametrize(
    "text",
    ["", " ", "a ", "\t\n", "a" * 255, "𝄞" * 255, "👩‍👩‍👧", "e\u0301", "\ufeffx", "\\0", "''"],
)
def test_texts_are_exact(adapter: Adapter, text: str) -> None:
    assert found(adapter, "code", text) == text
    assert found(adapter, "label", text) == text
    assert adapter.count("sample", [Where("code", text)]) == 1


def test_unique_texts_differ_by_case_accent_and_form(adapter: Adapter) -> None:
    codes = ["x", "X", "é", "e\u0301", "e", "ß", "ss", "\u0131", "i", "\u0130", "", "\ufeffx"]
    for code in codes:
        sample(adapter, code, code=code)
    assert sorted(labels(adapter.find_many("sample"))) == sorted(codes)
    for code in codes:
        with pytest.raises(UniqueViolation):
            sample(adapter, code=code)


def test_unique_texts_that_differ_by_spaces_at_their_end(adapter: Adapter) -> None:
    """MySQL's keys do not see them: there the second is refused, never found for the first."""
    sample(adapter, code="x")
    if isinstance(adapter, SQLAlchemyAdapter) and adapter.engine.dialect.name in MYSQL_NAMES:
        with pytest.raises(UniqueViolation):
            sample(adapter, code="x ")
        assert adapter.find_one("sample", [Where("code", "x ")]) is None
        return
    assert found(adapter, "code", "x ") == "x "


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("label", "a\x00"),
        ("code", "\x00"),
        ("extra", {"a": ["\x00"]}),
        ("extra", {"\x00": 1}),
        ("words", ["a\x00b"]),
        ("extra", "\ud800"),
        ("big", 2**63),
        ("big", 1.5),
        ("extra", {"a": float("nan")}),
    ],
)
def test_what_no_database_could_keep_is_refused_before_it(
    adapter: Adapter, field: str, value: Any
) -> None:
    with pytest.raises(UnfitValue, match=field):
        adapter.create("sample", {"label": "a", field: value})
    assert adapter.count("sample") == 0


@pytest.mark.parametrize(
    "value",
    [
        {"ä": {"": [[], {}, [[None]]]}},
        {"b": 1, "a": 2},
        [2**53 - 1, -(2**53 - 1), 0.1, 1e-7],
        [True, False, None, "", "null", "𝄞", '"\\'],
        "1",
        [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],
    ],
)
def test_json_is_exact(adapter: Adapter, value: Any) -> None:
    assert found(adapter, "extra", value) == value


@pytest.mark.parametrize("field", ["words", "numbers"])
def test_an_empty_array_is_not_an_absent_one(adapter: Adapter, field: str) -> None:
    assert found(adapter, field, []) == []
    assert found(adapter, field, None) is None
    assert adapter.count("sample", [Where(field, None)]) == 1
    assert adapter.count("sample", [Where(field, None, "ne")]) == 1
