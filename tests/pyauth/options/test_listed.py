"""Options that are a list, or a function that returns one."""

from typing import Any

import pytest

from pyauth import ConfigurationError, RequestInfo
from pyauth.options import Environment, Options, read_options
from pyauth.options.listed import functions_of, texts_of


def read(environment: Environment = Environment(), **given: Any) -> Options:
    return read_options(given, environment, "test")


def ask(request: RequestInfo | None) -> list[str]:
    return []


def test_a_list_a_function_and_both() -> None:
    assert read(trusted_origins=["https://a.example"]).trusted_origins == ("https://a.example",)
    assert read(trusted_origins=ask).trusted_origins == (ask,)
    both = read(trusted_origins=("https://a.example", ask)).trusted_origins
    assert (texts_of(both), functions_of(both)) == (("https://a.example",), (ask,))


@pytest.mark.parametrize("spelling", ["trusted_origins", "trustedOrigins"])
@pytest.mark.parametrize(
    ("given", "read_as"),
    [
        (ask, (ask, "https://env.example")),
        (["https://a.example"], ("https://a.example", "https://env.example")),
        ([], ("https://env.example",)),
    ],
)
def test_the_environment_adds_to_each(spelling: str, given: Any, read_as: Any) -> None:
    environment = Environment(trusted_origins=("https://env.example",))
    assert read(environment, **{spelling: given}).trusted_origins == read_as


@pytest.mark.parametrize("given", ["https://a.example", 5, {"a": 1}, [5], [None], [b"x"]])
def test_anything_else_is_one_clear_problem(given: Any) -> None:
    for environment in (Environment(), Environment(trusted_origins=("https://env.example",))):
        with pytest.raises(ConfigurationError) as caught:
            read(environment, trusted_origins=given)
        (problem,) = caught.value.problems
        assert "trusted_origins" in problem
        assert "functions" in problem or "a function" in problem


def test_trusted_providers_are_such_a_list() -> None:
    linking = {"trustedProviders": ["google"], "allowUnlinkingAll": True}
    account = read(account={"accountLinking": linking}).account.account_linking
    assert (account.trusted_providers, account.allow_unlinking_all) == (("google",), True)
    asked = read(account={"account_linking": {"trusted_providers": ask}})
    assert asked.account.account_linking.trusted_providers == (ask,)
    assert read().account.account_linking.trusted_providers == ()


@pytest.mark.parametrize("option", ["enabled", "allowDifferentEmails", "updateUserInfoOnLink"])
def test_linking_options_that_nothing_reads_yet_are_refused(option: str) -> None:
    with pytest.raises(ConfigurationError, match=option):
        read(account={"accountLinking": {option: True}})
