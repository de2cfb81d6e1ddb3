import pytest

from pyauth import ConfigurationError
from pyauth.options import Environment, read_environment


def test_every_variable_is_read() -> None:
    found = read_environment(
        {
            "PYAUTH_SECRET": "s",
            "PYAUTH_SECRETS": "1:s",
            "PYAUTH_URL": "https://a.example",
            "PYAUTH_TRUSTED_ORIGINS": " https://b.example, ,*.c.example ",
            "PYAUTH_ENV": " Development ",
        }
    )
    assert found == Environment(
        secret="s",
        secrets="1:s",
        url="https://a.example",
        trusted_origins=("https://b.example", "*.c.example"),
        mode="development",
    )


def test_nothing_and_empty_texts_are_unset() -> None:
    empty = dict.fromkeys(
        ("PYAUTH_SECRET", "PYAUTH_SECRETS", "PYAUTH_URL", "PYAUTH_TRUSTED_ORIGINS", "PYAUTH_ENV"),
        "",
    )
    assert read_environment({}) == read_environment(empty) == Environment()


def test_the_older_name_of_the_url_is_an_alias() -> None:
    assert read_environment({"PYAUTH_BASE_URL": "https://b.example"}).url == "https://b.example"
    both = {"PYAUTH_BASE_URL": "https://b.example", "PYAUTH_URL": "https://a.example"}
    assert read_environment(both).url == "https://a.example"


def test_an_unknown_mode_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="production, development or test"):
        read_environment({"PYAUTH_ENV": "prod"})


def test_the_process_is_read_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYAUTH_SECRET", "from-the-process")
    assert read_environment().secret == "from-the-process"


def test_repr_shows_no_secret() -> None:
    assert "sEcReT" not in repr(Environment(secret="sEcReT", secrets="1:sEcReT"))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("PYAUTH_SECRT", "PYAUTH_SECRET"),
        ("PYAUTH_SECRET_KEY", "PYAUTH_SECRET"),
        ("PYAUTH_BASEURL", "PYAUTH_BASE_URL"),
        ("PYAUTH_TRUSTED_ORIGIN", "PYAUTH_TRUSTED_ORIGINS"),
    ],
)
def test_a_misspelt_variable_is_an_error_that_shows_no_value(name: str, meant: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_environment({name: "sEcReT"})
    assert caught.value.problems == (f"unknown variable {name}; did you mean {meant}?",)


@pytest.mark.parametrize("name", ["PYAUTH_TEST_POSTGRES_URL", "PYAUTH_DATABASE", "MY_SECRT"])
def test_variables_of_other_programs_are_left_alone(name: str) -> None:
    assert read_environment({name: "x"}) == Environment()
