"""What the builder is for: few labels and many rows. Digits, of which 50 are labelled."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from kit.arrays import Doubles
from kit.features import Autoencoder, Numeric

N_LABELLED, N_SPLITS = 50, 10

pixels, digits = load_digits(return_X_y=True)
pixels = pixels[:, pixels.std(axis=0) > 0]


def accuracies(features: np.ndarray) -> Doubles:
    """Of a logistic regression on 50 labelled rows, for the others; (n_splits,)."""
    X, found = StandardScaler().fit_transform(features), []
    for split in range(N_SPLITS):
        order = np.random.default_rng(split).permutation(len(X))
        known, rest = order[:N_LABELLED], order[N_LABELLED:]
        model = LogisticRegression(max_iter=500).fit(X[known], digits[known])
        found.append(model.score(X[rest], digits[rest]))
    return np.asarray(found)


def test_a_linear_model_of_few_labels_gains() -> None:
    pytest.importorskip("torch")
    names = [f"pixel {place}" for place in range(pixels.shape[1])]
    rows = pd.DataFrame(pixels, columns=names)
    learnt = Autoencoder(Numeric(names), swap=0.3, random_state=0)
    untrained = Autoencoder(Numeric(names), n_epochs=0, random_state=0)
    raw, control = accuracies(pixels), accuracies(untrained.fit_transform(rows))
    gained = accuracies(learnt.fit_transform(rows))
    assert learnt.reconstruction_loss_ < 0.3 * learnt.column_mean_loss_
    assert gained.mean() >= raw.mean() + 0.04
    assert gained.mean() >= control.mean() + 0.03  # as wide, of random weights
    assert (gained > raw).sum() >= 9
