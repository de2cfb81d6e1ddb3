"""What holds for every route of the registry: held to it the day a route is there."""

import pytest

from pyauth.naming import to_camel
from tests.security.conftest import NewWorld
from tests.security.world import ENDPOINTS, RECIPES, ROUTES, WRITING
from tests.support.app import FOREIGN, ORIGIN

CORE = [item.name for item in ENDPOINTS if item.path is not None and item.source == "core"]
WITHOUT_EFFECT = {
    "verify_password": "it answers a question",
    "get_session": "by POST it extends a session, and only where reading defers that",
}
"""Routes that a browser reaches by POST and that leave no trace, with the reason."""
KEPT = ["rows", "stored"]


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("name", CORE)
def test_every_core_route_has_a_request_that_works(
    new_world: NewWorld, name: str, kept: str
) -> None:
    assert name in RECIPES, "say in world.py what makes the new route do its work"
    world = new_world(kept=kept)
    person = world.person()
    attempt = world.attempt(name, person)
    before = world.everything()
    answer = world.send(person.visitor, attempt)
    assert answer.status in {200, 302} or (name, answer.status) == ("get_session", 405)
    if name in WRITING and name not in WITHOUT_EFFECT:
        assert world.everything() != before, "without this the other tests would show nothing"


# A foreign origin ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("database", "kept"),
    [("memory", "rows"), ("memory", "cached"), ("memory", "stored"), ("sqlite", "rows")],
)
@pytest.mark.parametrize("name", WRITING)
def test_a_foreign_origin_with_cookies_changes_nothing(
    new_world: NewWorld, name: str, database: str, kept: str
) -> None:
    world = new_world(database=database, kept=kept)
    person = world.person()
    attempt = world.attempt(name, person)
    before = world.everything()
    for origin in (FOREIGN, f"{ORIGIN}.evil.example", "http://localhost:3001", "null"):
        code = "MISSING_OR_NULL_ORIGIN" if origin == "null" else "INVALID_ORIGIN"
        answer = world.send(person.visitor, attempt, headers={"Origin": origin})
        assert answer.refusal == (403, code)
        assert answer.set_cookies == []
    assert world.everything() == before


@pytest.mark.parametrize("name", WRITING)
@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"]
)
def test_a_form_of_another_site_without_cookies_does_nothing(
    new_world: NewWorld, name: str, content_type: str
) -> None:
    """A browser sends these three across sites without asking first, and SameSite holds cookies."""
    world = new_world()
    person = world.person()
    attempt = world.attempt(name, person)
    before = world.everything()
    stranger = world.visitor()
    body = "&".join(f"{key}={value}" for key, value in (attempt.body or {}).items())
    answer = world.send(
        stranger,
        attempt,
        json=None,
        data=body.encode() or b"x=1",
        content_type=content_type,
        headers={
            "Origin": FOREIGN,
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
        },
    )
    assert answer.status in {403, 415}
    if world.endpoints[name].faces_strangers and answer.status == 403:
        assert answer.code == "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"
    assert answer.set_cookies == []
    assert world.everything() == before


# Methods ------------------------------------------------------------------------------------------

METHODS = ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"]
OVERRIDES = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-Method"]


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("name", ROUTES)
def test_another_method_is_not_found_and_changes_nothing(
    new_world: NewWorld, name: str, kept: str
) -> None:
    world = new_world(kept=kept)
    person = world.person()
    attempt = world.attempt(name, person)
    before = world.everything()
    others = [method for method in METHODS if method not in attempt.endpoint.methods]
    if name == "reset_password":
        others.remove("GET")  # the same path with a token is another route
    for method in others:
        headers = dict.fromkeys(OVERRIDES, attempt.method)
        query = {**attempt.query, "_method": attempt.method}
        answer = world.send(person.visitor, attempt, method=method, headers=headers, query=query)
        assert answer.status == 404, method
        assert answer.set_cookies == []
    assert world.everything() == before


@pytest.mark.parametrize("name", [item.name for item in ENDPOINTS if item.path is None])
def test_what_is_meant_for_server_code_has_no_route(new_world: NewWorld, name: str) -> None:
    world = new_world()
    person = world.person()
    before = world.everything()
    for spelling in (name, name.replace("_", "-"), name.replace("_", "/"), to_camel(name)):
        body = {"newPassword": "another horse staple"}
        assert person.visitor.post(f"/{spelling}", body).refusal == (404, "NOT_FOUND")
        assert person.visitor.get(f"/{spelling}").refusal == (404, "NOT_FOUND")
    assert world.everything() == before


@pytest.mark.parametrize("name", ROUTES)
def test_another_spelling_of_a_path_leads_nowhere(new_world: NewWorld, name: str) -> None:
    world = new_world()
    person = world.person()
    attempt = world.attempt(name, person)
    before = world.everything()
    path = attempt.path
    spellings = [
        path.upper(),
        f"{path}/",
        f"/{path}",
        f"/.{path}",
        f"/ok/..{path}",
        path.replace("-", "_") if "-" in path else f"{path}.json",
        f"{path};x=1",
        f"{path}%00",
        f"{path}%2f",
    ]
    for spelling in spellings:
        answer = world.send(person.visitor, attempt, path=spelling)
        assert answer.status == 404 or name == "request_password_reset_callback", spelling
    assert world.everything() == before
