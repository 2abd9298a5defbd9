from __future__ import annotations

import itertools
import statistics
from typing import Any, Self

import numpy as np
import pandas as pd
import pytest
from numpy.typing import ArrayLike

from kit.arrays import Floats, as_matrix
from kit.metrics import MRRMSE, Metric, Pearson, TargetPearson
from kit.models.base import MODELS, Model
from kit.models.boosting.lightgbm_model import LightGBM
from kit.splits.base import Fold
from kit.splits.kfold import KFoldSplitter
from kit.training.fitting import choosing
from kit.training.fitting.choosing import Values, choose_values, freeze_choice, join_values, median_or_mode
from kit.training.planning.recipe_model import RecipeModel
from tests.tiny import Tiny

HEAD = """
features: {compound: {kind: one_hot, params: {columns: [sm_name]}}}
folds: {kind: kfold, params: {n_splits: 3}}
"""
RIDGE = (
    HEAD + "models: {m: {kind: ridge, params: {fit_intercept: false}, choose: {params.penalty: [0.01, 16.0, 5000.0]}}}"
)


def spec(tiny: Tiny, text: str, *overrides: str) -> RecipeModel:
    return RecipeModel.of(tiny.recipe(text, "choosing_test", *overrides).config, "m")


def planted(noise: float, effect: float, n_levels: int = 12, n_rows: int = 4) -> tuple[pd.DataFrame, Floats]:
    """Compounds with random effects, each measured a few times: ridge's best penalty is (noise / effect)²."""
    rng = np.random.default_rng(0)
    effects = effect * rng.standard_normal((n_levels, 60))
    codes = np.tile(np.arange(n_levels), n_rows)
    rows = pd.DataFrame({"cell_type": "NK cells", "sm_name": [f"c{code:02}" for code in codes]})
    return rows, (effects[codes] + noise * rng.standard_normal((len(codes), 60))).astype(np.float32)


def inner_folds(rows: pd.DataFrame, seed: int) -> list[Fold]:
    return KFoldSplitter(n_splits=3, random_state=seed).folds(rows)


@pytest.mark.parametrize(("noise", "effect", "right"), [(0.1, 1.0, 0.01), (2.0, 0.5, 16.0), (1.0, 0.0, 5000.0)])
def test_finds_the_penalty_that_the_noise_asks_for(tiny: Tiny, noise: float, effect: float, right: float) -> None:
    rows, Y = planted(noise, effect)
    assert choose_values(spec(tiny, RIDGE), rows, Y, 5, {}, MRRMSE()) == {"params.penalty": right}


def test_finds_the_number_of_components(tiny: Tiny) -> None:
    rng = np.random.default_rng(1)
    rows, noise = planted(1.0, 0.0, n_rows=8)
    effects = np.zeros((12, 60))
    effects[:] = 3 * rng.standard_normal((12, 2)) @ rng.standard_normal((2, 60))
    Y = (np.tile(effects, (8, 1)) + noise).astype(np.float32)
    text = HEAD + (
        "target: {kind: svd}\n"
        "models: {m: {kind: ridge, params: {fit_intercept: false}, choose: {"
        "target.params.n_components: [1, 2, 30], params.penalty: [0.1, 1000.0]}}}"
    )
    assert choose_values(spec(tiny, text), rows, Y, 5, {}, MRRMSE()) == {
        "target.params.n_components": 2,
        "params.penalty": 0.1,
    }


def test_candidates_share_what_does_not_hang_on_them(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, Y = planted(1.0, 1.0)
    text = HEAD + (
        "target: {kind: svd}\n"
        "models: {m: {kind: ridge, params: {fit_intercept: false}, choose: {"
        "target.params.n_components: [1, 2], params.penalty: [0.1, 10.0, 1000.0]}}}"
    )
    fits: list[str] = []
    for name in ("fit_target", "fit_matrix"):
        original = getattr(choosing, name)

        def counted(*given: object, original: object = original, name: str = name, **more: object) -> object:
            fits.append(name)
            return original(*given, **more)  # type: ignore[operator]

        monkeypatch.setattr(choosing, name, counted)
    choose_values(spec(tiny, text), rows, Y, 5, {}, MRRMSE())
    # Three inner folds, two transforms; not six candidates.
    assert (fits.count("fit_target"), fits.count("fit_matrix")) == (6, 6)


@pytest.mark.parametrize("metric", [MRRMSE(), Pearson(), TargetPearson()], ids=repr)
def test_boosting_stops_where_separate_fits_are_best(tiny: Tiny, metric: Metric) -> None:
    rows, Y = planted(1.0, 1.0, n_rows=5)
    Y = np.ascontiguousarray(Y[:, :10])
    params = {"n_estimators": 10, "learning_rate": 0.4, "num_leaves": 4, "min_data_in_leaf": 2}
    text = HEAD + f"models: {{m: {{kind: lightgbm, params: {params | {'early_stopping_rounds': 10}}}}}}"
    best = []
    for fold in inner_folds(rows, 7):
        codes = pd.get_dummies(rows["sm_name"]).to_numpy(np.float32)
        losses = []
        for n in range(1, 11):
            model = LightGBM(**params | {"n_estimators": n}, random_state=7).fit(codes[fold.train], Y[fold.train])
            losses.append(metric.as_loss(metric(Y[fold.validation], model.predict(codes[fold.validation]))))
        best.append(1 + int(np.argmin(losses)))
    right = statistics.median_low(best)
    assert 1 < right <= 10
    wanted = spec(tiny, text)
    values = choose_values(wanted, rows, Y, 7, {}, metric)
    assert values == {"params.n_estimators": right}
    frozen = freeze_choice(wanted, values)
    assert frozen.entry.params["n_estimators"] == right
    assert not frozen.has_choices


def test_rounds_are_chosen_for_every_candidate(tiny: Tiny) -> None:
    rows, Y = planted(0.2, 1.0, n_rows=6)
    Y = np.ascontiguousarray(Y[:, :10])
    text = HEAD + (
        "models: {m: {kind: lightgbm, params: {n_estimators: 6, early_stopping_rounds: 6, min_data_in_leaf: 2}, "
        "choose: {params.learning_rate: [0.001, 0.5]}}}"
    )
    assert choose_values(spec(tiny, text), rows, Y, 7, {}, MRRMSE()) == {
        "params.learning_rate": 0.5,
        "params.n_estimators": 6,
    }


class Constant(Model):
    """Predicts what it is told.

    Args:
        row: The values.
    """

    def __init__(self, row: list[float]) -> None:
        self.row = row

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        return self

    def predict(self, X: ArrayLike) -> Floats:
        return np.tile(np.asarray(self.row, dtype=np.float32), (as_matrix(X, "X").shape[0], 1))


def test_candidates_are_compared_by_the_clipped_score(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODELS, "_classes", dict(MODELS._classes))
    MODELS.register("constant")(Constant)
    # Beyond the range by far, but right once clipped to [0, 1]; and nearer, but wrong within the range.
    over, near = [10.0, 0.9], [1.5, 0.2]
    Y = np.ones((12, 2), dtype=np.float32)
    Y[:3] = 0.0
    rows = pd.DataFrame({"cell_type": "NK cells", "sm_name": ["a"] * 12})

    def score(row: list[float], clipped: bool) -> float:
        losses = []
        for fold in inner_folds(rows, 2):
            low, high = Y[fold.train].min(0), Y[fold.train].max(0)
            prediction = np.clip(row, low, high) if clipped else np.asarray(row)
            losses.append(np.sqrt(((Y[fold.validation] - prediction) ** 2).mean(axis=1)).mean())
        return float(np.mean(losses))

    assert score(over, clipped=True) < score(near, clipped=True)
    assert score(over, clipped=False) > score(near, clipped=False)
    text = HEAD + f"models: {{m: {{kind: constant, choose: {{params.row: [{near}, {over}]}}}}}}"
    assert choose_values(spec(tiny, text), rows, Y, 2, {}, MRRMSE()) == {"params.row": over}


def test_the_recipes_metric_decides_between_candidates(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODELS, "_classes", dict(MODELS._classes))
    MODELS.register("constant")(Constant)
    # Rows of one profile and different sizes: one candidate has its direction, the other is nearer.
    profile, sizes = np.array([1.0, 2.0, 3.0, 4.0]), np.tile([0.02, 1.0, 0.9], 8)
    Y = np.outer(sizes, profile).astype(np.float32)
    aligned, near = (0.05 * profile).tolist(), (profile * [1.0, 0.5, 1.0, 0.5]).tolist()
    rows = pd.DataFrame({"cell_type": "NK cells", "sm_name": ["a"] * 24})
    text = HEAD + f"models: {{m: {{kind: constant, choose: {{params.row: [{near}, {aligned}]}}}}}}"
    for metric, right in ((MRRMSE(), near), (Pearson(), aligned)):
        assert choose_values(spec(tiny, text), rows, Y, 2, {}, metric) == {"params.row": right}


def test_the_metric_is_a_part_of_a_choosing_fits_content_only(tiny: Tiny) -> None:
    for text, same in ((RIDGE, False), (RIDGE.replace("choose: {params.penalty: [0.01, 16.0, 5000.0]}", ""), True)):
        contents = [spec(tiny, text, f"metric={metric}").content() for metric in ("mrrmse", "pearson")]
        assert (contents[0] == contents[1]) == same


def test_inner_folds_count_by_their_weights(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODELS, "_classes", dict(MODELS._classes))
    MODELS.register("constant")(Constant)
    rows = pd.DataFrame({"cell_type": ["A"] * 4 + ["B"] * 4, "sm_name": ["a", "b", "c", "d"] * 2})
    Y = np.repeat([[0.0], [1.0]], 4, axis=0).astype(np.float32)
    mix = (
        "{kind: mix, params: {schemes: [{kind: s, params: {cells: [A]}}, {kind: s, params: {cells: [B]}}], weights: W}}"
    )
    for weights, right in (("[1.0, 2.0]", [1.0]), ("[2.0, 1.0]", [0.0])):
        inner = mix.replace("kind: s,", "kind: held_out_cell_type,").replace("W", weights)
        text = HEAD + "models: {m: {kind: constant, choose: {params.row: [[0.0], [1.0]]}}}\npostprocess: []"
        # A test table that holds every compound: the folds hide all but one row of a cell type.
        test = pd.DataFrame({"cell_type": ["C"] * 3, "sm_name": ["a", "b", "c"]})
        values = choose_values(spec(tiny, text, f"folds.inner={inner}"), rows, Y, 0, {"test_rows": test}, MRRMSE())
        assert values == {"params.row": right}


def test_nothing_open_is_nothing_chosen(tiny: Tiny) -> None:
    rows, Y = planted(1.0, 1.0)
    fixed = spec(tiny, HEAD + "models: {m: ridge}")
    assert not fixed.has_choices
    assert choose_values(fixed, rows, Y, 0, {}, MRRMSE()) == {}
    assert spec(tiny, RIDGE).has_choices
    assert spec(tiny, HEAD + "models: {m: {kind: ridge, params: {penalty: [1.0, 2.0]}}}").has_choices


def test_the_order_of_rows_and_other_seeds_choose_the_same_where_it_is_clear(tiny: Tiny) -> None:
    rows, Y = planted(2.0, 0.5)
    order = np.random.default_rng(3).permutation(len(rows))
    values: list[Values] = [
        choose_values(spec(tiny, RIDGE), rows.iloc[at].reset_index(drop=True), Y[at], seed, {}, MRRMSE())
        for at, seed in itertools.product((slice(None), order), (1, 2))
    ]
    assert values == [{"params.penalty": 16.0}] * 4


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3, 1, 2], 2),
        ([4, 1, 2, 3], 2),
        ([10.0, 100.0], 10.0),
        ([1, 1, 1000], 1),
        ([7], 7),
        (["b", "a", "b"], "b"),
        (["a", "b"], "a"),
        ([True, False, True], True),
        ([[1, 2], [3], [1, 2]], [1, 2]),
        ([None, 3, None], None),
        (["auto", 32, 32], 32),
    ],
)
def test_middle_is_one_of_the_values(values: list[Any], expected: Any) -> None:
    assert median_or_mode(values) == expected
    assert type(median_or_mode(values)) is type(expected)


def test_values_for_all_rows_are_the_middle_of_the_folds() -> None:
    of_folds: list[Values] = [{"params.a": a, "params.b": b} for a, b in ((1, "x"), (9, "y"), (5, "y"))]
    assert join_values(of_folds) == {"params.a": 5, "params.b": "y"}
    assert join_values([]) == {}
    assert join_values([{}, {}]) == {}
