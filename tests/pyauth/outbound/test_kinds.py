"""A dispatcher finds the function that sends a delivery."""

from collections.abc import Mapping
from typing import Any

import pytest

from pyauth.errors import ConflictError
from pyauth.outbound import Delivery, DeliveryKind, Dispatcher, UnknownDeliveryKind, index_kinds


def _ignore(payload: Mapping[str, Any]) -> None:
    pass


def test_a_delivery_is_sent_by_its_kind() -> None:
    sent: list[tuple[str, Mapping[str, Any]]] = []
    kinds = index_kinds(
        [
            DeliveryKind("mail", lambda payload: sent.append(("mail", payload)), "core"),
            DeliveryKind("sms", lambda payload: sent.append(("sms", payload)), "plugin phone"),
        ]
    )

    Dispatcher(kinds).deliver(Delivery("d1", "sms", {"to": "+1"}))

    assert sent == [("sms", {"to": "+1"})]


def test_an_error_of_the_sender_reaches_the_caller() -> None:
    def fail(payload: Mapping[str, Any]) -> None:
        raise OSError("no route")

    dispatcher = Dispatcher(index_kinds([DeliveryKind("mail", fail, "core")]))

    with pytest.raises(OSError, match="no route"):
        dispatcher.deliver(Delivery("d1", "mail", {}))


def test_an_unknown_kind_is_an_error_that_names_the_known_ones() -> None:
    kinds = index_kinds([DeliveryKind("sms", _ignore, "core"), DeliveryKind("mail", _ignore, "x")])

    with pytest.raises(UnknownDeliveryKind, match=r"no delivery kind 'fax'; known are: mail, sms"):
        Dispatcher(kinds).deliver(Delivery("d1", "fax", {"token": "s3cret"}))


def test_an_unknown_kind_where_there_are_none_says_so() -> None:
    with pytest.raises(UnknownDeliveryKind, match="known are: none"):
        Dispatcher({}).deliver(Delivery("d1", "fax", {}))


def test_a_name_contributed_twice_is_reported_with_both_contributors() -> None:
    kinds = [DeliveryKind("mail", _ignore, source) for source in ("core", "plugin two-factor")]

    with pytest.raises(ConflictError) as caught:
        index_kinds(kinds)

    assert (caught.value.first, caught.value.second) == ("core", "plugin two-factor")
    assert "delivery kind 'mail'" in str(caught.value)


def test_the_dispatcher_lists_its_kinds_by_name() -> None:
    sms, mail = DeliveryKind("sms", _ignore, "core"), DeliveryKind("mail", _ignore, "x")

    assert Dispatcher(index_kinds([sms, mail])).kinds == (mail, sms)
