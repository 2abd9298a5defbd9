"""Every plug-in of the kit keeps every promise of its family."""

from __future__ import annotations

import pytest

from kit.testing import Reload, check_plugin, check_reloads
from tests.testing.examples import EXAMPLES, TESTABLE, marked, without_example

RELOADS: dict[str, Reload] = {}


def test_every_plugin_has_an_example() -> None:
    assert without_example() == [], "add an example of each to tests/testing/examples.py"


# In one worker, so that the last test finds what the others have fitted.
@pytest.mark.xdist_group("conformance")
@pytest.mark.parametrize("name", marked(EXAMPLES))
def test_keeps_its_promises(name: str) -> None:
    example = EXAMPLES[name]
    plugin = example.make()
    assert f"{plugin.family} {plugin.kind}" == name.partition(",")[0]
    RELOADS[name] = check_plugin(plugin, fresh_process=False, **example.options)


@pytest.mark.slow
@pytest.mark.xdist_group("conformance")
def test_saved_plugins_compute_the_same_in_a_fresh_process() -> None:
    # One process for all; where a part of the tests was asked for, for what was checked.
    missing = [name for name in TESTABLE if name not in RELOADS]
    for name in missing:
        RELOADS[name] = check_plugin(EXAMPLES[name].make(), fresh_process=False, **EXAMPLES[name].options)
    check_reloads(list(RELOADS.values()))
