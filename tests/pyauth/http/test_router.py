from typing import Any

import pytest

from pyauth.errors import ConflictError
from pyauth.http.endpoint import Endpoint
from pyauth.http.router import Router


def make(
    name: str, method: str | tuple[str, ...] = "GET", path: str | None = "/x", **facts: Any
) -> Endpoint[Any, Any]:
    methods = (method,) if isinstance(method, str) else method
    return Endpoint(name=name, methods=methods, path=path, handler=lambda call: None, **facts)


def find(router: Router, method: str, path: str) -> tuple[str, dict[str, str]] | None:
    match = router.find(method, path)
    return None if match is None else (match.endpoint.name, dict(match.params))


ROUTER = Router(
    [
        make("one", "GET", "/items/:item_id"),
        make("all", ("GET", "POST"), "/items"),
        make("latest", "GET", "/items/latest"),
        make("part", "GET", "/items/:item_id/parts/:part_id"),
        make("unreachable", "GET", None),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "/items", ("all", {})),
        ("POST", "/items", ("all", {})),
        ("GET", "/items/7", ("one", {"item_id": "7"})),
        ("GET", "/items/latest", ("latest", {})),
        ("GET", "/items/7/parts/8", ("part", {"item_id": "7", "part_id": "8"})),
        ("GET", "/items/:item_id", ("one", {"item_id": ":item_id"})),
        ("DELETE", "/items", None),
        ("HEAD", "/items", None),
        ("get", "/items", None),
        ("GET", "/items/", None),
        ("GET", "/items//", None),
        ("GET", "//items", None),
        ("GET", "/Items", None),
        ("GET", "/items/7/", None),
        ("GET", "/items/7/parts", None),
        ("GET", "", None),
        ("GET", "/", None),
        ("POST", "/hidden", None),
    ],
)
def test_finds_what_was_declared_and_nothing_else(
    method: str, path: str, found: tuple[str, dict[str, str]] | None
) -> None:
    assert find(ROUTER, method, path) == found


@pytest.mark.parametrize(
    ("first", "second"), [("/x", "/x"), ("/x/:a", "/x/:b"), ("/:a/y", "/:b/y")]
)
def test_one_method_and_path_has_one_endpoint(first: str, second: str) -> None:
    with pytest.raises(ConflictError, match=r"core.*plugin b"):
        Router([make("a", "GET", first), make("b", "GET", second, source="plugin b")])


def test_endpoints_without_a_route_do_not_collide() -> None:
    Router([make("a", "GET", None), make("b", "GET", None), make("c")])
