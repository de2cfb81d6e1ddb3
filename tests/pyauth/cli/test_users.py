"""``users``: made by the rules of sign-up, listed in pages, given passwords."""

import json
from pathlib import Path
from typing import Any

import pytest

from pyauth import APIError, PyAuth, error_codes
from pyauth.plugin import Contributions, Plugin
from tests.support.app import Visitor, make_auth, row_counts, rows_of
from tests.support.commands import in_terminal
from tests.support.mounted import executed, fetched_rows, invoke, write_site
from tests.support.storage import SESSION_MODES

KINDS = ["sqlite", "postgresql", "mysql"]
NOBODY = {"user": 0, "account": 0, "session": 0, "verification": 0}


def create(auth: PyAuth, email: str = "ada@example.com", *more: str, **named: Any) -> Any:
    return invoke(auth, "users", "create", "--email", email, *more, **named)


# create -------------------------------------------------------------------------------------------


def test_a_user_is_made_and_can_sign_in(everywhere: PyAuth) -> None:
    done = create(
        everywhere, "Ada@Example.com", "--name", "Ada", "--password-stdin", typed="correct horse\n"
    )
    (user,) = rows_of(everywhere, "user")
    assert (done.code, done.out) == (0, f"Created ada@example.com, id {user['id']}.\n")
    assert (user["email"], user["name"], user["email_verified"]) == (
        "ada@example.com",
        "Ada",
        False,
    )
    assert Visitor(everywhere).sign_in().status == 200


def test_a_user_without_a_name_is_named_after_the_address(auth: PyAuth) -> None:
    create(auth, "grace.hopper@example.com", "--verified")
    (user,) = rows_of(auth, "user")
    assert (user["name"], user["email_verified"]) == ("grace.hopper", True)


def test_without_a_password_he_sets_one_by_a_mailed_link() -> None:
    mails: list[Any] = []
    settings = {"enabled": True, "send_reset_password": mails.append}
    auth = make_auth(email_and_password=settings)
    create(auth)
    assert rows_of(auth, "account") == []
    auth.api.request_password_reset(body={"email": "ada@example.com"})
    auth.api.reset_password(body={"new_password": "correct horse", "token": mails[-1].token})
    assert Visitor(auth).sign_in().status == 200


def test_a_taken_address_is_said(everywhere: PyAuth) -> None:
    create(everywhere)
    done = create(everywhere, "ADA@example.com")
    assert (done.code, done.err) == (1, "Error: the address ada@example.com is taken\n")
    assert row_counts(everywhere)["user"] == 1


def test_of_two_who_take_an_address_at_once_the_second_is_told(
    auth: PyAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hash_while_another_signs_up(password: str) -> str:
        monkeypatch.undo()
        create(auth)
        return "hash"

    monkeypatch.setattr(auth.context.passwords, "hash", hash_while_another_signs_up)
    done = create(auth, "ada@example.com", "--password-stdin", typed="correct horse")
    assert (done.code, done.err) == (1, "Error: the address ada@example.com is taken\n")
    assert row_counts(auth) == {**NOBODY, "user": 1}


@pytest.mark.parametrize(
    ("email", "password", "complaint"),
    [
        ("nobody", "correct horse", "--email is no e-mail address of at most 254 characters"),
        ("a@b.c", "correct horse", "--email is no e-mail address of at most 254 characters"),
        ("a" * 250 + "@b.com", "correct horse", "--email is no e-mail address"),
        ("ada@example.com", "short", "Password too short"),
        ("ada@example.com", "x" * 129, "Password too long"),
        ("ada@example.com", "🔐" * 65, "Password too long"),
        ("ada@example.com", "a\0bcdefgh", "the password cannot be used: the text holds a NUL"),
    ],
)
def test_the_rules_are_those_of_sign_up(
    auth: PyAuth, email: str, password: str, complaint: str
) -> None:
    done = create(auth, email, "--password-stdin", typed=password)
    assert done.code == 1
    assert complaint in done.err
    assert row_counts(auth) == NOBODY


def test_an_empty_standard_input_is_no_password(auth: PyAuth) -> None:
    assert "standard input is empty" in create(auth, "ada@example.com", "--password-stdin").err
    assert row_counts(auth) == NOBODY


def test_only_the_line_ending_is_cut_off_a_password(auth: PyAuth) -> None:
    create(auth, "ada@example.com", "--password-stdin", typed=" correct horse \r\nsecond line\n")
    assert Visitor(auth).sign_in(password=" correct horse ").status == 200


def test_a_password_is_never_an_argument(auth: PyAuth) -> None:
    done = create(auth, "ada@example.com", "--password", "correct horse")
    assert done.code == 2
    assert "unexpected extra argument" in done.err


def test_a_password_needs_a_terminal_to_be_asked_for(auth: PyAuth) -> None:
    done = create(auth, "ada@example.com", "--password")
    assert (done.code, row_counts(auth)) == (1, NOBODY)
    assert "use --password-stdin" in done.err


def test_two_ways_to_a_password_are_one_too_many(auth: PyAuth) -> None:
    assert create(auth, "ada@example.com", "--password", "--password-stdin").code == 2


class Strict(Plugin):
    """Refuses one password."""

    id = "strict"

    def contribute(self) -> Contributions:
        return Contributions(password_validators=(self.validate,))

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def validate(self, path: str, password: str) -> None:
        self.asked.append((path, password))
        if password == "correct horse":
            raise APIError(error_codes.INVALID_PASSWORD, message="everybody knows this password")


def test_validators_of_plugins_are_asked() -> None:
    plugin = Strict()
    auth = make_auth(plugins=[plugin])
    done = create(auth, "ada@example.com", "--password-stdin", typed="correct horse")
    assert (done.code, done.err) == (1, "Error: everybody knows this password\n")
    assert plugin.asked == [("/sign-up/email", "correct horse")]


def test_a_hook_may_change_or_stop_the_user() -> None:
    def before(event: Any) -> Any:
        return {"name": "Changed"} if event.data["name"] == "Ada" else False

    auth = make_auth(database_hooks={"user": {"create": {"before": before}}})
    create(auth, "ada@example.com", "--name", "Ada")
    assert rows_of(auth, "user")[0]["name"] == "Changed"
    done = create(auth, "eve@example.com", "--name", "Eve")
    assert (done.code, done.err) == (1, "Error: a database hook stopped the new user\n")


def test_a_hook_that_stops_the_password_stops_the_user() -> None:
    hooks = {"account": {"create": {"before": lambda event: False}}}
    auth = make_auth(database="sqlite://", database_hooks=hooks)
    done = create(auth, "ada@example.com", "--password-stdin", typed="correct horse")
    assert (done.code, row_counts(auth)) == (1, NOBODY)
    assert "a database hook stopped the password" in done.err


def test_a_refusal_of_a_hook_is_shown() -> None:
    def before(event: Any) -> None:
        raise APIError(error_codes.INVALID_EMAIL, message="not from this domain")

    auth = make_auth(database_hooks={"user": {"create": {"before": before}}})
    assert create(auth).err == "Error: not from this domain\n"


def test_without_password_sign_in_it_is_said_that_the_password_does_nothing() -> None:
    auth = make_auth(email_and_password={"enabled": False})
    done = create(auth, "ada@example.com", "--password-stdin", typed="correct horse")
    assert done.code == 0
    assert "email_and_password.enabled is off" in done.err


FIELDS = {
    "nick_name": {"type": "string", "required": False, "unique": True},
    "age": {"type": "number", "required": False},
    "member": {"type": "boolean", "required": False},
    "born": {"type": "date", "required": False},
    "settings": {"type": "json", "required": False},
    "tags": {"type": "string[]", "required": False},
    "level": {"type": ("low", "high"), "default": "low"},
    "role": {"type": "string", "input": False, "default": "user"},
}


def make_with_fields(fields: Any = FIELDS) -> PyAuth:
    return make_auth(database="sqlite://", user={"additional_fields": fields})


def test_additional_fields_are_read_by_their_kind() -> None:
    auth = make_with_fields()
    texts = ["nickName=ada=1", "age=36", "member=yes", "born=1815-12-10T00:00:00Z"]
    texts += ['settings={"dark": true}', 'tags=["a","b"]', "level=high"]
    done = create(auth, "ada@example.com", *[part for text in texts for part in ("--field", text)])
    assert done.code == 0, done.err
    (user,) = rows_of(auth, "user")
    assert (user["nick_name"], user["age"], user["member"]) == ("ada=1", 36, True)
    assert (user["settings"], user["tags"], user["level"]) == ({"dark": True}, ["a", "b"], "high")
    assert user["born"].isoformat() == "1815-12-10T00:00:00+00:00"
    assert user["role"] == "user"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("age", "--field 'age' must look like name=value"),
        ("age=old", "--field 'age' must be a number"),
        ("age=1.5", "expected int"),
        ("age=inf", "expected number"),
        ("member=perhaps", "--field 'member' must be true or false"),
        ("born=yesterday", "expected date"),
        ("settings={", "--field 'settings' must be JSON"),
        ("level=middle", "Invalid option"),
        ("role=admin", "the field 'role' is closed to input (input=False)"),
        ("email=x@example.com", "there is no additional field 'email'; there are: nick_name, age"),
        ("colour=red", "there is no additional field 'colour'"),
    ],
)
def test_a_field_that_does_not_fit_is_refused(text: str, complaint: str) -> None:
    auth = make_with_fields()
    done = create(auth, "ada@example.com", "--field", text)
    assert (done.code, row_counts(auth)) == (1, NOBODY)
    assert complaint in done.err


def test_a_field_given_twice_or_missing_is_refused() -> None:
    auth = make_with_fields({"age": {"type": "number"}})
    assert "age is required" in create(auth).err
    twice = create(auth, "ada@example.com", "--field", "age=1", "--field", "age=2")
    assert "given twice" in twice.err


def test_a_taken_value_of_a_unique_field_is_said() -> None:
    auth = make_with_fields()
    create(auth, "ada@example.com", "--field", "nick_name=countess")
    done = create(auth, "eve@example.com", "--field", "nick_name=countess")
    assert "another user has this value already, in the field nick_name" in done.err


# list ---------------------------------------------------------------------------------------------


def fill(auth: PyAuth, count: int) -> None:
    for number in range(count):
        auth.context.users.create({"name": f"User {number}", "email": f"u{number:04}@example.com"})


def listed(auth: PyAuth, *arguments: str) -> list[str]:
    done = invoke(auth, "users", "list", "--json", *arguments)
    assert done.code == 0, done.err
    return [user["email"] for user in json.loads(done.out)["users"]]


def test_users_are_listed_by_their_address(everywhere: PyAuth) -> None:
    for email in ("b@example.com", "A@example.com", "c@example.com", "_@example.com"):
        create(everywhere, email)
    assert listed(everywhere) == sorted(listed(everywhere))
    assert len(listed(everywhere)) == 4


def test_pages_follow_one_another_to_the_end(everywhere: PyAuth) -> None:
    fill(everywhere, 7)
    seen: list[str] = []
    way: list[str] = []
    while True:
        done = invoke(everywhere, "users", "list", "--json", "--limit", "3", *way)
        page = json.loads(done.out)
        seen += [user["email"] for user in page["users"]]
        if page["next"] is None:
            break
        way = ["--after", page["next"]]
    assert seen == [f"u{number:04}@example.com" for number in range(7)]


def test_an_offset_leaves_out_the_first(everywhere: PyAuth) -> None:
    fill(everywhere, 5)
    assert listed(everywhere, "--offset", "3") == ["u0003@example.com", "u0004@example.com"]
    assert listed(everywhere, "--offset", "9") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("100%", ["a"]),
        ("under_score", ["b"]),
        ("_", ["b"]),
        ("%", ["a"]),
        ("LOVELACE", ["c"]),
        ("C@EXAMPLE", ["c"]),
        ("\\", []),
        ("'", ["d"]),
    ],
)
def test_a_search_is_taken_literally(everywhere: PyAuth, text: str, found: list[str]) -> None:
    names = {"a": "100% Ada", "b": "under_score", "c": "Ada Lovelace", "d": "O'Neill"}
    for local, name in names.items():
        create(everywhere, f"{local}@example.com", "--name", name)
    assert listed(everywhere, "--search", text) == [f"{local}@example.com" for local in found]
    assert listed(everywhere, "--search", text, "--after", "z@example.com") == []


def test_a_page_never_loads_more_rows_than_it_shows(auth: PyAuth) -> None:
    fill(auth, 300)
    with fetched_rows(auth) as counts, executed(auth) as statements:
        for _ in range(2):
            invoke(auth, "users", "list", "--limit", "20", "--search", "user")
        invoke(auth, "users", "list", "--after", "u0100@example.com")
        invoke(auth, "users", "list", "--offset", "100")
    assert counts == [21, 21, 51, 51]
    assert len(statements) == 4


def test_what_is_listed_of_a_user(auth: PyAuth) -> None:
    create(auth, "ada@example.com", "--name", "Ada\tthe\x1b[31mCountess", "--verified")
    (row,) = rows_of(auth, "user")
    cells = invoke(auth, "users", "list").out.rstrip("\n").split("\t")
    assert cells[:2] == [row["id"], "ada@example.com"]
    assert cells[2] == "Ada\ufffdthe\ufffd[31mCountess"
    assert cells[3] == "yes"
    (user,) = json.loads(invoke(auth, "users", "list", "--json").out)["users"]
    assert user == {
        "id": row["id"],
        "email": "ada@example.com",
        "name": "Ada\tthe\x1b[31mCountess",
        "emailVerified": True,
        "createdAt": cells[4],
    }


def test_the_way_to_the_next_page_is_told(auth: PyAuth) -> None:
    fill(auth, 5)
    assert invoke(auth, "users", "list", "--limit", "5").err == ""
    first = invoke(auth, "users", "list", "--limit", "2")
    assert first.err == "More: --after u0001@example.com\n"
    second = invoke(auth, "users", "list", "--limit", "2", "--offset", "1")
    assert second.err == "More: --offset 3\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--limit", "0"),
        ("--limit", "1001"),
        ("--offset", "-1"),
        ("--offset", "1", "--after", "a@example.com"),
    ],
)
def test_an_impossible_page_is_refused(auth: PyAuth, arguments: tuple[str, ...]) -> None:
    assert invoke(auth, "users", "list", *arguments).code == 2


# set-password -------------------------------------------------------------------------------------


def set_password(auth: PyAuth, who: str, *more: str, typed: str = "battery staple\n") -> Any:
    return invoke(auth, "users", "set-password", who, "--password-stdin", *more, typed=typed)


def test_a_password_is_changed_and_every_session_ends(everywhere: PyAuth) -> None:
    visitor = Visitor(everywhere)
    visitor.sign_up()
    done = set_password(everywhere, "ADA@example.com")
    assert (done.code, done.out) == (0, "ada@example.com has a new password. Sessions ended: 1.\n")
    assert visitor.get_session() is None
    assert Visitor(everywhere).sign_in().refusal == (401, "INVALID_EMAIL_OR_PASSWORD")
    assert Visitor(everywhere).sign_in(password="battery staple").status == 200
    assert row_counts(everywhere)["account"] == 1


def test_sessions_may_be_kept(auth: PyAuth) -> None:
    visitor = Visitor(auth)
    visitor.sign_up()
    user_id = visitor.get_session()["user"]["id"]
    done = set_password(auth, user_id, "--keep-sessions")
    assert done.out == "ada@example.com has a new password.\n"
    assert visitor.get_session() is not None


def test_who_has_no_password_gets_an_account_for_it(everywhere: PyAuth) -> None:
    create(everywhere)
    set_password(everywhere, "ada@example.com")
    (account,) = rows_of(everywhere, "account")
    assert (account["provider_id"], account["account_id"]) == ("credential", account["user_id"])
    assert Visitor(everywhere).sign_in(password="battery staple").status == 200


@pytest.mark.parametrize("mode", SESSION_MODES)
def test_sessions_in_a_secondary_storage_end_too(storage: Any, clock: Any, mode: str) -> None:
    auth = make_auth(secondary_storage=storage, clock=clock, session=SESSION_MODES[mode])
    visitor = Visitor(auth)
    visitor.sign_up()
    set_password(auth, "ada@example.com")
    assert visitor.get_session() is None


def test_a_password_outside_of_the_rules_changes_nothing(auth: PyAuth) -> None:
    visitor = Visitor(auth)
    visitor.sign_up()
    assert "Password too short" in set_password(auth, "ada@example.com", typed="short\n").err
    assert visitor.get_session() is not None
    assert visitor.sign_in().status == 200


def test_a_hook_that_stops_the_password_keeps_the_sessions() -> None:
    hooks = {"account": {"update": {"before": lambda event: False}}}
    auth = make_auth(database="sqlite://", database_hooks=hooks)
    visitor = Visitor(auth)
    visitor.sign_up()
    done = set_password(auth, "ada@example.com")
    assert done.err == "Error: a database hook stopped the new password\n"
    assert visitor.get_session() is not None


@pytest.mark.parametrize("who", ["nobody@example.com", "no-such-id", "\x1b[2J"])
def test_an_unknown_user_is_said(everywhere: PyAuth, who: str) -> None:
    done = set_password(everywhere, who)
    assert done.code == 1
    assert "there is no user with the " in done.err
    assert "\x1b" not in done.err


# In a process of its own --------------------------------------------------------------------------


def test_a_password_is_typed_unseen_and_twice(tmp_path: Path) -> None:
    program = write_site(tmp_path)
    arguments = ["users", "create", "--email", "ada@example.com", "--password"]
    with in_terminal(arguments, tmp_path, program=program) as running:
        running.wait_for("Password: ")
        running.send("correct horse\n")
        running.wait_for("Repeat for confirmation: ")
        running.send("correct horse\n")
        assert running.finish() == 0
        assert "Created ada@example.com" in running.shown
        assert "correct horse" not in running.shown
    auth = make_auth(database=f"sqlite:///{tmp_path}/site.sqlite3")
    assert Visitor(auth).sign_in().status == 200
    auth.close()


def test_set_password_asks_by_itself_in_a_terminal(tmp_path: Path) -> None:
    auth = make_auth(database=f"sqlite:///{tmp_path}/site.sqlite3")
    create(auth)
    program = write_site(tmp_path)
    arguments = ["users", "set-password", "ada@example.com"]
    with in_terminal(arguments, tmp_path, program=program) as running:
        running.wait_for("Password: ")
        running.send("battery staple\n")
        running.wait_for("Repeat for confirmation: ")
        running.send("battery staple\n")
        assert running.finish() == 0
    assert Visitor(auth).sign_in(password="battery staple").status == 200
    auth.close()


def test_without_a_terminal_set_password_says_what_scripts_do(auth: PyAuth) -> None:
    create(auth)
    done = invoke(auth, "users", "set-password", "ada@example.com")
    assert done.code == 1
    assert "use --password-stdin" in done.err
