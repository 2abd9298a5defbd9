"""The training pass of a perceptron, forward and backward, in as few operations as there can be.

Networks of a few hundred units and steps of a few dozen rows spend more time between torch's products than in them: on
recording what to differentiate, on new memory for every result, on one call of the optimiser for each array. Here
every gradient is written down, goes to the place where it stays, and all weights lie side by side in one array.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from kit.models.neural.modules.dropout import Dropout, Masks, mask_scale
from kit.models.neural.modules.embedding import Embedded

_WHERE_POSITIVE = torch.ops.aten.threshold_backward.grad_input
_NORM_BACKWARD = torch.ops.aten.native_batch_norm_backward.default


def by_hand(module: nn.Module, X: Tensor, n_rows: int) -> ByHand | None:
    """Return the training pass of a module, or None where it is no perceptron with ReLUs, or not on a CPU.

    Args:
        module: The module.
        X: (n_rows, n_features) features of all training rows.
        n_rows: Most rows of a step, of which there are always two or more.
    """
    embedded = module if isinstance(module, Embedded) else None
    layers = _layers(module if embedded is None else embedded.rest)
    codes = [] if embedded is None else embedded.places(X)
    if X.device.type != "cpu" or layers is None or codes is None:
        return None
    if embedded is None:
        return ByHand(*layers, [], X, n_rows)
    return ByHand(*layers, list(zip(embedded.tables(), codes, strict=True)), embedded.others(X), n_rows)


@dataclass(frozen=True)
class Layer:
    """Linear → batch normalisation → ReLU → dropout; of the latter three some may be missing.

    Attributes:
        linear: The linear layer.
        norm: The normalisation, or None.
        dropout: Share of the values that are dropped.
    """

    linear: nn.Linear
    norm: nn.BatchNorm1d | None = None
    dropout: float = 0.0

    @property
    def modules(self) -> list[nn.Module]:
        """The modules with weights."""
        return [self.linear] if self.norm is None else [self.linear, self.norm]


class ByHand:
    """Outputs of a perceptron for some of its training rows, and the gradient of a loss of them.

    Args:
        layers: The hidden layers, all with one dropout.
        last: The output layer.
        tables: Embeddings whose vectors are the first inputs: weights, and (n_rows,) places of all training rows.
        X: (n_rows, n_others) other features of all training rows, the last inputs.
        n_rows: Most rows of a step.

    Attributes:
        weights: (n_weights,) all weights of the network, whose own parameters are now parts of it; `backward` writes
            their gradient into its ``grad``.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        last: nn.Linear,
        tables: Sequence[tuple[Tensor, Tensor]],
        X: Tensor,
        n_rows: int,
    ) -> None:
        modules = [part for layer in (*layers, Layer(last)) for part in layer.modules]
        parameters = [*(table for table, _ in tables), *(weight for part in modules for weight in part.parameters())]
        self.weights, self._gradient, gradients = _side_by_side(parameters)
        self._tables = [(table.detach(), gradients[table], places) for table, places in tables]
        self._X = X
        self._hidden = [_Hidden(layer, gradients, n_rows) for layer in layers]
        self._last = _Linear(last, gradients, n_rows)
        self._masks = Masks()

    def start_epoch(self) -> None:
        """Begin with new masks, so that nothing of the last epoch is needed in the next one."""
        self._masks = Masks()

    def forward(self, rows: Tensor) -> Tensor:
        """Return the (n, n_outputs) outputs in training mode for the rows of these numbers; the next call reuses it."""
        self._places = [places.index_select(0, rows) for _, _, places in self._tables]
        parts = [table.index_select(0, at) for (table, _, _), at in zip(self._tables, self._places, strict=True)]
        if self._X.shape[1]:
            parts.append(self._X.index_select(0, rows))
        values = parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
        masks = self._draw_masks(values.shape[0])
        for layer, mask in zip(self._hidden, masks, strict=True):
            values = layer.forward(values, mask)
        return self._last.forward(values)

    def backward(self, slopes: Tensor) -> None:
        """Write the gradient of a loss into ``weights.grad``.

        Args:
            slopes: (n, n_outputs) the loss's derivatives by the outputs of the last `forward`.
        """
        after = self._last
        after.backward(slopes)
        for layer in reversed(self._hidden):
            slopes = layer.backward(after.input_slopes(slopes, layer.scale))
            after = layer.linear
        if not self._tables:
            return
        slopes, start = after.input_slopes(slopes), 0
        for (table, gradient, _), at in zip(self._tables, self._places, strict=True):
            past = start + table.shape[1]
            gradient.zero_().index_add_(0, at, slopes[:, start:past])
            start = past

    def clip(self, limit: float) -> None:
        """Shorten the gradient to a norm, as `torch.nn.utils.clip_grad_norm_` does with many arrays."""
        share = limit / (float(torch.linalg.vector_norm(self._gradient)) + 1e-6)
        if not share >= 1:  # NaN too, so that the next loss tells
            self._gradient.mul_(share)

    def _draw_masks(self, n_rows: int) -> Sequence[Tensor | None]:
        """Return each hidden layer's (n_rows, width) mask."""
        if not self._hidden or not self._hidden[0].dropout:
            return [None] * len(self._hidden)
        sizes = [n_rows * layer.width for layer in self._hidden]
        masks = self._masks.draw(sum(sizes), self._hidden[0].dropout).split(sizes)
        return [mask.view(n_rows, -1) for mask in masks]


class _Linear:
    """A linear layer with its gradients and the memory of its results.

    Args:
        linear: The layer.
        gradients: Where the gradient of each weight goes.
        n_rows: Most rows of a step.
        centred: Whether a normalisation takes the bias out again, so that its gradient is 0.
    """

    def __init__(self, linear: nn.Linear, gradients: dict[Tensor, Tensor], n_rows: int, centred: bool = False) -> None:
        self._weight, self._bias = linear.weight.detach(), linear.bias.detach()
        self._by_weight, self._by_bias = gradients[linear.weight], None if centred else gradients[linear.bias]
        self._transposed = self._weight.t()
        self._outputs = torch.empty(n_rows, linear.out_features)
        self._slopes = torch.empty(n_rows, linear.in_features)

    def forward(self, inputs: Tensor) -> Tensor:
        self._inputs = inputs
        return torch.addmm(self._bias, inputs, self._transposed, out=self._outputs[: inputs.shape[0]])

    def backward(self, slopes: Tensor) -> None:
        torch.mm(slopes.t(), self._inputs, out=self._by_weight)
        if self._by_bias is not None:
            torch.sum(slopes, 0, out=self._by_bias)

    def input_slopes(self, slopes: Tensor, scale: float = 1.0) -> Tensor:
        """Return the derivatives by the inputs, multiplied by a number, for those by the outputs."""
        out = self._slopes[: slopes.shape[0]]
        return torch.addmm(out, slopes, self._weight, beta=0, alpha=scale, out=out)


class _Hidden:
    """A hidden layer; see `_Linear` for the arguments.

    Attributes:
        linear: Its linear part.
        width: Its number of values.
        dropout: Share of them that are dropped.
        scale: What dropout multiplies the kept values by.
    """

    def __init__(self, layer: Layer, gradients: dict[Tensor, Tensor], n_rows: int) -> None:
        self.linear = _Linear(layer.linear, gradients, n_rows, centred=layer.norm is not None)
        self.scale = mask_scale(layer.dropout) if layer.dropout else 1.0
        self.dropout, self.width, self._norm = layer.dropout, layer.linear.out_features, layer.norm
        if layer.norm is not None:
            self._scale, self._shift = layer.norm.weight.detach(), layer.norm.bias.detach()
            self._by_scale, self._by_shift = gradients[layer.norm.weight], gradients[layer.norm.bias]
            self._means, self._variances = layer.norm.running_mean, layer.norm.running_var
            self._momentum = float(layer.norm.momentum or 0.0)

    def forward(self, inputs: Tensor, mask: Tensor | None) -> Tensor:
        values = self._outputs = self.linear.forward(inputs)
        if self._norm is not None:
            values, *self._moments = torch.native_batch_norm(
                values,
                self._scale,
                self._shift,
                self._means,
                self._variances,
                True,
                self._momentum,
                self._norm.eps,
            )
        values.clamp_min_(0)
        if mask is not None:
            values.mul_(mask)
        self._values = values
        return values

    def backward(self, slopes: Tensor) -> Tensor:
        """Take derivatives by the values times `scale` back to the linear part's outputs, which are returned."""
        # A value of 0 was dropped, or was below 0 before the ReLU: nothing goes through either.
        _WHERE_POSITIVE(slopes, self._values, 0, grad_input=slopes)
        if self._norm is not None:
            slopes, by_scale, by_shift = _NORM_BACKWARD(
                slopes, self._outputs, self._scale, None, None, *self._moments, True, self._norm.eps, [True] * 3
            )
            self._by_scale.copy_(by_scale)
            self._by_shift.copy_(by_shift)
        self.linear.backward(slopes)
        return slopes


def _layers(module: nn.Module) -> tuple[list[Layer], nn.Linear] | None:
    """Return a perceptron's hidden layers and its output layer, or None where it is something else."""
    # By type, not by isinstance: a class derived from these may compute something else.
    parts: list[Any] = list(module) if type(module) is nn.Sequential else []
    layers: list[Layer] = []
    while len(parts) > 1:
        linear = parts.pop(0)
        norm = parts.pop(0) if type(parts[0]) is nn.BatchNorm1d else None
        if type(linear) is not nn.Linear or not parts or type(parts.pop(0)) is not nn.ReLU:
            return None
        dropout = parts.pop(0).p if parts and type(parts[0]) is Dropout else 0.0
        layers.append(Layer(linear, norm, dropout))
    if not parts or type(parts[0]) is not nn.Linear or len({layer.dropout for layer in layers}) > 1:
        return None
    return layers, parts[0]


def _side_by_side(parameters: Sequence[Tensor]) -> tuple[Tensor, Tensor, dict[Tensor, Tensor]]:
    """Make parameters parts of one array; return it, its gradient, and for each parameter the part of the gradient."""
    weights = torch.cat([weight.detach().reshape(-1) for weight in parameters])
    gradient = torch.zeros_like(weights)
    gradients, start = {}, 0
    for weight in parameters:
        past = start + weight.numel()
        weight.data = weights[start:past].view(weight.shape)
        gradients[weight] = gradient[start:past].view(weight.shape)
        start = past
    weights.requires_grad_().grad = gradient
    return weights, gradient, gradients
