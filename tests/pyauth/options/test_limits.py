from datetime import timedelta
from typing import Any

import pytest

from pyauth.errors import ConfigurationError
from pyauth.options import Environment, RateLimit, RateLimitRule, read_options
from pyauth.options.limits import RateLimitStore


class Counter:
    def consume(self, key: str, *, max_requests: int, window: timedelta) -> timedelta | None:
        return None


def read(**given: Any) -> RateLimit:
    return read_options({"rate_limit": given}, Environment(), None).rate_limit


def problem_of(**given: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(**given)
    (problem,) = caught.value.problems
    return problem


def test_upstreams_spelling_is_read() -> None:
    settings = read(
        customRules={"/x": {"window": 60, "max": 5}, "/y/*": False},
        customStorage=Counter(),
        modelName="limits",
        fields={"lastRequest": "seen"},
    )
    assert settings.custom_rules == {
        "/x": RateLimitRule(window=timedelta(minutes=1), max=5),
        "/y/*": False,
    }
    assert isinstance(settings.custom_storage, RateLimitStore)
    assert (settings.model_name, settings.fields) == ("limits", {"last_request": "seen"})


def test_the_order_of_rules_is_kept() -> None:
    rules = {f"/p{number}/*": False for number in range(20)}
    assert list(read(custom_rules=rules).custom_rules) == list(rules)


def test_a_function_is_kept_as_it_is() -> None:
    def decide(request: Any, rule: Any) -> None:
        return None

    assert read(custom_rules={"/x": decide}).custom_rules == {"/x": decide}


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ({"window": 0}, "rate_limit.window: Value error, must be positive"),
        ({"window": -1}, "must be positive"),
        ({"max": 0}, "greater than or equal to 1"),
        ({"custom_rules": {"/x": {"window": 0, "max": 1}}}, "custom_rules./x.rule.window"),
        ({"custom_rules": {"/x": {"window": 1, "max": 0}}}, "custom_rules./x.rule.max"),
        ({"custom_rules": {"/x": {"max": 1}}}, "custom_rules./x.rule.window"),
        ({"custom_rules": {"/x": True}}, "a rule with window and max, False, or a function"),
        ({"custom_rules": {"/x": None}}, "a rule with window and max, False, or a function"),
        ({"custom_rules": {"/x": 5}}, "a rule with window and max, False, or a function"),
        ({"custom_rules": {"sign-in/*": False}}, "must start with a slash"),
        ({"custom_rules": {"/x/": False}}, "must not end with a slash"),
        ({"storage": "redis"}, "rate_limit.storage"),
        ({"custom_storage": object()}, "rate_limit.custom_storage"),
        ({"custom_storage": Counter(), "storage": "memory"}, "give one of them"),
        ({"hybrid": {"enabled": True}, "storage": "memory"}, "shared store"),
        ({"hybrid": {"local_multiplier": 0}}, "local_multiplier"),
        ({"memory_cleanup_interval": 0}, "memory_cleanup_interval"),
        ({"store_unavailable": "share"}, "store_unavailable"),
        ({"unknown_address": "ask"}, "unknown_address"),
        ({"windows": 5}, "did you mean 'rate_limit.window'?"),
    ],
)
def test_what_cannot_work_is_refused(given: dict[str, Any], hint: str) -> None:
    assert hint in problem_of(**given)
