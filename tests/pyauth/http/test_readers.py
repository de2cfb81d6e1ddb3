import io
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Request
from werkzeug.test import EnvironBuilder

from pyauth.errors import APIError
from pyauth.http.endpoint import FORM, JSON
from pyauth.http.readers import MAX_FORM_FIELDS, read_body, read_query
from pyauth.http.validation import ABSENT

BOTH = (FORM, JSON)


def make_request(
    data: bytes = b"", content_type: str | None = JSON, environ: Mapping[str, Any] | None = None
) -> Request:
    built = EnvironBuilder(method="POST", data=data, content_type=content_type).get_environ()
    built.update(environ or {})
    return Request({key: value for key, value in built.items() if value is not None})


def read(
    data: bytes, content_type: str | None = JSON, environ: Mapping[str, Any] | None = None
) -> Any:
    return read_body(make_request(data, content_type, environ), BOTH, max_size=100)


def refusal_of(
    data: bytes, content_type: str | None = JSON, environ: Mapping[str, Any] | None = None
) -> tuple[int, str]:
    with pytest.raises(APIError) as caught:
        read(data, content_type, environ)
    return caught.value.status, caught.value.code


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON",
        " application/json ",
    ],
)
def test_json_is_read_whatever_its_parameters(content_type: str) -> None:
    assert read(b'{"a": 1}', content_type) == {"a": 1}


@pytest.mark.parametrize("data", [b"null", b"[]", b'"x"', b"0", b"false"])
def test_any_json_value_is_a_body(data: bytes) -> None:
    assert read(data) is not ABSENT


@pytest.mark.parametrize("content_type", [JSON, "text/plain", None])
def test_an_empty_body_is_no_body(content_type: str | None) -> None:
    assert read(b"", content_type) is ABSENT


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/jsonp",
        "application/json-patch+json",
        "text/plain; application/json",
        "multipart/form-data",
        "text/json",
        "",
        None,
    ],
)
def test_other_media_types_are_415(content_type: str | None) -> None:
    assert refusal_of(b'{"a": 1}', content_type) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_the_refusal_names_what_is_allowed() -> None:
    with pytest.raises(APIError) as caught:
        read(b"x", "text/plain")
    assert caught.value.message == (
        'Content-Type "text/plain" is not allowed. '
        "Allowed types: application/x-www-form-urlencoded, application/json"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"NaN",
        b'{"a": 1e999}',
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b"9007199254740993",
        b"\xff\xfe",
        b"[" * 50 + b"[" * 15 + b"]" * 35,
    ],
)
def test_unreadable_json_is_400(data: bytes) -> None:
    assert refusal_of(data) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("content_type", [JSON, FORM, "text/plain"])
def test_a_body_beyond_the_limit_is_413(content_type: str) -> None:
    assert read(b'"' + b"x" * 98 + b'"') == "x" * 98
    assert refusal_of(b'"' + b"x" * 99 + b'"', content_type) == (413, "PAYLOAD_TOO_LARGE")


def test_a_body_that_ends_early_is_400() -> None:
    environ = {"CONTENT_LENGTH": "90", "wsgi.input": io.BytesIO(b'{"a"')}
    assert refusal_of(b"", environ=environ) == (400, "BAD_REQUEST")


def test_a_body_longer_than_it_says_is_cut() -> None:
    environ = {"CONTENT_LENGTH": "3", "wsgi.input": io.BytesIO(b"[1][2]")}
    assert read(b"", environ=environ) == [1]


@pytest.mark.parametrize("terminated", [True, False])
def test_a_body_without_a_length_is_read_where_the_server_ends_it(terminated: bool) -> None:
    environ = {
        "wsgi.input": io.BytesIO(b"[1]"),
        "wsgi.input_terminated": True if terminated else None,
        "CONTENT_LENGTH": None,
        "HTTP_TRANSFER_ENCODING": "chunked",
    }
    assert read(b"", environ=environ) == ([1] if terminated else ABSENT)


@pytest.mark.parametrize("content_type", [JSON, FORM])
def test_a_stream_without_a_length_is_refused_beyond_the_limit_not_cut(content_type: str) -> None:
    data = io.BytesIO(b"[1]" + b" " * 98)
    environ = {"wsgi.input": data, "wsgi.input_terminated": True, "CONTENT_LENGTH": None}
    assert refusal_of(b"", content_type, environ) == (413, "PAYLOAD_TOO_LARGE")
    assert data.tell() <= 101, "no more is read than tells that it is too much"


@pytest.mark.parametrize("length", ["abc", "-1", "1e3", "\u0663"])
def test_an_unreadable_length_is_no_body(length: str) -> None:
    environ = {"CONTENT_LENGTH": length, "wsgi.input": io.BytesIO(b"[1]")}
    assert read(b"", environ=environ) is ABSENT


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"a=1&b=two+words&c=%C3%A4", {"a": "1", "b": "two words", "c": "\u00e4"}),
        (b"a=&b", {"a": "", "b": ""}),
        (b"a=1&a=2", {"a": "2"}),
        (
            b"yes=true&no=false&Yes=True&one=1",
            {"yes": True, "no": False, "Yes": "True", "one": "1"},
        ),
        (b"a=1;b=2", {"a": "1;b=2"}),
    ],
)
def test_forms(data: bytes, value: dict[str, Any]) -> None:
    assert read(data, FORM) == value


@pytest.mark.parametrize("data", [b"a=%00", b"%00=a", b"a=%FF", b"a=\xff", b"a=%ED%A0%80"])
def test_unreadable_forms_and_queries_are_400(data: bytes) -> None:
    assert refusal_of(data, FORM) == (400, "BAD_REQUEST")
    with pytest.raises(APIError) as caught:
        read_query(Request({"QUERY_STRING": data.decode("latin-1")}))
    assert (caught.value.status, caught.value.code) == (400, "BAD_REQUEST")


def test_a_form_of_very_many_fields_is_400() -> None:
    data = b"&".join(b"a=1" for _ in range(MAX_FORM_FIELDS + 1))
    with pytest.raises(APIError) as caught:
        read_body(make_request(data, FORM), BOTH, max_size=10**6)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        ("a=1&a=2&a=3&b=", {"a": ["1", "2", "3"], "b": ""}),
        ("a=true", {"a": "true"}),
        ("a=%2Fx%3Fy", {"a": "/x?y"}),
        ("a=%zz", {"a": "%zz"}),
    ],
)
def test_queries(query: str, value: dict[str, Any]) -> None:
    assert read_query(Request({"QUERY_STRING": query})) == value


_pairs = st.lists(
    st.tuples(
        st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1),
        st.text(st.characters(codec="utf-8", exclude_characters="\x00")),
    ),
    max_size=8,
)


@given(_pairs)
def test_what_browsers_encode_comes_back(pairs: list[tuple[str, str]]) -> None:
    query = read_query(Request({"QUERY_STRING": urlencode(pairs)}))
    for name, value in pairs:
        found = query[name]
        assert value in (found if isinstance(found, list) else [found])


def status_of(work: Callable[[], Any]) -> int:
    try:
        work()
    except APIError as error:
        return error.status
    return 200


@given(st.binary(max_size=200), st.sampled_from([JSON, FORM, "text/plain", "", "\u00e4"]))
def test_any_body_is_read_or_refused(data: bytes, content_type: str) -> None:
    assert status_of(lambda: read(data, content_type)) in {200, 400, 413, 415}


@given(st.binary(max_size=200))
def test_any_query_is_read_or_refused(data: bytes) -> None:
    request = Request({"QUERY_STRING": data.decode("latin-1")})
    assert status_of(lambda: read_query(request)) in {200, 400}


def test_a_body_shorter_than_announced_did_not_arrive_whole() -> None:
    environ = {"CONTENT_LENGTH": "50", "wsgi.input_terminated": True}
    assert refusal_of(b'{"a": 1}', environ=environ) == (400, "BAD_REQUEST")


def test_whatever_the_server_raises_for_a_broken_stream_is_a_bad_request() -> None:
    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _buffer: Any) -> int:
            raise RuntimeError("an error of the server's own")

    environ = {
        "CONTENT_LENGTH": None,
        "wsgi.input_terminated": True,
        "wsgi.input": io.BufferedReader(Broken()),
    }
    assert refusal_of(b"", environ=environ) == (400, "BAD_REQUEST")
