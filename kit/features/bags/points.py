"""Tables of points: one line a point (a cell), with the keys of the row (the well) that it belongs to."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from kit.arrays import Floats, Ints, require_columns
from kit.errors import DataError, InputError, did_you_mean
from kit.features.columns import Pattern
from kit.features.vectors.texts import some
from kit.files import file_sha256
from kit.values import canonical_texts


@dataclass(frozen=True)
class Points:
    """A table of points, those of a bag together.

    Attributes:
        path: The file.
        by: The columns that name a bag.
        columns: The columns of a point's values.
        place: The number of each bag by its keys.
        starts: (n_bags + 1,) where the points of each bag begin in ``values``.
        values: (n_points, n_columns) float32, in the order of the file within a bag.
        order: (n_points,) the line of the file that each point is from.
        sha256: SHA-256 of the file.
    """

    path: Path
    by: tuple[str, ...]
    columns: tuple[str, ...]
    place: dict[tuple[str, ...], int]
    starts: Ints
    values: Floats
    order: Ints
    sha256: str

    def labels(self, names: Sequence[str]) -> pd.DataFrame:
        """Return other columns of the table as text, (n_points, …) in the order of ``values``.

        Raises:
            DataError: A column is absent.
        """
        table = _open(self.path)
        for name in names:
            if name not in table.column_names:
                raise DataError(f"{self.path} has no column {name!r}{did_you_mean(name, table.column_names)}")
        columns = {name: [text or "" for text in canonical_texts(table.column(name).to_pylist())] for name in names}
        return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows)).iloc[self.order].reset_index(drop=True)

    def bag(self, number: int, sample: int | None = None, seed: int = 0) -> Floats:
        """Return the (n_points, n_columns) points of a bag.

        Args:
            number: The bag's number.
            sample: The most points, drawn at random; None returns all.
            seed: Seed of the draw; each bag is drawn alike whatever other bags are asked for.
        """
        points = self.values[self.starts[number] : self.starts[number + 1]]
        if sample is None or len(points) <= sample:
            return points
        return points[np.sort(np.random.default_rng([seed, number]).permutation(len(points))[:sample])]


def existing(path: Path) -> Path:
    """Return the path of a table of points.

    Raises:
        DataError: It is not there.
    """
    if not os.path.isfile(path):
        raise DataError(
            f"no file {str(path)!r} (looked in {Path.cwd()}); give the path of a table of points (in a recipe, ./FILE "
            "is beside it)"
        )
    return path


def read_points(path: Path, by: Sequence[str], columns: Sequence[str] | Pattern, within: Sequence[str] = ()) -> Points:
    """Read a table: parquet or CSV. The last ones that were read are kept, since folds and tasks share them.

    Args:
        path: The table.
        by: The columns that name a bag.
        columns: The columns of a point's values, or a pattern of their names.
        within: The columns that name what is standardised together: the plate. All points there say how its values are
            shifted and scaled. Without any, values are as they are.

    Raises:
        DataError: The file is absent or damaged, lacks a column, or holds something else than finite numbers.
    """
    existing(path)
    asked = (columns["pattern"],) if isinstance(columns, dict) else tuple(columns)
    stat = path.stat()
    key = (path, tuple(by), asked, isinstance(columns, dict), (stat.st_mtime_ns, stat.st_size))
    return _standardised(*key, tuple(within)) if within else _read(*key)


def places_of(rows: pd.DataFrame, by: Sequence[str], known: Mapping[tuple[str, ...], int], table: str) -> Ints:
    """Return the (n_rows,) number of each row's bag.

    Args:
        rows: (n_rows, …) with the columns that name a bag.
        by: Those columns.
        known: The bags' numbers by their keys.
        table: What the table of points is called in messages.

    Raises:
        InputError: A column is absent, or a row has no points.
    """
    require_columns(rows, list(by), table)
    keys = [tuple(map(str, key)) for key in zip(*(canonical_texts(rows[name]) for name in by), strict=True)]
    places = [known.get(key, -1) for key in keys]
    if -1 in places:
        at = places.index(-1)
        named = ", ".join(f"{name} {value!r}" for name, value in zip(by, keys[at], strict=True))
        raise InputError(
            f"{table} has no points of {places.count(-1)} of {len(rows)} rows, the first of {named}; its bags are "
            f"{some(sorted(' '.join(key) for key in known))}"
        )
    return np.array(places, dtype=np.intp)


@lru_cache(maxsize=2)
def _standardised(
    path: Path,
    by: tuple[str, ...],
    asked: tuple[str, ...],
    pattern: bool,
    version: tuple[int, int],
    within: tuple[str, ...],
) -> Points:
    points = _read(path, by, asked, pattern, version)
    plates, _ = pd.factorize(pd.MultiIndex.from_frame(points.labels(within)))
    values = np.empty_like(points.values)
    for plate in range(plates.max() + 1):
        mine = plates == plate
        of_plate = points.values[mine].astype(np.float64)
        spread = of_plate.std(axis=0)
        values[mine] = (of_plate - of_plate.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return replace(points, values=values)


@lru_cache(maxsize=2)
def _read(path: Path, by: tuple[str, ...], asked: tuple[str, ...], pattern: bool, version: tuple[int, int]) -> Points:
    table = _open(path)
    for name in by:
        if name not in table.column_names:
            raise DataError(f"{path} has no column {name!r}{did_you_mean(name, table.column_names)}; it names the bags")
    names = [name for name in table.column_names if name not in by]
    if pattern:
        chosen = [name for name in names if re.fullmatch(asked[0], name)]
        if not chosen:
            raise DataError(f"{path}: the pattern {asked[0]!r} matches none of its columns ({some(names)})")
    else:
        chosen = list(asked)
        if missing := [name for name in chosen if name not in names]:
            raise DataError(f"{path} has no column {missing[0]!r}{did_you_mean(missing[0], names)}")
    values = np.empty((table.num_rows, len(chosen)), dtype=np.float32)
    for column, name in enumerate(chosen):
        try:
            values[:, column] = table.column(name).to_numpy()
        except (TypeError, ValueError) as error:
            raise DataError(f"{path}: column {name!r} does not hold numbers ({error})") from None
    if not np.isfinite(values).all():
        row, at = np.argwhere(~np.isfinite(values))[0]
        raise DataError(f"{path}: row {row} of {chosen[at]!r} is missing or infinite; fill it in, or remove the point")
    texts = (canonical_texts(table.column(name).to_pylist()) for name in by)
    place: dict[tuple[str, ...], int] = {}
    keys = (tuple(map(str, key)) for key in zip(*texts, strict=True))
    codes = np.array([place.setdefault(key, len(place)) for key in keys], dtype=np.intp)
    order = np.argsort(codes, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=len(place)))]).astype(np.intp)
    return Points(path, by, tuple(chosen), place, starts, values[order], order, file_sha256(path))


def _open(path: Path) -> pa.Table:
    name = path.name.lower()
    try:
        if name.endswith(".parquet"):
            return pq.read_table(path)
        if name.endswith((".csv", ".csv.gz")):
            return pyarrow.csv.read_csv(path)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} cannot be read ({error}); copy or download it again") from None
    raise DataError(f"{path} is of an unknown format; expected .parquet, .csv or .csv.gz")
