from typing import Any

import pytest

from pyauth.db.core_schema import core_models
from pyauth.db.schema import ModelSchema, Schema, build_schema
from pyauth.errors import ConfigurationError, ConflictError
from pyauth.http.endpoint import Endpoint
from pyauth.http.hooks import AfterHook, BeforeHook, PathMiddleware
from pyauth.http.inputs import Body, RedirectURL
from pyauth.http.registry import Contributed, Registry
from pyauth.options import Field
from tests.support.app import FrozenClock


class Order(Body):
    item_name: str
    return_url: RedirectURL | None = None
    extras_of = "user"


def make(name: str, path: str | None = "/x", **facts: Any) -> Endpoint[Any, Any]:
    return Endpoint(name=name, methods=("POST",), path=path, handler=lambda call: None, **facts)


def make_schema() -> Schema:
    extra = ModelSchema("user", {"nick_name": Field(type="string", wire_name="nick")})
    return build_schema(core_models(FrozenClock()), [extra])


def make_registry(*endpoints: Endpoint[Any, Any], **contributed: Any) -> Registry:
    return Registry(endpoints, Contributed(**contributed), make_schema())


def test_a_declared_replacement_takes_the_core_endpoints_place() -> None:
    registry = make_registry(
        make("a"), make("a", "/y", replaces=True, source="plugin p"), make("b", "/z")
    )
    assert list(registry.operations) == ["a", "b"]
    assert registry.router.find("POST", "/x") is None
    found = registry.router.find("POST", "/y")
    assert found is not None
    assert found.endpoint.source == "plugin p"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"source": "plugin b"}),
        ({"source": "plugin a"}, {"source": "plugin b", "replaces": True}),
        ({"source": "plugin a", "replaces": True}, {"source": "plugin b", "replaces": True}),
    ],
)
def test_one_name_has_one_endpoint(first: dict[str, Any], second: dict[str, Any]) -> None:
    with pytest.raises(ConflictError, match=r"endpoint 'a'") as caught:
        make_registry(make("a", "/x", **first), make("a", "/y", **second))
    assert (caught.value.first, caught.value.second) == (
        first.get("source", "core"),
        second["source"],
    )


def test_hooks_run_before_and_after_what_they_name_in_order() -> None:
    everywhere = BeforeHook(lambda call: None)
    here = BeforeHook(lambda call: None, frozenset({"a"}))
    elsewhere = BeforeHook(lambda call: None, frozenset({"b"}))
    after = AfterHook(lambda call: None, frozenset({"a", "b"}))
    registry = make_registry(
        make("a"), make("b", "/y"), before=[here, everywhere, elsewhere], after=[after]
    )
    assert registry.operations["a"].before == (here, everywhere)
    assert registry.operations["b"].before == (everywhere, elsewhere)
    assert registry.operations["a"].after == registry.operations["b"].after == (after,)


def test_a_hook_on_an_endpoint_that_does_not_exist_names_its_contributor() -> None:
    hook = AfterHook(lambda call: None, frozenset({"sing_in"}), source="plugin p")
    with pytest.raises(ConfigurationError, match="plugin p names the endpoint 'sing_in'"):
        make_registry(make("a"), after=[hook])


@pytest.mark.parametrize(
    ("prefix", "path", "applies"),
    [
        ("/", "/x", True),
        ("/x", "/x", True),
        ("/x", "/x/y", True),
        ("/x/", "/x/y", True),
        ("/x", "/xy", False),
        ("/x/y", "/x", False),
        ("/x", "/x/:id", True),
    ],
)
def test_a_middleware_guards_whole_segments(prefix: str, path: str, applies: bool) -> None:
    middleware = PathMiddleware(lambda call: None, prefix)
    registry = make_registry(make("a", path), middlewares=[middleware])
    assert bool(registry.operations["a"].middlewares) is applies


def test_wire_names_become_python_names_and_python_names_do_not_pass() -> None:
    names = make_registry(make("a", body=Order)).operations["a"].body_names
    sent = {
        "itemName": 1,
        "item_name": 2,
        "returnURL": 3,
        "return_url": 4,
        "nick": 5,
        "nick_name": 6,
        "nickName": 7,
        "free_one": 8,
    }
    assert names.to_python(sent) == {
        "item_name": 1,
        "return_url": 3,
        "nick_name": 5,
        "nickName": 7,
        "free_one": 8,
    }


def test_redirect_targets_are_known_even_where_no_model_declares_them() -> None:
    names = make_registry(make("a")).operations["a"].body_names
    assert names.to_python({"callbackURL": 1, "redirectTo": 2, "callback_url": 3}) == {
        "callback_url": 1,
        "redirect_to": 2,
    }


@pytest.mark.parametrize("value", [None, [], "x", 1])
def test_what_is_no_object_is_left_alone(value: Any) -> None:
    assert make_registry(make("a")).operations["a"].body_names.to_python(value) == value
