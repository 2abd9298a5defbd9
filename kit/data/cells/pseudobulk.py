"""Rows of a competition from single cells: one row a treatment and context, its difference to the control's cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from kit.arrays import Doubles, Floats
from kit.data.cells.sums import Sums, sum_cells
from kit.data.tables.h5ad_tables import H5adTable
from kit.errors import DataError, InputError, nearest
from kit.values import canonical_texts

Value = Literal["change", "signed-p"]

_UNIT, _COUNT = "replicate of the row", "n_cells"
_SMALLEST_P = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class Pseudobulk:
    """What was made of the cells.

    Attributes:
        rows: One row a group: the columns of ``by``, other columns of ``obs`` that are constant in each group, and
            ``n_cells``.
        Y: (n_rows, n_genes) float32, differences to the control.
        genes: The names of the columns of ``Y``.
        left_out: Groups without a row, and why.
    """

    rows: pd.DataFrame
    Y: Floats
    genes: tuple[str, ...]
    left_out: tuple[str, ...]


def pseudobulk(
    table: H5adTable,
    by: Sequence[str],
    control: Mapping[str, str],
    replicates: str | None = None,
    value: Value = "change",
    normalised: bool = False,
    min_cells: int = 10,
) -> Pseudobulk:
    """Turn cells into one row for every combination of ``by`` that is no control.

    A cell's counts are scaled to 10,000 and become log(1 + x). A row is compared with the control's cells that share
    its other columns of ``by`` (its context). Without ``replicates`` the change is the difference of the means over
    cells, and p is Welch's over cells: cells of one well are not independent, so such a p is too small, and more so
    the more cells there are. With ``replicates`` the difference is taken within every replicate (a donor, a plate),
    the change is their mean, and p is the paired t-test's over replicates, as the pseudobulk analyses of the field do
    (Squair et al., Nature Communications 2021).

    Args:
        table: The cells, with counts (or logarithms) in ``X`` or a layer.
        by: Columns of ``obs`` whose combinations become rows, such as cell type and compound.
        control: What makes a cell a control: a value of one or more columns of ``by``, such as
            ``{"sm_name": "DMSO"}``.
        replicates: A column of ``obs`` that numbers replicates, each with treated and control cells.
        value: "change", in units of natural logarithms, or "signed-p": sign(change)·(−log10 p).
        normalised: Whether the values are logarithms already.
        min_cells: Groups of fewer cells (within a replicate, where there are replicates) are left out.

    Raises:
        DataError: A column is missing, nothing is a control, or the values are no counts.
    """
    cells, unit, is_control = _described(table, by, control, replicates)
    # Cells of one row and one replicate are summed together, those of the controls too.
    names = [*by, _UNIT]
    number, keys = pd.factorize(pd.MultiIndex.from_frame(cells[list(by)].assign(**{_UNIT: unit})))
    incomplete = cells[list(by)].isna().any(axis=1).to_numpy() | pd.isna(unit)
    sums = sum_cells(table, np.where(incomplete, -1, number), len(keys), normalised)
    places = [dict(zip(names, key, strict=True)) for key in keys]
    enough = [index for index in range(len(keys)) if sums.n[index] >= max(min_cells, 1)]
    shared = [name for name in names if name not in control]

    def context(index: int) -> tuple[str, ...]:
        return tuple(places[index][name] for name in shared)

    controls = {context(i): i for i in enough if all(places[i][name] == text for name, text in control.items())}
    kept: list[int] = []
    values: list[Doubles] = []
    left_out: list[str] = []
    treated = cells[~(incomplete | is_control)]
    for key, members in treated.groupby(list(by), sort=True).groups.items():
        own = [index for index in dict.fromkeys(number[members]) if sums.n[index] >= max(min_cells, 1)]
        pairs = [(index, controls[context(index)]) for index in own if context(index) in controls]
        if not own:
            reason = f"fewer than {min_cells} cells"
        elif not pairs:
            reason = f"fewer than {min_cells} control cells beside them"
        elif value == "signed-p" and replicates is not None and len(pairs) < 2:
            reason = "one replicate with a control, and a p-value needs two"
        else:
            kept.append(int(members[0]))
            change, p = _welch(sums, *pairs[0]) if replicates is None else _paired(sums, pairs)
            values.append(change if value == "change" else -np.sign(change) * np.log10(np.maximum(p, _SMALLEST_P)))
            continue
        left_out.append(f"{', '.join(map(str, key))}: {reason}")
    if not kept:
        raise DataError(f"{table.path}: no row can be made: {'; '.join(left_out[:5]) or 'every cell is a control'}")
    Y = np.array(values, dtype=np.float32)
    return Pseudobulk(_rows(treated, list(by), kept), Y, tuple(table.candidates), tuple(left_out))


def _described(
    table: H5adTable, by: Sequence[str], control: Mapping[str, str], replicates: str | None
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return ``obs`` as text, each cell's replicate, and whether it is a control."""
    for name in [*by, *([] if replicates is None else [replicates])]:
        if name not in table.columns:
            hint = nearest(name, table.columns)
            meant = f"did you mean {hint!r}?" if hint else f"it has {', '.join(table.columns)}"
            raise DataError(f"{table.path}: obs has no column {name!r}; {meant}")
    if not control or not set(control) <= set(by):
        raise InputError(f"--control names {', '.join(control) or 'nothing'}, which must be columns of --by")
    rows = table.frame(list(table.columns))
    control = dict(zip(control, (text or "" for text in canonical_texts(list(control.values()))), strict=True))
    is_control = np.logical_and.reduce([(rows[name] == text).to_numpy() for name, text in control.items()])
    if not is_control.any():
        name, text = next(iter(control.items()))
        known = sorted(map(str, rows[name].dropna().unique()))
        hint = nearest(text, known)
        meant = f"did you mean {hint!r}?" if hint else f"it has {', '.join(known[:8])}"
        raise DataError(f"{table.path}: no cell is a control: {name} is {text!r} nowhere; {meant}")
    unit = np.full(len(rows), "") if replicates is None else rows[replicates].to_numpy()
    return rows, unit, is_control


def _rows(cells: pd.DataFrame, by: list[str], kept: list[int]) -> pd.DataFrame:
    """Return the rows' columns: what they are called by, what is the same in all cells of every row, their number."""
    grouped = cells.groupby(by)
    others = [name for name in cells.columns if name not in (*by, _COUNT)]
    constant = [name for name in others if (grouped[name].nunique(dropna=False) == 1).all()]
    counts = grouped[by[0]].transform("size")
    return cells.loc[kept, by + constant].assign(**{_COUNT: counts[kept]}).reset_index(drop=True)


def _welch(sums: Sums, treated: int, control: int) -> tuple[Doubles, Doubles]:
    with np.errstate(invalid="ignore", divide="ignore"):
        p = stats.ttest_ind_from_stats(
            sums.mean(treated),
            sums.sd(treated),
            sums.n[treated],
            sums.mean(control),
            sums.sd(control),
            sums.n[control],
            equal_var=False,
        ).pvalue
    return sums.mean(treated) - sums.mean(control), np.where(np.isnan(p), 1.0, p)


def _paired(sums: Sums, pairs: list[tuple[int, int]]) -> tuple[Doubles, Doubles]:
    differences = np.array([sums.mean(treated) - sums.mean(control) for treated, control in pairs])
    if len(pairs) < 2:
        return differences[0], np.ones(differences.shape[1])
    with np.errstate(invalid="ignore", divide="ignore"):
        p = stats.ttest_1samp(differences, 0.0, axis=0).pvalue
    return differences.mean(axis=0), np.where(np.isnan(p), 1.0, p)
