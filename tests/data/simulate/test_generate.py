"""Tables and values of a synthetic competition."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib

import numpy as np
import pandas as pd
import pytest

from kit.data.simulate import DESIGNS, SimulatedCompetition, simulate
from kit.data.simulate.generate import FEW_CELLS, NOISE_GROWTH, NULL_SD
from kit.errors import InputError
from tests.data.simulate.reference import row_rmse

ARRAYS = ("train_targets", "train_noise_free", "test_targets", "test_noise_free", "train_cells", "test_cells")


def _bytes(simulated: SimulatedCompetition) -> list[bytes]:
    return [getattr(simulated, name).tobytes() for name in ARRAYS]


def test_the_tables_have_the_columns_of_the_competition(open_problems: SimulatedCompetition) -> None:
    assert list(open_problems.train) == ["cell_type", "sm_name", "sm_lincs_id", "SMILES", "control"]
    assert list(open_problems.test) == ["id", "cell_type", "sm_name"]
    assert open_problems.train["control"].dtype == bool
    controls = open_problems.train.loc[open_problems.train["control"], "sm_name"]
    assert controls.value_counts().to_dict() == {"Belinostat": 6, "Dabrafenib": 6}
    assert open_problems.test["id"].tolist() == list(range(255))
    assert not open_problems.train.duplicated(["cell_type", "sm_name"]).any()
    assert len(set(open_problems.genes)) == 40


def test_the_targets_are_aligned_float32(open_problems: SimulatedCompetition) -> None:
    for part, n_rows in (("train", 614), ("test", 255)):
        for kind in ("targets", "noise_free"):
            values = getattr(open_problems, f"{part}_{kind}")
            assert values.shape == (n_rows, 40)
            assert values.dtype == np.float32
            assert np.isfinite(values).all()
        assert getattr(open_problems, f"{part}_cells").shape == (n_rows,)


def test_the_same_compound_has_the_same_metadata_everywhere(open_problems: SimulatedCompetition) -> None:
    per_compound = open_problems.train.groupby("sm_name")[["sm_lincs_id", "SMILES", "control"]].nunique()
    assert (per_compound == 1).all(axis=None)
    assert set(open_problems.test["sm_name"]) < set(open_problems.train["sm_name"])
    merged = open_problems.train.merge(open_problems.compounds, on="sm_name", suffixes=("", "_listed"))
    assert (merged["SMILES"] == merged["SMILES_listed"]).all()


def test_the_same_seed_gives_the_same_bytes(demo: SimulatedCompetition) -> None:
    again = simulate(DESIGNS["demo"], seed=np.int64(0))
    assert _bytes(again) == _bytes(demo)
    pd.testing.assert_frame_equal(again.train, demo.train)
    pd.testing.assert_frame_equal(again.test, demo.test)


def test_another_process_gives_the_same_bytes(demo: SimulatedCompetition) -> None:
    """Nothing hangs on the order of a set of strings, which Python's hash seed decides."""
    code = (
        "import zlib; from kit.data.simulate import simulate; "
        "print(zlib.crc32(simulate('demo', 0).test_targets.tobytes()))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "12345"}
    printed = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert int(printed.stdout) == zlib.crc32(demo.test_targets.tobytes())


def test_another_seed_gives_other_values_to_the_same_counts(demo: SimulatedCompetition) -> None:
    other = simulate("demo", seed=1)
    assert all(mine != theirs for mine, theirs in zip(_bytes(other), _bytes(demo), strict=True))
    pd.testing.assert_series_equal(other.train["cell_type"].value_counts(), demo.train["cell_type"].value_counts())


def test_the_noise_has_mean_zero_and_the_stated_deviation() -> None:
    simulated = simulate("open-problems", seed=2, n_genes=300)
    expected = NULL_SD * np.sqrt(
        (1 + FEW_CELLS / simulated.train_cells[:, None]) * (1 + NOISE_GROWTH * np.abs(simulated.train_noise_free))
    )
    standardised = (simulated.train_targets.astype(float) - simulated.train_noise_free) / expected
    count = standardised.size
    assert abs(standardised.mean()) < 5 / np.sqrt(count)
    # A Laplace variable has kurtosis 6, so the variance of its square is 5.
    assert abs(np.mean(standardised**2) - 1) < 5 * np.sqrt(5 / count)
    assert abs(np.corrcoef(standardised[:-1].ravel(), standardised[1:].ravel())[0, 1]) < 5 / np.sqrt(count)


def test_rare_cell_types_are_noisier() -> None:
    simulated = simulate("open-problems", seed=0, n_genes=300)
    error = row_rmse(simulated.train_noise_free, simulated.train_targets)
    by_cell_type = pd.Series(error).groupby(simulated.train["cell_type"]).mean()
    assert by_cell_type["T regulatory cells"] > by_cell_type["T cells CD8+"] > by_cell_type["T cells CD4+"]


def test_values_look_like_signed_log_p() -> None:
    simulated = simulate("open-problems", seed=0, n_genes=600)
    values = simulated.train_targets
    assert 1.0 < row_rmse(values, np.zeros(values.shape)).mean() < 1.5
    standardised = (values - values.mean()) / values.std()
    assert np.mean(standardised.astype(float) ** 4) > 10  # a normal variable has 3
    minimum, median, maximum = simulated.compounds["strength"].quantile([0, 0.5, 1])
    assert maximum > 2.5 * median
    assert maximum / median > median / minimum


def test_the_demo_is_small(demo: SimulatedCompetition) -> None:
    assert demo.train["cell_type"].value_counts().to_dict() == {
        "NK cells": 48,
        "T cells CD4+": 48,
        "B cells": 12,
        "Myeloid cells": 12,
    }
    assert len(demo.test) == 69
    assert demo.train_targets.shape == (120, 500)


@pytest.mark.parametrize("seed", [-1, 1.5, True, "0"])
def test_a_wrong_seed_is_refused(seed: object) -> None:
    with pytest.raises(InputError, match="non-negative whole number"):
        simulate("demo", seed=seed)  # type: ignore[arg-type]


def test_a_wrong_number_of_genes_is_refused() -> None:
    with pytest.raises(InputError, match="n_genes"):
        simulate("demo", seed=0, n_genes=0)
