"""Media types, unreadable bodies and forms."""

from tests.parity.people import ADA, PASSWORD, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_JSON = '{"email": "ada@example.com", "password": "correct horse battery"}'


@scenario()
def media_types_of_a_json_route(play: Play) -> None:
    sign_up(play)
    for kind in (
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "APPLICATION/JSON",
        " application/json ",
        "application/json, text/plain",
        "application/jsonp",
        "application/vnd.api+json",
        "application/problem+json",
        "text/json",
        "text/plain",
        "text/plain;charset=UTF-8",
        "text/html",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "application/xml",
        "nonsense",
        None,
    ):
        play.post("/revoke-session", raw='{"token": "x"}', content_type=kind, note=str(kind))


@scenario()
def media_types_of_a_form_route(play: Play) -> None:
    sign_up(play)
    for kind in (
        "application/json",
        "application/x-www-form-urlencoded; charset=utf-8",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/vnd.api+json",
        None,
    ):
        play.post("/sign-in/email", raw=_JSON, content_type=kind, note=str(kind))


@scenario()
def unreadable_json_is_refused(play: Play) -> None:
    sign_up(play)
    for raw in (
        "{",
        "nonsense",
        "{'token': 'x'}",
        '{"token": "x",}',
        '{"token": "x"} trailing',
        "\ufeff{}",
        '{"token": "\x01"}',
        '{"token": undefined}',
        "[1,]",
        b'{"token": "\xff"}',
        "   ",
        '{"token": NaN}',
        '{"token": 01}',
        '"unterminated',
        '{"a":1}{"b":2}',
    ):
        play.post("/revoke-session", raw=raw, note=repr(raw))


@scenario()
def peculiar_json_is_read(play: Play) -> None:
    sign_up(play)
    for raw in (
        '{"token": "a", "token": 5}',
        '{"token": 5, "token": "a"}',
        '  \n\t{"token": "x"}\r\n ',
        '{"token": "\\u0041\\ud83d\\ude00"}',
        '{"token": "a\\/b"}',
        '{"token": 1e2}',
        '{"token": -0}',
        '{"__proto__": {"token": "x"}}',
        '{"token": "x", "deep": ' + "[" * 50 + "]" * 50 + "}",
    ):
        play.post("/revoke-session", raw=raw, note=raw[:40])


@scenario()
def input_that_a_driver_might_stumble_over(play: Play) -> None:
    sign_up(play)
    for raw in (
        '{"token": "a\\u0000b"}',
        '{"token": "\\ud800"}',
        '{"token": "x", "n": 1e400}',
        '{"token": "x", "n": 9007199254740993}',
    ):
        play.post("/revoke-session", raw=raw, note=raw)
    play.get("/get-session?disableRefresh=%00")
    play.get("/verify-email?token=%ff")


@scenario()
def a_missing_body(play: Play) -> None:
    play.post("/sign-up/email")
    play.post("/sign-in/email")
    play.post("/sign-up/email", headers={"content-type": "application/json"})
    sign_up(play)
    play.post("/revoke-session", headers={"content-type": "application/json"})
    play.post("/revoke-session", headers={"content-type": "text/plain"})
    play.post("/sign-out", headers={"content-type": "text/plain"})


@scenario(smoke=True)
def forms_sign_up_and_in(play: Play) -> None:
    play.post("/sign-up/email", form=ADA)
    play.drop_cookies()
    play.post("/sign-in/email", form={"email": ADA["email"], "password": PASSWORD})
    play.get("/get-session")
    play.rows("user")


@scenario()
def forms_know_only_text(play: Play) -> None:
    sign_up(play)
    base = {"email": ADA["email"], "password": PASSWORD}
    for remember in ("true", "false", "", "1", "yes", "TRUE"):
        play.drop_cookies()
        play.post("/sign-in/email", form={**base, "rememberMe": remember}, note=remember)


@scenario()
def forms_with_unusual_content(play: Play) -> None:
    sign_up(play)
    good = "email=ada%40example.com&password=correct+horse+battery"
    for raw in (
        good,
        good + "&callbackURL=%2Fhome",
        good + "&callbackURL=https%3A%2F%2Fevil.example",
        good + "&password=wrong+password",
        "password=wrong+password&" + good,
        good.replace("+", "%20"),
        good + "&",
        "&&" + good,
        good + "&novalue",
        "email=ada%40example.com;password=correct+horse+battery",
        "email=ada%40example.com&password=%zz",
        "email[]=ada%40example.com&password=x",
        "=x&" + good,
        "nothing",
    ):
        play.post(
            "/sign-in/email",
            raw=raw,
            content_type="application/x-www-form-urlencoded",
            cookies=False,
            note=raw,
        )


@scenario()
def forms_do_not_reach_json_routes(play: Play) -> None:
    sign_up(play)
    play.post("/revoke-session", form={"token": "x"})
    play.post("/update-session", form={"theme": "dark"})
    play.post("/sign-out", form={"a": "b"})
    play.get("/get-session")


@scenario()
def a_large_body_is_read(play: Play) -> None:
    play.post("/sign-in/email", {"email": "a@example.com", "password": "x" * 300_000})
    sign_up(play, extra="y" * 500_000)
