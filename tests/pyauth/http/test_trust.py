"""Functions in the place of lists: origins and providers that are trusted for one call."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder

from pyauth import APIError, RequestInfo
from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.trusted_providers import resolve_trusted_providers
from pyauth.options import Environment, read_options
from pyauth.plugin import Contributions, Plugin
from tests.support.app import ADDRESS, FOREIGN, ORIGIN, Visitor, make_auth, row_counts

PARTNER = "https://partner.example"
LATER = "https://later.example"


class Tenants:
    """A function of the option; notes what it was asked with."""

    def __init__(self, answer: Any = (PARTNER,)) -> None:
        self.asked: list[RequestInfo | None] = []
        self.answer = answer

    def __call__(self, request: RequestInfo | None) -> Any:
        self.asked.append(request)
        return self.answer


def post(auth: Any, origin: str, path: str = "/sign-out", **arguments: Any) -> int:
    """Send a POST with a cookie, as a page of an origin does, and return the status."""
    visitor = Visitor(auth, origin=origin)
    headers = {"Cookie": "a=b", **arguments.pop("headers", {})}
    return visitor.post(path, {}, headers=headers, **arguments).status


# Origins ------------------------------------------------------------------------------------------


def test_a_function_adds_to_what_is_trusted() -> None:
    auth = make_auth(trusted_origins=Tenants())
    assert post(auth, PARTNER) == 200
    assert post(auth, ORIGIN) == 200
    assert post(auth, FOREIGN) == 403


def test_lists_and_functions_stand_side_by_side() -> None:
    auth = make_auth(trusted_origins=[Tenants(), "https://fixed.example", Tenants([LATER])])
    for origin in (PARTNER, "https://fixed.example", LATER, ORIGIN):
        assert post(auth, origin) == 200
    assert post(auth, FOREIGN) == 403


def test_the_environment_adds_to_a_function() -> None:
    environment = Environment(trusted_origins=("https://env.example",))
    options = read_options({"trustedOrigins": Tenants()}, environment, "test")
    auth = make_auth(trusted_origins=options.trusted_origins)
    assert post(auth, PARTNER) == 200
    assert post(auth, "https://env.example") == 200


def test_the_environment_adds_through_the_constructor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYAUTH_TRUSTED_ORIGINS", "https://env.example, *.env.example")
    auth = make_auth(trusted_origins=Tenants())
    for origin in (PARTNER, "https://env.example", "https://a.env.example", ORIGIN):
        assert post(auth, origin) == 200
    assert post(auth, FOREIGN) == 403


def test_a_plugin_adds_to_a_function() -> None:
    class Friends(Plugin):
        id = "friends"

        def contribute(self) -> Contributions:
            return Contributions(trusted_origins=["https://friend.example"])

    auth = make_auth(trusted_origins=Tenants(), plugins=[Friends()])
    assert post(auth, PARTNER) == 200
    assert post(auth, "https://friend.example") == 200


def test_a_function_may_return_patterns_and_holes() -> None:
    auth = make_auth(trusted_origins=Tenants([None, "", "https://*.wild.example"]))
    assert post(auth, "https://a.wild.example") == 200
    assert post(auth, FOREIGN) == 403


@pytest.mark.parametrize("nothing", [None, [], (), [None]])
def test_a_function_may_return_nothing(nothing: Any) -> None:
    assert post(make_auth(trusted_origins=Tenants(nothing)), FOREIGN) == 403


def test_a_function_may_yield() -> None:
    assert post(make_auth(trusted_origins=lambda _: (o for o in [PARTNER])), PARTNER) == 200


def test_redirect_targets_are_held_to_the_function_too() -> None:
    auth = make_auth(trusted_origins=Tenants())
    Visitor(auth).sign_up()
    body = {"email": "ada@example.com", "password": "correct horse"}
    fine = Visitor(auth).post("/sign-in/email", {**body, "callbackURL": f"{PARTNER}/x"})
    assert fine.status == 200
    answer = Visitor(auth).post("/sign-in/email", {**body, "callbackURL": f"{FOREIGN}/x"})
    assert answer.refusal == (403, "INVALID_CALLBACK_URL")


def test_the_function_sees_the_request_without_credentials() -> None:
    tenants = Tenants()
    auth = make_auth(trusted_origins=tenants)
    headers = {"X-Tenant": "a", "Authorization": "Bearer x", "X-Api-Key": "x"}
    post(auth, FOREIGN, headers=headers, query={"token": "x"})
    (seen,) = tenants.asked
    assert seen is not None
    assert (seen.method, seen.url, seen.ip) == ("POST", f"{ORIGIN}/api/auth/sign-out", ADDRESS)
    assert seen.headers["x-tenant"] == "a"
    assert seen.headers["origin"] == FOREIGN
    assert not {"authorization", "cookie", "x-api-key"} & set(seen.headers)


def test_one_request_is_not_trusted_for_what_another_one_is() -> None:
    def tenant(request: RequestInfo | None) -> list[str]:
        name = "" if request is None else request.headers.get("x-tenant", "")
        return [f"https://{name}.example"]

    auth = make_auth(trusted_origins=tenant)
    for name, other in (("a", "b"), ("b", "a")):
        assert post(auth, f"https://{name}.example", headers={"X-Tenant": name}) == 200
        assert post(auth, f"https://{other}.example", headers={"X-Tenant": name}) == 403


def test_with_allowed_hosts_the_function_adds_to_them() -> None:
    rule = {"allowed_hosts": ["app.example.com"]}
    auth = make_auth(base_url=rule, trusted_origins=Tenants())
    headers = {"Host": "app.example.com"}
    assert post(auth, PARTNER, headers=headers) == 200
    assert post(auth, "https://app.example.com", headers=headers) == 200
    assert post(auth, FOREIGN, headers=headers) == 403


# When it is asked ---------------------------------------------------------------------------------


def test_reading_asks_nothing() -> None:
    tenants = Tenants()
    visitor = Visitor(make_auth(trusted_origins=tenants))
    visitor.sign_up()
    for path in ("/get-session", "/list-sessions", "/ok", "/nope"):
        visitor.get(path, headers={"Origin": FOREIGN}, query={"callbackURL": FOREIGN})
    assert tenants.asked == []


def test_what_the_static_origins_settle_asks_nothing() -> None:
    tenants = Tenants()
    visitor = Visitor(make_auth(trusted_origins=[tenants, LATER]))
    visitor.sign_up(callback_url="/home")
    visitor.sign_in(callback_url=f"{ORIGIN}/home")
    visitor.post("/sign-out", {}, headers={"Origin": LATER})
    assert tenants.asked == []


def test_a_relative_target_asks_nothing_even_when_it_is_refused() -> None:
    tenants = Tenants()
    visitor = Visitor(make_auth(trusted_origins=tenants))
    assert visitor.sign_up(callback_url="//evil.example").status == 403
    assert tenants.asked == []


def test_one_call_asks_once() -> None:
    tenants = Tenants()
    auth = make_auth(trusted_origins=tenants)
    Visitor(auth).sign_up()
    visitor = Visitor(auth, origin=PARTNER)
    visitor.cookies["a"] = "b"
    body = {
        "email": "ada@example.com",
        "password": "correct horse",
        "callbackURL": f"{PARTNER}/x",
        "errorCallbackURL": f"{PARTNER}/y",
        "newUserCallbackURL": f"{PARTNER}/z",
    }
    assert visitor.post("/sign-in/email", body, query={"callbackURL": PARTNER}).status == 200
    assert len(tenants.asked) == 1


def test_building_an_instance_asks_nothing() -> None:
    tenants = Tenants()
    make_auth(trusted_origins=tenants)
    assert tenants.asked == []


def test_a_call_in_process_asks_without_a_request() -> None:
    tenants = Tenants()
    auth = make_auth(trusted_origins=tenants)
    body: dict[str, Any] = {"name": "A", "email": "a@example.com", "password": "correct horse"}
    headers = {"x": "y"}
    auth.api.sign_up_email(body={**body, "callback_url": f"{PARTNER}/x"}, headers=headers)
    assert tenants.asked == [None]
    request = EnvironBuilder(base_url=ORIGIN, headers=[("X-Tenant", "a")]).get_request()
    with pytest.raises(APIError, match="callbackURL"):
        auth.api.sign_up_email(body={**body, "callback_url": FOREIGN}, request=request)
    assert tenants.asked[-1] is not None
    assert tenants.asked[-1].headers["x-tenant"] == "a"


# When it fails ------------------------------------------------------------------------------------


def boom(request: RequestInfo | None) -> list[str]:
    raise ConnectionError("sEcReT at db.internal")


FAILING: list[Callable[..., Any]] = [
    boom,
    Tenants(PARTNER),
    Tenants(PARTNER.encode()),
    Tenants([PARTNER, 5]),
    Tenants([PARTNER.encode()]),
    Tenants(5),
    lambda: [PARTNER],
]


@pytest.mark.parametrize("function", FAILING)
def test_a_function_that_fails_is_a_500_that_trusts_nobody(
    function: Any, caplog: pytest.LogCaptureFixture
) -> None:
    auth = make_auth(trusted_origins=function)
    visitor = Visitor(auth, origin=PARTNER)
    visitor.cookies["a"] = "b"
    answer = visitor.sign_up()
    assert answer.refusal == (500, "INTERNAL_SERVER_ERROR")
    assert "sEcReT" not in answer.text
    assert set(row_counts(auth).values()) == {0}
    logged = [entry for entry in caplog.records if "trusted_origins" in entry.getMessage()]
    assert len(logged) == len(caplog.records) == 1
    assert logged[0].levelno == logging.ERROR
    assert post(auth, ORIGIN) == 200, "what is settled without it goes on"


# Providers ----------------------------------------------------------------------------------------


def providers_of(option: Any, visits: int = 1) -> list[frozenset[str]]:
    """Return what a call resolves, so many times."""
    found: list[frozenset[str]] = []

    @endpoint("GET", "/providers")
    def providers(call: Call) -> None:
        found.extend(resolve_trusted_providers(call) for _ in range(visits))

    class Probe(Plugin):
        id = "probe"

        def contribute(self) -> Contributions:
            return Contributions(endpoints=[providers])

    account = {"account_linking": {"trusted_providers": option}}
    auth = make_auth(account=account, plugins=[Probe()])
    answer = Visitor(auth).get("/providers", headers={"X-Tenant": "a"})
    assert answer.status == 200, answer.text
    return found


def test_no_provider_is_trusted_by_default() -> None:
    assert providers_of(()) == [frozenset()]


def test_providers_are_listed() -> None:
    assert providers_of(["google", "github"]) == [{"google", "github"}]


def test_a_function_tells_the_providers_of_a_request() -> None:
    function = Tenants(["google", None, ""])
    assert providers_of(function, visits=3) == [{"google"}] * 3
    (seen,) = function.asked
    assert seen is not None
    assert seen.headers["x-tenant"] == "a"


def test_listed_providers_stand_beside_a_function() -> None:
    assert providers_of(["github", Tenants(["google"])]) == [{"google", "github"}]


def test_providers_of_a_function_that_fails_are_a_500(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(AssertionError, match="INTERNAL_SERVER_ERROR"):
        providers_of(boom)
    assert "account.account_linking.trusted_providers" in caplog.text
