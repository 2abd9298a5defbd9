"""One-dimensional convolutions over the feature vector, and a residual network over an image made of it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from kit.models.neural.conv_layers import ConvLayer, fit_layers
from kit.models.neural.modules.dense import head, hidden_layers
from kit.models.neural.modules.dropout import Dropout

_ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU}


class ConvNetwork(nn.Module):
    """Convolutions over a row's features as one channel, then fully connected layers.

    Args:
        n_features: Columns of the input.
        n_outputs: Columns of the output.
        layers: The convolutions; pools that are too wide for the input are narrowed (`fit_layers`).
        hidden: Widths of the fully connected layers after them.
        hidden_dropout: Share of the hidden values that are dropped in training.
        image_size: Side of the image that a `ResNet18` reads in place of the linear output layer, or None.

    Raises:
        InputError: The input is too short for the convolutions.
    """

    def __init__(
        self,
        n_features: int,
        n_outputs: int,
        layers: Sequence[ConvLayer],
        hidden: Sequence[int],
        hidden_dropout: float,
        image_size: int | None = None,
    ) -> None:
        super().__init__()
        fitted = fit_layers(layers, n_features)
        self.convolutions = nn.Sequential(*_modules(fitted.layers))
        self.image_size = image_size
        if image_size is None:
            self.head: nn.Module = head(fitted.width, hidden, n_outputs, hidden_dropout)
        else:
            dense, width = hidden_layers(fitted.width, hidden, hidden_dropout)
            image = nn.Sequential(nn.Linear(width, image_size**2), nn.Unflatten(1, (1, image_size, image_size)))
            self.head = nn.Sequential(dense, image, ResNet18(1, n_outputs))

    def forward(self, X: Tensor) -> Tensor:
        """Return (n_rows, n_outputs) for (n_rows, n_features)."""
        out: Tensor = self.head(self.convolutions(X.unsqueeze(1)).flatten(1))
        return out


def _modules(layers: Sequence[ConvLayer]) -> list[nn.Module]:
    modules: list[nn.Module] = []
    channels = 1
    for layer in layers:
        modules.append(nn.Conv1d(channels, layer.channels, layer.kernel, layer.stride, layer.padding))
        if layer.activation != "none":
            modules.append(_ACTIVATIONS[layer.activation]())
        if layer.dropout > 0:
            modules.append(Dropout(layer.dropout))
        if layer.pool > 1:
            modules.append(nn.AvgPool1d(layer.pool))
        channels = layer.channels
    return modules


class ResNet18(nn.Module):
    """The residual network of 18 layers of He et al., "Deep residual learning for image recognition", CVPR 2016.

    Args:
        n_channels: Channels of the image.
        n_outputs: Columns of the output.
    """

    def __init__(self, n_channels: int, n_outputs: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(n_channels, 64, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        blocks: list[nn.Module] = []
        width = 64
        for out, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
            blocks += [_ResidualBlock(width, out, stride), _ResidualBlock(out, out, 1)]
            width = out
        self.blocks = nn.Sequential(*blocks)
        self.output = nn.Linear(width, n_outputs)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):  # section 3.4 of the paper refers to He et al. 2015 for the scale
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """Return (n_rows, n_outputs) for (n_rows, n_channels, height, width)."""
        maps: Tensor = self.blocks(self.stem(images))
        out: Tensor = self.output(maps.mean(dim=(2, 3)))
        return out


class _ResidualBlock(nn.Module):
    """Two 3 × 3 convolutions beside a shortcut, which is a 1 × 1 convolution where the shapes differ."""

    def __init__(self, n_inputs: int, n_outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(n_inputs, n_outputs, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(n_outputs),
            nn.ReLU(),
            nn.Conv2d(n_outputs, n_outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(n_outputs),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or n_inputs != n_outputs:
            convolution = nn.Conv2d(n_inputs, n_outputs, 1, stride=stride, bias=False)
            self.shortcut = nn.Sequential(convolution, nn.BatchNorm2d(n_outputs))

    def forward(self, maps: Tensor) -> Tensor:
        return torch.relu(self.body(maps) + self.shortcut(maps))
