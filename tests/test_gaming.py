"""The benchmark of who can be fooled (`benchmarks.gaming`)."""

from __future__ import annotations

import numpy as np

from benchmarks.gaming import cheats, fooled
from kit.training.scoring.calibration import calibration_table, field_scores
from kit.training.scoring.evaluation import CEILING, FLOOR, MODEL
from kit.training.scoring.known_rows import KnownRows

CONTEXTS = np.repeat(["A", "B"], 20)


def drawn(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Training targets, true targets and a model's predictions: a strong mean of the context, and a little more."""
    rng = np.random.default_rng(seed)
    means = {context: 0.8 * rng.normal(size=80) for context in ("A", "B")}
    expected = np.stack([means[context] for context in CONTEXTS])
    special = rng.normal(size=expected.shape)
    Y = expected + special + 0.5 * rng.normal(size=expected.shape)
    own = expected + 0.7 * special + 0.3 * rng.normal(size=expected.shape)
    train = expected + rng.normal(size=expected.shape)
    return train.astype(np.float32), Y.astype(np.float32), own.astype(np.float32)


def test_cheats_know_nothing_but_the_context() -> None:
    train, Y, own = drawn()
    found = cheats(CONTEXTS, train, CONTEXTS, own)
    means = np.stack([train[context == CONTEXTS].mean(axis=0) for context in CONTEXTS])
    np.testing.assert_allclose(found["group mean"], means, atol=1e-5)
    np.testing.assert_allclose(found["group mean x 1.2"], 1.2 * means, atol=1e-5)
    assert np.ptp(found["mean profile"], axis=0).max() < 1e-5
    # Shuffled: every row has another one's prediction, of its own context.
    shuffled = found["shuffled in its context"]
    origin = [int(np.flatnonzero((own == row).all(axis=1))[0]) for row in shuffled]
    assert sorted(origin) == list(range(len(own)))
    assert all(place != row and CONTEXTS[place] == CONTEXTS[row] for row, place in enumerate(origin))
    # They do not read the truth, which is no argument; and all are of its form.
    assert all(values.shape == Y.shape and values.dtype == np.float32 for values in found.values())


def test_cheats_stay_at_the_floor_and_a_model_does_not() -> None:
    train, Y, own = drawn()
    found = cheats(CONTEXTS, train, CONTEXTS, own)
    members = [
        ("zeros", FLOOR, np.zeros_like(Y)),
        ("per context", FLOOR, found["group mean"]),
        ("perfect", CEILING, Y),
        ("model", MODEL, own),
        *((name, "cheat", values) for name, values in found.items()),
    ]
    labels = np.array([f"c{row % 20}" for row in range(40)])
    scores = field_scores([KnownRows("one", np.arange(40), CONTEXTS, labels, 1.0, Y, members)], labels)
    model = calibration_table(scores, "model").set_index("metric")
    assert (model["low"] > 0).all()
    table = fooled(scores, list(found)).set_index("prediction")
    above = {(name, metric) for name, line in table.iterrows() for metric, cell in line.items() if "**" in cell}
    # But for one: targets are weighted by their measured size, which is the larger the more noise adds to it, so that
    # blowing up anything is rewarded.
    assert above == {("group mean x 1.2", "weighted_mse")}
    # A floor that is too low lets them look good in all that does not go by context; but never in what does.
    low = fooled(scores, ["group mean"], "zeros").iloc[0]
    assert all("**" in low[metric] for metric in ("pearson", "cosine", "target_pearson", "explained_variance"))
    assert not any("**" in low[metric] for metric in ("delta_pearson", "discrimination"))
