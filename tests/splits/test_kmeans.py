from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from kit.errors import InputError
from kit.splits import KMeansSplitter
from tests.splits.tables import as_sets, check_partition, plates


def planted(n_rows: int = 60, n_targets: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Return targets around three far centres, and which centre each row has; the third has 10 rows."""
    rng = np.random.default_rng(0)
    which = rng.permutation(np.repeat([0, 1, 2], [n_rows - 30, 20, 10]))
    centres = 3 * rng.normal(size=(3, n_targets))
    return (centres[which] + rng.normal(size=(n_rows, n_targets))).astype(np.float32), which


@pytest.mark.parametrize("n_targets", [20, 300], ids=["more rows", "more targets"])
def test_every_fold_has_its_share_of_planted_clusters(n_targets: int) -> None:
    Y, which = planted(n_targets=n_targets)
    splitter = KMeansSplitter(5, n_clusters=3, random_state=0)
    assert adjusted_rand_score(splitter.clusters(Y), which) == 1.0
    folds = splitter.folds(plates(60), Y)
    check_partition(folds, 60)
    for fold in folds:
        assert np.bincount(which[fold.validation]).tolist() == [6, 4, 2]


def test_the_seed_decides() -> None:
    Y, _ = planted()
    first, same, other = (KMeansSplitter(3, 3, random_state=seed).folds(plates(60), Y) for seed in (0, 0, 1))
    assert as_sets(first) == as_sets(same)
    assert as_sets(first) != as_sets(other)


def test_small_clusters_and_few_rows_pass_without_noise() -> None:
    Y, _ = planted()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_partition(KMeansSplitter(5, n_clusters=20, random_state=0).folds(plates(60), Y), 60)
        check_partition(KMeansSplitter(2, n_clusters=2, random_state=0).folds(plates(5), Y[:5]), 5)


def test_errors_say_what_to_do() -> None:
    Y, _ = planted()
    with pytest.raises(InputError, match="pass Y"):
        KMeansSplitter().folds(plates(60))
    with pytest.raises(InputError, match="targets: expected 59 rows, got 60"):
        KMeansSplitter().folds(plates(59), Y)
    with pytest.raises(InputError, match="choose n_splits <= 3"):
        KMeansSplitter().folds(plates(3), Y[:3])
    with pytest.raises(InputError, match=r"n_clusters=60 leaves at most 1 rows.*choose fewer clusters or folds"):
        KMeansSplitter(n_clusters=60, random_state=0).folds(plates(60), Y)
