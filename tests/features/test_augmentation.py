from __future__ import annotations

import numpy as np
import pytest

from kit.errors import ParameterError
from kit.features import AUGMENTERS, Augmenter, Mask, Noise

X = np.random.default_rng(0).normal(2.0, 3.0, size=(200, 40)).astype(np.float32)


@pytest.mark.parametrize("augmenter", [Mask(copies=3, random_state=1), Noise(copies=3, random_state=1)], ids=repr)
def test_copies_of_every_row(augmenter: Augmenter) -> None:
    before = X.copy()
    copies, index = augmenter.augment(X)
    assert copies.dtype == np.float32
    np.testing.assert_array_equal(np.bincount(index), np.full(len(X), 3))
    np.testing.assert_array_equal(X, before)
    # Every copy lies nearest to the row it was made of.
    nearest = ((copies[:50, None] - X[None]) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == index[:50]).mean() > 0.95


def test_mask_hits_its_share_and_leaves_the_rest() -> None:
    copies, index = Mask(share=0.3, random_state=0).augment(X)
    masked = copies == 0
    assert masked.mean() == pytest.approx(0.3, abs=0.02)  # 8,000 values: three standard errors are 0.015
    np.testing.assert_array_equal(copies[~masked], X[index][~masked])


def test_noise_has_each_features_scale_and_spares_constants() -> None:
    scales = np.array([0.0, 1.0, 10.0], dtype=np.float32)
    wide = np.random.default_rng(0).normal(size=(5000, 3)).astype(np.float32) * scales + 7
    copies, index = Noise(scale=0.5, random_state=0).augment(wide)
    np.testing.assert_allclose((copies - wide[index]).std(axis=0), 0.5 * wide.std(axis=0), rtol=0.05)
    np.testing.assert_array_equal(copies[:, 0], wide[index][:, 0])


def test_the_seed_decides() -> None:
    for kind in AUGMENTERS:
        one, same, other = (kind(random_state=seed).augment(X)[0] for seed in (1, 1, 2))
        np.testing.assert_array_equal(one, same)
        assert not np.array_equal(one, other)


@pytest.mark.parametrize("augmenter", [Mask(share=0.0), Mask(copies=0), Noise(scale=0.0)], ids=repr)
def test_parameters_out_of_range(augmenter: Augmenter) -> None:
    with pytest.raises(ParameterError):
        augmenter.augment(X)
