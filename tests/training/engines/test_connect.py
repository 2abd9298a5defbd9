from __future__ import annotations

from typing import Any

import pytest

from kit.errors import InputError
from kit.training.engines.connect import connected
from kit.training.engines.local import LocalEngine, default_jobs


def test_an_engine_is_named_or_given() -> None:
    with connected("local", workers=3) as engine:
        assert isinstance(engine, LocalEngine)
        assert engine.workers == 3
    with connected("local") as engine:
        assert engine.workers == default_jobs()
    own = LocalEngine(2)
    with connected(own) as engine:
        assert engine is own


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("dusk",), r"engine 'dusk': there is no such engine \(did you mean 'dask'\?\)"),
        (("local", "tcp://x:1"), r"scheduler 'tcp://x:1': only the engine 'dask' has one"),
        ((LocalEngine(1), "tcp://x:1"), "only the engine 'dask' has one"),
    ],
)
def test_engines_that_are_none_are_told(given: tuple[Any, ...], told: str) -> None:
    with pytest.raises(InputError, match=told), connected(*given):
        pass
