"""Whoever sends something to those who exist answers and works alike for those who do not.

Equal time is measured as equal work: hashes computed and statements run. What remains (a write may
take longer than a read) is what ``advanced.outbound_min_response_time`` is for.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from pyauth import PyAuth
from pyauth.db.memory import MemoryAdapter
from pyauth.http.registry import Operation
from tests.support.app import Answer, Outbox, Visitor, make_auth
from tests.support.watched import CountingPasswords, WatchedAdapter

KNOWN, VERIFIED, BARE, UNKNOWN = (
    "ada@example.com",
    "eva@example.com",
    "bob@example.com",
    "ida@example.com",
)  # equally long, as is whatever holds them


@dataclass(frozen=True)
class Case:
    """One endpoint, and the addresses that it must not tell apart."""

    endpoint: str
    key: str
    addresses: tuple[str, ...]
    body: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    is_signed_in: bool = False

    def __str__(self) -> str:
        return f"{self.endpoint} {dict(self.options) or ''}"


_NEWCOMER = {"name": "Ada", "password": "correct horse"}
CASES = [
    Case("sign_in_email", "email", (KNOWN, VERIFIED, BARE, UNKNOWN), {"password": "wrong horse"}),
    Case(
        "sign_up_email",
        "email",
        (KNOWN, VERIFIED, UNKNOWN),
        _NEWCOMER,
        {"require_email_verification": True},
    ),
    Case("sign_up_email", "email", (KNOWN, UNKNOWN), _NEWCOMER, {"auto_sign_in": False}),
    Case("request_password_reset", "email", (KNOWN, VERIFIED, BARE, UNKNOWN)),
    Case("send_verification_email", "email", (KNOWN, VERIFIED, BARE, UNKNOWN)),
    Case("change_email", "new_email", (VERIFIED, UNKNOWN), is_signed_in=True),
]


@dataclass
class World:
    """An instance with three users, and a record of its work."""

    auth: PyAuth
    adapter: WatchedAdapter
    passwords: CountingPasswords

    def ask(self, visitor: Visitor, case: Case, address: str) -> tuple[Any, ...]:
        """Ask one endpoint, and return all that can be seen of it."""
        self.adapter.forget()
        self.passwords.work.clear()
        answer = visitor.call(case.endpoint, {**case.body, case.key: address})
        return (
            answer.status,
            _mask(answer, address),
            sorted((name, _masked(value, address)) for name, value in answer.headers),
            tuple(self.passwords.work),
        )


def _masked(text: str, address: str) -> str:
    return re.sub(r"\b[0-9A-Za-z]{32}\b", "<id>", text.replace(address, "<address>"))


def _mask(answer: Answer, address: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>", _masked(answer.text, address))


def _world(options: Mapping[str, Any]) -> World:
    adapter, passwords = WatchedAdapter(MemoryAdapter()), CountingPasswords()
    auth = make_auth(
        database=adapter,
        passwords=passwords,
        verification=Outbox(),
        email_and_password={"enabled": True, "send_reset_password": Outbox(), **options},
        user={"change_email": {"enabled": True}},
    )
    for address in (KNOWN, VERIFIED, BARE):
        Visitor(auth).sign_up(address)
    users = auth.context.users
    for address in (VERIFIED, BARE):
        user = users.find_by_email(address)
        assert user is not None
        if address == VERIFIED:
            users.update(user.id, {"email_verified": True})
        else:
            auth.context.accounts.delete_of_user(user.id)
    auth.context.verifications.find_latest("nobody's")  # sweeps, as one reading a minute does
    return World(auth, adapter, passwords)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_all_addresses_get_the_same_answer_for_the_same_work(case: Case) -> None:
    seen: dict[str, tuple[Any, ...]] = {}
    statements: dict[str, list[str]] = {}
    for address in case.addresses:
        world = _world(case.options)
        visitor = Visitor(world.auth)
        if case.is_signed_in:
            assert visitor.sign_in(KNOWN).status == 200
        seen[address] = world.ask(visitor, case, address)
        statements[address] = [
            # A commit stands for the writes before it.
            statement
            for statement in world.adapter.statements
            if statement != "commit"
        ]

    first = seen[case.addresses[0]]
    assert seen == dict.fromkeys(case.addresses, first)
    if case.endpoint != "sign_up_email":  # a free address is written, as it has to be
        counts = {address: len(done) for address, done in statements.items()}
        assert len(set(counts.values())) == 1, statements


def test_every_endpoint_that_could_tell_is_held_to_it() -> None:
    def could_tell(operation: Operation) -> bool:
        return operation.endpoint.faces_strangers

    operations: Mapping[str, Operation] = make_auth().site.registry.operations
    found = {name for name, operation in operations.items() if could_tell(operation)}
    assert found == {case.endpoint for case in CASES}


def test_what_each_sends_is_what_differs() -> None:
    expected: dict[str, Callable[[str], int]] = {
        "request_password_reset": lambda address: int(address != UNKNOWN),
        "send_verification_email": lambda address: int(address in (KNOWN, BARE)),
    }
    for case in CASES:
        for address in case.addresses if case.endpoint in expected else ():
            world = _world(case.options)
            before = world.auth.delivery_stats
            world.ask(Visitor(world.auth), case, address)
            after = world.auth.delivery_stats
            assert before is not None
            assert after is not None
            assert after.delivered - before.delivered == expected[case.endpoint](address)


@pytest.mark.parametrize(
    ("endpoint", "options"),
    [
        ("request_password_reset", {}),
        ("send_verification_email", {}),
        ("sign_up_email", {"require_email_verification": True}),
    ],
)
def test_a_field_that_no_delivery_carries_tells_nobody_that_its_user_exists(
    endpoint: str, options: dict[str, Any]
) -> None:
    sent = Outbox()
    settings = {"send_reset_password": sent, "on_existing_user_sign_up": sent, **options}
    tags = {"type": "string", "required": False, "returned": False, "transform_output": frozenset}
    auth = make_auth(
        verification=sent,
        email_and_password={"enabled": True, **settings},
        user={"additional_fields": {"tags": tags}},
    )
    Visitor(auth).sign_up(KNOWN, tags="ab")
    sent.sent.clear()
    body = _NEWCOMER if endpoint == "sign_up_email" else {}
    answers = [
        Visitor(auth).call(endpoint, {**body, "email": address}) for address in (KNOWN, UNKNOWN)
    ]
    assert [answer.status for answer in answers] == [200, 200]
    assert [mail.user.email for mail in sent.sent][:1] == [KNOWN], "and he gets his mail"
    assert "tags" not in sent.sent[0].user
