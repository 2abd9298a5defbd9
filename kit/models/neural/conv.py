"""One-dimensional convolutional networks (1D-CNN) over the feature vector, with the winners' architectures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_types import Ge, Lt, MinLen

from kit.arrays import Floats
from kit.errors import ParameterError
from kit.models.neural.base import Blocks, NetworkModel, network
from kit.models.neural.conv_layers import Activation, ConvLayer, fit_layers, least_features
from kit.models.neural.loop.cost import dense_multiplications, training_seconds

if TYPE_CHECKING:
    import torch

Count = Annotated[int, Ge(1)]
Share = Annotated[float, Ge(0), Lt(1)]

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "small": {
        "channels": [16, 32],
        "kernels": 5,
        "strides": 1,
        "pools": 2,
        "padding": "same",
        "activations": "relu",
        "dropouts": 0.1,
        "hidden": [256],
        "hidden_dropout": 0.1,
        "image_size": None,
    },
    "first_place": {
        "channels": [8, 8, 16, 8],
        "kernels": [5, 5, 5, 3],
        "strides": [1, 1, 2, 3],
        "pools": [1, 1, 11, 1],
        "padding": "valid",
        "activations": ["none", "relu", "none", "none"],
        "dropouts": [0.3, 0.0, 0.3, 0.0],
        "hidden": [1024, 512],
        "hidden_dropout": 0.3,
        "image_size": None,
    },
    "fourth_place": {
        "channels": [16, 32, 64],
        "kernels": 3,
        "strides": 1,
        "pools": 1,
        "padding": "same",
        "activations": "relu",
        "dropouts": 0.2,
        "hidden": [],
        "hidden_dropout": 0.0,
        "image_size": 64,
    },
}
"""What the parameters that are None stand for. ``first_place`` and ``fourth_place``: the networks of the first and the
fourth place of "Open Problems – Single-Cell Perturbations" (Kaggle, 2023); ``small`` is ours."""

_PER_LAYER = ("kernels", "strides", "pools", "activations", "dropouts")
_RESNET_WEIGHTS, _RESNET_MULTIPLICATIONS_PER_PIXEL = 11_170_000, 35_000

# Seconds for a multiplication forward and backward, one thread of an AMD EPYC, torch 2.13.
_SECONDS_CONVOLUTION, _SECONDS_RESNET, _SECONDS_DENSE = 5e-10, 0.6e-10, 1e-10


@network("conv")
class Conv(NetworkModel):
    """1D-CNN: one-dimensional convolutions over the feature vector, then dense layers or a residual network.

    Each layer is a convolution along the columns, an activation, dropout and an average pool. What follows them is
    fully connected: Linear → Dropout → ReLU for each width in ``hidden``, then the outputs; or, with ``image_size``, a
    square image that an un-pretrained ResNet18 reads. The order of the columns carries the signal: neighbours must have
    something to do with each other (genes along a chromosome, components, statistics of the same target).

    A parameter that is None has its value from the preset, so that any of them can be changed. Where the features are
    few, pools are narrowed until the layers after them have input.

    Args:
        preset: ``small`` (ours): 2 layers of 16 and 32 channels, kernel 5, pool 2, hidden [256], dropout 0.1.
            ``first_place``: channels 8, 8, 16, 8, kernels 5, 5, 5, 3, strides 1, 1, 2, 3, a pool of 11 after the third,
            a ReLU after the second alone, dropout 0.3 after the first and the third and in hidden [1024, 512]; at
            least 17 features (its author trained it with Adam, learning rate 0.001, 250 epochs in batches of 16).
            ``fourth_place``: channels 16, 32, 64, kernel 3, dropout 0.2, a 64 × 64 image, ResNet18 (its author: Adam,
            0.002, mean absolute error, batches of 8).
        channels: Output channels of each convolution.
        kernels: Columns of a kernel; one number for all layers, or one a layer, as in all that follow.
        strides: Columns from one place of the kernel to the next.
        pools: Columns that an average pool joins after the convolution; 1 for none.
        padding: ``same``: zeros on both sides, so that an odd kernel of stride 1 keeps the length; ``valid``: none.
        activations: What follows a convolution.
        dropouts: Share of a layer's values that are dropped in training.
        hidden: Widths of the fully connected layers; an empty list for none.
        hidden_dropout: Share of their values that are dropped in training.
        image_size: Side, in pixels, of the image that a ResNet18 reads in place of the linear output layer; the
            network halves it five times, so that 33 is the least with more than one pixel at the end.

    How it is trained: `kit.models.neural.loop.options.TrainingOptions`.
    """

    preset: Literal["small", "first_place", "fourth_place"] = "small"
    channels: Annotated[list[Count], MinLen(1)] | None = None
    kernels: Count | list[Count] | None = None
    strides: Count | list[Count] | None = None
    pools: Count | list[Count] | None = None
    padding: Literal["same", "valid"] | None = None
    activations: Activation | list[Activation] | None = None
    dropouts: Share | list[Share] | None = None
    hidden: list[Count] | None = None
    hidden_dropout: Share | None = None
    image_size: Annotated[int, Ge(8)] | None = None

    def check_parameters(self) -> None:
        """Check every parameter, and that lists have one value a layer.

        Raises:
            ParameterError: A parameter is wrong; the message says which.
        """
        super().check_parameters()
        n_layers = len(self._value("channels"))
        problems = [
            f"{name}: {len(value)} values for {n_layers} layers ({self._source('channels')}); "
            f"give one number, or one for each of the channels (these are {self._source(name)})"
            for name in _PER_LAYER
            if isinstance(value := self._value(name), list) and len(value) != n_layers
        ]
        if problems:
            raise ParameterError("Conv: " + "\n".join(problems))

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, from the multiplications of each kind of layer."""
        fitted = fit_layers(self._layers(), max(n_features, least_features(self._layers())))
        pixels = (self._value("image_size") or 0) ** 2
        dense = dense_multiplications([fitted.width, *self._value("hidden"), pixels or n_outputs])
        weights = dense + (_RESNET_WEIGHTS + 512 * n_outputs if pixels else 0)
        layers = [
            (fitted.multiply_adds, _SECONDS_CONVOLUTION),
            (dense, _SECONDS_DENSE),
            (pixels * _RESNET_MULTIPLICATIONS_PER_PIXEL, _SECONDS_RESNET),
        ]
        return training_seconds(self, n_rows, weights, layers, calls=10 if pixels else 1)

    def _learn(self, X: Floats, blocks: Blocks) -> None:
        fit_layers(self._layers(), X.shape[1])

    def _module(self, n_features: int, n_outputs: int, blocks: Blocks) -> torch.nn.Module:
        from kit.models.neural.modules.conv import ConvNetwork

        hidden, dropout, size = (self._value(name) for name in ("hidden", "hidden_dropout", "image_size"))
        return ConvNetwork(n_features, n_outputs, self._layers(), hidden, dropout, size)

    def _layers(self) -> list[ConvLayer]:
        channels = self._value("channels")
        columns = [self._value(name) for name in _PER_LAYER]
        per_layer = zip(*(c if isinstance(c, list) else [c] * len(channels) for c in columns), strict=True)
        same = self._value("padding") == "same"
        return [
            ConvLayer(width, kernel, stride, (kernel - 1) // 2 if same else 0, pool, activation, dropout)
            for width, (kernel, stride, pool, activation, dropout) in zip(channels, per_layer, strict=True)
        ]

    def _value(self, name: str) -> Any:
        given = getattr(self, name)
        return PRESETS[self.preset][name] if given is None else given

    def _source(self, name: str) -> str:
        return f"the preset {self.preset!r}'s" if getattr(self, name) is None else "given"
