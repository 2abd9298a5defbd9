"""What is planted can be learned: better models score better, and the gap to the noise ceiling stays open."""

from __future__ import annotations

import numpy as np
import pytest

from kit.data.simulate import simulate
from tests.data.simulate.reference import LADDER, row_rmse


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("design", "n_genes"), [("demo", None), ("open-problems", 400)])
def test_each_reference_predictor_beats_the_one_before(design: str, n_genes: int | None, seed: int) -> None:
    world = simulate(design, seed, n_genes)
    errors = [row_rmse(world.test_targets, predict(world)) for predict in LADDER]
    for worse, better, predict in zip(errors, errors[1:], LADDER[1:], strict=False):
        gain = worse - better
        standard_error = gain.std(ddof=1) / np.sqrt(len(gain))
        assert gain.mean() > 3 * standard_error, f"{predict.__name__}: {gain.mean():.4f} +- {standard_error:.4f}"
    # As in real data, most of the error of predicting nothing is noise that nobody can predict.
    assert 0.6 < errors[-1].mean() / errors[0].mean() < 0.9
