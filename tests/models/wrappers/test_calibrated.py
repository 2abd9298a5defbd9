from __future__ import annotations

from pathlib import Path

import numpy as np

from kit.models import Calibrated, MeanOutcome, Ridge, Zeros
from kit.plugins import Plugin

RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 2, size=400)
SIGNAL = RNG.normal(size=(400, 6))
# The second group answers half as strongly: a model that cannot see the group overshoots there.
STRENGTH = np.array([1.0, 0.5])[CODES]
Y = (STRENGTH[:, None] * SIGNAL @ RNG.normal(size=(6, 3)) + 0.2 * RNG.normal(size=(400, 3))).astype(np.float32)
X = np.hstack([CODES[:, None], SIGNAL]).astype(np.float32)
BLOCKS = {"cell": (0, 1), "signal": (1, 7)}


def calibrated(**params: object) -> Calibrated:
    return Calibrated(Ridge(1.0), by="cell", random_state=0, blocks=BLOCKS, **params)  # type: ignore[arg-type]


def test_learns_how_strongly_each_group_answers() -> None:
    model = calibrated(shrinkage=0.0).fit(X, Y)
    plain = Ridge(1.0).fit(X, Y)
    strong, weak, overall = model.scales_
    assert np.isclose(weak / strong, 0.5, atol=0.1)
    assert weak < overall < strong
    error, plain_error = (((fitted.predict(X) - Y) ** 2).mean() for fitted in (model, plain))
    assert error < 0.6 * plain_error
    np.testing.assert_allclose(model.predict(X), plain.predict(X) * model.scales_[CODES][:, None], rtol=1e-5, atol=1e-6)


def test_an_unseen_group_gets_the_number_of_all_rows() -> None:
    model = calibrated().fit(X, Y)
    unseen = X.copy()
    unseen[:, 0] = 7
    expected = model.model_.predict(unseen) * model.scales_[-1]
    np.testing.assert_allclose(model.predict(unseen), expected, rtol=1e-5, atol=1e-6)


def test_shrinkage_draws_the_groups_together() -> None:
    free, tied = (calibrated(shrinkage=value).fit(X, Y).scales_ for value in (0.0, 1e9))
    assert np.ptp(free) > 0.3
    assert np.ptp(tied) < 1e-3


def test_noise_is_scaled_towards_nothing() -> None:
    noise = RNG.normal(size=Y.shape).astype(np.float32)
    assert calibrated(shrinkage=1.0).fit(X, noise).scales_.max() < 0.3
    assert calibrated(shrinkage=1.0).fit(X, noise).scales_.min() == 0.0


def test_nothing_to_scale_stays_as_it_is() -> None:
    np.testing.assert_array_equal(Calibrated(Zeros(), by="cell", blocks=BLOCKS).fit(X, Y).predict(X), np.zeros_like(Y))


def test_survives_saving(tmp_path: Path) -> None:
    model = Calibrated(MeanOutcome(), by="cell", random_state=0, blocks=BLOCKS).fit(X, Y)
    model.save(tmp_path / "model")
    loaded = Plugin.load(tmp_path / "model")
    assert isinstance(loaded, Calibrated)
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
