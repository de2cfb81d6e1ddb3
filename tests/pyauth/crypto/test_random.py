from collections import Counter

import pytest

from pyauth.crypto import ID_ALPHABET, generate_id, random_bytes, random_string


def test_an_id_has_32_symbols_of_the_id_alphabet() -> None:
    identifier = generate_id()
    assert len(identifier) == 32
    assert set(identifier) <= set(ID_ALPHABET)


def test_the_id_alphabet_has_62_symbols() -> None:
    assert len(set(ID_ALPHABET)) == 62
    assert ID_ALPHABET.isalnum()
    assert ID_ALPHABET.isascii()


def test_ids_do_not_repeat() -> None:
    assert len({generate_id() for _ in range(1000)}) == 1000


@pytest.mark.parametrize("length", [1, 2, 24, 1000])
def test_an_id_is_as_long_as_asked(length: int) -> None:
    assert len(generate_id(length)) == length


def test_symbols_are_equally_likely() -> None:
    drawn = 62 * 2000
    counts = Counter(random_string(drawn, ID_ALPHABET))
    # A byte taken modulo 62 would give the first eight symbols 25 % more: 2422 instead of 2000.
    # 2000 give or take six standard deviations (45) is missed once in ten million runs.
    assert set(counts) == set(ID_ALPHABET)
    assert all(1730 < count < 2270 for count in counts.values())


@pytest.mark.parametrize("alphabet", ["01", "0123456789", "".join(map(chr, range(128)))])
def test_any_ascii_alphabet_is_used_whole(alphabet: str) -> None:
    assert set(random_string(5000, alphabet)) == set(alphabet)


@pytest.mark.parametrize("alphabet", ["", "a", "aab", "aé"])
def test_an_alphabet_that_cannot_be_fair_is_refused(alphabet: str) -> None:
    with pytest.raises(ValueError, match="alphabet"):
        random_string(8, alphabet)


def test_an_empty_random_string_is_refused() -> None:
    with pytest.raises(ValueError, match="length"):
        random_string(0, ID_ALPHABET)


def test_random_bytes_have_the_size_asked() -> None:
    assert len(random_bytes(24)) == 24
    assert random_bytes(24) != random_bytes(24)
