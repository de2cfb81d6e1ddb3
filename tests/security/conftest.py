"""Worlds for the tests of this folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.security.world import World, open_world

NewWorld = Callable[..., World]


@pytest.fixture
def new_world(tmp_path: Path) -> Iterator[NewWorld]:
    """Make worlds, each with a database of its own; they are closed afterwards."""
    with ExitStack() as stack:

        def make(**options: Any) -> World:
            return stack.enter_context(open_world(tmp_path, **options))

        yield make
