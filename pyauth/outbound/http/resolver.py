"""From a host to the addresses that may be connected to: looked up once, each answer checked."""

import socket
import threading
from collections.abc import Callable, Sequence

from pyauth.outbound.http.addresses import find_name_refusal, find_refusal, read_address, unwrap
from pyauth.outbound.http.deadline import Deadline
from pyauth.outbound.http.errors import AddressRefused, ConnectionFailed
from pyauth.outbound.http.urls import Target

Resolver = Callable[[str, int], Sequence[str]]
"""Receives a name and a port; returns its addresses, best first; raises ``OSError`` for none."""


def system_resolver(name: str, port: int) -> list[str]:
    """Ask the operating system."""
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in found))


def find_addresses(
    target: Target, *, resolver: Resolver, allow_private: bool, deadline: Deadline
) -> tuple[str, ...]:
    """Return the addresses at which a target may be asked, best first.

    A name with one answer that must not be reached is refused whole: whoever mixes them is about
    to let one fail and the other be used.

    Raises:
        AddressRefused: the target, or one of its addresses, must not be reached.
        ConnectionFailed: the name has no address.
        OutboundTimeout: the look-up took too long.
    """
    if target.address is not None:
        answers: Sequence[str] = (target.host,)
    else:
        refusal = find_name_refusal(target.host, allow_private=allow_private)
        if refusal is not None:
            raise AddressRefused(f"the host is {refusal}", origin=target.origin)
        answers = _look_up(target, resolver, deadline)
    return tuple(_check(target, answer, allow_private=allow_private) for answer in answers)


def _check(target: Target, answer: str, *, allow_private: bool) -> str:
    address = read_address(answer)
    if address is None:
        raise AddressRefused("the host has an address that is none", origin=target.origin)
    refusal = find_refusal(address, allow_private=allow_private)
    if refusal is not None:
        raise AddressRefused(f"the host is {refusal}", origin=target.origin)
    return str(unwrap(address))


def _look_up(target: Target, resolver: Resolver, deadline: Deadline) -> Sequence[str]:
    """Look a name up in a thread: the system's resolver knows no deadline of ours."""
    answers: list[Sequence[str]] = []

    def look_up() -> None:
        try:
            answers.append(resolver(target.host, target.port))
        except Exception:  # whatever it is, the name has no address; a thread has nobody to tell
            answers.append(())

    thread = threading.Thread(target=look_up, name="pyauth-resolver", daemon=True)
    try:
        thread.start()
    except RuntimeError:
        raise ConnectionFailed("no thread to resolve the name", origin=target.origin) from None
    thread.join(deadline.remaining())
    deadline.check()
    if not answers or not answers[0]:
        raise ConnectionFailed("the name has no address", origin=target.origin)
    return answers[0]
