"""Options of ids."""

from typing import Any

import pytest

from pyauth import ConfigurationError
from tests.support.app import make_auth


@pytest.mark.parametrize("spelling", ["generate_id", "generateId"])
def test_ids_that_a_default_of_the_database_would_make_are_refused_with_what_to_use(
    spelling: str,
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_auth(advanced={"database": {spelling: False}})
    (problem,) = caught.value.problems
    assert f"advanced.database.{spelling}" in problem
    for choice in ("'serial'", "'uuid'", "a function"):
        assert choice in problem


@pytest.mark.parametrize("policy", ["random", "uuid", "serial", lambda model: f"{model}-1"])
def test_every_other_policy_is_taken(policy: Any) -> None:
    auth = make_auth(advanced={"database": {"generate_id": policy}})
    assert auth.context.options.advanced.database.generate_id == policy
