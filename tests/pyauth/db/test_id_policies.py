"""Ids made by the database, and UUIDs, on every database."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from pyauth.db.adapter import Adapter, SortBy, Where
from pyauth.errors import StoreError
from tests.support.databases import ADAPTERS, bind, make_tables

NAMES = ("memory", "sqlite", "sqlite-shared", "postgresql", "mysql", "mysql-without-returning")
NOT_IDS = ("abc", "", "0x1", "01", " 1", "1 ", "-1", "9" * 30, "\uff11", "1.0")


def opened(name: str, policy: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adapter]:
    opening = ADAPTERS[name](tmp_path_factory.mktemp("databases"))
    adapter = next(opening)
    bind(adapter, policy)
    make_tables(adapter)
    yield adapter
    for _ in opening:
        pass


@pytest.fixture(scope="module", params=NAMES)
def serial(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Adapter]:
    yield from opened(request.param, "serial", tmp_path_factory)


@pytest.fixture(scope="module", params=NAMES)
def uuids(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Adapter]:
    yield from opened(request.param, "uuid", tmp_path_factory)


def test_serial_ids_are_texts_that_count(serial: Adapter) -> None:
    first = serial.create("sample", {"label": "a"})
    second = serial.create("sample", {"label": "b"})
    assert first["id"].isdigit()
    assert int(second["id"]) == int(first["id"]) + 1
    assert serial.find_one("sample", [Where("id", first["id"])]) == first
    assert serial.update_one("sample", [Where("id", first["id"])], {"label": "c"}) == first | {
        "label": "c"
    }
    assert serial.consume_one("sample", [Where("id", second["id"])]) == second


def test_serial_ids_are_never_used_again(serial: Adapter) -> None:
    last = serial.create("sample", {"label": "a"})
    serial.delete_many("sample", [Where("id", last["id"])])
    assert int(serial.create("sample", {"label": "b"})["id"]) > int(last["id"])


def test_serial_ids_join(serial: Adapter) -> None:
    user = serial.create("user", {"name": "Ada", "email": "ada@example.com"})
    row = serial.create("sample", {"label": "owned", "owner_id": user["id"]})
    assert row["owner_id"] == user["id"]
    where = [Where("owner_id", user["id"])]
    assert serial.find_joined("sample", where, via="owner_id") == [(row, user)]
    assert serial.delete_many("user", [Where("id", user["id"])]) == 1


@pytest.mark.parametrize("value", NOT_IDS)
def test_what_is_no_serial_id_finds_nothing(serial: Adapter, value: str) -> None:
    if serial.count("sample") == 0:
        serial.create("sample", {"label": "a"})
    assert serial.find_one("sample", [Where("id", value)]) is None
    assert serial.count("sample", [Where("id", [value, "x"], "in")]) == 0
    assert serial.count("sample", [Where("id", value, "ne")]) == serial.count("sample")
    assert serial.consume_one("sample", [Where("id", value)]) is None


def test_an_id_that_is_no_number_is_refused(serial: Adapter) -> None:
    with pytest.raises(StoreError, match="'id'"):
        serial.create("sample", {"label": "a", "id": "abc"})


def test_uuids_are_texts(uuids: Adapter) -> None:
    user = uuids.create("user", {"name": "Ada", "email": "ada@example.com"})
    assert str(uuid.UUID(user["id"])) == user["id"]
    row = uuids.create("sample", {"label": "owned", "owner_id": user["id"]})
    assert uuids.find_joined("sample", [Where("id", row["id"])], via="owner_id") == [(row, user)]
    rows = uuids.find_many("sample", sort_by=SortBy("id"))
    assert rows == [row]
    assert uuids.delete_many("user", [Where("id", user["id"])]) == 1


@pytest.mark.parametrize("value", ["abc", "", "{%s}", "%s ", "urn:uuid:%s"])
def test_what_is_no_uuid_finds_nothing(uuids: Adapter, value: str) -> None:
    row = uuids.create("sample", {"label": "a"})
    value = value.replace("%s", row["id"])
    assert uuids.find_one("sample", [Where("id", value)]) is None
    assert uuids.find_one("sample", [Where("id", row["id"].upper())]) is None
    assert uuids.count("sample", [Where("id", [value], "in")]) == 0
    assert uuids.count("sample", [Where("id", value, "ne")]) == uuids.count("sample")


def test_an_id_that_is_no_uuid_is_refused(uuids: Adapter) -> None:
    with pytest.raises(StoreError, match="'id'"):
        uuids.create("sample", {"label": "a", "id": "abc"})
