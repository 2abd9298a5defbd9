from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

torch = pytest.importorskip("torch")

from kit.errors import InputError, ParameterError, RunError, StateError  # noqa: E402
from kit.models import MLP, MODELS  # noqa: E402
from kit.models.neural.loop.device import pick_device  # noqa: E402
from kit.models.neural.loop.epochs import outputs  # noqa: E402
from kit.plugins import parameters  # noqa: E402
from kit.targets import TargetSVD  # noqa: E402

NETWORKS = [cls for cls in MODELS if cls.__module__.startswith("kit.models.neural")]


def make_rows(n_rows: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A product and a sine of features, among features that mean nothing, on scales far apart."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 6))
    Y = np.column_stack([X[:, 0] * X[:, 1], np.sin(2 * X[:, 2]), X[:, 3], X[:, 3] ** 2])
    X *= [1, 100, 0.01, 1, 1, 1]
    return X.astype(np.float32), (Y + np.array([0, 5, 0, 0])).astype(np.float32)


def small(**params: Any) -> MLP:
    given: dict[str, Any] = {"hidden": (16,), "n_epochs": 6, "batch_size": 16, "random_state": 3, **params}
    return MLP(**given)


def rmse(model: Any, X: np.ndarray, Y: np.ndarray) -> float:
    return float(np.sqrt(np.square(model.predict(X) - Y).mean()))


def weights_of(model: Any) -> dict[str, Any]:
    return dict(model.module_.state_dict())


def assert_same(one: Any, other: Any) -> None:
    assert weights_of(one).keys() == weights_of(other).keys()
    for name, value in weights_of(one).items():
        assert torch.equal(value, weights_of(other)[name]), name
    np.testing.assert_array_equal(one.losses_, other.losses_)


def test_recovers_a_planted_nonlinear_truth() -> None:
    X, Y = make_rows(400)
    X_new, Y_new = make_rows(200, seed=1)
    model = MLP(hidden=(64, 64), norm="none", dropout=0.0, n_epochs=60, learning_rate=5e-3, random_state=0).fit(X, Y)
    assert rmse(model, X_new, Y_new) < 0.35 * float(np.sqrt(np.square(Y_new - Y.mean(axis=0)).mean()))
    assert model.losses_[-1] < 0.3 * model.losses_[0]


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "rmsprop", "lion", "sgd"])
@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle", "plateau"])
def test_every_optimizer_and_schedule_learns(optimizer: Any, schedule: Any) -> None:
    X, Y = make_rows()
    rate = {"lion": 3e-3, "sgd": 5e-2}.get(optimizer, 5e-3)
    model = small(optimizer=optimizer, schedule=schedule, learning_rate=rate, n_epochs=20, dropout=0.0).fit(X, Y)
    assert model.losses_.shape == (20,)
    assert model.losses_[-1] < 0.8 * model.losses_[0]


def test_in_noise_few_epochs_are_chosen_and_little_is_found() -> None:
    rng = np.random.default_rng(0)
    X, X_val, X_new = (rng.normal(size=(n, 30)).astype(np.float32) for n in (80, 60, 400))
    Y, Y_val, Y_new = (rng.normal(size=(n, 5)).astype(np.float32) for n in (80, 60, 400))
    model = small(hidden=(64,), n_epochs=40, early_stopping_epochs=40, schedule="constant", learning_rate=5e-3)
    chosen = model.choose(X, Y, X_val, lambda found: float(np.square(found - Y_val).mean()))
    assert chosen <= 8
    frozen = clone(model).set_params(**model.freeze_choice(chosen)).fit(X, Y)
    assert rmse(frozen, X_new, Y_new) > 0.98 * float(np.sqrt(np.square(Y_new - Y.mean(axis=0)).mean()))


def test_a_seed_decides_everything_and_nothing_outside_is_touched() -> None:
    X, Y = make_rows()
    torch.manual_seed(1)
    state, n_threads = torch.get_rng_state(), torch.get_num_threads()
    torch.set_num_threads(2)
    one = small(dropout=0.3).fit(X, Y)
    one.predict(X)
    assert torch.get_num_threads() == 2
    torch.set_num_threads(n_threads)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(99)
    assert_same(one, small(dropout=0.3).fit(X, Y))
    other = small(dropout=0.3, random_state=4).fit(X, Y)
    assert not np.array_equal(one.losses_, other.losses_)


def test_prediction_of_a_row_depends_on_that_row_alone() -> None:
    X, Y = make_rows(1100)
    model = small(n_epochs=1).fit(X[:64], Y[:64])
    whole = model.predict(X)
    order = np.random.default_rng(0).permutation(len(X))
    scale = np.abs(whole).max()
    np.testing.assert_allclose(model.predict(X[order]), whole[order], rtol=1e-5, atol=1e-6 * scale)
    alone = np.vstack([model.predict(X[[row]]) for row in range(20)])
    np.testing.assert_allclose(alone, whole[:20], rtol=1e-5, atol=1e-6 * scale)
    assert model.predict(X[:0]).shape == (0, 4)


def test_features_are_standardised_and_constant_ones_dropped() -> None:
    X, Y = make_rows()
    X[:, 5] = 1e4
    model = small().fit(X, Y)
    scaled = (X - model.feature_mean_) * model.feature_scale_
    np.testing.assert_allclose(scaled[:, :5].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(scaled[:, :5].std(axis=0), 1, rtol=1e-4)
    other = X.copy()
    other[:, 5] = -7.0
    np.testing.assert_array_equal(model.predict(other), model.predict(X))
    moved = small().fit(X * 1000 - 50, Y)
    np.testing.assert_allclose(moved.losses_, model.losses_, rtol=1e-2)


def test_outputs_are_scaled_by_one_number_around_their_means() -> None:
    X, Y = make_rows()
    model = small().fit(X, Y)
    np.testing.assert_allclose(model.output_mean_, Y.mean(axis=0), rtol=1e-5, atol=1e-6)
    assert model.output_scale_ == pytest.approx(float(np.sqrt(np.square(Y - Y.mean(axis=0)).mean())), rel=1e-5)
    plain = small(scale_targets=False, standardize=False).fit(X, Y)
    assert (plain.output_scale_, plain.output_mean_.any()) == (1.0, False)
    with torch.inference_mode():
        raw = plain.module_(torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(plain.predict(X), raw, rtol=1e-5, atol=1e-6)
    # The loss is in the units of the targets.
    assert small(loss="mae").fit(X, 100 * Y).losses_[0] > 50 * small(loss="mae").fit(X, Y).losses_[0]


@pytest.mark.parametrize("loss", ["mrrmse", "mse"])
def test_the_training_loss_with_full_width_is_the_loss_over_all_targets(loss: Any) -> None:
    X, _ = make_rows()
    Y = np.random.default_rng(0).normal(size=(len(X), 90)).astype(np.float32)
    svd = TargetSVD(4, center="mean").fit(Y)
    Z, full = svd.transform(Y), svd.full_width(Y)
    # With a learning rate of next to nothing, the loss of an epoch is that of the network before and after it.
    model = small(loss=loss, learning_rate=1e-12, n_epochs=1, norm="none", dropout=0.0).fit(X, Z, full_width=full)
    errors = np.square(svd.inverse_transform(model.predict(X)) - Y).mean(axis=1)
    expected = np.sqrt(errors).mean() if loss == "mrrmse" else errors.mean()
    assert model.losses_[0] == pytest.approx(expected, rel=1e-5)
    in_full = small(loss=loss, loss_space="full", learning_rate=1e-12, n_epochs=1, norm="none", dropout=0.0).fit(
        X, Z, full_width=full
    )
    assert in_full.losses_[0] == pytest.approx(expected, rel=1e-5)


def test_rows_of_no_weight_teach_nothing() -> None:
    X, Y = make_rows()
    weights = np.where(np.arange(len(X)) % 4 == 0, 0.0, 1.5)
    other_X, other_Y = X.copy(), Y.copy()
    other_X[::4] += 3.0
    other_Y[::4] = 77.0
    one, other = small(norm="layer").fit(X, Y, weights), small(norm="layer").fit(other_X, other_Y, weights)
    # The norm of a gradient is summed in another order where zeros stand elsewhere; nothing else differs.
    np.testing.assert_allclose(one.predict(X), other.predict(X), rtol=1e-4, atol=1e-5)
    assert np.abs(one.predict(X) - small(norm="layer").fit(other_X, other_Y).predict(X)).max() > 0.5


def test_the_weights_of_the_best_epoch_are_a_copy() -> None:
    X, Y = make_rows()
    predictions: list[np.ndarray] = []

    def best_is_the_third(found: np.ndarray) -> float:
        predictions.append(found.copy())
        return [5.0, 4.0, 1.0, 2.0, 3.0, 1.0][len(predictions) - 1]

    model = small(learning_rate=0.05).fit(X, Y, validation=(X[:9], best_is_the_third))
    assert len(predictions) == len(model.losses_) == 6
    assert model.best_epoch_ == 3
    np.testing.assert_array_equal(model.predict(X[:9]), predictions[2])
    # Training went on from there, or an alias of the weights would pass as well.
    assert np.abs(predictions[5] - predictions[2]).max() > 1e-3
    shorter = small(learning_rate=0.05, n_epochs=3, schedule_epochs=6).fit(X, Y)
    np.testing.assert_array_equal(shorter.predict(X), model.predict(X))


def test_choosing_stops_after_epochs_without_improvement_and_settles_on_the_best() -> None:
    X, Y = make_rows()
    seen: list[float] = []

    def loss(found: np.ndarray) -> float:
        seen.append([5.0, 3.0, 4.0, float("nan"), 2.0, 1.0][len(seen)])
        return seen[-1]

    model = small(early_stopping_epochs=2)
    assert model.chooses
    assert model.choose(X, Y, X[:5], loss) == 2
    assert len(seen) == 4
    assert not hasattr(model, "module_")
    assert model.freeze_choice(2) == {"n_epochs": 2, "schedule_epochs": 6, "early_stopping_epochs": None}
    frozen = clone(model).set_params(**model.freeze_choice(2))
    assert not frozen.chooses
    assert frozen.freeze_choice(1)["schedule_epochs"] == 6


def test_the_refit_follows_the_learning_rates_of_the_run_that_chose_it() -> None:
    X, Y = make_rows()
    whole = small().fit(X, Y)
    part = small().set_params(**small().freeze_choice(4)).fit(X, Y)
    np.testing.assert_array_equal(part.losses_, whole.losses_[:4])
    rushed = small(n_epochs=4).fit(X, Y)
    assert not np.array_equal(rushed.losses_, whole.losses_[:4])


def test_held_out_losses_that_are_never_finite_are_an_error() -> None:
    X, Y = make_rows()
    with pytest.raises(RunError, match="validation loss was not finite"):
        small(early_stopping_epochs=3).choose(X, Y, X, lambda found: float("nan"))


def test_a_diverging_training_is_an_error_that_says_what_to_do() -> None:
    X, Y = make_rows()
    wild = small(learning_rate=1e30, clip_norm=None, norm="none", n_epochs=30, loss="mse", schedule="constant")
    with pytest.raises(RunError, match="lower learning_rate"):
        wild.fit(X, Y)


@pytest.mark.parametrize("n_rows", [1, 2, 3, 17])
@pytest.mark.parametrize("batch_size", [1, 2, 16, 64])
def test_batches_of_any_size_train_with_batch_normalisation(n_rows: int, batch_size: int) -> None:
    X, Y = make_rows(17)
    model = small(batch_size=batch_size, n_epochs=2).fit(X[:n_rows], Y[:n_rows])
    assert np.isfinite(model.predict(X)).all()


def test_a_saved_network_predicts_the_same_in_a_fresh_object(tmp_path: Path) -> None:
    X, Y = make_rows()
    model = small(dropout=0.2).fit(X, Y)
    model.save(tmp_path / "model")
    assert (tmp_path / "model/native/weights.safetensors").is_file()
    torch.manual_seed(5)
    state = torch.get_rng_state()
    loaded = MLP.load(tmp_path / "model")
    assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert_same(loaded, model)


def test_weights_of_another_architecture_are_an_error(tmp_path: Path) -> None:
    X, Y = make_rows()
    model = small().fit(X, Y)
    model.save_native(tmp_path)
    other = small(hidden=(7,)).fit(X, Y)
    with pytest.raises(StateError, match="fit it again"):
        other.load_native(tmp_path)


def test_no_step_follows_a_gradient_beyond_its_greatest_norm() -> None:
    X, Y = make_rows()

    def moved(clip_norm: float | None) -> float:
        """How far an epoch takes the predictions; Adam ignores the size of gradients, but for those below its 1e-8."""
        start = small(norm="none", dropout=0.0, n_epochs=1, learning_rate=1e-12).fit(X, Y)
        end = small(norm="none", dropout=0.0, n_epochs=1, learning_rate=1e-2, clip_norm=clip_norm).fit(X, Y)
        return float(np.abs(end.predict(X) - start.predict(X)).max())

    assert moved(1e-12) < 1e-3 * moved(None)


def test_progress_is_told_after_every_epoch() -> None:
    X, Y = make_rows()
    told: list[tuple[int, float]] = []
    model = small().fit(X, Y, on_epoch=lambda epoch, loss: told.append((epoch, loss)))
    assert told == list(zip(range(1, 7), model.losses_.tolist(), strict=True))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"loss_scale": 2.0}, "loss_scale: the loss 'mrrmse' does not read it"),
        ({"schedule": "plateau", "warmup": 0.1}, "warmup: the schedule 'plateau' does not read it"),
        ({"plateau_patience": 3}, "plateau_patience: the schedule 'cosine' does not read it"),
        ({"schedule_epochs": 5}, "schedule_epochs: got 5, expected at least the 6"),
        ({"loss": "rmse"}, "loss"),
        ({"warmup": 1.0}, "warmup"),
        ({"hidden": (8, 0)}, "hidden"),
    ],
)
def test_wrong_options_are_errors(params: dict[str, Any], message: str) -> None:
    X, Y = make_rows()
    with pytest.raises(ParameterError, match=message):
        small(**params).fit(X, Y)


@pytest.mark.parametrize(
    "blocks", [{"a": (0, 3)}, {"a": (0, 3), "b": (4, 6)}, {"a": (0, 4), "b": (3, 6)}, {"a": (0, 6), "b": (6, 9)}]
)
def test_blocks_that_do_not_cover_the_columns_are_an_error(blocks: dict[str, tuple[int, int]]) -> None:
    X, Y = make_rows()
    with pytest.raises(InputError, match="side by side"):
        small(blocks=blocks).fit(X, Y)


def test_blocks_are_kept_in_the_order_of_the_recipe() -> None:
    X, Y = make_rows()
    model = small(blocks={"b": (2, 6), "nothing": (2, 2), "a": (0, 2)}).fit(X, Y)
    assert list(model.blocks_) == ["b", "nothing", "a"]
    assert list(small().fit(X, Y).blocks_.values()) == [(0, 6)]


@pytest.mark.parametrize("cls", NETWORKS, ids=lambda cls: cls.kind)
def test_all_networks_share_the_options_in_one_order(cls: Any) -> None:
    names = [parameter.name for parameter in parameters(MLP)]
    shared = names[names.index("loss") :]
    assert len(shared) > 15
    assert [parameter.name for parameter in parameters(cls)][-len(shared) :] == shared


def test_a_module_runs_in_eval_mode_on_the_device() -> None:
    module = torch.nn.Dropout(0.5)
    X = np.ones((2000, 3), dtype=np.float32)
    device = pick_device()
    np.testing.assert_array_equal(outputs(module.to(device), X, device), X)
