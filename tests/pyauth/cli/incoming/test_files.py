"""Lines of a file, with their numbers, whatever is in it."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyauth.cli.incoming import FORMATS, Format, Source, UnreadableFile, guess_format
from pyauth.cli.incoming.files import MAX_LINE


def read(folder: Path, content: str | bytes, format: Format) -> list[tuple[int, Any]]:
    """Return the lines of a file: each number with the values, or with what is wrong."""
    path = folder / "file"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [(line.number, line.problem or line.values) for line in Source(path, format).lines()]


@pytest.mark.parametrize(
    ("name", "format"),
    [("a.csv", "csv"), ("a.JSON", "json"), ("a.jsonl", "jsonl"), ("a.ndjson", "jsonl")],
)
def test_the_ending_tells_the_format(name: str, format: str) -> None:
    assert guess_format(Path(name)) == format


def test_another_ending_tells_none() -> None:
    with pytest.raises(UnreadableFile, match="say --format"):
        guess_format(Path("users.txt"))


def test_a_record_of_csv_is_named_by_its_first_line(tmp_path: Path) -> None:
    text = '\ufeffemail,name\r\na,"x\ny"\r\n\r\nb,z\r\n'
    assert read(tmp_path, text, "csv") == [
        (2, {"email": "a", "name": "x\ny"}),
        (5, {"email": "b", "name": "z"}),
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the file is empty"),
        ("a,b,a\n1,2,3\n", "line 1: the column 'a' stands twice"),
        ('a,b\n1,"x"y\n', "line 2: this is no CSV"),
        ('a,b\n1,2\n"never closed,2\n', "line 3: this is no CSV"),
        (f'a\n"{"x" * 200_000}\n', "line 2: this is no CSV: field larger than field limit"),
    ],
)
def test_what_is_no_csv_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read(tmp_path, text, "csv")
    assert str(caught.value).startswith(complaint)


def test_bytes_that_are_no_utf8_do_not_stop_the_reading(tmp_path: Path) -> None:
    found = read(tmp_path, b"email\n\xff@example.com\nb\n", "csv")
    assert found == [(2, {"email": "\udcff@example.com"}), (3, {"email": "b"})]


def test_every_json_line_stands_for_itself(tmp_path: Path) -> None:
    text = '{"email": "a"}\n\n[1]\n{"email"\n{"email": NaN}\n{"email": "\\ud800"}\n{"n": 1}'
    found = read(tmp_path, text, "jsonl")
    assert [number for number, _ in found] == [1, 3, 4, 5, 6, 7]
    assert found[0] == (1, {"email": "a"})
    assert found[1] == (3, "is no JSON object")
    assert all(str(problem).startswith("cannot be read: ") for _, problem in found[2:5])
    assert found[5] == (7, {"n": 1})


def test_a_json_line_without_an_end_is_not_read_whole(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="line 1: has more than"):
        read(tmp_path, "x" * (MAX_LINE + 2), "jsonl")


def test_a_record_of_an_array_is_named_by_its_first_line(tmp_path: Path) -> None:
    text = '\n[{"a": 1},\n  {"a":\n 2}\n, 3, {"a": NaN}]\n'
    found = read(tmp_path, text, "json")
    assert found[:3] == [(2, {"a": 1}), (3, {"a": 2}), (5, "is no JSON object")]
    assert found[3][0] == 5
    assert str(found[3][1]).startswith("cannot be read: ")
    assert read(tmp_path, "[]", "json") == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "this is no JSON array"),
        ('{"a": 1}', "for one object a line say --format jsonl"),
        ('[{"a": 1}', "line 1: a comma or the end of the array is missing"),
        ('[{"a": 1}\n{"a": 2}]', "a comma or the end"),
        ("[\n{]", "line 2: this is no JSON"),
        ("[1,", "line 1: this is no JSON"),
        ("[1] 2", "something follows the array"),
        ("[" * 100_000, "line 1: this is no JSON"),
    ],
)
def test_what_is_no_array_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read(tmp_path, text, "json")
    assert complaint in str(caught.value)


@given(content=st.binary(max_size=200), format=st.sampled_from(FORMATS))
def test_any_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, format: Format
) -> None:
    with suppress(UnreadableFile):
        read(tmp_path_factory.getbasetemp(), content, format)
