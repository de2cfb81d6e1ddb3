"""Conditions split into shape and values."""

import pytest

from pyauth.db.adapter import Where
from pyauth.db.conditions import admits_nothing, read


def test_one_shape_serves_all_values() -> None:
    first, values = read([Where("email", "a"), Where("name", ["x"], "in")])
    second, others = read([Where("email", "b"), Where("name", ["y", "z"], "in")])
    assert first == second
    assert hash(first) == hash(second)
    assert (values, others) == (["a", ["x"]], ["b", ["y", "z"]])


def test_absence_is_a_shape_of_its_own() -> None:
    (shape,), _ = read([Where("email", None)])
    assert shape.test == "is_null"


def test_a_text_is_no_list() -> None:
    with pytest.raises(TypeError, match="list"):
        read([Where("email", "abc", "in")])


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ([], False),
        ([Where("a", [], "in")], True),
        ([Where("a", None, "gt")], True),
        ([Where("a", [], "not_in")], False),
        ([Where("a", [], "in", connector="OR")], True),
        ([Where("a", [], "in", connector="OR"), Where("a", 1, connector="OR")], False),
        ([Where("a", [], "in"), Where("a", 1, connector="OR")], True),
    ],
)
def test_impossible_conditions_are_seen(where: list[Where], expected: bool) -> None:
    assert admits_nothing(read(where)[0]) is expected
