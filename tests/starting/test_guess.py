from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.data import open_table
from kit.data.simulate import CellType, Design, simulate, write
from kit.errors import InputError
from kit.starting.begin import OwnTables
from kit.starting.guess import ROLES, Guess, guess
from kit.starting.profile import Profile
from tests.starting.tables import own, profile
from tests.tiny import DESIGN


def guessed(folder: Path, name: str, with_test: bool = True, **answers: str) -> Guess:
    table = own(name)
    test = profile(folder, table.test, "test.parquet") if with_test else None
    return guess(profile(folder, table.train), test, answers=answers)


def roles(found: Guess) -> dict[str, object]:
    return {role: getattr(found, role) for role in ROLES if role != "targets"}


NOTHING = {"id": None, "keys": (), "replicate": None, "group": None, "compound": None, "smiles": None, "weight": None}
MEANT = {
    "ic50": NOTHING | {"id": "drug", "keys": ("drug",), "compound": "drug", "smiles": "smiles"},
    "digits": NOTHING,
    "batches": NOTHING | {"weight": "weight"},
    "screen": NOTHING
    | {"keys": ("cell_line", "compound"), "group": "cell_line", "compound": "compound", "smiles": "SMILES"},
}


@pytest.mark.parametrize("with_test", [True, False])
@pytest.mark.parametrize("name", MEANT)
def test_the_four_tables_are_understood_with_and_without_rows_to_predict(
    name: str, with_test: bool, tmp_path: Path
) -> None:
    table, found = own(name), guessed(tmp_path, name, with_test)
    assert found.targets == tuple(table.truth.columns)
    expected = MEANT[name] if with_test else MEANT[name] | {"id": None}
    assert roles(found) == expected
    named = {*found.keys, found.weight, *found.targets}
    assert found.metadata == tuple(column for column in table.train if column not in named)
    assert found.gaps == int(table.train[list(table.truth)].isna().to_numpy().sum())
    assert all(found.reasons[role] for role in ROLES)


def test_every_format_of_the_competition_is_understood_as_kaggle_delivers_it(tmp_path: Path) -> None:
    write(simulate(DESIGN, 1), tmp_path)
    tables = OwnTables.open(tmp_path / "de_train.parquet", tmp_path / "id_map.csv")
    assert tables.sample is not None
    found = guess(tables.train, tables.test, tables.sample)
    pair = {"keys": ("cell_type", "sm_name"), "group": "cell_type", "compound": "sm_name"}
    assert roles(found) == NOTHING | pair | {"id": "id", "smiles": "SMILES"}
    assert len(found.targets) == DESIGN.n_genes
    assert set(found.metadata) == {"sm_lincs_id", "SMILES", "control"}
    assert found.remarks == ()  # what the test table lacks is known of its compounds


def test_a_pattern_says_which_are_the_targets_and_goes_into_the_file(tmp_path: Path) -> None:
    found = guessed(tmp_path, "batches", targets="y1*")
    assert found.targets == ("y1", "y10", "y11", "y12")
    assert found.target_pattern == "y1.*"
    two = guessed(tmp_path, "batches", targets="y1, y2")
    assert two.targets == ("y1", "y2")
    assert [bool(re.fullmatch(str(two.target_pattern), name)) for name in ("y1", "y2", "y3", "y12")] == [
        True,
        True,
        False,
        False,
    ]


def test_what_the_user_says_is_taken(tmp_path: Path) -> None:
    found = guessed(tmp_path, "screen", group="-", smiles="-", weight="GENE00003", keys="compound,cell_line")
    assert (found.group, found.smiles, found.weight) == (None, None, "GENE00003")
    assert found.keys == ("compound", "cell_line")
    assert found.reasons["group"] == found.reasons["keys"] == "as you say"


def table(**columns: object) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    values = pd.DataFrame(rng.normal(size=(12, 3)), columns=["A1BG", "TP53", "MYC"])
    return pd.concat([pd.DataFrame(columns, index=values.index), values], axis=1)


PAIRS = {"cell_line": ["A", "B"] * 6, "drug": list("ccddee") * 2}


def test_replicates_are_told_apart_by_a_column_that_numbers_them(tmp_path: Path) -> None:
    frame = table(**PAIRS, replicate=[1] * 6 + [2] * 6)
    found = guess(profile(tmp_path, frame))
    assert (found.keys, found.replicate) == (("cell_line", "drug"), "replicate")
    assert found.targets == ("A1BG", "TP53", "MYC")
    assert found.remarks == ()


def test_doses_and_times_are_keys_and_no_replicates(tmp_path: Path) -> None:
    frame = table(**PAIRS, dose=[0.1] * 6 + [1.0] * 6)
    found = guess(profile(tmp_path, frame), answers={"targets": "A1BG,TP53"})
    assert (found.keys, found.replicate) == (("cell_line", "drug", "dose"), None)


def test_replicates_that_nothing_numbers_are_rows_with_a_remark(tmp_path: Path) -> None:
    found = guess(profile(tmp_path, table(**PAIRS)))
    assert (found.keys, found.group, found.compound) == ((), "cell_line", "drug")
    assert len(found.remarks) == 1
    assert "6 rows of 12 repeat the cell_line and drug of another (2 rows of one)" in found.remarks[0]


def test_structures_are_recognised_without_their_name_and_name_the_compound(tmp_path: Path) -> None:
    drawn = own("ic50").train[:12].reset_index(drop=True)
    frame = table(substance=drawn["drug"], graph=drawn["smiles"])
    found = guess(profile(tmp_path, frame))
    assert (found.smiles, found.compound, found.keys) == ("graph", "substance", ("substance",))
    words = guess(profile(tmp_path, table(sequence=["CCO", "hello"] * 6), "w.parquet"))
    assert words.smiles is None


def test_compounds_with_two_structures_have_none(tmp_path: Path) -> None:
    """A competition file that names such structures is refused: the guess leaves them out and says why."""
    two = table(compound=list("aabb") * 3, SMILES=["CCO", "OCC", "CCN", "CCN"] * 3, line=list("xyxy") * 3)
    found = guess(profile(tmp_path, two))
    assert (found.compound, found.smiles) == ("compound", None)
    assert "SMILES" in found.metadata
    assert "'a' has two" in found.reasons["smiles"]


def test_two_keys_without_telling_names_are_a_group_and_a_compound_by_their_number_of_values(tmp_path: Path) -> None:
    frame = table(left=[*"ab"] * 6, right=list("ccddeeffgghh"))
    found = guess(profile(tmp_path, frame))
    assert (found.keys, found.group, found.compound) == (("left", "right"), "left", "right")


def test_counts_beside_measurements_are_no_targets_where_only_rows_to_predict_lack_them(tmp_path: Path) -> None:
    frame = table(drug=list("abcdefghijkl"), n_cells=range(12))
    test = profile(tmp_path, pd.DataFrame({"drug": ["y", "z"]}), "test.parquet")
    found = guess(profile(tmp_path, frame), test)
    assert found.targets == ("A1BG", "TP53", "MYC")
    assert "n_cells" in found.metadata
    assert found.remarks == ()  # a drug has one number of cells
    several = frame.assign(drug=[*"ab"] * 6)
    assert "does not have 'n_cells'" in guess(profile(tmp_path, several), test).remarks[-1]


def test_targets_that_stand_empty_in_the_rows_to_predict_are_targets(tmp_path: Path) -> None:
    frame = table(drug=list("abcdefghijkl"))
    test = frame[:2].assign(drug=["y", "z"], A1BG=np.nan, TP53=np.nan, MYC=np.nan)
    assert guess(profile(tmp_path, frame), profile(tmp_path, test, "test.parquet")).targets == ("A1BG", "TP53", "MYC")


@pytest.mark.parametrize(
    ("train", "test", "answers", "message"),
    [
        (pd.DataFrame({"a": ["x", "y"]}), None, {}, "no column holds numbers .1 columns: 'a'."),
        (table(drug="a"), None, {"targets": "y*"}, r"--target 'y\*' matches none of the 4 columns .*'drug', 'A1BG'"),
        (table(drug="a"), None, {"targets": "d*"}, "--target: 'drug' of .* hold no numbers"),
        (table(drug="a"), None, {"targets": ","}, "--target: name the columns"),
        (table(drug="a"), table(drug="b"), {}, "has every column of numbers that .* has; say which .* --target"),
        (table(drug="a"), pd.DataFrame({"durg": ["b"]}), {}, "none of its columns .'durg'. is one of .*train.parquet"),
        (table(drug="a"), None, {"group": "durg"}, "group: there is no column 'durg' .did you mean 'drug'"),
        (table(drug="a"), None, {"keys": "drug"}, "keys: 11 rows of 12 repeat the drug of another .12 rows of one."),
        (table(drug="a"), None, {"keys": "drg"}, "keys: there is no column 'drg'"),
    ],
)
def test_what_cannot_be_is_said(
    train: pd.DataFrame, test: pd.DataFrame | None, answers: dict[str, str], message: str, tmp_path: Path
) -> None:
    tables = [
        None if frame is None else profile(tmp_path, frame, name)
        for frame, name in ((train, "train.parquet"), (test, "test.parquet"))
    ]
    assert tables[0] is not None
    with pytest.raises(InputError, match=message):
        guess(tables[0], tables[1], answers=answers)


def test_a_design_of_many_lines_is_understood(tmp_path: Path) -> None:
    lines = tuple(CellType(f"L{number}", "one", 100, hidden=number > 1) for number in range(4))
    drawn = simulate(Design("few", lines, 20, 4, 12, rank=2), 0)
    frame = pd.concat([drawn.train[["cell_type", "sm_name"]], pd.DataFrame(drawn.train_targets)], axis=1)
    found = guess(profile(tmp_path, frame.rename(columns=str)))
    assert (found.keys, found.group, found.compound) == (("cell_type", "sm_name"), "cell_type", "sm_name")
    assert found.targets == tuple(map(str, range(12)))


def test_names_that_begin_with_metadata_are_no_targets(tmp_path: Path) -> None:
    frame = table(Metadata_pert_well=[f"A{n:02}" for n in range(12)], Metadata_mmoles=0.5)
    found = guess(profile(tmp_path, frame.rename(columns={"A1BG": "Cells_A"})))
    assert found.targets == ("Cells_A", "TP53", "MYC")
    assert (found.keys, found.compound) == (("Metadata_pert_well",), None)
    with pytest.raises(InputError, match="no column of numbers looks like one to be predicted"):
        guess(profile(tmp_path, frame[["Metadata_mmoles"]], "m.parquet"))


def test_the_targets_of_an_h5ad_file_are_in_its_matrix(tmp_path: Path) -> None:
    anndata = pytest.importorskip("anndata")
    obs = pd.DataFrame({"drug": ["a", "b"], "score": [0.5, 2.25]}, index=["0", "1"])
    data = anndata.AnnData(np.float32([[0.5, 1.5], [2, 3]]), obs=obs, var=pd.DataFrame(index=["A1BG", "TP53"]))
    data.write_h5ad(tmp_path / "t.h5ad")
    found = guess(Profile(open_table(tmp_path / "t.h5ad")))
    assert found.targets == ("A1BG", "TP53")
    assert "score" in found.metadata
