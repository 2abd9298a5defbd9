from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.neighbors import NearestCentroid

from kit.errors import ParameterError
from kit.models import Prototypes
from tests.models.classifiers.planted import check_classifier, make_rows, one_hot

X, CODES = make_rows()


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_it_keeps_what_classifiers_promise(distance: Any, tmp_path: Path) -> None:
    check_classifier(Prototypes("none", distance), tmp_path)


def test_answers_are_those_of_the_nearest_centroid() -> None:
    new, _ = make_rows(200, seed=1)
    far = np.float32(1000)  # prototypes lose no digits there
    oracle = NearestCentroid().fit(X + far, CODES).predict(new + far)
    assert (Prototypes().fit(X + far, CODES).predict(new + far) == oracle).mean() > 0.99
    np.testing.assert_array_equal(Prototypes().fit(X, CODES).predict(new), NearestCentroid().fit(X, CODES).predict(new))


def test_the_cosine_is_that_of_the_mean_direction() -> None:
    new, _ = make_rows(100, seed=1)
    units, new_units = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (X, new))
    means = np.array([units[code == CODES].mean(axis=0) for code in range(3)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    found = Prototypes(distance="cosine").fit(X, CODES)
    np.testing.assert_array_equal(found.predict(new), (new_units @ means.T).argmax(axis=1))
    # The length of a row says nothing.
    np.testing.assert_allclose(found.predict_proba(new * 7), found.predict_proba(new), rtol=1e-4)


def test_one_row_a_class_is_enough() -> None:
    shots = np.eye(3, 4, dtype=np.float32) * 1.5
    new, codes = make_rows(300, seed=2)
    model = Prototypes().fit(shots, one_hot(np.arange(3)))
    assert (model.predict(new).argmax(axis=1) == codes).mean() > 0.7
    np.testing.assert_allclose(model.prototypes_, shots)
    # Between all prototypes no class is likelier.
    np.testing.assert_allclose(model.predict(shots.mean(axis=0, keepdims=True)), 1 / 3, rtol=1e-5)


def test_a_lower_temperature_is_surer_of_the_same() -> None:
    sure, unsure = (Prototypes(temperature=value).fit(X, CODES) for value in (0.01, 10.0))
    np.testing.assert_array_equal(sure.predict(X), unsure.predict(X))
    assert (sure.predict_proba(X).max(axis=1) > unsure.predict_proba(X).max(axis=1)).all()
    with pytest.raises(ParameterError, match="temperature"):
        Prototypes(temperature=0.0).fit(X, CODES)


def test_prototypes_at_one_place_tell_nothing() -> None:
    same = Prototypes().fit(np.ones((4, 2)), one_hot(np.array([0, 1, 2, 0])))
    np.testing.assert_allclose(same.predict(np.ones((2, 2)) * 5), 1 / 3, rtol=1e-6)
