from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kit.errors import InputError  # noqa: E402
from kit.full_width import FullWidth  # noqa: E402
from kit.metrics.reduced import reduced_per_row  # noqa: E402
from kit.models.neural.loop import losses  # noqa: E402
from kit.models.neural.loop.losses import Objective, pointwise  # noqa: E402
from kit.models.neural.loop.options import TrainingOptions  # noqa: E402
from kit.models.neural.modules.mlp import perceptron  # noqa: E402
from kit.targets import IdentityTarget, TargetSVD  # noqa: E402

CPU = torch.device("cpu")
ALL = ["mrrmse", "mse", "mae", "huber", "log_cosh", "bce", "first_place"]
N_ROWS, N_TARGETS, K = 20, 211, 6


def make_targets(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    low = rng.normal(size=(N_ROWS, 3)) @ rng.normal(size=(3, N_TARGETS))
    return (low + 0.5 * rng.normal(size=low.shape) + 1.0).astype(np.float32)


def in_basis(center: str = "group") -> tuple[TargetSVD, np.ndarray, FullWidth, np.ndarray]:
    Y, groups = make_targets(), np.array(["a", "b", "b", "a"] * (N_ROWS // 4))
    svd = TargetSVD(K, center=center).fit(Y, groups)  # type: ignore[arg-type]
    return svd, svd.transform(Y, groups), svd.full_width(Y, groups), groups


def objective(loss: str, Z: np.ndarray, full: FullWidth | None = None, **options: Any) -> Objective:
    weights = options.pop("weights", None)
    return Objective(TrainingOptions(loss=loss, **options), Z, weights, full, CPU)  # type: ignore[arg-type]


def guess(Z: np.ndarray, seed: int = 1) -> torch.Tensor:
    noise = np.random.default_rng(seed).normal(size=Z.shape)
    return torch.from_numpy((Z + noise).astype(np.float32)).requires_grad_()


ROWS = torch.tensor([3, 0, 17, 8, 9, 11])


def by_hand(loss: str, predicted: np.ndarray, truth: np.ndarray, scale: float) -> np.ndarray:
    """The mean over the last axis of each loss, from its formula, in float64."""
    p, y = predicted.astype(np.float64), truth.astype(np.float64)
    error = p - y
    squares, absolute = (error**2).mean(axis=1), np.abs(error).mean(axis=1)
    log_cosh = np.log(np.cosh(error / scale)).mean(axis=1)
    likely, wanted = 1 / (1 + np.exp(-p)), 1 / (1 + np.exp(-y))
    bce = -(wanted * np.log(likely) + (1 - wanted) * np.log(1 - likely)).mean(axis=1)
    small = np.abs(error) <= scale
    huber = np.where(small, error**2 / 2, scale * (np.abs(error) - scale / 2)).mean(axis=1)
    mixture = 0.8 * (0.4 * squares + 0.3 * log_cosh + 0.3 * absolute) + 0.2 * bce
    return {
        "mrrmse": np.sqrt(squares),
        "mse": squares,
        "mae": absolute,
        "huber": huber,
        "log_cosh": log_cosh,
        "bce": bce,
        "first_place": mixture,
    }[loss]


@pytest.mark.parametrize("loss", ALL)
def test_without_full_width_the_outputs_are_the_targets(loss: str) -> None:
    Y = make_targets()
    scale = 0.7 if loss in ("huber", "log_cosh", "first_place") else None
    predicted = guess(Y)
    found = objective(loss, Y, loss_scale=scale).per_row(predicted[ROWS], ROWS).detach().numpy()
    truth, at = Y[ROWS.numpy()], predicted[ROWS].detach().numpy()
    np.testing.assert_allclose(found, by_hand(loss, at, truth, scale or 1.0), rtol=2e-5)


@pytest.mark.parametrize("loss", ["huber", "log_cosh", "first_place"])
def test_the_scale_left_out_is_the_documented_one(loss: str) -> None:
    Y = make_targets()
    predicted = guess(Y)[ROWS]
    expected = by_hand(loss, predicted.detach().numpy(), Y[ROWS.numpy()], 3.0 if loss == "first_place" else 1.0)
    np.testing.assert_allclose(objective(loss, Y).per_row(predicted, ROWS).detach().numpy(), expected, rtol=2e-5)


def test_log_cosh_of_a_huge_error_is_finite() -> None:
    value = pointwise("log_cosh")(torch.tensor([1e4]), torch.tensor([-1e4]))
    assert value.item() == pytest.approx(2e4 - np.log(2), rel=1e-6)


@pytest.mark.parametrize("center", ["none", "mean", "group"])
def test_mrrmse_of_coordinates_is_that_of_all_targets(center: str) -> None:
    svd, Z, full, groups = in_basis(center)
    predicted = guess(Z)
    found = objective("mrrmse", Z, full).per_row(predicted, torch.arange(N_ROWS)).detach().numpy()
    decoded = svd.inverse_transform(predicted.detach().numpy(), groups)
    np.testing.assert_allclose(found, np.sqrt(np.square(decoded - full.Y).mean(axis=1)), rtol=1e-5)
    reduced = reduced_per_row(Z, full.residual, predicted.detach().numpy(), N_TARGETS)
    np.testing.assert_allclose(found, reduced, rtol=1e-5)


@pytest.mark.parametrize("loss", ["mrrmse", "mse"])
def test_a_network_in_the_basis_has_loss_and_gradients_of_the_network_at_full_width(loss: str) -> None:
    svd, Z, full, _ = in_basis()
    torch.manual_seed(0)
    X = torch.randn(N_ROWS, 5)
    network = perceptron(5, (7,), K, "gelu", "layer", 0.0)

    reduced = objective(loss, Z, full)(network(X), torch.arange(N_ROWS))
    in_reduced = torch.autograd.grad(reduced, list(network.parameters()))

    centre = torch.from_numpy(full.centres[full.centre_index])
    decoded = network(X) @ torch.from_numpy(svd.components_) + centre
    per_row = (decoded - torch.from_numpy(full.Y)).square().mean(dim=1)
    wide = (per_row.sqrt() if loss == "mrrmse" else per_row).mean()
    in_full = torch.autograd.grad(wide, list(network.parameters()))

    assert reduced.item() == pytest.approx(wide.item(), rel=1e-5)
    for one, other in zip(in_reduced, in_full, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5 * other.abs().max().item())


@pytest.mark.parametrize("loss", ALL)
@pytest.mark.parametrize("elements", [40, 10**6])
def test_the_full_space_is_plain_decoding_block_by_block(
    loss: str, elements: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(losses, "BLOCK_ELEMENTS", elements)
    svd, Z, full, _ = in_basis()
    predicted = guess(Z)
    found = objective(loss, Z, full, loss_space="full")(predicted[ROWS], ROWS)
    (gradient,) = torch.autograd.grad(found, predicted)

    centre = torch.from_numpy(full.centres[full.centre_index])
    decoded = (predicted @ torch.from_numpy(svd.components_) + centre)[ROWS]
    scale = 3.0 if loss == "first_place" else 1.0
    expected = by_hand(loss, decoded.detach().numpy(), full.Y[ROWS.numpy()], scale).mean()
    assert found.item() == pytest.approx(expected, rel=2e-5)

    means = pointwise(loss)(decoded, torch.from_numpy(full.Y)[ROWS]).mean(dim=1)
    plain = (means.sqrt() if loss == "mrrmse" else means).mean()
    (wanted,) = torch.autograd.grad(plain, predicted)
    torch.testing.assert_close(gradient, wanted, rtol=1e-4, atol=1e-5 * wanted.abs().max().item())


@pytest.mark.parametrize("loss", ["mrrmse", "mse"])
def test_both_spaces_agree_where_the_identity_holds(loss: str) -> None:
    _, Z, full, _ = in_basis()
    predicted = guess(Z)
    one = objective(loss, Z, full, loss_space="full")(predicted, torch.arange(N_ROWS))
    other = objective(loss, Z, full)(predicted, torch.arange(N_ROWS))
    assert one.item() == pytest.approx(other.item(), rel=1e-5)


@pytest.mark.parametrize("loss", ALL)
def test_targets_that_are_their_own_coordinates_are_the_same_in_both_spaces(loss: str) -> None:
    Y = make_targets()
    full = IdentityTarget().fit(Y).full_width(Y)
    predicted = guess(Y)
    one = objective(loss, Y, full, loss_space="full")(predicted[ROWS], ROWS)
    other = objective(loss, Y, full)(predicted[ROWS], ROWS)
    assert one.item() == pytest.approx(other.item(), rel=1e-5)
    for found, wanted in zip(torch.autograd.grad(one, predicted), torch.autograd.grad(other, predicted), strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("space", ["reduced", "full"])
@pytest.mark.parametrize("loss", ALL)
def test_a_weight_of_two_is_the_row_twice(loss: str, space: str) -> None:
    _, Z, full, _ = in_basis()
    weights = np.ones(N_ROWS)
    weights[:5] = 2.0
    twice = np.concatenate([np.arange(N_ROWS), np.arange(5)])
    predicted = guess(Z)
    weighted = objective(loss, Z, full, loss_space=space, weights=weights)(predicted, torch.arange(N_ROWS))
    doubled = objective(loss, Z[twice], full.select_rows(twice), loss_space=space)(
        predicted[torch.from_numpy(twice)], torch.arange(len(twice))
    )
    assert weighted.item() == pytest.approx(doubled.item(), rel=1e-5)
    tenfold = objective(loss, Z, full, loss_space=space, weights=10 * weights)(predicted, torch.arange(N_ROWS))
    assert tenfold.item() == pytest.approx(weighted.item(), rel=1e-6)


@pytest.mark.parametrize("loss", ALL)
def test_a_perfect_prediction_has_a_finite_gradient(loss: str) -> None:
    Y = make_targets()
    predicted = torch.from_numpy(Y.copy()).requires_grad_()
    objective(loss, Y)(predicted, torch.arange(N_ROWS)).backward()
    assert torch.isfinite(predicted.grad).all()
    assert predicted.grad.abs().max() < 1e-3


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("loss", ["mrrmse", "mse", "mae", "huber"])
def test_slopes_are_those_of_automatic_differentiation(loss: str, weighted: bool) -> None:
    _, Z, full, _ = in_basis()
    of = objective(loss, Z, full, weights=np.arange(1.0, N_ROWS + 1) if weighted else None)
    predicted = guess(Z)[ROWS].detach().requires_grad_()
    expected = of(predicted, ROWS)
    expected.backward()
    with torch.no_grad():
        value, slopes = of.slopes(predicted, ROWS)
    torch.testing.assert_close(value, expected.detach())
    torch.testing.assert_close(slopes, predicted.grad)


def test_a_full_width_that_does_not_fit_is_an_error() -> None:
    _, Z, full, _ = in_basis()
    with pytest.raises(InputError, match="loss_space: 'full' needs full_width"):
        objective("mae", Z, None, loss_space="full")
    with pytest.raises(InputError, match="take the rows of X"):
        objective("mrrmse", Z[:5], full)
    with pytest.raises(InputError, match="6 coordinates"):
        objective("mrrmse", Z[:, :4].copy(), full)
