from __future__ import annotations

from pathlib import Path

import numpy as np

from kit.full_width import FullWidth
from kit.models import Model, PerGroup, Ridge
from kit.plugins import Plugin

RNG = np.random.default_rng(0)
CODES = np.repeat([0.0, 1.0, 2.0], [60, 60, 4])[:, None]
X = np.hstack([CODES, RNG.normal(size=(124, 3))]).astype(np.float32)
# Each group answers to the features with its own sign: one linear model for all sees nothing.
SLOPE = np.array([1.0, -1.0, 0.0])[CODES[:, 0].astype(int)]
Y = (SLOPE[:, None] * X[:, 1:] + 0.01 * RNG.normal(size=(124, 3))).astype(np.float32)
BLOCKS = {"cell": (0, 1), "rest": (1, 4)}


def per_group(**params: object) -> PerGroup:
    return PerGroup(Ridge(0.01), by="cell", blocks=BLOCKS, **params)  # type: ignore[arg-type]


def test_each_group_is_predicted_by_a_model_of_its_own() -> None:
    model = per_group().fit(X, Y)
    np.testing.assert_allclose(model.predict(X[:120]), Y[:120], atol=0.05)
    assert np.abs(Ridge(0.01).fit(X, Y).predict(X[:120]) - Y[:120]).mean() > 0.3
    for group in (0, 1):
        rows = CODES[:, 0] == group
        np.testing.assert_array_equal(model.predict(X[rows]), Ridge(0.01).fit(X[rows], Y[rows]).predict(X[rows]))


def test_small_and_unseen_groups_fall_back_to_all_rows() -> None:
    model = per_group(min_rows=5).fit(X, Y)
    overall = Ridge(0.01).fit(X, Y)
    unseen = X.copy()
    unseen[:, 0] = 9
    np.testing.assert_array_equal(model.predict(X[120:]), overall.predict(X[120:]))
    np.testing.assert_array_equal(model.predict(unseen), overall.predict(unseen))


def test_a_row_does_not_depend_on_its_batch_and_survives_saving(tmp_path: Path) -> None:
    model = per_group().fit(X, Y)
    together = model.predict(X)
    one_by_one = np.vstack([model.predict(X[[i]]) for i in range(len(X))])
    np.testing.assert_allclose(one_by_one, together, rtol=1e-5, atol=1e-6)
    model.save(tmp_path / "model")
    loaded = Plugin.load(tmp_path / "model")
    assert isinstance(loaded, PerGroup)
    np.testing.assert_array_equal(loaded.predict(X), together)


class Recording(Model):
    """Keeps what it was given."""

    reads_full_width = True
    seen: list = []  # noqa: RUF012

    def fit(self, X, Y, sample_weight=None, full_width=None):  # type: ignore[no-untyped-def]
        self.n_ = Y.shape[1]
        Recording.seen.append((len(X), sample_weight, full_width))
        return self

    def predict(self, X):  # type: ignore[no-untyped-def]
        return np.zeros((len(X), self.n_), dtype=np.float32)


def test_weights_and_full_width_targets_go_to_the_rows_they_belong_to() -> None:
    full = FullWidth(Y, None, np.zeros((1, 3), np.float32), np.zeros(124, np.intp), np.arange(124.0))
    Recording.seen.clear()
    PerGroup(Recording(), by="cell", min_rows=1, blocks=BLOCKS).fit(X, Y, np.arange(1.0, 125.0), full)
    assert [size for size, _, _ in Recording.seen] == [124, 60, 60, 4]
    for size, weights, taken in Recording.seen:
        np.testing.assert_array_equal(weights - 1, taken.residual)
        assert len(taken.Y) == size
