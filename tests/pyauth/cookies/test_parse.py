from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyauth.cookies import CookieSpec, parse_cookie_header, serialize
from tests.vectors.upstream import ask_upstream, load_vectors

NAMES = st.text(st.sampled_from("abcXYZ019-_.!~*'$&^|+"), min_size=1)


@pytest.mark.parametrize("vector", load_vectors()["cookie_headers"], ids=lambda v: v["header"])
def test_headers_are_read_as_upstream_reads_them(vector: dict[str, Any]) -> None:
    named = {name: value for name, value in vector["cookies"].items() if name}
    assert parse_cookie_header(vector["header"]) == named


def test_of_two_cookies_with_one_name_the_first_counts() -> None:
    assert parse_cookie_header("a=first; a=second; a=") == {"a": "first"}
    assert parse_cookie_header("a=; a=second") == {"a": ""}


@pytest.mark.parametrize("header", ["=b", "=__Host-a=b", " = b", "\t=b", "==", '="b"'])
def test_a_cookie_without_a_name_is_ignored(header: str) -> None:
    assert parse_cookie_header(header) == {}
    assert parse_cookie_header(f"{header}; a=1") == {"a": "1"}


@pytest.mark.parametrize("header", ["", ";", " ; ;", "flag", "a; b; c", "$Version"])
def test_a_header_without_cookies_gives_none(header: str) -> None:
    assert parse_cookie_header(header) == {}


@pytest.mark.parametrize("blank", ["\xa0", "\u2000", "\ufeff", "\x85", "\x1c", "\x0b", "\u3000"])
def test_an_exotic_blank_makes_another_name(blank: str) -> None:
    header = f"{blank}__Host-a=forged; __Host-a{blank}=forged; __Host-a=right"
    assert parse_cookie_header(header)["__Host-a"] == "right"


def test_names_are_compared_as_they_are_written() -> None:
    assert parse_cookie_header('A=1; a=2; %61=3; "a"=4') == {
        "A": "1",
        "a": "2",
        "%61": "3",
        '"a"': "4",
    }


def test_quotes_come_off_before_escapes_are_read() -> None:
    assert parse_cookie_header('a="%22x%22"; b=%22x%22') == {"a": '"x"', "b": '"x"'}


def test_a_value_in_quotes_still_ends_at_a_semicolon() -> None:
    assert parse_cookie_header('a="x; b=1"') == {"a": "", "b": '1"'}


@given(header=st.text(st.characters(categories=None)))
@example("a=%41\ud800; \udfff=%")
def test_no_header_makes_parsing_raise(header: str) -> None:
    for name in parse_cookie_header(header):
        assert name
        assert "=" not in name
        assert ";" not in name


@given(
    parts=st.lists(
        st.tuples(
            st.sampled_from(["", "a", " a", "b ", "é"]),
            st.sampled_from(["", "="]),
            st.sampled_from(["", "1", '"1"', '"', '""', "%41", "%zz", " %C5%BE ", "=", "x=y"]),
        )
    )
)
def test_a_header_is_the_first_use_of_each_name(parts: list[tuple[str, str, str]]) -> None:
    header = ";".join("".join(part) for part in parts)
    whole = parse_cookie_header(header)
    single: dict[str, str] = {}
    for part in header.split(";"):
        single = {**parse_cookie_header(part), **single}
    assert whole == single


@given(cookies=st.dictionaries(NAMES, st.text()))
def test_what_is_written_is_read_back(cookies: dict[str, str]) -> None:
    written = [serialize(CookieSpec(name), value) for name, value in cookies.items()]
    header = "; ".join(text.partition(";")[0] for text in written)
    assert parse_cookie_header(header) == cookies


@pytest.mark.node
def test_upstream_reads_the_same_in_awkward_headers() -> None:
    pieces = ["", "a", "a=1", " b = 2 ", 'c="3"', 'd="', "e=%41", "f=%C5", "g=%", "h=i=j", "=k"]
    headers = [f"{one};{two}; {three}" for one in pieces for two in pieces for three in pieces]
    answers = ask_upstream(parsed_headers=headers)["parsed_headers"]
    for header, answer in zip(headers, answers, strict=True):
        answer.pop("", None)
        assert parse_cookie_header(header) == answer
