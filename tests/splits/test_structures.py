from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError
from kit.splits import Fold, GroupKFoldSplitter, StructureKFold
from kit.splits.twins import twins_apart
from tests.splits.tables import check_folds

pytest.importorskip("rdkit")

# Pairs: one structure spelt twice, an acid and its salt, two of one scaffold.
NAMES = {
    "ethanol": "CCO", "EtOH": "OCC",
    "benzoic acid": "OC(=O)c1ccccc1", "sodium benzoate": "[Na+].[O-]C(=O)c1ccccc1",
    "pyridine": "c1ccncc1", "picoline": "Cc1ccccn1",
    "urea": "NC(N)=O", "carbamide": "C(=O)(N)N",
    "acetone": "CC(C)=O", "naphthalene": "c1ccc2ccccc2c1", "furan": "c1ccoc1", "thiophene": "c1ccsc1",
}  # fmt: skip


def rows(**changed: str | None) -> pd.DataFrame:
    pairs = [(cell, name) for cell in ("NK", "T") for name in NAMES]
    frame = pd.DataFrame(pairs, columns=["cell_type", "sm_name"])
    return frame.assign(SMILES=frame["sm_name"].map(NAMES | changed))


def apart(folds: list[Fold], one: str, other: str, frame: pd.DataFrame) -> bool:
    """Whether two compounds are on two sides of a fold."""
    sides = [set(frame["sm_name"].iloc[fold.validation]) for fold in folds]
    return any((one in side) != (other in side) for side in sides)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("by", "together"),
    [
        ("structure", [("ethanol", "EtOH"), ("urea", "carbamide")]),
        ("parent", [("ethanol", "EtOH"), ("benzoic acid", "sodium benzoate")]),
        ("scaffold", [("urea", "carbamide"), ("benzoic acid", "sodium benzoate"), ("pyridine", "picoline")]),
    ],
)
def test_what_shares_a_form_is_on_one_side(by: str, together: list[tuple[str, str]], seed: int) -> None:
    frame = rows()
    folds = StructureKFold(by=by, n_splits=4, random_state=seed).folds(frame)
    check_folds(folds, len(frame))
    assert sorted(np.concatenate([fold.validation for fold in folds])) == list(range(len(frame)))
    for one, other in together:
        assert not apart(folds, one, other, frame)


def test_other_forms_may_be_parted() -> None:
    frame = rows()
    drawn = [StructureKFold(by="structure", n_splits=4, random_state=seed).folds(frame) for seed in range(20)]
    assert any(apart(folds, "benzoic acid", "sodium benzoate", frame) for folds in drawn)


def test_rows_without_a_structure_are_one_group() -> None:
    frame = rows(furan=None, thiophene="no structure", acetone=" ")
    for seed in range(5):
        folds = StructureKFold(n_splits=3, random_state=seed).folds(frame)
        assert not apart(folds, "furan", "thiophene", frame)
        assert not apart(folds, "furan", "acetone", frame)


def test_too_few_structures() -> None:
    with pytest.raises(InputError, match="n_splits=3, but there are only 1 groups by scaffold"):
        StructureKFold(by="scaffold", n_splits=3).folds(pd.DataFrame({"SMILES": ["c1ccccc1", "Cc1ccccc1"]}))


def test_twins_on_both_sides_of_a_fold_are_warned_of() -> None:
    frame = rows().replace({"SMILES": {"OCC": "CCO", "C(=O)(N)N": "NC(N)=O"}})  # as the tables write them
    positions = np.arange(len(frame))
    hidden = frame["sm_name"].isin(["ethanol", "furan"]).to_numpy()
    fold = Fold("f", positions[~hidden], positions[hidden], 1.0)
    [warning] = twins_apart([fold, fold], frame, "sm_name", "SMILES")
    assert warning.startswith("1 structure is on both sides of a fold, under two names of one structure: 'f' validates")
    assert "'ethanol' and trains on 'EtOH'" in warning
    # A compound that is itself trained on, in other cell types, is no leak of its twin.
    of_cell = Fold("NK", positions[12:], positions[:12], 1.0)
    assert twins_apart([of_cell], frame, "sm_name", "SMILES") == []
    assert twins_apart([fold], frame, None, "SMILES") == twins_apart([fold], frame, "sm_name", None) == []
    assert twins_apart(StructureKFold(n_splits=4, random_state=0).folds(frame), frame, "sm_name", "SMILES") == []
    assert any(
        twins_apart(GroupKFoldSplitter("sm_name", 4, random_state=s).folds(frame), frame, "sm_name", "SMILES")
        for s in range(5)
    )
