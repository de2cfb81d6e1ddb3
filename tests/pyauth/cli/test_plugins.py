"""``plugins``: the list, and the editing of ``pyauth.toml``."""

import json
from pathlib import Path

from tests.pyauth.cli.conftest import Run


def test_they_are_listed_with_what_they_do_to_the_schema(run: Run) -> None:
    assert "bearer (no schema)\n" in run("plugins", "list").out


def test_they_are_listed_as_data(run: Run) -> None:
    assert {"id": "bearer", "schema": False} in json.loads(run("plugins", "list", "--json").out)


def test_adding_keeps_what_people_wrote(project: Path, run: Run) -> None:
    text = "# mine\n[plugins] # why\nenabled = [\n]  # none yet\n\n[project]\nproduction = false\n"
    (project / "pyauth.toml").write_text(text)
    done = run("plugins", "add", "bearer", "-y")
    assert done.code == 0
    assert "from pyauth.plugins import Bearer" in done.out
    assert "It adds nothing to the schema." in done.out
    written = (project / "pyauth.toml").read_text()
    for part in ("# mine", "# why", "# none yet", "production = false", '"bearer"'):
        assert part in written

    assert run("plugins", "add", "bearer", "-y").out == "bearer is enabled already.\n"
    assert (project / "pyauth.toml").read_text() == written


def test_removing_keeps_tables_and_says_so(project: Path, run: Run) -> None:
    run("plugins", "add", "bearer", "-y")
    done = run("plugins", "remove", "bearer", "-y")
    assert done.code == 0
    assert "pyauth generates no destructive migrations" in done.out
    assert "enabled = []" in (project / "pyauth.toml").read_text()
    assert run("plugins", "remove", "bearer", "-y").out == "bearer is not enabled.\n"


def test_an_enabled_plugin_is_part_of_the_server(project: Path, run: Run) -> None:
    run("plugins", "add", "bearer", "-y")
    assert "(plugin bearer)" in run("routes", "-v").out


def test_an_unknown_plugin_is_refused(project: Path, run: Run) -> None:
    done = run("plugins", "add", "berer", "-y")
    assert done.code == 1
    assert "`berer` is not an official pyauth plugin; there are: bearer" in done.err

    (project / "pyauth.toml").write_text('[plugins]\nenabled = ["berer"]\n')
    assert "`berer` is not an official pyauth plugin" in run("status").err
    assert run("plugins", "remove", "berer", "-y").code == 0


def test_a_file_is_needed_and_somebody_to_agree(folder: Path, run: Run) -> None:
    done = run("plugins", "add", "bearer", "-y")
    assert done.code == 1
    assert f"No pyauth config found at {folder}/pyauth.toml; run `pyauth init`" in done.err

    (folder / "pyauth.toml").write_text("")
    assert "Non-interactive session" in run("plugins", "add", "bearer").err
    assert (folder / "pyauth.toml").read_text() == ""


def test_an_unusual_notation_is_not_edited(project: Path, run: Run) -> None:
    (project / "pyauth.toml").write_text("plugins = {enabled = []}\n")
    done = run("plugins", "add", "bearer", "-y")
    assert done.code == 1
    assert "write plugins as a section, [plugins]" in done.err
