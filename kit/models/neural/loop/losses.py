"""Losses of networks, on a model's own outputs or decoded to all targets, exactly and in bounded memory.

With outputs that are coordinates in an orthonormal basis, ‖y − decode(ẑ)‖² = ‖z − ẑ‖² + residual, so that the mean
squared error and the row-wise root of it over all targets cost no more than the coordinates themselves. Every other
loss over all targets needs each of them: they are decoded in blocks of columns, and each block's gradient is taken back
to the coordinates at once, so that no more than one block is ever held.

Imports torch: import it inside functions only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from kit.arrays import Doubles, Floats, blocks
from kit.errors import InputError
from kit.full_width import FullWidth
from kit.gaps import has_gaps, split_gaps
from kit.models.neural.loop.options import LOSS_SCALES, TrainingOptions

Pointwise = Callable[[Tensor, Tensor], Tensor]
"""The loss of each number: (prediction, truth) → the same shape."""

BLOCK_ELEMENTS = 2**18
"""Numbers of a block of decoded targets: 1 MiB of float32, which stays in a CPU's cache."""


_LEAST = 1e-12
"""The mean square whose root is taken for those of rows that are fitted better."""


def pointwise(loss: str, scale: float | None = None) -> Pointwise:
    """Return the loss of each number, whose mean over targets is a row's loss.

    The root of the mean for ``mrrmse``; and for ``cross_entropy`` the sum, of numbers that depend on their whole row.

    Args:
        loss: Its name.
        scale: As ``loss_scale`` of `kit.models.neural.loop.options.TrainingOptions`.
    """
    if loss in ("mse", "mrrmse"):
        return lambda predicted, truth: (predicted - truth).square()
    if loss == "mae":
        return lambda predicted, truth: (predicted - truth).abs()
    if loss == "bce":
        return _cross_entropy
    if loss == "cross_entropy":
        return lambda predicted, truth: -truth * functional.log_softmax(predicted, dim=1)
    scale = LOSS_SCALES[loss] if scale is None else scale
    if loss == "huber":
        return lambda predicted, truth: functional.huber_loss(predicted, truth, reduction="none", delta=scale)
    if loss == "log_cosh":
        return lambda predicted, truth: _log_cosh((predicted - truth) / scale)
    return lambda predicted, truth: _first_place(predicted, truth, scale)


def _log_cosh(error: Tensor) -> Tensor:
    # log cosh x = |x| + log(1 + exp(−2|x|)) − log 2, which does not overflow.
    size = error.abs()
    return size + functional.softplus(-2 * size) - math.log(2.0)


def _cross_entropy(predicted: Tensor, truth: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(predicted, truth.sigmoid(), reduction="none")


def _first_place(predicted: Tensor, truth: Tensor, scale: float) -> Tensor:
    """The mixture of the first place of Open Problems 2023: 0.8·(0.4, 0.3, 0.3) and 0.2."""
    error = predicted - truth
    mixed = 0.32 * error.square() + 0.24 * _log_cosh(error / scale) + 0.24 * error.abs()
    return mixed + 0.2 * _cross_entropy(predicted, truth)


class Objective:
    """The loss of predictions for some of the training rows.

    Args:
        options: ``loss``, ``loss_space`` and ``loss_scale``.
        Y: (n_rows, n_outputs) outputs to predict, NaN where one was not measured: it has no part in the loss.
        weights: (n_rows,) weights; only their ratios count.
        full_width: The targets behind the outputs; without it the outputs are all there is.
        device: Where predictions are.

    Raises:
        InputError: The full width does not fit the outputs, or is missing where the loss needs it.
    """

    def __init__(
        self,
        options: TrainingOptions,
        Y: Floats,
        weights: Doubles | None,
        full_width: FullWidth | None,
        device: torch.device,
    ) -> None:
        _check_full_width(options, Y, full_width)
        self._root = options.loss == "mrrmse"
        self._pointwise = pointwise(options.loss, options.loss_scale)
        self._truth, self._measured = _with_mask(Y, device)
        self._weights = None
        if weights is not None:
            self._weights = torch.from_numpy((weights / weights.mean()).astype(np.float32)).to(device)
        self._decoder = None
        if options.loss_space == "full" and full_width is not None:
            self._decoder = Decoder(full_width, device)
        self._squares = options.loss in ("mse", "mrrmse")
        self._has_formula = (
            (self._squares or options.loss == "mae") and self._decoder is None and self._measured is None
        )
        self._residual: Tensor | None = None
        self._n_targets: int | Tensor = 1 if options.loss == "cross_entropy" else Y.shape[1]
        if self._measured is not None:
            # What was not measured is neither a loss nor one of the targets that it is the mean of.
            self._n_targets = self._measured.sum(dim=1).clamp(min=1)
        elif self._squares and full_width is not None:
            self._n_targets = full_width.n_targets
            if full_width.residual.any():
                self._residual = torch.from_numpy(full_width.residual.astype(np.float32)).to(device)

    def __call__(self, predicted: Tensor, rows: Tensor) -> Tensor:
        """Return the mean loss of (n, n_outputs) float32 predictions for the rows of these numbers."""
        losses = self.per_row(predicted, rows)
        return losses.mean() if self._weights is None else (losses * self._weights[rows]).mean()

    def slopes(self, predicted: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean loss, and its (n, n_outputs) derivatives by the predictions.

        Automatic differentiation takes longer than the products of a small network, so the common ones are written
        down. The slope of a root below the least that is taken is that of the least, and no infinite one.
        """
        if not self._has_formula:
            with torch.enable_grad():
                leaf = predicted.detach().requires_grad_()
                loss = self(leaf, rows)
                (slopes,) = torch.autograd.grad(loss, leaf)
            return loss.detach(), slopes
        error = predicted - self._truth.index_select(0, rows)
        losses = (error.square() if self._squares else error.abs()).sum(dim=1)
        if self._residual is not None:
            losses += self._residual.index_select(0, rows)
        losses /= self._n_targets
        share = 1 / (len(rows) * int(self._n_targets))
        if self._root:
            losses.clamp_(min=_LEAST).sqrt_()
            factors = losses.reciprocal().mul_(share)
        else:
            factors = torch.full_like(losses, 2 * share if self._squares else share)
        if self._weights is not None:
            weights = self._weights.index_select(0, rows)
            losses *= weights
            factors *= weights
        return losses.mean(), (error if self._squares else error.sign_()).mul_(factors[:, None])

    def per_row(self, predicted: Tensor, rows: Tensor) -> Tensor:
        """Return the (n,) losses of the rows, not weighted."""
        if self._decoder is not None:
            apply: Callable[..., Tensor] = DecodedSum.apply
            sums = apply(predicted, self._decoder, rows, self._pointwise)
            n_targets: int | Tensor = self._decoder.n_targets
        else:
            losses = self._pointwise(predicted, self._truth[rows])
            if self._measured is not None:
                losses = losses * self._measured[rows]
            sums, n_targets = losses.sum(dim=1), self._n_targets
            if self._residual is not None:
                sums = sums + self._residual[rows]
        means = sums / (self._n_targets[rows] if isinstance(self._n_targets, Tensor) else n_targets)
        # The root's slope is infinite at 0, where a gradient of 0 is the right one; a clamp passes none below it.
        return means.clamp(min=_LEAST).sqrt() if self._root else means


class Decoder:
    """Decodes coordinates to blocks of targets, beside the true ones.

    Args:
        full_width: The targets, and how coordinates are decoded to them.
        device: Where its arrays go.
    """

    def __init__(self, full_width: FullWidth, device: torch.device) -> None:
        self.n_targets = full_width.n_targets
        self._Y, self._measured = _with_mask(full_width.Y, device)
        self._components = None if full_width.components is None else torch.from_numpy(full_width.components).to(device)
        self._centres = torch.from_numpy(full_width.centres).to(device)
        self._centre_index = torch.from_numpy(full_width.centre_index).to(device)

    def measured(self, rows: Tensor, columns: slice) -> Tensor | None:
        """Return 1 where a target of some rows and columns was measured, else 0; None where all were."""
        return None if self._measured is None else self._measured[:, columns][rows]

    def __call__(self, predicted: Tensor, rows: Tensor, columns: slice) -> tuple[Tensor, Tensor]:
        """Return predicted and true targets of some rows and columns; true ones are 0 where they were not measured."""
        centres = self._centres[:, columns][self._centre_index[rows]]
        if self._components is None:
            decoded = centres + predicted[:, columns]
        else:
            decoded = torch.addmm(centres, predicted, self._components[:, columns])
        return decoded, self._Y[:, columns][rows]


class DecodedSum(torch.autograd.Function):
    """The sums over all targets of a pointwise loss of decoded predictions, one a row, with exact gradients.

    A row's sum depends on that row's coordinates alone, so its gradient is a vector as long as these, which is
    accumulated block by block while the sum is; backward only multiplies.
    """

    @staticmethod
    def forward(ctx: Any, predicted: Tensor, decoder: Decoder, rows: Tensor, pointwise: Pointwise) -> Tensor:  # noqa: D102
        total = predicted.new_zeros(len(predicted))
        gradient = torch.zeros_like(predicted)
        leaf = predicted.detach().requires_grad_()
        for columns in blocks(decoder.n_targets, len(predicted), BLOCK_ELEMENTS):
            with torch.enable_grad():
                losses = pointwise(*decoder(leaf, rows, columns))
                measured = decoder.measured(rows, columns)
                sums = (losses if measured is None else losses * measured).sum(dim=1)
                gradient += torch.autograd.grad(sums.sum(), leaf)[0]
            total += sums.detach()
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Any:  # noqa: D102
        (gradient,) = ctx.saved_tensors
        return slopes[0][:, None] * gradient, None, None, None


def _with_mask(Y: Floats, device: torch.device) -> tuple[Tensor, Tensor | None]:
    """Return targets with 0 where they were not measured (NaN), and 1 where they were; None where all were."""
    if not has_gaps(Y):
        return torch.from_numpy(Y).to(device), None
    values, measured = split_gaps(Y)
    return torch.from_numpy(values.astype(np.float32)).to(device), torch.from_numpy(measured.astype(np.float32)).to(
        device
    )


def _check_full_width(options: TrainingOptions, Y: Floats, full_width: FullWidth | None) -> None:
    if full_width is None:
        if options.loss_space == "full":
            raise InputError(
                "loss_space: 'full' needs full_width, the targets behind the outputs, which a linear target transform "
                "gives; take loss_space 'reduced' or a linear transform"
            )
        return
    n_outputs = full_width.n_targets if full_width.components is None else len(full_width.components)
    if full_width.Y.shape[0] != Y.shape[0] or n_outputs != Y.shape[1]:
        raise InputError(
            f"full_width: expected the targets behind the {Y.shape} outputs, got {full_width.Y.shape[0]} rows with "
            f"{n_outputs} coordinates; take the rows of X (FullWidth.take)"
        )
