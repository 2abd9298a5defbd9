"""``kit folds``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.cli.conftest import Kit, is_wrong_input
from tests.labelled import make_rows, write_labelled


def _cells(line: str) -> list[str]:
    return re.split(r" {2,}", line.strip())


def test_every_row_of_a_group_is_counted(kit: Kit, tiny: Path) -> None:
    result = kit("folds", tiny / "linear.yaml", "--set", "folds={kind: kfold, params: {n_splits: 3}}")
    assert (result.code, result.err) == (0, "")
    title, head, *folds = result.out.splitlines()
    assert title == "Rows by cell_type: training / validation"
    assert len(folds) == 3
    rows = pd.read_parquet(tiny / "data" / "de_train.parquet", columns=["cell_type"])["cell_type"]
    names = _cells(head)
    assert names[:3] == ["fold", "weight", "all"]
    assert names[3:] == sorted(rows.unique())
    for place, name in enumerate(names[3:], 3):
        pairs = [[int(count) for count in _cells(fold)[place].split(" / ")] for fold in folds]
        # In k folds every row validates once and trains in the others.
        assert [sum(pair) for pair in pairs] == [(rows == name).sum()] * 3
        assert sum(validation for _, validation in pairs) == (rows == name).sum()


def test_the_folds_of_a_competition_file(kit: Kit, tiny: Path) -> None:
    result = kit("folds", tiny / "competition.yaml")
    assert result.code == 0
    assert [_cells(line)[0] for line in result.out.splitlines()[2:]] == ["NK cells", "T cells"]
    head, nk_cells, _ = map(_cells, result.out.splitlines()[1:])
    assert nk_cells[head.index("T cells")].endswith(" / 0")
    assert not nk_cells[head.index("NK cells")].endswith(" / 0")


def test_classes_are_counted_and_those_that_a_fold_never_saw_are_named(kit: Kit, tmp_path: Path) -> None:
    recipe = write_labelled(tmp_path)
    rows = make_rows()
    rows.loc[rows.index[rows["batch"] == "b1"][:2], "kind"] = "rare"
    rows.to_csv(tmp_path / "train.csv", index=False)
    result = kit("folds", recipe)
    assert result.code == 0
    title, head, *classes = result.out.splitlines()[-7:]
    assert title == "Rows by kind: training / validation"
    assert _cells(head) == ["kind", "b0", "b1", "b2"]
    counts = {name: of_folds for name, *of_folds in map(_cells, classes)}
    assert counts["rare"] == ["2 / 0", "0 / 2", "2 / 0"]
    assert sum(int(cell.split(" / ")[1]) for cells in counts.values() for cell in cells) == len(rows)
    assert "warning: fold 'b1' validates rows of 1 classes that its training rows lack" in result.err
    assert "'rare'" in result.err


def test_of_many_classes_the_rarest_are_shown(kit: Kit, tmp_path: Path) -> None:
    recipe = write_labelled(tmp_path)
    # 60 classes, and one row more of each of the last ten.
    names = [*range(60), *range(50, 60)]
    make_rows().head(70).assign(kind=[f"c{name:02d}" for name in names]).to_csv(tmp_path / "train.csv", index=False)
    shown = kit("folds", recipe).out.splitlines()[-51:]
    assert "Rows by kind, the 50 rarest of 60: training / validation" in kit("folds", recipe).out
    assert [_cells(line)[0] for line in shown[1:]] == [f"c{name:02d}" for name in range(50)]


def test_it_fits_into_a_narrow_terminal(kit: Kit, tiny: Path, terminal: Any) -> None:
    terminal(40)
    out = kit("folds", tiny / "linear.yaml").out
    assert max(map(len, out.splitlines())) <= 40
    for name in ("B cells", "Myeloid cells", "NK cells", "T cells"):
        assert name in out


@pytest.mark.parametrize(
    ("override", "told"),
    [("folds.kind=kfolds", "'kfold'"), ("folds={kind: kfold, params: {n_splits: 1}}", "at least 2")],
)
def test_wrong_input(kit: Kit, tiny: Path, override: str, told: str) -> None:
    result = kit("folds", tiny / "linear.yaml", "--set", override)
    assert is_wrong_input(result)
    assert told in result.err


def test_more_folds_than_rows(kit: Kit, tiny: Path) -> None:
    result = kit("folds", tiny / "linear.yaml", "--set", "folds={kind: kfold, params: {n_splits: 100000}}")
    assert is_wrong_input(result)
    assert "100000" in result.err
