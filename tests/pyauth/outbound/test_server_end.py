"""A server that is told to stop first sends what it has promised."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]
_SITE = """
import os, sys, time
from datetime import timedelta
from pyauth import PyAuth
from pyauth.outbound import ThreadRunner

def send(mail):
    time.sleep(float(os.environ["SENDING_TAKES"]))
    with open(os.environ["MAIL_FILE"], "a") as file:
        file.write(mail.user.email + "\\n")

deadline = timedelta(seconds=float(os.environ["DEADLINE"]))
auth = PyAuth(
    secret="a-secret-of-the-tests-0123456789-ABCDEF",
    base_url="http://127.0.0.1",
    database=os.environ["DATABASE"],
    email_and_password={"enabled": True, "require_email_verification": True},
    email_verification={"send_verification_email": send},
    runner=lambda deliver: ThreadRunner(deliver, drain_deadline=deadline),
)
auth.migrate()
application = auth.wsgi_app

def sign_up(email):
    auth.api.sign_up_email(body={"name": "A", "email": email, "password": "correct horse"})
"""


@pytest.fixture
def mails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file to which the site sends, slowly."""
    (tmp_path / "site_of_test.py").write_text(_SITE, "utf-8")
    path = tmp_path / "mails"
    monkeypatch.setenv("MAIL_FILE", str(path))
    monkeypatch.setenv("DATABASE", f"sqlite:///{tmp_path}/site.sqlite3")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{_ROOT}")
    monkeypatch.setenv("PYAUTH_ENV", "test")
    monkeypatch.setenv("SENDING_TAKES", "1")
    monkeypatch.setenv("DEADLINE", "10")
    return path


def _script(text: str) -> list[str]:
    return [sys.executable, "-c", f"from site_of_test import *\n{text}"]


def test_a_program_that_ends_sends_what_it_has_queued(mails: Path) -> None:
    done = subprocess.run(
        _script("for n in range(3): sign_up(f'{n}@example.com')"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(mails.read_text().split()) == ["0@example.com", "1@example.com", "2@example.com"]


def test_it_waits_no_longer_than_its_deadline(mails: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENDING_TAKES", "600")
    monkeypatch.setenv("DEADLINE", "0.5")
    done = subprocess.run(
        _script("sign_up('ada@example.com')"), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0
    assert "closed at its deadline: 0 dropped, 1 still being sent" in done.stderr
    assert not mails.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM on Windows")
def test_a_program_that_turns_the_signal_into_an_exit_does_so_too(mails: Path) -> None:
    script = _script(
        """
import signal
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
sign_up("ada@example.com")
print("ready", flush=True)
time.sleep(600)
"""
    )
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert mails.read_text() == "ada@example.com\n"


@contextmanager
def _gunicorn(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *arguments, "site_of_test:application"], cwd=folder, stderr=log
        )
    try:
        _wait_until_it_answers(process, port)
        yield process, port
    finally:
        process.kill()
        process.wait()


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(1500):
        assert process.poll() is None
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("gunicorn did not start")


def _sign_up(port: int, email: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = json.dumps({"name": "A", "email": email, "password": "correct horse"})
    connection.request(
        "POST", "/api/auth/sign-up/email", body, {"Content-Type": "application/json"}
    )
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.server
@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn forks")
@pytest.mark.parametrize(
    "arguments", [(), ("--threads", "4"), ("--preload",)], ids=["sync", "threads", "preload"]
)
def test_workers_of_gunicorn_send_before_they_go(
    mails: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    emails = [f"{number}@example.com" for number in range(3)]
    with _gunicorn(tmp_path, *arguments) as (process, port):
        assert [_sign_up(port, email) for email in emails] == [200, 200, 200]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert sorted(mails.read_text().split()) == emails
