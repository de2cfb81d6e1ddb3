"""The runners of docs/delivery.md deliver: the text of the page itself, in real workers."""

import importlib.util
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support.redis import RedisServer, own_redis

_ROOT = Path(__file__).parents[3]
_PAGE = _ROOT / "docs" / "delivery.md"
PERSON = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}


def _write_recipe(name: str, folder: Path) -> Path:
    """Write a module of the page to a folder."""
    found = re.search(
        rf"^```python\n(# {name}\.py\n.*?)^```$", _PAGE.read_text("utf-8"), re.M | re.S
    )
    assert found is not None
    path = folder / f"{name}.py"
    path.write_text(found[1], "utf-8")
    return path


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def mails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file to which the recipes send."""
    path = tmp_path / "mails"
    monkeypatch.setenv("MAIL_FILE", str(path))
    monkeypatch.setenv("PYAUTH_ENV", "test")
    return path


def _run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{_ROOT}"},
        capture_output=True,
        text=True,
        timeout=90,
    )


# RQ ----------------------------------------------------------------------------------------------


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with own_redis(tmp_path) as server:
        yield server


@pytest.fixture
def rq_mail(
    tmp_path: Path, mails: Path, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    monkeypatch.setenv("REDIS_URL", redis.url)
    module = _load(_write_recipe("rq_mail", tmp_path))
    yield module
    module.auth.context.runner._instead.close(timedelta(seconds=20))
    module.auth.close()
    module.connection.close()


@pytest.mark.server
def test_a_worker_of_rq_sends_what_the_server_queued(
    rq_mail: Any, redis: RedisServer, tmp_path: Path, mails: Path
) -> None:
    rq_mail.auth.api.sign_up_email(body=PERSON)
    assert not mails.exists()

    rq = Path(sys.executable).with_name("rq")
    done = _run(tmp_path, str(rq), "worker", "mail", "--burst", "--url", redis.url)

    assert done.returncode == 0, done.stderr
    address, url = mails.read_text("utf-8").split()
    token = url.partition("token=")[2].partition("&")[0]
    assert address == PERSON["email"]
    assert token
    assert "verification-email" in done.stdout + done.stderr
    assert token not in done.stdout + done.stderr
    assert rq_mail.auth.api.verify_email(query={"token": token}).status is True


def test_a_job_of_rq_shows_nothing_of_the_payload(rq_mail: Any) -> None:
    rq_mail.auth.api.sign_up_email(body=PERSON)
    (job,) = rq_mail.queue.jobs
    assert job.description == f"verification-email {job.id}"
    assert job.retries_left == 3


def test_without_redis_the_thread_of_the_process_sends(
    rq_mail: Any, redis: RedisServer, mails: Path
) -> None:
    redis.stop()
    rq_mail.auth.api.sign_up_email(body=PERSON)
    _wait_for(mails)
    assert mails.read_text("utf-8").startswith(PERSON["email"])


def _wait_for(path: Path) -> None:
    for _ in range(500):
        if path.exists() and path.read_text("utf-8").endswith("\n"):
            return
        threading.Event().wait(0.02)
    pytest.fail("nothing was sent")


# Celery ------------------------------------------------------------------------------------------


@pytest.mark.server
def test_a_worker_of_celery_sends_what_the_server_queued(tmp_path: Path, mails: Path) -> None:
    _write_recipe("celery_mail", tmp_path)
    # The in-memory broker lives in one process, so the worker runs beside the server.
    script = f"""
import os, time
from celery.contrib.testing.worker import start_worker
import celery_mail
celery_mail.celery.set_default()
celery_mail.auth.api.sign_up_email(body={PERSON!r})
assert not os.path.exists({str(mails)!r})
with start_worker(
    celery_mail.celery, pool="solo", perform_ping_check=False, loglevel="INFO"
):
    for _ in range(500):
        if os.path.exists({str(mails)!r}):
            break
        time.sleep(0.02)
"""
    done = _run(tmp_path, sys.executable, "-c", script)
    assert done.returncode == 0, done.stderr
    address, url = mails.read_text("utf-8").split()
    assert address == PERSON["email"]
    assert url.partition("token=")[2].partition("&")[0] not in done.stdout + done.stderr


def test_without_a_broker_celery_leaves_it_to_a_thread(
    tmp_path: Path, mails: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_recipe("celery_mail", tmp_path)
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://127.0.0.1:1/0")
    script = f"""
import celery_mail, time
begun = time.monotonic()
celery_mail.auth.api.sign_up_email(body={PERSON!r})
assert time.monotonic() - begun < 5
"""
    done = _run(tmp_path, sys.executable, "-c", script)
    assert done.returncode == 0, done.stderr
    assert mails.read_text("utf-8").startswith(PERSON["email"])


# Outbox ------------------------------------------------------------------------------------------


@pytest.fixture
def outbox_mail(tmp_path: Path, mails: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("OUTBOX_URL", f"sqlite:///{tmp_path}/outbox.sqlite3")
    module = _load(_write_recipe("outbox_mail", tmp_path))
    yield module
    module.auth.context.runner._instead.close(timedelta(seconds=20))
    module.auth.close()
    module.engine.dispose()


def _rows(module: Any) -> list[Any]:
    with module.engine.connect() as connection:
        return list(connection.execute(module.select(module.outbox)))


def test_a_worker_of_the_outbox_sends_what_the_server_queued(outbox_mail: Any, mails: Path) -> None:
    outbox_mail.auth.api.sign_up_email(body=PERSON)
    assert len(_rows(outbox_mail)) == 1
    assert not mails.exists()

    assert outbox_mail.work_once() is True
    assert mails.read_text("utf-8").startswith(PERSON["email"])
    assert outbox_mail.work_once() is False
    assert _rows(outbox_mail) == []


def test_what_failed_stays_in_the_outbox_and_comes_up_again_later(
    outbox_mail: Any, mails: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox_mail.auth.api.sign_up_email(body=PERSON)
    with monkeypatch.context() as patch:
        patch.setenv("MAIL_FILE", str(mails / "no" / "folder"))
        with pytest.raises(OSError, match="No such file"):
            outbox_mail.work_once()
    assert outbox_mail.work_once() is False
    (row,) = _rows(outbox_mail)
    assert row.attempts == 1

    soon = outbox_mail.now() + outbox_mail.timedelta(minutes=11)
    monkeypatch.setattr(outbox_mail, "now", lambda: soon)
    assert outbox_mail.work_once() is True
    assert mails.exists()


def test_of_many_workers_one_sends(outbox_mail: Any, mails: Path) -> None:
    outbox_mail.auth.api.sign_up_email(body=PERSON)
    start = threading.Barrier(32)
    done: list[bool] = []

    def work() -> None:
        start.wait()
        done.append(outbox_mail.work_once())

    workers = [threading.Thread(target=work) for _ in range(32)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(done) == [False] * 31 + [True]
    assert len(mails.read_text("utf-8").splitlines()) == 1


def test_without_the_table_the_thread_of_the_process_sends(outbox_mail: Any, mails: Path) -> None:
    outbox_mail.metadata.drop_all(outbox_mail.engine)
    outbox_mail.auth.api.sign_up_email(body=PERSON)
    _wait_for(mails)
