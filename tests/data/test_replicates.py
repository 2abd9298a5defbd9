"""Replicates: one row each or averaged, and a ceiling that is as far from the measurements as their noise is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kit.arrays import Floats
from kit.config.schema import ColumnsConfig
from kit.data import read_competition
from kit.data.competition import Competition
from kit.data.replicates import Replicated, tell_apart
from kit.errors import DataError
from tests.data.small import GENES, small_config, train_table, write_tables

N_KEYS, N_TARGETS, NOISE = 40, 300, 0.5


def in_memory(what: str, n_rows: int, build: Any) -> Floats:
    out = np.empty((n_rows, N_TARGETS), dtype=np.float32)
    build(out)
    return out


def drawn(n: int, average: bool, rng: np.random.Generator) -> tuple[Floats, pd.DataFrame, Floats, Replicated]:
    """Return the truth of every key, the rows, what was measured, and what is made of it."""
    truth = rng.standard_normal((N_KEYS, N_TARGETS), dtype=np.float32)
    rows = pd.DataFrame([(str(key), str(number)) for number in range(n) for key in range(N_KEYS)], columns=["k", "r"])
    Y = np.tile(truth, (n, 1)) + rng.normal(0, NOISE, (n * N_KEYS, N_TARGETS)).astype(np.float32)
    columns = ColumnsConfig(keys=["k"], replicate="r", average_replicates=average)
    return truth, rows, Y, tell_apart(rows, Y, None, columns, in_memory)


def distance(a: Floats, b: Floats) -> float:
    return float(np.sqrt(np.mean((a - b) ** 2)))


@pytest.mark.parametrize("n", [2, 3, 6])
def test_the_ceiling_of_averaged_rows_is_as_far_as_the_truth_is(n: int) -> None:
    truth, _, Y, made = drawn(n, True, np.random.default_rng(n))
    assert list(made.rows) == ["k"]
    assert made.counts.tolist() == [n] * N_KEYS
    np.testing.assert_allclose(made.Y, Y.reshape(n, N_KEYS, N_TARGETS).mean(axis=0), atol=1e-5)
    assert distance(made.ceiling, made.Y) == pytest.approx(distance(truth, made.Y), rel=0.03)


@pytest.mark.parametrize("n", [2, 4])
def test_the_ceiling_of_rows_of_their_own_is_the_mean_of_the_others(n: int) -> None:
    _, rows, Y, made = drawn(n, False, np.random.default_rng(n))
    others = np.flatnonzero((rows["k"] == rows["k"][7]) & (np.arange(len(rows)) != 7))
    np.testing.assert_allclose(made.ceiling[7], Y[others].mean(axis=0), atol=1e-5)
    assert distance(made.ceiling, made.Y) == pytest.approx(NOISE * np.sqrt(1 + 1 / (n - 1)), rel=0.03)


def test_what_was_not_measured_is_in_no_mean() -> None:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"k": list("aabbc"), "r": list("12121")})
    Y = rng.standard_normal((5, N_TARGETS), dtype=np.float32)
    Y[0, 0] = Y[2, 1] = Y[3, 1] = np.nan
    made = tell_apart(rows, Y, None, ColumnsConfig(keys=["k"], replicate="r", average_replicates=True), in_memory)
    assert made.Y[0, 0] == Y[1, 0]
    assert np.isnan(made.Y[1, 1])
    np.testing.assert_allclose(made.Y[0, 1:], Y[:2, 1:].mean(axis=0), rtol=1e-5)
    assert np.isnan(made.ceiling[2]).all()
    assert made.counts.tolist() == [2, 2, 1]


def replicated(folder: Path, **columns: Any) -> Competition:
    again = train_table().assign(plate="2")
    again[GENES] += 1.0
    write_tables(folder, pd.concat([train_table().assign(plate="1"), again.iloc[:6]], ignore_index=True))
    config = small_config({}, {"replicate": "plate"} | columns)
    return read_competition(config, folder, folder / "cache")


def test_replicates_are_allowed_where_a_column_numbers_them(tmp_path: Path) -> None:
    apart = replicated(tmp_path)
    assert apart.n_rows == 14
    assert apart.rows["plate"].tolist() == [1] * 8 + [2] * 6
    assert "plate" not in apart.test
    together = replicated(tmp_path, average_replicates=True)
    assert together.n_rows == 8
    assert "plate" not in together.rows
    np.testing.assert_allclose(together.Y[:6], apart.Y[:6] + 0.5, atol=1e-6)
    np.testing.assert_array_equal(together.Y[6:], apart.Y[6:8])
    assert together.fingerprint != apart.fingerprint


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"replicate": "dose", "metadata": ["control", "plate"]}, "row 0 and row 8 have the same"),
        ({"replicate": None, "metadata": ["control", "dose", "plate"]}, "for replicates columns.replicate"),
        ({"replicate": "plaet"}, "'plaet' .metadata. is missing .did you mean 'plate'"),
    ],
)
def test_rows_that_are_no_replicates(tmp_path: Path, columns: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        replicated(tmp_path, **columns)


def test_a_table_without_replicates_says_so(tmp_path: Path) -> None:
    write_tables(tmp_path, train_table().assign(plate="1"))
    with pytest.raises(DataError, match="no two rows have the same cell_type, sm_name; leave it out"):
        read_competition(small_config({}, {"replicate": "plate"}), tmp_path, tmp_path / "cache")


@pytest.mark.parametrize("average", [True, False])
@pytest.mark.parametrize("elements", [1, 900, 6000])
def test_blocks_of_keys_and_targets_are_the_whole(
    average: bool, elements: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    keys = np.repeat(np.arange(12), [1, 30, 2, 3, 1, 4, 2, 2, 5, 1, 2, 7])
    rows = pd.DataFrame({"k": keys.astype(str), "r": np.arange(len(keys)).astype(str)})
    Y = rng.standard_normal((len(keys), N_TARGETS), dtype=np.float32)
    Y[rng.random(Y.shape) < 0.2] = np.nan
    shuffled = rng.permutation(len(keys))
    rows, Y = rows.iloc[shuffled].reset_index(drop=True), Y[shuffled]
    columns = ColumnsConfig(keys=["k"], replicate="r", average_replicates=average)
    whole = tell_apart(rows, Y, None, columns, in_memory)
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", elements)
    cut = tell_apart(rows, Y, None, columns, in_memory)
    np.testing.assert_array_equal(cut.ceiling, whole.ceiling)
    np.testing.assert_array_equal(cut.Y, whole.Y)
    means = pd.DataFrame(Y).groupby(rows["k"], sort=False).mean()
    if average:
        np.testing.assert_allclose(cut.Y, means, rtol=1e-5, atol=1e-6)
