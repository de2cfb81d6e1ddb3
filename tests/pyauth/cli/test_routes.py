"""``routes``: what answers where, what runs around it, and who contributed each."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.pyauth.cli.conftest import Run

SITE = """
    from datetime import timedelta
    from pyauth import Contributions, Plugin, PyAuth
    from pyauth.plugin import AfterHook, BeforeHook, PathMiddleware, RateRule, endpoint

    def watch(call): pass
    def tidy(call): pass
    def count(call): pass
    def own(call): pass
    def decide(request, rule): return None
    def on_request(request, context): return None
    def on_response(response, context): return None

    @endpoint("GET", "/shelf/:id")
    def shelf(call): pass

    class Shelf(Plugin):
        id = "shelf"

        def contribute(self):
            return Contributions(
                endpoints=[shelf],
                middlewares=[PathMiddleware(watch, prefix="/shelf")],
                before=[BeforeHook(tidy)],
                after=[AfterHook(count, endpoints=frozenset({"shelf"}))],
                rate_rules=[RateRule(max=7, window=timedelta(minutes=1), prefixes=("/shelf",))],
                on_request=[on_request],
                on_response=[on_response],
            )

    auth = PyAuth(
        mode="test", plugins=[Shelf()], hooks={"before": own}, disabled_paths=["/ok"],
        rate_limit={"custom_rules": {"/get-session": False, "/sign-out": decide}},
    )
"""


@pytest.fixture
def site(module: Callable[[str], str]) -> str:
    return f"{module(SITE)}:auth"


def route(found: Any, name: str) -> Any:
    return next(item for item in found["routes"] if item["name"] == name)


def test_they_are_listed_by_path_a_line_each(site: str, run: Run) -> None:
    done = run("--app", site, "routes")
    rows = [line.split("\t") for line in done.out.splitlines()]
    paths = [row[1] for row in rows]
    assert done.code == 0
    assert paths == sorted(paths)
    assert ["POST", "/api/auth/sign-in/email", "sign_in_email", "core"] in rows
    assert ["GET", "/api/auth/shelf/:id", "shelf", "plugin shelf"] in rows
    assert ["GET", "/api/auth/ok", "ok", "core (disabled)"] in rows


def test_data_tells_what_runs_in_order_and_who_contributed_it(site: str, run: Run) -> None:
    found = json.loads(run("--app", site, "routes", "--json").out)
    assert route(found, "shelf") == {
        "methods": ["GET"],
        "path": "/api/auth/shelf/:id",
        "name": "shelf",
        "source": "plugin shelf",
        "disabled": False,
        "rate_limit": {"max": 7, "window_seconds": 60.0, "decided_by": None},
        "middlewares": [{"handler": "cli_site.watch", "source": "plugin shelf"}],
        "before": [
            {"handler": "cli_site.own", "source": "app"},
            {"handler": "cli_site.tidy", "source": "plugin shelf"},
        ],
        "guards": [],
        "after": [{"handler": "cli_site.count", "source": "plugin shelf"}],
    }
    assert found["base_path"] == "/api/auth"
    assert found["on_request"] == ["cli_site.on_request"]
    assert found["on_response"] == ["cli_site.on_response"]
    assert route(found, "delete_user")["guards"] == ["pyauth.http.guards.require_live_session"]


def test_the_rate_limit_is_the_rule_that_would_apply(site: str, run: Run) -> None:
    found = json.loads(run("--app", site, "routes", "--json").out)
    assert found["rate_limited"] is False
    assert route(found, "sign_in_email")["rate_limit"]["max"] == 3
    assert route(found, "get_session")["rate_limit"] is None
    assert route(found, "sign_out")["rate_limit"]["decided_by"] == "cli_site.decide"


def test_piped_the_details_are_cells_of_one_line(site: str, run: Run) -> None:
    lines = run("--app", site, "routes", "--verbose").out.splitlines()
    (shelf,) = [line.split("\t") for line in lines if "\tshelf\t" in line]
    assert shelf[4:] == [
        "7 in 60 s",
        "cli_site.watch (plugin shelf)",
        "cli_site.own (app), cli_site.tidy (plugin shelf)",
        "",
        "cli_site.count (plugin shelf)",
    ]
    (sign_out,) = [line.split("\t") for line in lines if "\tsign_out\t" in line]
    assert sign_out[4] == "100 in 10 s, unless cli_site.decide decides"
    (session,) = [line.split("\t") for line in lines if "\tget_session\t" in line]
    assert session[4] == "not counted"


def test_neither_a_file_nor_a_database_is_needed(folder: Path, run: Run) -> None:
    assert "/api/auth/sign-in/email" in run("routes").out
    assert list(folder.iterdir()) == []


def test_the_base_path_is_the_configured_one(project: Path, run: Run) -> None:
    (project / "pyauth.toml").write_text('[project]\nbase_path = "/auth"\nproduction = true\n')
    (project / ".env").unlink()
    assert "\t/auth/sign-in/email\t" in run("routes").out
