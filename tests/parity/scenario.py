"""The register of scenarios: what is played on both sides."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.parity.play import Play

Script = Callable[["Play"], None]
Plugin = str | tuple[str, Mapping[str, object]]
Preset = str | tuple[str, object]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One script with the configuration it is played under."""

    name: str
    script: Script
    options: Mapping[str, object]
    plugins: Sequence[tuple[str, Mapping[str, object]]]
    presets: Sequence[tuple[str, object]]
    url: str
    environment: str
    smoke: bool


_REGISTER: dict[str, Scenario] = {}

EMAIL_AND_PASSWORD: Mapping[str, object] = {"emailAndPassword": {"enabled": True}}


def scenario(
    *,
    options: Mapping[str, object] = EMAIL_AND_PASSWORD,
    variants: Mapping[str, Mapping[str, object]] | None = None,
    plugins: Sequence[Plugin] = (),
    presets: Sequence[Preset] = (),
    url: str = "http://localhost:3000",
    environment: str = "development",
    smoke: bool = False,
) -> Callable[[Script], Script]:
    """Register a function as a scenario.

    Args:
        options: upstream's options as JSON, spelt as in TypeScript.
        variants: instead of ``options``: several, each a scenario of its own by this name.
        plugins: upstream's names of plugins, alone or with their JSON options.
        presets: names from ``presets.py`` and ``presets.mjs``, alone or with an argument.
        url: the base URL of both sides.
        environment: ``NODE_ENV`` and ``PYAUTH_ENV``.
        smoke: also played on the other databases.
    """

    def register(script: Script) -> Script:
        area = script.__module__.rpartition(".")[2]
        for suffix, chosen in (variants or {"": options}).items():
            name = f"{area}/{script.__name__}" + (f"[{suffix}]" if suffix else "")
            if name in _REGISTER:
                raise ValueError(f"two scenarios are named {name}")
            _REGISTER[name] = Scenario(
                name=name,
                script=script,
                options=chosen,
                plugins=[(item, {}) if isinstance(item, str) else item for item in plugins],
                presets=[(item, None) if isinstance(item, str) else item for item in presets],
                url=url,
                environment=environment,
                smoke=smoke,
            )
        return script

    return register


def all_scenarios() -> list[Scenario]:
    """Import every module of ``scenarios/`` and return what they registered."""
    for path in sorted((Path(__file__).parent / "scenarios").glob("*.py")):
        importlib.import_module(f"tests.parity.scenarios.{path.stem}")
    return list(_REGISTER.values())
