"""What a path's parameters may hold: text that every store can keep."""

import logging
from pathlib import Path

import pytest

from pyauth import APIError, PyAuth
from pyauth.http import Call, endpoint
from tests.support.app import Visitor, make_auth
from tests.support.databases import fresh_database
from tests.support.limits import Adding, Done

reached: list[str] = []


@endpoint("GET", "/named/:name/:part")
def named(call: Call) -> Done:
    """Note what came."""
    reached.append(call.params["name"])
    return Done()


@pytest.fixture
def auth() -> PyAuth:
    reached.clear()
    return make_auth(plugins=[Adding(named)])


@pytest.mark.parametrize("path", ["/named/a%00b/x", "/named/x/%00", "/named/%00/x"])
def test_a_nul_in_a_path_is_400(auth: PyAuth, path: str) -> None:
    answer = Visitor(auth).get(path)
    assert answer.refusal == (400, "BAD_REQUEST")
    assert answer.json["message"] == "The path is not readable text"
    assert reached == []


@pytest.mark.parametrize("name", ["a\x00b", "\ud800", "a\udfff"])
def test_nor_does_a_call_from_python_take_one(auth: PyAuth, name: str) -> None:
    with pytest.raises(APIError) as caught:
        auth.api.invoke("named", params={"name": name, "part": "x"})
    assert (caught.value.status, caught.value.code) == (400, "BAD_REQUEST")
    assert reached == []


@pytest.mark.parametrize(("path", "name"), [("%C3%A9", "é"), ("a%20b", "a b"), ("%FF", "\ufffd")])
def test_other_text_is_handed_on(auth: PyAuth, path: str, name: str) -> None:
    assert Visitor(auth).get(f"/named/{path}/x").status == 200
    auth.api.invoke("named", params={"name": name, "part": "x"})
    assert reached == [name, name]


def test_a_nul_never_gets_as_far_as_the_driver(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with fresh_database("postgresql", tmp_path) as url:
        auth = make_auth(database=url.render_as_string(hide_password=False))
        caplog.set_level(logging.INFO)
        answer = Visitor(auth).get("/reset-password/%00", query={"callbackURL": "/x"})
        auth.close()
    assert answer.refusal == (400, "BAD_REQUEST")
    assert caplog.records == []
