"""What stops the start-up where endpoints and additional fields meet."""

from typing import Any

import pytest

from pyauth import ConfigurationError, Contributions, Plugin
from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.inputs import Body
from tests.support.app import make_auth


class Order(Body):
    """Takes fields of the session beside its own."""

    extras_of = "session"
    item_name: str


@endpoint("POST", "/order", body=Order)
def order(call: Call, body: Order) -> None:
    """Do nothing."""


class Shop(Plugin):
    id = "shop"

    def contribute(self) -> Contributions:
        return Contributions(endpoints=[order])


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("password", {}),
        ("callback_url", {}),
        ("callbackURL", {}),
        ("remember_me", {}),
        ("secret", {"wire_name": "password"}),
        ("landing", {"wire_name": "redirectTo"}),
        ("remember_me", {"wire_name": "keep"}),
        ("rememberMe", {"wire_name": "keep", "input": False, "default": "x"}),
    ],
)
def test_a_field_that_sign_up_reads_as_something_else_is_refused(
    name: str, facts: dict[str, Any]
) -> None:
    field = {"type": "string", "required": False, **facts}
    with pytest.raises(ConfigurationError, match=r"of model 'user'.*endpoint 'sign_up_email'"):
        make_auth(user={"additional_fields": {name: field}})


def test_so_is_one_that_a_plugins_endpoint_reads_as_something_else() -> None:
    session = {"additional_fields": {"item_name": {"type": "string", "required": False}}}
    with pytest.raises(ConfigurationError) as caught:
        make_auth(session=session, plugins=[Shop()])
    assert caught.value.problems == (
        "field 'item_name' of model 'session' (option additional_fields) bears the name of "
        "something else in the body of endpoint 'order', so that no client could send it there; "
        "rename the field",
    )
    make_auth(session=session)  # where nothing else is called so, it may be


def test_every_field_in_the_way_is_named_at_once() -> None:
    fields = {name: {"type": "string"} for name in ("password", "remember_me", "motto")}
    with pytest.raises(ConfigurationError) as caught:
        make_auth(user={"additional_fields": fields})
    assert [problem.split("'")[1] for problem in caught.value.problems] == [
        "password",
        "remember_me",
    ]


def test_one_model_may_have_what_another_endpoint_reads() -> None:
    """A session may have a ``password``, since sign-up takes fields of users."""
    field = {"type": "string", "required": False}
    make_auth(session={"additional_fields": {"password": field}})
