"""``import``: users are written in batches, and what ends one says how far it came."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pyauth import APIError, PyAuth, error_codes
from pyauth.cli.incoming import ImportRun, Source
from pyauth.errors import UniqueViolation
from tests.support.app import make_auth
from tests.support.importing import emails, people, take_over, write_jsonl
from tests.support.mounted import (
    executed,
    fetched_rows,
    mount,
)

NOBODY = {"user": 0, "account": 0, "session": 0, "verification": 0}


def test_a_batch_that_fails_says_how_far_it_came(everywhere: PyAuth, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path, people(7))
    create = everywhere.context.users.create

    def fail_at_the_sixth(values: Mapping[str, Any]) -> Any:
        if values["email"] == "u00005@example.com":
            raise APIError(error_codes.INVALID_EMAIL, message="not this one")
        return create(values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(everywhere.context.users, "create", fail_at_the_sixth)
        done = take_over(everywhere, path, "--batch-size", "2")
    assert done.code == 1
    assert done.err == (
        "Error: not this one\n"
        "The open batch was rolled back. In are 4 of 7 users, up to line 4. "
        "Run it again with --on-conflict skip to go on.\n"
    )
    assert len(emails(everywhere)) == 4
    done = take_over(everywhere, path, "--batch-size", "2", "--on-conflict", "skip")
    assert done.out.endswith("Imported 3 users (0 with a password).\n")
    assert len(emails(everywhere)) == 7


def test_an_address_taken_since_the_check_stops_or_is_skipped(
    auth: PyAuth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = ImportRun.write

    def sign_up_first(run: Any, *arguments: Any) -> Any:
        auth.context.users.create({"name": "Eve", "email": "u00002@example.com"})
        return write(run, *arguments)

    monkeypatch.setattr(ImportRun, "write", sign_up_first)
    path = write_jsonl(tmp_path, people(4))
    done = take_over(auth, path)
    assert "somebody took an address, or another unique value, since the check" in done.err
    assert "Nothing was written." in done.err
    assert emails(auth) == ["u00002@example.com"]
    auth.context.adapter.delete_many("user", ())
    done = take_over(auth, path, "--on-conflict", "skip")
    assert done.out.endswith("Imported 3 users (0 with a password).\n")


def test_an_address_taken_within_the_batch_is_tried_again(
    auth: PyAuth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = auth.context.users.create
    raised: list[str] = []

    def collide_once(values: Mapping[str, Any]) -> Any:
        if not raised:
            raised.append(values["email"])
            raise UniqueViolation("user", ["email"])
        return create(values)

    monkeypatch.setattr(auth.context.users, "create", collide_once)
    done = take_over(auth, write_jsonl(tmp_path, people(3)), "--on-conflict", "skip")
    assert (done.code, len(emails(auth))) == (0, 3)


def test_who_is_stopped_by_a_hook_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    told: list[str] = []
    hooks = {
        "before": lambda event: event.data["email"] != "u00001@example.com",
        "after": lambda event: told.append(event.record["email"]),
    }
    auth = make_auth(database="sqlite://", database_hooks={"user": {"create": hooks}})
    done = take_over(auth, write_jsonl(tmp_path, people(3)))
    assert done.code == 1
    assert done.out.endswith("Imported 2 users (0 with a password).\n")
    assert done.err == (
        "line 2: a database hook stopped the user\nError: users that a database hook stopped: 1\n"
    )
    assert told == emails(auth) == ["u00000@example.com", "u00002@example.com"]


def test_a_mistake_in_a_hook_says_how_far_it_came_and_keeps_its_traceback(
    tmp_path: Path,
) -> None:
    def before(event: Any) -> None:
        if event.data["email"] == "u00002@example.com":
            raise ZeroDivisionError

    auth = make_auth(database="sqlite://", database_hooks={"user": {"create": {"before": before}}})
    arguments = ["import", str(write_jsonl(tmp_path, people(4))), "-y", "--batch-size", "2"]
    result = CliRunner().invoke(mount(auth), arguments)
    assert isinstance(result.exception, ZeroDivisionError)
    assert "In are 2 of 4 users, up to line 2." in result.stderr
    assert emails(auth) == ["u00000@example.com", "u00001@example.com"]


def test_a_file_that_changes_between_check_and_writing_is_noticed(
    auth: PyAuth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_jsonl(tmp_path, people(4))
    write = ImportRun.write

    def change_first(run: Any, *arguments: Any) -> Any:
        path.write_text(path.read_text().replace("u00003@", "u00003"))
        return write(run, *arguments)

    monkeypatch.setattr(ImportRun, "write", change_first)
    done = take_over(auth, path, "--batch-size", "2")
    assert "the file has changed since the check, at line 4" in done.err
    assert "up to line 2" in done.err


def test_no_statement_fetches_more_than_a_batch(auth: PyAuth, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path, people(3000))
    take_over(auth, path, "--batch-size", "250")
    with fetched_rows(auth) as counts, executed(auth) as statements:
        done = take_over(auth, path, "--batch-size", "250", "--on-conflict", "skip", "--dry-run")
    assert "3000 with a user already" in done.out
    assert max(counts) == 250
    assert len(statements) == 12


def test_a_batch_is_one_transaction(auth: PyAuth, tmp_path: Path) -> None:
    with executed(auth) as statements:
        take_over(auth, write_jsonl(tmp_path, people(1000)), "--batch-size", "500")
    assert sum(text == "COMMIT" for text, _ in statements) == 2
    assert sum(text.startswith("INSERT") for text, _ in statements) == 1000


def test_lines_are_read_as_they_are_needed(auth: PyAuth, tmp_path: Path) -> None:
    lines = Source(write_jsonl(tmp_path, people(50_000)), "jsonl")
    reading = lines.lines()
    assert next(reading).number == 1
    assert 0 < lines.position < lines.size / 10
    reading.close()
