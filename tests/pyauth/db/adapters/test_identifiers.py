"""Tables and columns named as SQL's own words, and in mixed case, on every database."""

from collections.abc import Iterator
from typing import Any

import pytest

from pyauth.clock import utc_now
from pyauth.db.adapter import Adapter, SortBy, Where
from pyauth.db.core_schema import core_models
from pyauth.db.schema import ModelSchema, Renaming, build_schema
from pyauth.errors import UniqueViolation
from pyauth.options.fields import Field, Reference
from tests.support.databases import ADAPTERS, make_tables

ORDER = ModelSchema(
    "order",
    {
        "group": Field(type="string", unique=True),
        "limit": Field(type="number", default=0),
        "from": Field(type="string", required=False, field_name="SELECT"),
        "camel": Field(type="json", required=False, field_name="camelCase"),
        "owner_id": Field(type="string", field_name="userId", references=Reference(model="user")),
    },
    table="order",
    source="tests",
)


@pytest.fixture(scope="module", params=list(ADAPTERS))
def adapter(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    opening = ADAPTERS[request.param](tmp_path_factory.mktemp("databases"))
    adapter = next(opening)
    renamings = {"user": Renaming("User", {"email": "EMail", "name": "table"})}
    adapter.bind(build_schema(core_models(utc_now), [ORDER], renamings=renamings))
    make_tables(adapter)
    yield adapter
    for _ in opening:
        pass


def test_every_call_quotes_them(adapter: Adapter) -> None:
    user = adapter.create("user", {"name": "Ada", "email": "ada@example.com"})
    data = {"group": "g", "from": "f", "camel": [1], "owner_id": user["id"]}
    order = adapter.create("order", data)
    where = [Where("group", "g"), Where("from", "F", ignore_case=True)]
    assert adapter.find_one("order", where) == order
    assert adapter.find_many("order", where, sort_by=SortBy("limit")) == [order]
    assert adapter.find_joined("order", where, via="owner_id") == [(order, user)]
    assert adapter.find_one("user", [Where("email", "ada@example.com")], lock=True) == user
    changed = adapter.increment_one("order", where, "limit", data={"from": "F"})
    assert changed == order | {"limit": 1, "from": "F"}
    assert adapter.update_many("order", [Where("from", "F", "starts_with")], {"camel": None}) == 1
    with pytest.raises(UniqueViolation) as caught:
        adapter.create("order", data)
    assert caught.value.fields == ("group",)
    assert adapter.consume_one("order", [Where("limit", 1)]) == changed | {"camel": None}
    assert adapter.delete_many("user", ()) == 1
