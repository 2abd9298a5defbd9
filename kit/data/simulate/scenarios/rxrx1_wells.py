"""The wells of RxRx1: which siRNA is where, drawn or as the competition's own tables say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Ints
from kit.data.simulate.streams import stream
from kit.errors import DataError

PLATES = 4
GROUPS_ON_PLATES = (22 / 33, 4 / 33, 7 / 33, 0.0)
"""How often the four groups of siRNAs are moved on by 0, 1, 2 or 3 plates, counted in the 33 training experiments."""

N_CLASSES = 1108
"""The siRNAs of the competition; controls have the numbers behind them, the untreated well the last."""

CONTROL, TREATMENT = "control", "treatment"

_ID_CODE = re.compile(r"(?P<experiment>(?P<cell_type>[^-_]+)-\d+)_(?P<plate>\d+)_(?P<well>[A-Z]+\d+)")


@dataclass(frozen=True)
class Wells:
    """Wells in a table.

    Attributes:
        frame: (n_wells, …) ``id_code``, ``experiment``, ``cell_type``, ``plate``, ``well``; ``role`` (a treatment or a
            control) and ``control``, the number of a control's siRNA.
        codes: (n_wells,) the numbers of the siRNAs.
        to_predict: (n_wells,) whether a well is of an experiment whose treatments are to be predicted.
    """

    frame: pd.DataFrame
    codes: Ints
    to_predict: np.ndarray

    @classmethod
    def of(
        cls,
        *,
        experiment: np.ndarray,
        plate: np.ndarray,
        well: np.ndarray,
        codes: Ints,
        to_predict: np.ndarray,
        n_classes: int,
    ) -> Self:
        """Return wells by where they are, (n_wells,) each; siRNAs from ``n_classes`` on are controls."""
        frame = pd.DataFrame({"experiment": experiment, "plate": plate, "well": well})
        frame.insert(0, "id_code", frame["experiment"] + "_" + frame["plate"].astype(str) + "_" + frame["well"])
        frame.insert(2, "cell_type", frame["experiment"].str.partition("-")[0])
        frame["role"] = np.where(codes < n_classes, TREATMENT, CONTROL)
        frame["control"] = np.where(codes < n_classes, "", codes.astype(str))
        return cls(frame, codes, to_predict)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables without embeddings, by file."""
        keys = ["id_code", "experiment", "cell_type", "plate", "well"]
        labelled = self.frame[[*keys, "role"]].assign(sirna=self.codes)
        treated = (self.frame["role"] == TREATMENT).to_numpy()
        test = labelled[treated & self.to_predict].reset_index(drop=True)
        return {
            "train.parquet": labelled.loc[treated & ~self.to_predict, [*keys, "sirna"]].reset_index(drop=True),
            "test.parquet": test[keys],
            "labelled.parquet": labelled[~(treated & self.to_predict)].reset_index(drop=True),
            "controls.parquet": labelled[~treated].reset_index(drop=True),
            "truth.csv": test[["id_code", "sirna"]],
            "sample.csv": test[["id_code"]].assign(sirna=0),
        }


def parse_id_code(id_code: str) -> tuple[str, str, int, str]:
    """Return cell type, experiment, plate and well of an ``id_code`` such as ``HUVEC-01_1_B02``.

    Raises:
        DataError: It is none.
    """
    match = _ID_CODE.fullmatch(id_code)
    if match is None:
        raise DataError(f"{id_code!r} is no id_code; expected EXPERIMENT_PLATE_WELL, such as HUVEC-01_1_B02")
    return match["cell_type"], match["experiment"], int(match["plate"]), match["well"]


def read_embeddings(path: Path, wells: Wells, n_sites: int) -> Doubles:
    """Return the (n_wells × n_sites, n_dims) embeddings of wells, the sites of a well together.

    Args:
        path: A table with ``site_id`` (an id_code, "_" and the number of the site), and a column a dimension.
        wells: The wells.
        n_sites: 1 averages the sites of a well.

    Raises:
        DataError: There is no such column, a site stands twice, a well has no embedding, or not ``n_sites``.
    """
    table = pd.read_csv(path)
    if "site_id" not in table.columns:
        raise DataError(f"{path} has no column 'site_id'; it has {', '.join(table.columns[:5])} …")
    if table["site_id"].duplicated().any():
        raise DataError(f"{path}: the site {table['site_id'][table['site_id'].duplicated()].iloc[0]!r} stands twice")
    table = table.sort_values("site_id", kind="stable")
    id_codes = table["site_id"].str.rpartition("_")[0]
    values = table.drop(columns="site_id").select_dtypes("number")
    if n_sites == 1:
        values, id_codes = values.groupby(id_codes.to_numpy()).mean(), pd.Series(sorted(set(id_codes)))
    order = pd.Series(np.arange(len(id_codes)), index=id_codes.to_numpy())
    counts = id_codes.value_counts().reindex(wells.frame["id_code"], fill_value=0).to_numpy()
    if (counts != n_sites).any():
        at = int((counts != n_sites).argmax())
        raise DataError(
            f"{path}: the well {wells.frame['id_code'][at]!r} has {counts[at]} embeddings, expected {n_sites} "
            f"({int((counts != n_sites).sum())} wells in all)"
        )
    return np.asarray(values.iloc[order.loc[wells.frame["id_code"]].to_numpy()], dtype=np.float64)


def read_wells(folder: Path, seed: int = 0) -> Wells:
    """Return the wells of the competition's own tables.

    The siRNAs of the wells to predict are nobody's but the organisers': they are drawn as the design has it, one group
    of siRNAs a plate, the groups moved on by some plates, each siRNA once. Where ``test.csv`` names them (as in tables
    that were made after the competition), they are those.

    Args:
        folder: Has ``train.csv``, ``test.csv``, ``train_controls.csv`` and ``test_controls.csv``.
        seed: Seed of that draw.

    Raises:
        DataError: A table is absent or lacks a column, an id_code contradicts the other columns, a well stands twice,
            or a plate to predict has more wells than a group has siRNAs.
    """
    parts = {name: _read(folder / f"{name}.csv") for name in ("train", "train_controls", "test", "test_controls")}
    rng = stream(seed, "siRNAs to predict")
    if "sirna" not in parts["test"]:
        parts["test"]["sirna"] = _drawn(parts["test"], _groups(parts["train"]), rng)
    every = pd.concat([part.assign(to_predict=name.startswith("test")) for name, part in parts.items()])
    every = every.sort_values("id_code", ignore_index=True)
    if every["id_code"].duplicated().any():
        raise DataError(f"{folder}: the well {every['id_code'][every['id_code'].duplicated()].iloc[0]!r} stands twice")
    return Wells.of(
        **{name: every[name].to_numpy() for name in ("experiment", "plate", "well", "to_predict")},
        codes=every["sirna"].to_numpy(dtype=np.intp),
        n_classes=N_CLASSES,
    )


def _read(path: Path) -> pd.DataFrame:
    """Return a table of the competition: id_code, experiment, plate, well, and sirna where it has it."""
    if not path.is_file():
        raise DataError(f"no file {path}; the tables are those of kaggle.com/c/recursion-cellular-image-classification")
    table = pd.read_csv(path)
    wanted = ["id_code", "experiment", "plate", "well", *(["sirna"] if path.name != "test.csv" else [])]
    if missing := [name for name in wanted if name not in table.columns]:
        raise DataError(f"{path} has no column {missing[0]!r}; it has {', '.join(table.columns)}")
    for row, (id_code, *said) in enumerate(table[["id_code", "experiment", "plate", "well"]].itertuples(index=False)):
        if parse_id_code(id_code)[1:] != tuple(said):
            raise DataError(f"{path}: row {row} has the id_code {id_code!r}, and its other columns say {said}")
    return table[[*wanted, *(["sirna"] if "sirna" in table.columns and "sirna" not in wanted else [])]].copy()


def _groups(train: pd.DataFrame) -> Ints:
    """Return the (n_classes,) group of each siRNA, of those that share plates: numbered as in the first experiment."""
    groups = np.full(N_CLASSES, -1, dtype=np.intp)
    for _, experiment in train.groupby("experiment", sort=False):
        known = groups.copy()
        for plate, rows in experiment.groupby("plate"):
            codes = rows["sirna"].to_numpy()
            votes = known[codes][known[codes] >= 0]
            groups[codes] = np.bincount(votes).argmax() if len(votes) else int(str(plate)) - 1
    return groups


def _drawn(test: pd.DataFrame, groups: Ints, rng: np.random.Generator) -> Ints:
    """Return (n_rows,) siRNAs of the wells to predict."""
    drawn = np.zeros(len(test), dtype=np.intp)
    for name, experiment in test.groupby("experiment"):
        moved_on = rng.choice(PLATES, p=GROUPS_ON_PLATES)
        for plate, rows in experiment.groupby("plate"):
            of_plate = np.flatnonzero(groups == (int(str(plate)) - 1 + moved_on) % PLATES)
            if len(rows) > len(of_plate):
                raise DataError(f"test.csv: plate {plate} of {name} has {len(rows)} wells for {len(of_plate)} siRNAs")
            drawn[test.index.get_indexer(rows.index)] = rng.permutation(of_plate)[: len(rows)]
    return drawn
