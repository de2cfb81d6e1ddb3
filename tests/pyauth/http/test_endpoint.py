import pytest

from pyauth.errors import ConfigurationError
from pyauth.http.call import Call
from pyauth.http.endpoint import FORM, JSON, Endpoint, endpoint
from pyauth.http.inputs import Body, Query, RedirectURL


class Order(Body):
    item_name: str
    callback_url: RedirectURL | None = None


class Page(Query):
    page: str = "1"


@endpoint("POST", "/order", body=Order, query=Page, media_types=(FORM, JSON))
def place_order(call: Call, body: Order, query: Page) -> str:
    """Place an order.

    With more to say.
    """
    return f"{body.item_name} {query.page}"


def test_an_endpoint_is_named_and_described_by_its_function() -> None:
    assert (place_order.name, place_order.methods, place_order.path) == (
        "place_order",
        ("POST",),
        "/order",
    )
    assert (place_order.summary, place_order.source) == ("Place an order.", "core")


def test_the_shapes_of_its_inputs_are_worked_out_once() -> None:
    assert place_order.body_shape is not None
    assert dict(place_order.body_shape.names_by_wire) == {
        "itemName": "item_name",
        "callbackURL": "callback_url",
    }
    assert place_order.body_shape.redirects == ("callback_url",)
    assert place_order.query_shape is not None
    assert place_order.query_shape.omittable == {"page"}


@pytest.mark.parametrize("path", ["order", "", "//order", "/a//b"])
def test_odd_paths_are_refused(path: str) -> None:
    with pytest.raises(ConfigurationError, match=r"'odd'.*must start with one slash"):
        Endpoint(name="odd", methods=("POST",), path=path, handler=lambda call: None)


@pytest.mark.parametrize("methods", ["GET", ("GET", "HEAD")])
def test_a_get_has_no_body(methods: str | tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError, match="a GET has no body"):

        @endpoint(methods, "/order", body=Order)
        def order(call: Call, body: Order) -> None: ...
