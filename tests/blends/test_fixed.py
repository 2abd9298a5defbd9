from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from kit.blends import BLENDS, Blend, Mean, Median, Weighted
from kit.errors import InputError, ParameterError
from kit.plugins import Plugin


def make_predictions(n_models: int, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {f"model {i}": rng.normal(size=(9, 5)).astype(np.float32) for i in range(n_models)}


def equal_weights(predictions: dict[str, np.ndarray]) -> Weighted:
    return Weighted(dict.fromkeys(predictions, 1.0))


@pytest.fixture(autouse=True)
def _several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 20)


@pytest.mark.parametrize("n_models", [1, 2, 3, 6])
def test_agree_with_numpy(n_models: int) -> None:
    predictions = make_predictions(n_models)
    stack = np.stack(list(predictions.values())).astype(np.float64)
    for blend, expected in [
        (Mean(), stack.mean(axis=0)),
        (equal_weights(predictions), stack.mean(axis=0)),
        (Median(), np.median(stack, axis=0)),
    ]:
        combined = blend.fit(predictions).combine(predictions)
        assert combined.dtype == np.float32
        np.testing.assert_allclose(combined, expected, rtol=1e-6, atol=1e-7)


def test_one_prediction_comes_back_equal_as_a_new_array() -> None:
    predictions = make_predictions(1)
    [only] = predictions.values()
    for blend in (Mean(), Median(), equal_weights(predictions)):
        combined = blend.combine(predictions)
        np.testing.assert_array_equal(combined, only)
        assert not np.shares_memory(combined, only)


@given(st.permutations(range(5)))
def test_order_of_the_names_changes_no_bit(order: list[int]) -> None:
    predictions = make_predictions(5)
    names = [list(predictions)[i] for i in order]
    shuffled = {name: predictions[name] for name in names}
    weights = {name: 1.0 + i for i, name in enumerate(predictions)}
    for blend in (Mean(), Median(), Weighted(weights)):
        assert blend.combine(shuffled).tobytes() == blend.combine(predictions).tobytes()


def test_weights_are_normalised_unless_told_otherwise() -> None:
    predictions = make_predictions(3)
    first, second, _ = predictions.values()
    weights = {"model 0": 0.5, "model 1": 0.8, "model 2": 0.0}
    np.testing.assert_allclose(
        Weighted(weights).combine(predictions), (0.5 * first + 0.8 * second) / 1.3, rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(
        Weighted(weights, normalize=False).combine(predictions), 0.5 * first + 0.8 * second, rtol=1e-5, atol=1e-6
    )


def test_say_their_weights() -> None:
    names = ["b", "a"]
    assert Mean().weights_of(names) == {"a": 0.5, "b": 0.5}
    assert Median().weights_of(names) is None
    assert Weighted({"a": 1.0, "b": 3.0}).weights_of(names) == {"a": 0.25, "b": 0.75}
    assert Weighted({"a": 1.0, "b": 3.0}, normalize=False).weights_of(names) == {"a": 1.0, "b": 3.0}


def test_median_ignores_one_wild_model() -> None:
    predictions = make_predictions(3)
    calm = {"a": predictions["model 0"], "b": predictions["model 0"] + 0.1, "wild": predictions["model 2"] * 1e6}
    assert np.abs(Median().combine(calm) - predictions["model 0"]).max() <= 0.1 + 1e-6


def test_names_of_weights_and_predictions_must_agree() -> None:
    predictions = make_predictions(2)
    with pytest.raises(InputError, match=r"no prediction 'modell 0'.*did you mean 'model 0'"):
        Weighted({"modell 0": 1.0, "model 1": 1.0}).fit(predictions)
    with pytest.raises(InputError, match="'model 1' has no weight"):
        Weighted({"model 0": 1.0}).combine(predictions)


@pytest.mark.parametrize("weights", [{}, {"model 0": -1.0}, {"model 0": "much"}])
def test_weights_out_of_range_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match="weights"):
        Weighted(weights).fit(make_predictions(1))


@pytest.mark.parametrize("weights", [(0.0, 0.0), (1e308, 1e308)])
def test_weights_need_a_positive_finite_sum(weights: tuple[float, float]) -> None:
    with pytest.raises(ParameterError, match="sum must be finite"):
        Weighted(dict(zip(["model 0", "model 1"], weights, strict=True)), normalize=False).combine(make_predictions(2))


@pytest.mark.parametrize("weight", [float("inf"), float("nan")])
def test_a_weight_is_a_finite_number(weight: float) -> None:
    with pytest.raises(ParameterError, match="weights"):
        Weighted({"model 0": weight, "model 1": 1.0}).combine(make_predictions(2))


def test_saved_cloned_and_found_by_name(tmp_path: Path) -> None:
    predictions = make_predictions(3)
    weights = {name: 1.0 + i for i, name in enumerate(predictions)}
    for kind, blend in {"mean": Mean(), "median": Median(), "weighted": Weighted(weights, normalize=False)}.items():
        assert BLENDS.get(kind) is type(blend)
        blend.fit(predictions).save(tmp_path / kind)
        for copy in (Plugin.load(tmp_path / kind), clone(blend)):
            assert isinstance(copy, Blend)
            assert copy.combine(predictions).tobytes() == blend.combine(predictions).tobytes()
