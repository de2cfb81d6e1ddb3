"""Sending in the background: a message is data, queued after the commit and sent by a runner."""

from pyauth.outbound.delivery import Delivery, UnreadableDelivery
from pyauth.outbound.events import EventKind
from pyauth.outbound.inline import CapturingRunner, InlineRunner
from pyauth.outbound.kinds import DeliveryKind, Dispatcher, UnknownDeliveryKind, index_kinds
from pyauth.outbound.runner import DeliveryStats, DrainingRunner, Runner
from pyauth.outbound.threads import FullPolicy, ThreadRunner

__all__ = [
    "CapturingRunner",
    "Delivery",
    "DeliveryKind",
    "DeliveryStats",
    "Dispatcher",
    "DrainingRunner",
    "EventKind",
    "FullPolicy",
    "InlineRunner",
    "Runner",
    "ThreadRunner",
    "UnknownDeliveryKind",
    "UnreadableDelivery",
    "index_kinds",
]
