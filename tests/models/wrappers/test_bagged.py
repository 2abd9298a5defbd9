from __future__ import annotations

import numpy as np
import pytest

from kit.models import SVR, Bagged, ExtraTrees, Ridge

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5)).astype(np.float32)
Y = (np.sin(2 * X[:, :2]) + 0.3 * RNG.normal(size=(60, 2))).astype(np.float32)
X_NEW = RNG.normal(size=(200, 5)).astype(np.float32)
Y_NEW = np.sin(2 * X_NEW[:, :2])


@pytest.mark.parametrize("join", ["mean", "median"])
def test_is_the_mean_or_median_of_its_models(join: str) -> None:
    bag = Bagged(ExtraTrees(n_estimators=3), n_repeats=5, join=join, random_state=1).fit(X, Y)  # type: ignore[arg-type]
    each = np.stack([model.predict(X_NEW) for model in bag.models_])
    assert not np.array_equal(each[0], each[1])  # other seeds
    np.testing.assert_allclose(bag.predict(X_NEW), getattr(np, join)(each, axis=0), rtol=1e-5, atol=1e-6)


def test_many_unstable_models_are_better_than_one() -> None:
    def error(n_repeats: int) -> float:
        bag = Bagged(ExtraTrees(n_estimators=1, min_samples_leaf=1), n_repeats=n_repeats, random_state=0).fit(X, Y)
        return float(((bag.predict(X_NEW) - Y_NEW) ** 2).mean())

    assert error(30) < 0.7 * error(1)


def test_each_fit_is_given_its_share_of_the_rows() -> None:
    identity = np.eye(40, dtype=np.float32)
    bag = Bagged(Ridge(1e-3, fit_intercept=False), n_repeats=20, share=0.5, random_state=0).fit(identity, identity)
    # With one feature a row, a row that was drawn is fitted and one that was not stays at zero.
    drawn = np.stack([np.diag(model.predict(identity)) > 0.5 for model in bag.models_])
    np.testing.assert_array_equal(drawn.sum(axis=1), np.full(20, 20))
    assert len(np.unique(drawn, axis=0)) == 20


def test_no_fit_is_given_more_than_most_rows() -> None:
    bag = Bagged(SVR(), n_repeats=3, most_rows=20, random_state=0)
    limited = Bagged(SVR(), n_repeats=3, share=1 / 3, random_state=0)
    np.testing.assert_array_equal(bag.fit(X, Y).predict(X_NEW), limited.fit(X, Y).predict(X_NEW))
    assert all(len(model.rows_) <= 20 for model in bag.models_)  # type: ignore[attr-defined]
    assert bag.estimate_seconds(10**6, 5, 2) == pytest.approx(bag.estimate_seconds(20, 5, 2))
    assert bag.estimate_memory(10**6, 5, 2) == SVR().estimate_memory(20, 5, 2)
    everything = Bagged(SVR(), n_repeats=1, most_rows=500, random_state=0).fit(X, Y)
    np.testing.assert_array_equal(everything.predict(X_NEW), SVR().fit(X, Y).predict(X_NEW))


def test_the_seed_decides() -> None:
    bags = [Bagged(ExtraTrees(n_estimators=2), n_repeats=2, random_state=seed).fit(X, Y) for seed in (1, 1, 2)]
    one, same, other = (bag.predict(X_NEW) for bag in bags)
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
