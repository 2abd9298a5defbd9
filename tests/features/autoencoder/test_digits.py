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


def test_codes_say_more_of_where_rows_lie_on_a_planted_curve_than_columns() -> None:
    """A curve in twenty columns, whose quarters a linear model is to tell apart by few labels."""
    pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    place = rng.random(1200)
    waves = np.sin(2 * np.pi * np.outer(place, np.arange(1, 21)) + rng.uniform(0, 6, 20))
    rows = pd.DataFrame(waves + 0.1 * rng.standard_normal(waves.shape), columns=[f"x{nth}" for nth in range(20)])
    quarter = (4 * place).astype(int) % 2
    builder = Autoencoder(Numeric(list(rows)), random_state=0, layers=[64, 64], n_epochs=40)
    untrained = Autoencoder(Numeric(list(rows)), random_state=0, layers=[64, 64], n_epochs=0)
    features = [rows.to_numpy(), builder.fit_transform(rows), untrained.fit_transform(rows)]
    found = []
    for split in range(5):
        order = np.random.default_rng(split).permutation(len(rows))
        known, rest = order[:40], order[40:]
        models = [LogisticRegression(max_iter=500).fit(X[known], quarter[known]) for X in features]
        found.append([model.score(X[rest], quarter[rest]) for model, X in zip(models, features, strict=True)])
    raw, codes, control = np.mean(found, axis=0)
    assert codes > raw + 0.05
    assert codes > control
