"""A headless Chromium, and the quickstart served for it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from examples.quickstart.app import create_app
from examples.quickstart.extensions import auth
from flask_pyauth.testing import captured_outbox
from pyauth.outbound import CapturingRunner

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def lacking(what: str) -> None:
    """Skip for want of a tool; in CI, where it has to be there, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and CI must not skip the browser tests")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium, for one module: Playwright keeps an event loop running in this thread."""
    chosen = os.environ.get("PYAUTH_TEST_CHROMIUM")
    path = chosen or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        lacking("Chromium (Debian: apt-get install chromium)")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        lacking("the Python package playwright")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, headless=True, chromium_sandbox=False, args=ARGUMENTS
        )
        yield chromium
        chromium.close()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The quickstart over a database of its own."""
    app = create_app(
        {
            "PYAUTH_ENV": "development",
            "PYAUTH_DATABASE": f"sqlite:///{tmp_path / 'site.sqlite3'}",
        }
    )
    with app.app_context():
        auth.migrate()
    yield app
    auth.for_app(app).close()


@pytest.fixture
def mails(app: Flask) -> Iterator[CapturingRunner]:
    """The mails that the site would have sent."""
    with captured_outbox(app) as outbox:
        yield outbox


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """Serve the quickstart; the address of its start page."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures of the pages go; not kept in git."""
    folder = Path(__file__).parent / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder
