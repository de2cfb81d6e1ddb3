"""The wording of 400 VALIDATION_ERROR, and the order of problems in it."""

from typing import Any

from tests.parity.people import ADA, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_WRONG: tuple[Any, ...] = (1, 1.5, 0, -1, True, False, None, [], ["a"], {}, {"a": 1}, "")


@scenario(options={"emailAndPassword": {"enabled": True, "disableSignUp": True}})
def each_field_of_sign_up(play: Play) -> None:
    for field in ("name", "email", "password", "image", "callbackURL", "rememberMe"):
        body = {key: value for key, value in ADA.items() if key != field}
        play.post("/sign-up/email", body, note=f"no {field}")
        for value in _WRONG:
            play.post("/sign-up/email", {**ADA, field: value}, note=f"{field} = {value!r}")


@scenario()
def each_field_of_sign_in(play: Play) -> None:
    good = {"email": "nobody", "password": "x"}
    for field in ("email", "password", "callbackURL", "rememberMe"):
        body = {key: value for key, value in good.items() if key != field}
        play.post("/sign-in/email", body, note=f"no {field}")
        for value in _WRONG:
            play.post("/sign-in/email", {**good, field: value}, note=f"{field} = {value!r}")


@scenario()
def a_body_that_is_no_object(play: Play) -> None:
    for path in ("/sign-up/email", "/sign-in/email"):
        for body in ([], [ADA], "text", "", 1, 1.5, True, False, None):
            play.post(path, body, note=repr(body)[:30])
        play.post(path, note="no body")


@scenario()
def several_problems_at_once(play: Play) -> None:
    for body in (
        {},
        {"name": 1, "email": 2, "password": 3, "image": 4, "callbackURL": 5, "rememberMe": 6},
        {"password": "", "email": "", "name": ""},
        {"rememberMe": "yes", "email": "ada@example.com", "name": "A", "password": "password123"},
        {"email": None, "password": None},
        {"image": None, **ADA},
    ):
        play.post("/sign-up/email", body)
        play.post("/sign-in/email", body)


@scenario(options={"emailAndPassword": {"enabled": True, "disableSignUp": True}})
def the_rule_for_addresses(play: Play) -> None:
    for email in (
        "a@b.co",
        "a@b.c",
        "a@b",
        "a@localhost",
        "@example.com",
        "a@",
        "a",
        "a@@example.com",
        "a@b@example.com",
        "a b@example.com",
        " a@example.com",
        "a@example.com ",
        "a@example.com\n",
        "a@exam ple.com",
        "a+tag@example.com",
        "a.b@example.com",
        ".a@example.com",
        "a.@example.com",
        "a..b@example.com",
        "A@EXAMPLE.COM",
        "a'b@example.com",
        "o'brien@example.com",
        "a_b@example.com",
        "a-b@example.com",
        "-a@example.com",
        "a-@example.com",
        "_a@example.com",
        "+a@example.com",
        "a+@example.com",
        "a@-example.com",
        "a@example-.com",
        "a@exa--mple.com",
        "a@example..com",
        "a@.example.com",
        "a@example.com.",
        "a@sub.example.co.uk",
        "a@123.com",
        "a@example.123",
        "a@example.c1",
        "a@1.2.3.4",
        "a@[1.2.3.4]",
        '"a b"@example.com',
        "a!b@example.com",
        "a#b@example.com",
        "a$b@example.com",
        "a%b@example.com",
        "a&b@example.com",
        "a*b@example.com",
        "a/b@example.com",
        "a=b@example.com",
        "a?b@example.com",
        "a^b@example.com",
        "a`b@example.com",
        "a{b@example.com",
        "a|b@example.com",
        "a~b@example.com",
        "a(b@example.com",
        "a,b@example.com",
        "a:b@example.com",
        "a;b@example.com",
        "a<b@example.com",
        "a\\b@example.com",
        "ä@example.com",
        "a@exämple.com",
        "a@xn--exmple-cua.com",
        "日本@example.com",
        "a@example.日本",
        "a" * 64 + "@example.com",
        "a" * 200 + "@example.com",
        "a@" + "b" * 63 + ".com",
        "a@" + "b" * 64 + ".com",
        "a@" + "b." * 100 + "com",
        "mailto:a@example.com",
        "Ada <a@example.com>",
        "a@example.museum",
        "a@example.X",
        "a@example.toolonglabel" + "x" * 60,
        "a@b_c.com",
        "a@_b.com",
        "1@example.com",
        "A.B-C_D+E'F@Example-Site.Co",
        "\u212a@example.com",
        "a@example.\u017fe",
        "\uff41@example.com",
    ):
        play.post("/sign-up/email", {**ADA, "email": email}, note=ascii(email)[:40])
        play.post("/sign-in/email", {"email": email}, note=ascii(email)[:40])


@scenario()
def the_rule_for_addresses_at_sign_in(play: Play) -> None:
    for email in ("a@b", "a", "A@EXAMPLE.COM ", "o'brien@example.com", "ä@example.com"):
        play.post("/sign-in/email", {"email": email, "password": "x"}, note=ascii(email))


@scenario()
def validation_comes_after_the_origin_check(play: Play) -> None:
    evil = "https://evil.example"
    play.post("/sign-in/email", {}, origin=evil, headers={"cookie": "a=b"})
    play.post("/sign-in/email", {"callbackURL": evil})
    play.post("/sign-up/email", {"callbackURL": evil, "email": 1})
    play.post("/sign-up/email", raw="{", origin=evil, headers={"cookie": "a=b"})
    play.post("/sign-up/email", raw="x", content_type="text/plain", origin=evil)


@scenario()
def validation_against_authentication(play: Play) -> None:
    play.post("/revoke-session", {}, note="signed out")
    play.post("/update-session", [], note="signed out")
    sign_up(play)
    play.post("/revoke-session", {}, note="signed in")
    play.post("/update-session", [], note="signed in")
