from __future__ import annotations

from pathlib import Path

import pytest

from kit.errors import InputError
from kit.plugins import Plugin, parameters
from kit.splits import SPLITTERS, Fold, GroupKFoldSplitter, KFoldSplitter, Mix
from tests.splits.tables import as_sets, plates

KINDS = ["group_kfold", "held_out_cell_type", "held_out_compounds", "kfold", "kmeans", "leave_one_group_out", "mix"]
KINDS += ["structure_kfold"]


def test_the_kits_own_splitters_are_registered() -> None:
    assert set(KINDS) <= set(SPLITTERS.kinds())


@pytest.mark.parametrize("kind", KINDS)
def test_a_recipe_sets_neither_seed_nor_test_rows(kind: str) -> None:
    supplied = {parameter.name for parameter in parameters(SPLITTERS.get(kind)) if parameter.supplied}
    named = {parameter.name for parameter in parameters(SPLITTERS.get(kind))}
    assert supplied == named & {"random_state", "test_rows"}
    assert SPLITTERS.get(kind).__doc__


def test_a_saved_splitter_divides_alike(tmp_path: Path) -> None:
    mix = Mix([KFoldSplitter(2, random_state=4), GroupKFoldSplitter(["plate"], 3, random_state=1)], [1.0, 2.0])
    mix.save(tmp_path / "mix")
    loaded = Plugin.load(tmp_path / "mix")
    assert isinstance(loaded, Mix)
    assert as_sets(loaded.folds(plates())) == as_sets(mix.folds(plates()))


def test_a_fold_without_rows_cannot_be_made() -> None:
    with pytest.raises(InputError, match="'x' has no validation rows"):
        Fold("x", [0], [], 1.0)
