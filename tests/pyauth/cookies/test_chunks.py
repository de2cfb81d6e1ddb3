"""Values that need several cookies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyauth.cookies import CookieAttributes, CookieSpec, parse_cookie_header
from pyauth.cookies.chunks import CHUNK_SIZE, MAX_CHUNKS, MAX_COOKIE_SIZE, ChunkedCookie

NAME = "better-auth.session_data"
SPEC = CookieSpec(NAME, CookieAttributes(max_age=300))
COOKIE = ChunkedCookie(SPEC)
BASE64URL = st.text("ABCabc012-_.", min_size=1)


def written(
    value: str, *, held: tuple[str, ...] = (), cookie: ChunkedCookie = COOKIE
) -> dict[str, str]:
    """Return what a browser keeps that held these cookies."""
    texts = cookie.write(value, max_age=300, held=held)
    assert texts is not None
    kept = dict.fromkeys(held, "stale")
    for text in texts:
        pair, _, attributes = text.partition(";")
        name, _, part = pair.partition("=")
        kept.pop(name, None)
        if "Max-Age=0" not in attributes:
            kept[name] = part
    return kept


def test_a_small_value_stands_in_the_cookie_itself() -> None:
    assert written("x" * CHUNK_SIZE) == {NAME: "x" * CHUNK_SIZE}


def test_a_large_value_is_cut_as_upstream_cuts_it() -> None:
    sizes = {name: len(value) for name, value in written("x" * (2 * CHUNK_SIZE + 1)).items()}
    assert sizes == {f"{NAME}.0": 3896, f"{NAME}.1": 3896, f"{NAME}.2": 1}


def test_chunks_have_the_attributes_of_the_cookie() -> None:
    texts = COOKIE.write("x" * 4000, max_age=300, held=())
    assert texts is not None
    ends = {text.partition("; ")[2] for text in texts}
    assert ends == {"Max-Age=300; Path=/; HttpOnly; SameSite=Lax"}


def test_a_value_may_end_with_the_browser() -> None:
    texts = COOKIE.write("x" * 4000, max_age=None, held=())
    assert texts is not None
    assert not any("Max-Age" in text for text in texts)


@pytest.mark.parametrize("length", [1, 3896, 3897, 8000, MAX_CHUNKS * CHUNK_SIZE])
def test_no_cookie_is_larger_than_browsers_keep(length: int) -> None:
    spec = CookieSpec(
        f"__Secure-{'n' * 60}",
        CookieAttributes(max_age=34_560_000, domain="d" * 150, secure=True, partitioned=True),
    )
    cookie = ChunkedCookie(spec)
    texts = cookie.write("x" * (length // 2), max_age=34_560_000, held=())
    assert texts is not None
    assert max(map(len, texts)) <= MAX_COOKIE_SIZE


def test_a_value_beyond_all_chunks_is_not_written() -> None:
    assert COOKIE.write("x" * (MAX_CHUNKS * CHUNK_SIZE + 1), max_age=300, held=()) is None


def test_a_cookie_without_room_for_any_value_is_not_written() -> None:
    cookie = ChunkedCookie(CookieSpec("n", CookieAttributes(domain="d" * 4050)))
    assert cookie.write("x", max_age=300, held=()) is None


@pytest.mark.parametrize(
    ("before", "after"), [(1, 9000), (9000, 1), (9000, 4000), (4000, 9000), (1, 1), (9000, 9000)]
)
def test_nothing_stale_stays_beside_the_new(before: int, after: int) -> None:
    held = tuple(written("o" * before))
    kept = written("n" * after, held=held)
    assert COOKIE.read(kept) == "n" * after
    assert "stale" not in kept.values()


def test_only_ones_own_cookies_are_expired() -> None:
    held = (NAME, f"{NAME}.0", f"{NAME}.12", f"{NAME}.x", f"{NAME}.01", f"{NAME}2", "other.0", "a")
    names = [text.partition("=")[0] for text in COOKIE.expire(held)]
    assert names == [NAME, f"{NAME}.0", f"{NAME}.12"]


def test_the_whole_counts_before_chunks() -> None:
    assert COOKIE.read({f"{NAME}.0": "chunk", NAME: "whole"}) == "whole"


def test_chunks_are_put_together_by_their_numbers() -> None:
    chunks = {f"{NAME}.{index}": str(index) for index in (10, 2, 0, 1)}
    assert COOKIE.read({**chunks, f"{NAME}.x": "y", f"{NAME}.-1": "z"}) == "01210"


@pytest.mark.parametrize("cookies", [{}, {NAME: ""}, {f"{NAME}.x": "y"}, {f"{NAME}.": "y"}])
def test_without_cookies_there_is_no_value(cookies: dict[str, str]) -> None:
    assert COOKIE.read(cookies) is None


@given(BASE64URL.map(lambda text: text * 997), st.sets(st.integers(0, 20)))
def test_any_value_comes_back(value: str, stale: set[int]) -> None:
    held = (NAME, *(f"{NAME}.{index}" for index in stale))
    if len(value) <= MAX_CHUNKS * CHUNK_SIZE:
        kept = written(value, held=held)
        header = "; ".join(f"{name}={part}" for name, part in kept.items())
        assert COOKIE.read(parse_cookie_header(header)) == value


@given(st.dictionaries(st.text(max_size=30).map(lambda tail: NAME + tail), st.text()))
def test_any_cookies_can_be_read(cookies: dict[str, str]) -> None:
    COOKIE.read(cookies)
    COOKIE.expire(cookies)
