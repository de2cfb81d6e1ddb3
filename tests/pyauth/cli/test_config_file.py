"""``pyauth.toml``: its defaults, and what is said of mistakes in it."""

from pathlib import Path
from textwrap import dedent

import pytest

from pyauth.cli.config_file import ProjectConfig, find_line, read_config_file
from pyauth.errors import ConfigurationError


def read(folder: Path, text: str) -> ProjectConfig:
    path = folder / "pyauth.toml"
    path.write_text(dedent(text))
    return read_config_file(path)


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(folder, text)
    return [problem.removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_what_is_left_out_has_its_default(folder: Path) -> None:
    assert read(folder, "").model_dump() == {
        "project": {
            "framework": "flask",
            "base_url": "http://localhost:5000",
            "base_path": "/api/auth",
            "production": False,
        },
        "database": {
            "adapter": "sqlalchemy",
            "provider": "sqlite",
            "url_env": "DATABASE_URL",
            "migrations_dir": "migrations/pyauth",
        },
        "security": {"secret_env": "PYAUTH_SECRET"},
        "plugins": {"enabled": ()},
    }


@pytest.mark.parametrize(
    ("spelt", "provider"),
    [("postgres", "postgresql"), ("postgresql", "postgresql"), ("mariadb", "mariadb")],
)
def test_a_provider_has_several_spellings(folder: Path, spelt: str, provider: str) -> None:
    assert read(folder, f'[database]\nprovider = "{spelt}"').database.provider == provider


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            '[project]\n\n# why\nbase_ulr = "http://a.example"\n',
            "pyauth.toml:4: unknown key 'project.base_ulr'; did you mean 'project.base_url'?",
        ),
        (
            "[databse]\nx = 1\n",
            "pyauth.toml:1: unknown key 'databse'; did you mean 'database'?",
        ),
        (
            '[project]\nurl_env = "X"\n',
            "pyauth.toml:2: unknown key 'project.url_env'; did you mean 'database.url_env'?",
        ),
        (
            '[project]\nproduction = "yes"\n',
            "pyauth.toml:2: project.production must be a valid boolean",
        ),
        (
            '[plugins]\nenabled = [\n  "bearer",\n  7,\n]\n',
            "pyauth.toml:2: plugins.enabled must be a valid string",
        ),
        (
            '[database]\nprovider = "oracle"\n',
            "pyauth.toml:2: database.provider must be 'sqlite', 'postgresql', 'mysql' or 'mariadb'",
        ),
        ("project = 3\n", "pyauth.toml:1: project must be a section, written [project]"),
        (
            '[project]\nbase_path = "auth"\n',
            "pyauth.toml:2: project.base_path must start with one slash, such as /api/auth",
        ),
        (
            'project.framework = "django"\n',
            "pyauth.toml:1: project.framework must be 'flask' or 'wsgi'",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(folder: Path, text: str, complaint: str) -> None:
    assert problems(folder, text) == [complaint]


@pytest.mark.parametrize(
    ("text", "line"),
    [("[project]\nbase_url = \n", 2), ("[a]\nx = 1\nx = 2\n", 3), ("[project]\n\nx = [1,\n", 4)],
)
def test_what_is_no_toml_is_told_with_its_line(folder: Path, text: str, line: int) -> None:
    (problem,) = problems(folder, text)
    assert problem.startswith(f"pyauth.toml:{line}: ")
    assert "(at " not in problem


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    assert len(problems(folder, "[project]\nproduction = 1\n[x]\n[database]\nprovider = 1\n")) == 3


@pytest.mark.parametrize(
    "text",
    [
        '[database]\nurl_env = "postgresql://me:pa55word@db/x"\n',
        '[security]\nsecret_env = "pa55word-"\n',
        '[project]\nbase_url = "https://me:pa55word@a.example"\n',
        '[security]\npa55 = "pa55word"\n',
    ],
)
def test_what_might_be_secret_is_not_shown(folder: Path, text: str) -> None:
    (problem,) = problems(folder, text)
    assert "pa55word" not in problem
    assert problem.startswith("pyauth.toml:2: ")


def test_a_file_that_cannot_be_read_is_told(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_config_file(folder)


def test_a_key_is_found_behind_texts_that_look_like_it() -> None:
    text = '[a]\nt = """\n[b]\nx = 1\n"""\nlist = [\n  1,\n]\n[b]\ny = 1\nx = [\n 2 ]\n'
    assert find_line(text, ["b", "x"]) == 11
    assert find_line(text, ["a", "list"]) == 6
    assert find_line(text, ["nowhere"]) == 1
