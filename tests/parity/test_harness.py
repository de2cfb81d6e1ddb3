"""The comparison itself: what it must see, and what it must overlook."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.parity.compare import Discrepancy, Step, find_discrepancies, in_stable_order
from tests.parity.differences import DIFFERENCES, Difference
from tests.parity.jar import CookieJar
from tests.parity.play import Play
from tests.parity.runner import Runner
from tests.parity.scenario import EMAIL_AND_PASSWORD, Scenario
from tests.parity.shape import Shaper
from tests.parity.sides import SECRET, Answer, Both, Setup, Side, joined, resolve
from tests.parity.upstream_side import UpstreamServer, UpstreamSide
from tests.support.node import require_node_packages

ID, OTHER_ID, THIRD_ID = "aB" * 16, "cD" * 16, "eF" * 16
NOW = datetime(2026, 1, 15, tzinfo=UTC)
SHAPER = Shaper(SECRET, lambda token, salt: {"opened": token, "salt": salt})


def compare(*steps: tuple[Any, Any]) -> list[str]:
    listed = [Step(number, "GET /x", *step) for number, step in enumerate(steps)]
    return [found.field for found in find_discrepancies("area/name", listed)]


class TestComparison:
    def test_equal_answers_agree(self) -> None:
        assert (
            compare(({"status": 200, "body": [1, None]}, {"status": 200, "body": [1, None]})) == []
        )

    @pytest.mark.parametrize(
        ("upstream", "pyauth"),
        [
            (1, 2),
            (1, True),
            (1, 1.0),
            (None, ""),
            ("text", "Text"),
            ({"a": 1}, [1]),
            ("2026-01-15T12:00:00.250Z", "2026-01-15T12:00:00.251Z"),
            ([1, 2], [1]),
            ("a" * 32, "b" * 32),
        ],
    )
    def test_anything_else_differs(self, upstream: object, pyauth: object) -> None:
        assert compare(({"x": {"y": upstream}}, {"x": {"y": pyauth}})) == ["x.y"]

    def test_keys_of_one_side_alone_differ(self) -> None:
        assert compare(({"a": 1}, {"b": 1})) == ["a", "b"]

    def test_random_values_correspond(self) -> None:
        assert compare(({"id": ID, "again": ID}, {"id": OTHER_ID, "again": OTHER_ID})) == []

    def test_correspondence_holds_across_steps_and_within_texts(self) -> None:
        first = ({"id": ID}, {"id": OTHER_ID})
        assert compare(first, ({"url": f"/x?t={ID}&y"}, {"url": f"/x?t={OTHER_ID}&y"})) == []
        assert compare(first, ({"url": f"/x?t={ID}"}, {"url": f"/x?t={THIRD_ID}"})) == ["url"]

    def test_one_value_cannot_stand_for_two(self) -> None:
        pair = ({"a": ID, "b": OTHER_ID}, {"a": THIRD_ID, "b": THIRD_ID})
        assert compare(pair) == ["b"]

    def test_random_values_have_a_length(self) -> None:
        assert compare(({"id": ID}, {"id": OTHER_ID[:24]})) == ["id"]

    def test_rows_are_sorted_by_what_is_not_random(self) -> None:
        rows = {"user": [{"id": ID, "name": "b"}, {"id": OTHER_ID, "name": "a"}]}
        assert [row["name"] for row in in_stable_order(rows)["user"]] == ["a", "b"]


class TestShapes:
    def show(self, *headers: tuple[str, str], body: bytes = b"") -> dict[str, object]:
        return dict(SHAPER.show(Answer(200, headers, body)))

    def test_a_signed_cookie_is_opened_and_checked(self) -> None:
        good = "token.z7eO4hGlaeGPK2gV7tUvh2hIaPQ1EDvCXVPCUyj9JZE%3D"
        shown = SHAPER.show_cookie(f"s={good}; Max-Age=5; HttpOnly")
        assert shown["attributes"] == {"max-age": "5", "httponly": True}
        assert shown["value"] == {"badly signed": "token", "spelling": "percent"}

    def test_the_right_signature_is_known_by_the_secret(self) -> None:
        signature = SHAPER._sign("token")
        assert SHAPER.show_value("s", f"token.{signature}") == {
            "signed": "token",
            "spelling": "raw",
        }

    def test_an_expired_cookie_is_empty(self) -> None:
        assert SHAPER.show_cookie("s=; Max-Age=0")["value"] == ""

    def test_jwts_are_opened_wherever_they_stand(self) -> None:
        token = "eyJhbGciOiJIUzI1NiJ9.eyJlbWFpbCI6ImEifQ.AAAA"
        shown = str(SHAPER.open_jwts({"url": [f"/v?token={token}&x=1"]}))
        assert '"email": "a"' in shown
        assert '"valid": false' in shown
        assert shown.endswith("&x=1']}")

    def test_an_encrypted_cookie_is_opened_by_upstream(self) -> None:
        value = "eyJhbGciOiJkaXIifQ..aaaa.bbbb.cccc"
        assert SHAPER.show_value("better-auth.session_data", value) == {
            "encrypted": {"opened": value, "salt": "better-auth-session"},
            "header": {"alg": "dir"},
        }

    def test_bodies_are_read_by_their_type(self) -> None:
        json_type = ("Content-Type", "application/json")
        assert self.show(json_type, body=b'{"a":1}')["body"] == {"a": 1}
        assert self.show(json_type, body=b"{")["body"] == {"unreadable JSON": "{"}
        assert self.show(("Content-Type", "text/plain"), body=b"{}")["body"] == "{}"
        assert self.show()["body"] is None

    def test_of_html_only_the_asked_texts_are_kept(self) -> None:
        answer = Answer(200, (("content-type", "text/html"),), b"<p>CODE</p>")
        shown = SHAPER.show(answer, ["CODE", "<script>"])
        assert shown["body"] == {"html with": {"CODE": True, "<script>": False}}

    def test_every_header_but_the_length_is_compared(self) -> None:
        shown = self.show(("Content-Length", "5"), ("X-A", "1"), ("x-a", "2"))
        assert shown["headers"] == {"x-a": "1, 2"}


class TestJar:
    def test_keeps_until_the_age_is_over(self) -> None:
        jar = CookieJar()
        jar.receive("a=1; Max-Age=10; Path=/", NOW)
        assert jar.header(NOW + timedelta(seconds=9)) == "a=1"
        assert jar.header(NOW + timedelta(seconds=10)) is None

    def test_age_zero_removes(self) -> None:
        jar = CookieJar()
        jar.receive("a=1", NOW)
        jar.receive("a=; Max-Age=0", NOW)
        assert jar.header(NOW) is None

    def test_closing_the_browser_keeps_only_what_has_an_age(self) -> None:
        jar = CookieJar()
        jar.receive("a=1", NOW)
        jar.receive("b=2; Max-Age=10", NOW)
        jar.end_session()
        assert jar.header(NOW) == "b=2"


class TestValuesPerSide:
    def test_each_side_gets_its_own(self) -> None:
        both = Both({"token": "u"}, {"token": "p"})["token"]
        assert resolve({"a": [both, joined("x=", both)]}, "upstream") == {"a": ["u", "x=u"]}
        assert resolve({"a": [both, joined("x=", both)]}, "pyauth") == {"a": ["p", "x=p"]}

    def test_a_side_without_the_value_has_none(self) -> None:
        assert Both({"a": "x"}, [1])["a"].text(str.upper) == Both("X", None)


class TestDifferences:
    FOUND = Discrepancy("area/name", Step(1, "GET /x", {"status": 400}, {}), "body.code", 1, 2)

    def test_an_entry_covers_what_it_describes(self) -> None:
        entry = Difference(reason="r", field="body.*", step="GET *", scenario="area/*")
        assert entry.covers(self.FOUND)

    @pytest.mark.parametrize(
        "change",
        [
            {"field": "headers.*"},
            {"step": "POST *"},
            {"scenario": "other/*"},
            {"upstream": 5},
            {"pyauth": 5},
            {"when": lambda upstream, pyauth: upstream["status"] == 200},
        ],
    )
    def test_an_entry_covers_nothing_else(self, change: dict[str, object]) -> None:
        entry = Difference(reason="r", field="body.*")
        assert not replace(entry, **change).covers(self.FOUND)  # type: ignore[arg-type]

    def test_every_entry_gives_a_reason(self) -> None:
        assert all(len(entry.reason) > 20 for entry in DIFFERENCES)


@pytest.mark.node
def test_upstream_agrees_with_itself_and_not_with_another_configuration() -> None:
    def script(play: Play) -> None:
        body = {"name": "A", "email": "a@example.com", "password": "password123"}
        token = play.post("/sign-up/email", body)["token"]
        play.rows()
        play.travel(days=2)
        play.get("/get-session")
        play.post("/revoke-session", {"token": token})

    folder = require_node_packages("node")
    server = UpstreamServer(folder, "development")

    def same(setup: Setup) -> Side:
        return UpstreamSide(server, setup)

    def other(setup: Setup) -> Side:
        changed = {**setup.options, "session": {"expiresIn": 600_000}}
        return UpstreamSide(server, replace(setup, options=changed))

    played = Scenario(
        "harness/self",
        script,
        EMAIL_AND_PASSWORD,
        [],
        [],
        "http://localhost:3000",
        "development",
        smoke=False,
    )
    try:
        for make, agrees in ((same, True), (other, False)):
            runner = Runner(folder, make)
            found = find_discrepancies("harness/self", runner.play(played).steps)
            runner.close()
            assert (not found) is agrees, json.dumps([str(item) for item in found])
    finally:
        server.close()


class TestWithoutNode:
    """A machine without Node.js says so; in CI it must not pass for one that compared."""

    @pytest.fixture(autouse=True)
    def _hide_node(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")

    def test_skips_with_the_reason(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("CI", raising=False)
        with pytest.raises(pytest.skip.Exception, match="node and npm not installed"):
            require_node_packages("node")

    def test_fails_in_ci(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CI", "true")
        with pytest.raises(pytest.fail.Exception, match="node and npm not installed"):
            require_node_packages("node")
