from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from kit.errors import InputError, ParameterError
from kit.models import MODELS, Additive, AsIs, GroupMean, MeanOutcome, Model, PanelMap, Zeros
from kit.models.controls.codes import level_index, level_sums, read_codes
from kit.plugins import Plugin
from tests.real_data import real_data

CONTROLS = [Zeros(), MeanOutcome(), GroupMean(), GroupMean(column=1), Additive(), Additive(shrinkage=0.0), PanelMap()]


def make_rows(n_rows: int = 40, n_targets: int = 30, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return codes (cell type, compound) and targets that are a sum of both effects and noise."""
    rng = np.random.default_rng(seed)
    X = np.stack([rng.integers(0, 4, n_rows), rng.integers(0, 9, n_rows)], axis=1)
    Y = rng.normal(size=(4, n_targets))[X[:, 0]] + rng.normal(size=(9, n_targets))[X[:, 1]]
    return X.astype(np.float32), (Y + 0.1 * rng.normal(size=Y.shape) + 5).astype(np.float32)


def mrrmse(Y: np.ndarray, predictions: np.ndarray) -> float:
    return float(np.sqrt(((Y - predictions) ** 2).mean(axis=1)).mean())


@pytest.fixture(autouse=True)
def _several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 40 * 7)


def test_zeros_and_mean() -> None:
    X, Y = make_rows()
    np.testing.assert_array_equal(Zeros().fit(X, Y).predict(X[:3]), np.zeros((3, 30)))
    np.testing.assert_allclose(MeanOutcome().fit(X, Y).predict(X[:3]), [Y.mean(axis=0)] * 3, rtol=1e-6)


@pytest.mark.parametrize("column", [0, 1])
def test_group_mean_agrees_with_pandas(column: int) -> None:
    X, Y = make_rows()
    expected = pd.DataFrame(Y.astype(np.float64)).groupby(X[:, column]).transform("mean")
    np.testing.assert_allclose(GroupMean(column=column).fit(X, Y).predict(X), expected, rtol=1e-6)


def by_least_squares(X: np.ndarray, Y: np.ndarray, weights: np.ndarray, penalty: float) -> np.ndarray:
    """What a mean and penalised effects of both categories predict for the rows, by the equations written out."""
    dummies = [np.ones((len(X), 1)), *(X[:, [c]] == np.unique(X[:, c]) for c in (0, 1))]
    D = np.hstack(dummies).astype(np.float64)
    system = D.T @ (weights[:, None] * D) + np.diag([0.0] + [penalty] * (D.shape[1] - 1))
    return D @ np.linalg.solve(system, D.T @ (weights[:, None] * Y.astype(np.float64)))


@pytest.mark.parametrize("shrinkage", [1e-3, 1.0, 7.5])
def test_additive_is_its_definition(shrinkage: float) -> None:
    X, Y = make_rows()
    weights = np.random.default_rng(1).uniform(0.2, 2, len(X))
    found = Additive(shrinkage=shrinkage).fit(X, Y, weights).predict(X)
    np.testing.assert_allclose(found, by_least_squares(X, Y, weights, shrinkage), rtol=1e-5, atol=1e-5)


def test_additive_with_gaps_fits_every_target_on_the_rows_that_measured_it() -> None:
    X, Y = make_rows()
    gaps = np.where(np.random.default_rng(1).random(Y.shape) < 0.2, np.nan, Y).astype(np.float32)
    gaps[:, 4] = np.nan
    found = Additive(shrinkage=2.0).fit(X, gaps).predict(X)
    for target in (0, 7):
        rows = ~np.isnan(gaps[:, target])
        expected = by_least_squares(X[rows], gaps[rows][:, [target]], np.ones(rows.sum()), 2.0)
        np.testing.assert_allclose(found[rows][:, [target]], expected, rtol=1e-5, atol=1e-5)
    assert not found[:, 4].any()


def test_additive_recovers_a_planted_sum_of_effects_with_most_combinations_missing() -> None:
    rng = np.random.default_rng(0)
    cells, compounds = rng.normal(size=(3, 20)), rng.normal(size=(8, 20))
    every = np.array([(c, p) for c in range(3) for p in range(8)], dtype=np.float32)
    Y = cells[every[:, 0].astype(int)] + compounds[every[:, 1].astype(int)] + 2
    # The last two cell types have three compounds each; the others' effects there are known all the same.
    known = (every[:, 0] == 0) | (every[:, 1] < 3)
    np.testing.assert_allclose(Additive(shrinkage=0.0).fit(every[known], Y[known]).predict(every), Y, atol=1e-4)


def planted_effects(noise: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Six cell types (spread 2), two of them with 60 compounds (spread 1), the others with six of these."""
    rng = np.random.default_rng(0)
    every = np.array([(c, p) for c in range(6) for p in range(60)], dtype=np.float32)
    cells, compounds = 2 * rng.normal(size=(6, 300)), rng.normal(size=(60, 300))
    truth = 3 + cells[every[:, 0].astype(int)] + compounds[every[:, 1].astype(int)]
    known = (every[:, 0] < 2) | (every[:, 1] < 6)
    measured = truth[known] + noise * rng.normal(size=(int(known.sum()), 300))
    return every[known], measured.astype(np.float32), every, truth


def test_additive_shrinks_as_the_planted_sizes_of_effects_ask() -> None:
    X, Y, every, truth = planted_effects(noise=1.0)
    model = Additive().fit(X, Y)
    # Noise 1, cell types 2² = 4 and compounds 1.
    np.testing.assert_allclose(model.penalties_, (1 / 4, 1.0), rtol=0.25)
    errors = {
        shrinkage: float(((Additive(shrinkage=shrinkage).fit(X, Y).predict(every) - truth) ** 2).mean())
        for shrinkage in (0.0, 0.25, 4.0)
    }
    assert float(((model.predict(every) - truth) ** 2).mean()) < min(errors.values())
    # Compounds of two rows are shrunk by a third, those of six by a seventh.
    plain = Additive(shrinkage=0.0).fit(X, Y)
    kept = [
        float(np.vdot(model.deviations_[some], plain.deviations_[some]) / np.square(plain.deviations_[some]).sum())
        for some in (slice(0, 6), slice(6, 60))
    ]
    assert kept[1] < 0.8 < kept[0] < 1


def test_additive_finds_the_sizes_of_effects_through_gaps() -> None:
    X, Y, _, _ = planted_effects(noise=1.0)
    Y[np.random.default_rng(1).random(Y.shape) < 0.12] = np.nan
    np.testing.assert_allclose(Additive().fit(X, Y).penalties_, (1 / 4, 1.0), rtol=0.4)


def test_additive_takes_noise_for_noise() -> None:
    X, Y, every, _ = planted_effects(noise=1.0)
    noise = np.random.default_rng(2).normal(size=Y.shape).astype(np.float32)
    assert float(np.square(Additive().fit(X, noise).predict(every)).mean()) < 0.1
    assert float(np.square(Additive(shrinkage=0.0).fit(X, noise).predict(every)).mean()) > 0.3


def panel_experiment(noise: float = 0.3) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Three cell types × 12 compounds, the last 7 sums of two of the first 5; the third cell type has the first 5 only.

    Returns:
        X and Y of the training rows, and of the 7 rows that are wanted, without noise.
    """
    rng = np.random.default_rng(0)
    mix = np.zeros((12, 5))
    mix[:5] = np.eye(5)
    for wanted in range(5, 12):
        mix[wanted, rng.choice(5, 2, replace=False)] = 1, -1
    panels = rng.normal(size=(3, 5, 400))
    X = np.array([(cell, compound) for cell in range(3) for compound in range(12)], dtype=np.float32)
    Y = np.concatenate([mix @ panel for panel in panels])
    wanted = (X[:, 0] == 2) & (X[:, 1] >= 5)
    seen = Y + noise * rng.normal(size=Y.shape) * (X[:, 1] >= 5)[:, None]
    return X[~wanted], seen[~wanted].astype(np.float32), X[wanted], Y[wanted]


def test_a_panel_map_finds_the_planted_combinations_though_the_cell_types_have_nothing_else_in_common() -> None:
    X, Y, X_wanted, Y_wanted = panel_experiment()
    errors = {
        control.kind: mrrmse(Y_wanted, control.fit(X, Y).predict(X_wanted))
        for control in (PanelMap(penalty=0.01), Additive(), GroupMean())
    }
    assert errors["panel_map"] < 0.1
    assert min(errors["additive"], errors["group_mean"]) > 0.8


def test_panel_map_is_its_definition() -> None:
    X, Y, X_wanted, _ = panel_experiment()
    # The second cell type lacks one compound of the panel.
    kept = ~((X[:, 0] == 1) & (X[:, 1] == 2))
    X, Y = X[kept], Y[kept].astype(np.float64)
    panel = Y[X[:, 0] == 2]
    square = np.square(Y).mean()
    predictions = PanelMap(penalty=0.7).fit(X, Y).predict(X_wanted)
    for row, (_, compound) in enumerate(X_wanted):
        design, response = [], []
        for cell in range(2):
            rows = {int(code): y for (of, code), y in zip(X, Y, strict=True) if of == cell}
            design.append(np.stack([rows.get(member, np.zeros(Y.shape[1])) for member in range(5)], axis=1))
            response.append(rows[int(compound)])
        A, y = np.vstack(design), np.concatenate(response)
        scale = 0.7 * square * Y.shape[1]
        equal = np.full(5, 0.2)
        weights = equal + np.linalg.solve(A.T @ A + scale * np.eye(5), A.T @ (y - A @ equal))
        np.testing.assert_allclose(predictions[row], weights @ panel, rtol=1e-4, atol=1e-4)


def test_a_panel_map_falls_back_to_the_cell_types_mean_and_to_that_of_all_rows() -> None:
    X, Y, _, _ = panel_experiment()
    model = PanelMap().fit(X, Y)
    expected = [Y[X[:, 0] == 2].mean(axis=0), Y.mean(axis=0)]
    np.testing.assert_allclose(model.predict([[2, -1], [-1, 0]]), expected, rtol=1e-4, atol=1e-5)
    # A compound that nobody else has is as unknown as one that was never seen.
    own = PanelMap().fit(np.vstack([X, [[0, 50]]]), np.vstack([Y, Y[:1]]))
    mean = np.vstack([Y[X[:, 0] == 0], Y[:1]]).mean(axis=0)
    np.testing.assert_allclose(own.predict([[0, 50]])[0], mean, rtol=1e-4, atol=1e-5)


def test_columns_can_be_named() -> None:
    X, Y = make_rows()
    swapped = Additive(cell_column=1, compound_column=0).fit(X[:, ::-1], Y).predict(X[:, ::-1])
    np.testing.assert_array_equal(swapped, Additive().fit(X, Y).predict(X))


def test_unseen_categories_fall_back() -> None:
    X, Y = make_rows()
    overall = Y.mean(axis=0, dtype=np.float64)
    cell_mean = GroupMean().fit(X, Y).predict(X[:1])[0]
    for unseen in (-1, 99):
        predictions = GroupMean(column=1).fit(X, Y).predict([[0, unseen]])
        np.testing.assert_allclose(predictions[0], overall, rtol=1e-6)
        # Of what is unseen there is no effect, and effects add up.
        additive = Additive().fit(X, Y)
        both, cell, compound, none = additive.predict([X[0], [X[0, 0], unseen], [unseen, X[0, 1]], [unseen, unseen]])
        np.testing.assert_allclose(cell + compound - none, both, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(cell, cell_mean, atol=1.0)


def test_training_rows_without_a_category_count_in_the_overall_mean_alone() -> None:
    X, Y = make_rows()
    X[:5, 0] = -1
    model = GroupMean().fit(X, Y)
    np.testing.assert_allclose(model.predict([[-1, 0]])[0], Y.mean(axis=0), rtol=1e-5)
    expected = Y[X[:, 0] == 2].mean(axis=0)
    np.testing.assert_allclose(model.predict([[2, 0]])[0], expected, rtol=1e-5)


def test_training_rows_without_a_compound_tell_of_their_cell_type_alone() -> None:
    X, Y = make_rows()
    X[:, 1] = -1
    found = Additive(shrinkage=0.0).fit(X, Y).predict([[2, -1], [2, 3]])
    np.testing.assert_allclose(found, [Y[X[:, 0] == 2].mean(axis=0)] * 2, rtol=1e-5, atol=1e-5)


def test_a_category_without_weight_counts_as_unseen() -> None:
    X, Y = make_rows()
    weights = np.where(X[:, 0] == 2, 0.0, 1.0)
    overall = Y[X[:, 0] != 2].mean(axis=0)
    np.testing.assert_allclose(GroupMean().fit(X, Y, weights).predict([[2, 0]])[0], overall, rtol=1e-5)
    without, kept = Additive().fit(X, Y, weights), X[:, 0] != 2
    np.testing.assert_allclose(without.predict(X), Additive().fit(X[kept], Y[kept]).predict(X), rtol=1e-4, atol=1e-4)
    assert without.cells_.tolist() == [0, 1, 3]


@pytest.mark.parametrize("control", CONTROLS, ids=str)
def test_weights_are_repeats(control: Model) -> None:
    X, Y = make_rows()
    repeats = np.random.default_rng(1).integers(0, 4, len(X))
    weighted = clone(control).fit(X, Y, sample_weight=repeats)
    repeated = clone(control).fit(np.repeat(X, repeats, axis=0), np.repeat(Y, repeats, axis=0))
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("control", CONTROLS, ids=str)
def test_rows_do_not_see_each_other(control: Model) -> None:
    X, Y = make_rows()
    model = clone(control).fit(X, Y)
    alone = np.vstack([model.predict(X[i : i + 1]) for i in range(len(X))])
    np.testing.assert_array_equal(model.predict(X), alone)
    order = np.random.default_rng(0).permutation(len(X))
    shuffled = clone(control).fit(X[order], Y[order])
    np.testing.assert_allclose(shuffled.predict(X), model.predict(X), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("control", CONTROLS, ids=str)
def test_saved_and_loaded_is_the_same(control: Model, tmp_path: Path) -> None:
    X, Y = make_rows()
    model = clone(control).fit(X, Y)
    model.save(tmp_path / "model")
    loaded = Plugin.load(tmp_path / "model")
    assert isinstance(loaded, type(control))
    assert loaded.get_params() == control.get_params()
    assert loaded.predict(X).tobytes() == model.predict(X).tobytes()


@pytest.mark.parametrize("control", CONTROLS, ids=str)
def test_shapes_and_what_is_refused(control: Model) -> None:
    X, Y = make_rows()
    assert MODELS.get(control.kind) is type(control)
    assert control.estimate_seconds(614, 2, 18211) > 0
    model = clone(control)
    with pytest.raises(NotFittedError):
        model.predict(X)
    predictions = model.fit(X, Y).predict(X)
    assert predictions.shape == Y.shape
    assert predictions.dtype == np.float32
    with pytest.raises(InputError, match="2 columns"):
        model.predict(X[:, :1])
    with pytest.raises(InputError, match="40 rows"):
        model.fit(X, Y[:3])
    with pytest.raises(InputError, match="sample_weight"):
        model.fit(X, Y, sample_weight=-np.ones(len(X)))


def test_features_that_are_no_codes_are_refused() -> None:
    X, Y = make_rows()
    with pytest.raises(InputError, match=r"got 0\.5 in row 3"):
        GroupMean().fit(np.where(np.arange(40)[:, None] == 3, 0.5, X), Y)
    with pytest.raises(InputError, match="got -2"):
        read_codes(np.full((1, 1), -2, dtype=np.float32), 0, "GroupMean")
    with pytest.raises(InputError, match="X has 2 columns, column 2"):
        Additive(compound_column=2).fit(X, Y)
    with pytest.raises(ParameterError, match="shrinkage"):
        Additive(shrinkage=-1.0).fit(X, Y)
    with pytest.raises(ParameterError, match="penalty"):
        PanelMap(penalty=0.0).fit(X, Y)
    with pytest.raises(ParameterError, match="column"):
        GroupMean(column=-1).fit(X, Y)


def test_level_index_and_sums() -> None:
    levels = np.array([2, 5])
    index = level_index(np.array([5, 2, -1, 9, 5]), levels)
    assert index.tolist() == [1, 0, 2, 2, 1]
    assert level_index(np.array([3]), np.array([], dtype=np.intp)).tolist() == [0]
    sums = level_sums(np.arange(10, dtype=np.float32).reshape(5, 2), index, np.array([1, 2, 0, 1, 3.0]), 3)
    np.testing.assert_array_equal(sums, [[4, 6], [24, 28], [6, 7]])


def test_floors_of_the_real_leaderboard_are_the_published_ones() -> None:
    # Measured independently of this package, see the README beside the data.
    folder = real_data("open-problems-ranks")
    train, board = (pd.read_parquet(folder / name) for name in ("de_train.parquet", "public_leaderboard.parquet"))
    genes = [name for name in board.columns if name in train.columns and name not in ("cell_type", "sm_name")]
    keys = pd.concat([train, board])[["cell_type", "sm_name"]]
    X = np.stack([pd.factorize(keys[column])[0] for column in keys], axis=1)
    Y, truth = train[genes].to_numpy(np.float32), board[genes].to_numpy(np.float32)
    X_train, X_board = X[: len(train)], X[len(train) :]
    assert len(genes) == 6349
    assert mrrmse(truth, Zeros().fit(X_train, Y).predict(X_board)) == pytest.approx(0.6138, abs=5e-5)
    assert mrrmse(truth, GroupMean().fit(X_train, Y).predict(X_board)) == pytest.approx(0.5979, abs=5e-5)
    per_compound = mrrmse(truth, GroupMean(column=1).fit(X_train, Y).predict(X_board))
    assert mrrmse(truth, Additive().fit(X_train, Y).predict(X_board)) < per_compound


def test_as_is_hands_its_features_on_and_learns_nothing(tmp_path: Path) -> None:
    X, Y = make_rows()
    model = AsIs().fit(X, Y)
    np.testing.assert_array_equal(model.predict(X[:5]), X[:5])
    model.save(tmp_path / "model")
    np.testing.assert_array_equal(AsIs.load(tmp_path / "model").predict(X), X)
    with pytest.raises(InputError, match="expected 2 columns"):
        model.predict(X[:, :1])
