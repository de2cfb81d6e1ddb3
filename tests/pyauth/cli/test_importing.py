"""``import``: what a whole file does to the database, and what is said of it."""

import json
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from werkzeug.security import generate_password_hash

from pyauth import PyAuth
from pyauth.crypto.passwords import PasswordHasher
from tests.support.app import CHEAP_COST, Visitor, make_auth, row_counts, rows_of
from tests.support.commands import in_terminal
from tests.support.importing import emails, people, take_over, write_csv, write_jsonl
from tests.support.mounted import (
    instance_on,
    invoke,
    write_site,
)
from tests.vectors.foreign import load_foreign_hashes

NOBODY = {"user": 0, "account": 0, "session": 0, "verification": 0}
WERKZEUG = generate_password_hash("correct horse", "pbkdf2:sha256:1")
BCRYPT = bcrypt.hashpw(b"correct horse", bcrypt.gensalt(4)).decode()


# A good file --------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["csv", "json", "jsonl"])
def test_users_are_taken_over_with_all_they_have(
    everywhere: PyAuth, tmp_path: Path, format: str
) -> None:
    full = {
        "id": "17",
        "email": "Ada@Example.com",
        "name": "Ada Lovelace",
        "email_verified": True,
        "image": "https://example.com/ada.png",
        "created_at": "2020-02-03T04:05:06.789+01:00",
        "password_hash": WERKZEUG,
    }
    path = tmp_path / f"users.{format}"
    if format == "csv":
        path.write_text(f"{','.join(full)}\n{','.join(map(str, full.values()))}\n")
    else:
        path.write_text(json.dumps([full] if format == "json" else full))
    done = take_over(everywhere, path)
    assert (done.code, done.out) == (
        0,
        "Lines read: 1; 1 to import (1 with a password).\nImported 1 users (1 with a password).\n",
    )
    (user,) = rows_of(everywhere, "user")
    assert (user["id"], user["email"], user["name"]) == ("17", "ada@example.com", "Ada Lovelace")
    assert (user["email_verified"], user["image"]) == (True, "https://example.com/ada.png")
    assert user["created_at"].isoformat() == "2020-02-03T03:05:06.789000+00:00"
    assert Visitor(everywhere).sign_in().status == 200


@pytest.mark.parametrize(
    "stored",
    [WERKZEUG, BCRYPT, f"bcrypt${BCRYPT}"],
    ids=["werkzeug", "bcrypt", "django bcrypt"],  # the hashes differ in every process
)
def test_a_hash_is_replaced_at_the_next_sign_in(auth: PyAuth, tmp_path: Path, stored: str) -> None:
    take_over(auth, write_jsonl(tmp_path, [{"email": "ada@example.com", "password": stored}]))
    assert rows_of(auth, "account")[0]["password"] == stored
    assert Visitor(auth).sign_in().status == 200
    assert ":" in rows_of(auth, "account")[0]["password"]
    assert rows_of(auth, "account")[0]["password"] != stored
    assert Visitor(auth).sign_in().status == 200


def test_what_is_missing_is_filled_and_said(auth: PyAuth, tmp_path: Path) -> None:
    path = write_csv(tmp_path, "email,name,shoe size", "ada@example.com,,37", "b@example.com,B,")
    done = take_over(auth, path)
    assert done.out == (
        "Columns that fill nothing: shoe size.\n"
        "Lines read: 2; 2 to import (0 with a password), 1 of them named after their address.\n"
        "Imported 2 users (0 with a password).\n"
    )
    assert {row["name"] for row in rows_of(auth, "user")} == {"ada", "B"}
    assert not any(row["email_verified"] for row in rows_of(auth, "user"))


def test_a_dry_run_writes_nothing(auth: PyAuth, tmp_path: Path) -> None:
    done = take_over(auth, write_jsonl(tmp_path, people(3)), "--dry-run")
    assert (done.code, row_counts(auth)) == (0, NOBODY)
    assert "3 to import (0 with a password)" in done.out
    assert done.out.endswith("Dry run: nothing was written.\n")


def test_nothing_is_written_unless_somebody_agrees(auth: PyAuth, tmp_path: Path) -> None:
    done = invoke(auth, "import", str(write_jsonl(tmp_path, people(1))), typed="y\n")
    assert (done.code, row_counts(auth)) == (1, NOBODY)
    assert "--yes (or -y)" in done.err


def test_columns_can_be_mapped_and_left_out(auth: PyAuth, tmp_path: Path) -> None:
    path = write_csv(tmp_path, "id,mail,nick,email", "7,ada@example.com,Ada,x", "8,b@example.com,,")
    maps = ("--map", "email=mail", "--map", "name=nick", "--map", "id=")
    done = take_over(auth, path, *maps)
    assert done.code == 0, done.err
    assert {row["name"] for row in rows_of(auth, "user")} == {"Ada", "b"}
    assert not {row["id"] for row in rows_of(auth, "user")} & {"7", "8"}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--map", "email"), "--map 'email' must look like ours=theirs"),
        (("--map", "email=mial"), "the file has no column 'mial'; it has: mail, role, token"),
        (("--map", "colour=mail"), "there is no 'colour' to fill; there are: id, email, name"),
        (("--map", "role=role"), "the field 'role' is closed to input"),
        ((), "the file has no column for email; it has: mail, role, token; say --map email=COLUMN"),
        (("--single-hash",), "--single-hash goes with --from flask-security"),
        (("--format", "xml"), "'xml' is not one of"),
        (("--batch-size", "0"), "0 is not in the range"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    fields = {"role": {"type": "string", "input": False, "default": "user"}}
    auth = make_auth(database="sqlite://", user={"additional_fields": fields})
    done = take_over(auth, write_csv(tmp_path, "mail,role,token", "a@example.com,b,c"), *arguments)
    assert done.code in (1, 2)
    assert complaint in done.err
    assert row_counts(auth) == NOBODY


# Bad lines ----------------------------------------------------------------------------------------


def test_every_bad_line_is_reported_and_nothing_is_written(
    everywhere: PyAuth, tmp_path: Path
) -> None:
    secret = "$1$abcdefgh$notaknownscheme"
    path = write_csv(
        tmp_path,
        "email,name,email_verified,created_at,password",
        "good@example.com,Good,yes,2020-01-01,",
        f"nobody,Bad,perhaps,yesterday,{secret}",
        '"two@example.com","On two\nlines",,,',
        "GOOD@example.com,Again,,,",
        "short@example.com",
        ",Nameless,,,",
        f"{secret},Swapped,,,x@example.com",
    )
    done = take_over(everywhere, path, "--batch-size", "2")
    assert (done.code, row_counts(everywhere)) == (1, NOBODY)
    lines = done.err.splitlines()
    assert lines[0] == (
        "line 3: email is no e-mail address of at most 254 characters; email_verified must be "
        "true, false or a moment in ISO 8601; created_at must be a moment in ISO 8601, such as "
        "2024-05-17T12:00:00Z; password is of no known scheme; known are those of Better Auth, "
        "Werkzeug, Django and Flask-Security, bcrypt, Argon2 and passlib's PBKDF2"
    )
    assert lines[1:4] == [
        "line 6: email stands on line 2 already",
        "line 7: has 1 cells, but the first line names 5 columns",
        "line 8: email is missing",
    ]
    assert lines[4].startswith("line 9: email is no e-mail address")
    assert lines[-1] == "Error: nothing was written: bad lines: 5"
    assert "Lines read: 7; 2 to import (0 with a password), 1 of them" not in done.out
    assert secret not in done.out + done.err


def test_an_address_that_is_taken_is_a_bad_line(everywhere: PyAuth, tmp_path: Path) -> None:
    take_over(everywhere, write_jsonl(tmp_path, people(2)))
    done = take_over(everywhere, write_jsonl(tmp_path, people(3, first=1)))
    assert (done.code, len(emails(everywhere))) == (1, 2)
    assert done.err.startswith("line 1: email is taken by another user\n")


def test_an_address_that_is_taken_can_be_skipped(everywhere: PyAuth, tmp_path: Path) -> None:
    take_over(everywhere, write_jsonl(tmp_path, people(2)))
    path = write_jsonl(tmp_path, people(3, first=1))
    done = take_over(everywhere, path, "--on-conflict", "skip", "--batch-size", "2")
    assert done.code == 0
    assert "2 to import (0 with a password), 2 of them named after" in done.out
    assert "1 with a user already." in done.out
    assert len(emails(everywhere)) == 4
    again = take_over(everywhere, path, "--on-conflict", "skip")
    assert again.out.endswith("There is nothing to import.\n")


def test_unique_values_are_compared_with_the_file_and_the_database(tmp_path: Path) -> None:
    fields = {"nick_name": {"type": "string", "required": False, "unique": True}}
    auth = make_auth(database="sqlite://", user={"additional_fields": fields})
    take_over(auth, write_csv(tmp_path, "id,email,nickName", "1,a@example.com,ada"))
    path = write_csv(
        tmp_path,
        "id,email,nickName",
        "1,b@example.com,bob",
        "2,c@example.com,ada",
        "3,d@example.com,dot",
        "3,e@example.com,dot",
    )
    done = take_over(auth, path, "--on-conflict", "skip")
    assert done.err.splitlines()[:-1] == [
        "line 5: id stands on line 4 already; nick_name stands on line 4 already",
        "line 2: id is taken by another user",
        "line 3: nick_name is taken by another user",
    ]


def test_additional_fields_follow_the_schema(tmp_path: Path) -> None:
    fields = {
        "age": {"type": "number"},
        "tags": {"type": "string[]", "required": False},
        "member": {"type": "boolean", "default": True},
    }
    auth = make_auth(database="sqlite://", user={"additional_fields": fields})
    lines = ["email,age,tags,member", 'a@example.com,36,"[""x""]",no', "b@example.com,7,,"]
    assert take_over(auth, write_csv(tmp_path, *lines)).code == 0
    found = {
        row["email"]: (row["age"], row["tags"], row["member"]) for row in rows_of(auth, "user")
    }
    assert found == {"a@example.com": (36, ["x"], False), "b@example.com": (7, None, True)}
    bad: list[dict[str, Any]] = [
        {"email": "c@example.com", "age": "36"},
        {"email": "d@example.com"},
        {"email": "e@example.com", "age": 1, "member": "no"},
    ]
    done = take_over(auth, write_jsonl(tmp_path, bad))
    assert done.err.splitlines()[:-1] == [
        "line 1: [age] Invalid input: expected number, received string",
        "line 2: age is required",
        "line 3: [member] Invalid input: expected boolean, received string",
    ]


# Ids ----------------------------------------------------------------------------------------------


def test_an_id_that_the_policy_would_not_make_is_a_bad_line(tmp_path: Path) -> None:
    auth = make_auth(database="sqlite://", advanced={"database": {"generate_id": "uuid"}})
    path = write_jsonl(tmp_path, [{"id": 7, "email": "a@example.com"}])
    done = take_over(auth, path)
    assert "line 1: id does not fit the policy 'uuid'" in done.err
    assert "leave ids out with --map id=" in done.err
    assert take_over(auth, path, "--map", "id=").code == 0


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mysql"])
def test_a_database_that_counts_goes_on_behind_imported_ids(kind: str, tmp_path: Path) -> None:
    settings = {"database": {"generate_id": "serial"}}
    with instance_on(kind, tmp_path, advanced=settings) as auth:
        rows = [{"id": 5, "email": "a@example.com"}, {"id": 41, "email": "b@example.com"}]
        assert take_over(auth, write_jsonl(tmp_path, rows)).code == 0
        assert Visitor(auth).sign_up("ada@example.com").status == 200
        ids = {row["email"]: int(row["id"]) for row in rows_of(auth, "user")}
        assert ids["b@example.com"] == 41
        assert ids["ada@example.com"] > 41


def test_ids_are_not_made_for_a_check(tmp_path: Path) -> None:
    made: list[str] = []

    def make(model: str) -> str:
        made.append(model)
        return f"{model}-{len(made)}"

    auth = make_auth(database="sqlite://", advanced={"database": {"generate_id": make}})
    take_over(auth, write_jsonl(tmp_path, people(2)), "--dry-run")
    assert made == []
    take_over(auth, write_jsonl(tmp_path, people(2)))
    assert made == ["user", "user"]


# Other systems ------------------------------------------------------------------------------------


def test_a_table_of_flask_security_is_read(tmp_path: Path) -> None:
    vectors = load_foreign_hashes()
    case = next(item for item in vectors["flask_security"] if item["scheme"] == "argon2")
    salt = vectors["flask_security_salt"]
    hasher = PasswordHasher(cost=CHEAP_COST, flask_security_salt=salt)
    auth = make_auth(database="sqlite://", passwords=hasher)
    path = write_csv(
        tmp_path,
        "id,email,username,password,active,fs_uniquifier,confirmed_at,create_datetime",
        f'1,a@example.com,ada,"{case["hash"]}",1,aa,2020-01-02 03:04:05.123456,2019-01-01 00:00:00',
        '2,b@example.com,,,t,bb,,"2019-01-01 00:00:00+00"',
        r"3,gone@example.com,,,f,cc,\N,2019-01-01",
    )
    done = take_over(auth, path, "--from", "flask-security")
    assert done.code == 0, done.err
    assert "2 to import (1 with a password)" in done.out
    assert "1 inactive and left out" in done.out
    users = {row["email"]: row for row in rows_of(auth, "user")}
    assert (users["a@example.com"]["name"], users["b@example.com"]["name"]) == ("ada", "b")
    verified = [users[f"{name}@example.com"]["email_verified"] for name in "ab"]
    assert verified == [True, False]
    assert users["b@example.com"]["created_at"].isoformat() == "2019-01-01T00:00:00+00:00"
    assert rows_of(auth, "account")[0]["password"] == f"flask-security:double:{case['hash']}"
    assert Visitor(auth).sign_in("a@example.com", password=case["password"]).status == 200


def test_flask_security_needs_its_salt_unless_it_hashed_once(auth: PyAuth, tmp_path: Path) -> None:
    row = {"email": "ada@example.com", "password": BCRYPT, "active": True}
    path = write_jsonl(tmp_path, [row])
    done = take_over(auth, path, "--from", "flask-security")
    assert (done.code, row_counts(auth)) == (1, NOBODY)
    assert "email_and_password.password.flask_security_salt" in done.err
    assert take_over(auth, path, "--from", "flask-security", "--single-hash").code == 0
    assert rows_of(auth, "account")[0]["password"] == f"flask-security:single:{BCRYPT}"
    assert Visitor(auth).sign_in().status == 200


def test_a_table_of_django_is_read(auth: PyAuth, tmp_path: Path) -> None:
    case = next(item for item in load_foreign_hashes()["django"] if item["scheme"] == "scrypt")
    columns = "id,password,is_active,date_joined,first_name,last_name,username,email"
    path = write_csv(
        tmp_path,
        columns,
        f"1,{case['hash']},1,2019-01-01 00:00:00,Ada,Lovelace,ada,a@example.com",
        "2,!sYp4BGTV1EH,1,2019-01-01 00:00:00,,Hopper,grace,b@example.com",
        "3,!sYp4BGTV1EH,0,2019-01-01 00:00:00,,,gone,gone@example.com",
        "4,,true,2019-01-01 00:00:00,,,mary,c@example.com",
    )
    done = take_over(auth, path, "--from", "django")
    assert done.code == 0, done.err
    assert "3 to import (1 with a password), 1 inactive and left out" in done.out
    names = {row["email"]: row["name"] for row in rows_of(auth, "user")}
    assert names == {
        "a@example.com": "Ada Lovelace",
        "b@example.com": "Hopper",
        "c@example.com": "mary",
    }
    assert Visitor(auth).sign_in("a@example.com", password=case["password"]).status == 200


def test_a_table_beside_flask_login_is_read(auth: PyAuth, tmp_path: Path) -> None:
    path = write_csv(
        tmp_path,
        "id,username,email,password_hash,confirmed,created_at",
        f"9,ada,ada@example.com,{WERKZEUG},1,2019-01-01T00:00:00",
    )
    assert take_over(auth, path, "--from", "flask-login").code == 0
    (user,) = rows_of(auth, "user")
    assert (user["id"], user["name"], user["email_verified"]) == ("9", "ada", True)
    assert Visitor(auth).sign_in().status == 200


def test_who_is_active_can_be_said_or_left_to_the_app(tmp_path: Path) -> None:
    rows = [{"email": "a@example.com", "active": False}, {"email": "b@example.com", "active": True}]
    path = write_jsonl(tmp_path, rows)
    for more, found in (
        ((), ["a@example.com", "b@example.com"]),
        (("--map", "active=active"), ["b@example.com"]),
        (("--from", "flask-login"), ["b@example.com"]),
        (("--from", "flask-login", "--map", "active="), ["a@example.com", "b@example.com"]),
    ):
        auth = make_auth(database="sqlite://")
        take_over(auth, path, *more)
        assert emails(auth) == found
    fields = {"active": {"type": "boolean", "default": True}}
    auth = make_auth(database="sqlite://", user={"additional_fields": fields})
    take_over(auth, path, "--from", "flask-login")
    assert [row["active"] for row in rows_of(auth, "user")].count(False) == 1


def test_an_apps_own_hashing_reads_whatever_is_there(tmp_path: Path) -> None:
    password = {"hash": lambda text: f"own {text}", "verify": lambda stored, text: True}
    auth = make_auth(
        database="sqlite://",
        passwords=None,
        email_and_password={"enabled": True, "password": password},
    )
    row = {"email": "ada@example.com", "password": "anything at all"}
    assert take_over(auth, write_jsonl(tmp_path, [row])).code == 0
    assert rows_of(auth, "account")[0]["password"] == "anything at all"


# In a process of its own --------------------------------------------------------------------------


def test_piped_there_are_plain_lines(auth: PyAuth, tmp_path: Path) -> None:
    assert take_over(auth, write_jsonl(tmp_path, people(3))).err == ""


def test_in_a_terminal_there_is_a_bar(tmp_path: Path) -> None:
    program = write_site(tmp_path)
    path = write_jsonl(tmp_path, people(3))
    with in_terminal(["import", str(path)], tmp_path, program=program) as running:
        running.wait_for("Checking")
        running.wait_for("Import 3 users? [y/N]: ")
        running.send("y\n")
        running.wait_for("Importing")
        running.wait_for("100%")
        running.wait_for("Imported 3 users (0 with a password).")
        assert running.finish() == 0


def test_ctrl_c_rolls_back_the_open_batch_and_says_where_it_stopped(tmp_path: Path) -> None:
    # The hook holds the third batch open until the signal comes.
    program = write_site(tmp_path, "database_hooks={'user': {'create': {'before': wait}}}")
    script = Path(program[1])
    waiting = (
        "import signal, sys\n"
        "def wait(event):\n"
        "    if event.data['email'] == 'u00005@example.com':\n"
        "        print('waiting', flush=True)\n"
        "        signal.pause()\n"
    )
    script.write_text(waiting + script.read_text())
    path = write_jsonl(tmp_path, people(9))
    arguments = ["import", str(path), "-y", "--batch-size", "2"]
    with in_terminal(arguments, tmp_path, program=program) as running:
        running.wait_for("waiting")
        running.interrupt()
        assert running.finish() == 1
        told = running.shown.replace("\r\n", "\n")
    assert "Error: stopped.\nThe open batch was rolled back. In are 4 of 9 users, up to " in told
    assert "line 4. Run it again with --on-conflict skip to go on." in told
    auth = make_auth(database=f"sqlite:///{tmp_path}/site.sqlite3")
    assert len(emails(auth)) == 4
    auth.close()
