"""The plugins that come with pyauth, by id."""

import pytest

from pyauth.errors import ConfigurationError
from pyauth.plugins import registry


@pytest.mark.parametrize("plugin_id", registry.official_ids())
def test_each_is_loaded_by_its_own_id(plugin_id: str) -> None:
    plugin = registry.load_plugin(plugin_id)
    assert plugin.id == plugin_id
    assert registry.has_schema(plugin_id) == bool(plugin.contribute().schema)


def test_an_id_that_no_plugin_has_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError) as caught:
        registry.load_plugin("berer")
    assert str(caught.value) == (
        "`berer` is not an official pyauth plugin; there are: " + ", ".join(registry.official_ids())
    )
