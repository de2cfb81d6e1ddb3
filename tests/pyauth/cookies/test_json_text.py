"""JSON as JavaScript writes it, letter for letter."""

import json
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyauth.cookies.json_text import write_json

EXACT = 2**53
NUMBERS = st.one_of(
    st.integers(-EXACT, EXACT),
    st.floats(-EXACT, EXACT, allow_nan=False),
    st.floats(-1e-3, 1e-3, allow_nan=False),
)
TEXTS = st.text(st.characters(codec="utf-8"))
KEYS = st.one_of(
    TEXTS, st.integers(0, 2**33).map(str), st.sampled_from(["00", "-1", "1.5", "4294967295"])
)
PLAIN = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1, "1"),
        (1.0, "1"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e-4, "0.0001"),
        (1.5e-5, "0.000015"),
        (1e-6, "0.000001"),
        (-1.25e-6, "-0.00000125"),
        (1e-7, "1e-7"),
        (1.5e-10, "1.5e-10"),
        (1.5e-100, "1.5e-100"),
        ('\u2028\x7f\x01"\\/', '"\u2028\x7f\\u0001\\"\\\\/"'),
        ({"b": 1, "10": 2, "2": 3, "01": 4}, '{"2":3,"10":2,"b":1,"01":4}'),
        ({"4294967295": 1, "4294967294": 2}, '{"4294967294":2,"4294967295":1}'),
        ([1, [], {}], "[1,[],{}]"),
    ],
)
def test_values_are_written_as_javascript_writes_them(value: Any, text: str) -> None:
    assert write_json(value) == text


@pytest.mark.parametrize(
    ("value", "error"),
    [(float("nan"), ValueError), (float("inf"), ValueError), (2**53 + 1, ValueError),
     (-(2**60), ValueError), (b"x", TypeError), ({1}, TypeError)],
)  # fmt: skip
def test_what_javascript_would_change_is_refused(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        write_json([value])


@given(PLAIN)
def test_what_is_written_reads_the_same(value: Any) -> None:
    assert json.loads(write_json(value)) == value


@pytest.mark.node
@settings(max_examples=5, deadline=None)
@given(st.lists(PLAIN, min_size=50, max_size=100))
def test_node_writes_it_the_same(values: list[Any]) -> None:
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    texts = [write_json(value) for value in values]
    script = (
        "const t=JSON.parse(require('fs').readFileSync(0,'utf8'));"
        "process.stdout.write(JSON.stringify(t.map(x=>JSON.stringify(JSON.parse(x)))))"
    )
    done = subprocess.run(
        ["node", "-e", script], input=json.dumps(texts), capture_output=True, text=True, timeout=60
    )
    assert json.loads(done.stdout) == texts
