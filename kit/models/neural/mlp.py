"""Fully connected networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_types import Ge, Gt, Lt

from kit.arrays import Floats
from kit.errors import InputError, ParameterError
from kit.models.neural.base import Blocks, NetworkModel, network
from kit.models.neural.loop.cost import dense_multiplications, training_seconds
from kit.plugins import NameOf, Supplied

if TYPE_CHECKING:
    import torch

Activation = Literal["relu", "gelu", "silu", "elu", "selu"]
Norm = Literal["batch", "layer", "none"]
Dropout = Annotated[float, Ge(0), Lt(1)]
Widths = tuple[Annotated[int, Ge(1)], ...]

# Seconds for a multiplication forward and backward, one thread of an AMD EPYC, torch 2.13.
SECONDS_DENSE = 0.8e-10


@network("mlp")
class MLP(NetworkModel):
    """Multi-layer perceptron: linear layer, normalisation, activation and dropout, over and over.

    Args:
        hidden: Widths of the hidden layers; without any the model is linear.
        activation: What follows each of them.
        norm: How its values are normalised before the activation: over the rows of a batch (in training alone), over
            the values of a row, or not.
        dropout: Share of its values that are dropped in training.
        start: The only feature block, of kind ``autoencoder`` with ``output: inputs``: the first hidden layers, as wide
            as its, start as what it has learnt without labels and are trained on (fine-tuning). With "relu" and ``norm:
            none``, as the autoencoder has it; its inputs are not standardised again. None to start at random.
        starts: The layers by block; only `fit` reads them.

    How it is trained: `kit.models.neural.loop.options.TrainingOptions`.
    """

    hidden: Widths = (512, 256)
    activation: Activation = "relu"
    norm: Norm = "batch"
    dropout: Dropout = 0.1
    start: Annotated[str | None, NameOf("block")] = None
    starts: Annotated[dict[str, list[Any]] | None, Supplied("the layers that the recipe's blocks have learnt")] = None

    def check_options(self) -> None:
        """Check what concerns several options.

        Raises:
            ParameterError: One line a problem.
        """
        super().check_options()
        if self.start is not None and (self.norm, self.activation) != ("none", "relu"):
            raise ParameterError(
                f"start: layers of an autoencoder go with norm 'none' and activation 'relu', here they are "
                f"{self.norm!r} and {self.activation!r}"
            )

    def _learn(self, X: Floats, blocks: Blocks) -> None:
        if self.start is None:
            return
        layers = (self.starts or {}).get(self.start)
        if not layers or list(blocks) != [self.start]:
            raise InputError(
                f"start: {self.start!r} must be the only block that the model reads (it reads {', '.join(blocks)}), of "
                "kind autoencoder with output: inputs"
            )
        widths = [weight.shape[1] for weight, _ in layers]
        if list(self.hidden[: len(widths)]) != widths:
            raise InputError(
                f"hidden: expected {widths} as the first widths, which are those of the block {self.start!r}, got "
                f"{list(self.hidden)}"
            )

    def _raw_columns(self, blocks: Blocks) -> list[tuple[int, int]]:
        return [] if self.start is None else list(blocks.values())

    def _module(self, n_features: int, n_outputs: int, blocks: Blocks) -> torch.nn.Module:
        from kit.models.neural.modules.mlp import perceptron, started

        module = perceptron(n_features, self.hidden, n_outputs, self.activation, self.norm, self.dropout)
        # A saved model has the weights themselves.
        return module if self.start is None or not self.starts else started(module, self.starts[self.start])

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, from the multiplications of its layers."""
        weights = dense_multiplications([n_features, *self.hidden, n_outputs])
        return training_seconds(self, n_rows, weights, [(weights, SECONDS_DENSE)])


@network("resnet_mlp")
class ResNetMLP(NetworkModel):
    """Perceptron with skip connections, as the ResNet of Gorishniy et al. (2021).

    A linear layer to ``width``; ``n_blocks`` times h + dropout(linear(dropout(activation(linear(norm(h))))); and from
    activation(norm(h)) a linear layer to the outputs.

    Args:
        width: Values that are handed from block to block.
        hidden_factor: How many times as many values a block has inside.
        n_blocks: Number of blocks.
        activation: The activation function.
        norm: How the values are normalised: over the rows of a batch (in training alone), over the values of a row, or
            not.
        hidden_dropout: Share of the values inside a block that are dropped in training.
        dropout: Share of what a block adds that is dropped in training.

    How it is trained: `kit.models.neural.loop.options.TrainingOptions`.
    """

    width: Annotated[int, Ge(1)] = 256
    hidden_factor: Annotated[float, Gt(0)] = 2.0
    n_blocks: Annotated[int, Ge(1)] = 2
    activation: Activation = "relu"
    norm: Norm = "batch"
    hidden_dropout: Dropout = 0.2
    dropout: Dropout = 0.0

    def _module(self, n_features: int, n_outputs: int, blocks: Blocks) -> torch.nn.Module:
        from kit.models.neural.modules.mlp import residual_perceptron

        return residual_perceptron(
            n_features,
            self.width,
            self._inside(),
            self.n_blocks,
            n_outputs,
            self.activation,
            self.norm,
            self.hidden_dropout,
            self.dropout,
        )

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, from the multiplications of its layers."""
        weights = self.width * (n_features + n_outputs + 2 * self.n_blocks * self._inside())
        return training_seconds(self, n_rows, weights, [(weights, SECONDS_DENSE)])

    def _inside(self) -> int:
        return max(1, round(self.width * self.hidden_factor))
