from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.arrays import Floats
from kit.errors import InputError, ParameterError
from kit.models.neural import Conv
from kit.models.neural.conv_layers import ConvLayer, fit_layers, least_features
from tests.models.neural.planted import (
    check_rows_are_alone,
    check_seeds_and_files,
    found,
    found_by_a_line,
    n_weights,
    noise,
)

torch = pytest.importorskip("torch")

MOTIFS = np.array([[1, -1, 1, -1, 1], [1, 1, -1, -1, 0]], dtype=np.float32)
"""Two shapes that neighbouring columns take."""

SMALL = Conv(
    channels=[8],
    pools=36,
    padding="valid",
    hidden=[],
    dropouts=0.0,
    n_epochs=30,
    learning_rate=1e-2,
    loss="mse",
    random_state=0,
)


def shapes_at_random_places(n_rows: int, length: int = 40) -> tuple[Floats, Floats]:
    """Rows in which each of the `MOTIFS` stands somewhere, and how strong it is."""
    rng = np.random.default_rng(0)
    X = 0.2 * rng.normal(size=(n_rows, length))
    strength = rng.uniform(0, 2, size=(n_rows, len(MOTIFS)))
    for row in range(n_rows):
        for motif, size in zip(MOTIFS, strength[row], strict=True):
            start = rng.integers(0, length - len(motif) + 1)
            X[row, start : start + len(motif)] += size * motif
    return X.astype(np.float32), strength.astype(np.float32)


def test_it_finds_a_shape_wherever_it_stands() -> None:
    X, Y = shapes_at_random_places(600)
    assert found_by_a_line(X, Y) < 0.05, "only its neighbours tell a column of the shape"
    assert found(SMALL, X, Y) > 0.7


def test_it_finds_nothing_in_noise() -> None:
    X, Y = shapes_at_random_places(600)
    assert found(SMALL, X, noise(*Y.shape)) < 0.05


# Counted by hand from the layers: weights, then biases.
FIRST_PLACE_CONVOLUTIONS = (5 * 8 + 8) + (8 * 5 * 8 + 8) + (8 * 5 * 16 + 16) + (16 * 3 * 8 + 8)


@pytest.mark.parametrize(
    ("n_features", "flat", "millions"), [(74_196, 8992, 19.1), (37_774, 4576, 14.6), (110_618, 13_400, 23.6)]
)
def test_the_first_place_has_as_many_weights_as_the_original(n_features: int, flat: int, millions: float) -> None:
    expected = FIRST_PLACE_CONVOLUTIONS + 1024 * flat + 1024 + 512 * 1024 + 512 + 18_211 * 512 + 18_211
    assert n_weights(Conv(preset="first_place"), n_features, 18_211) == expected
    assert round(expected / 1e6, 1) == millions


def test_the_first_place_has_the_original_layers() -> None:
    module = Conv(preset="first_place")._module(300, 4, {})
    names = [type(layer).__name__ for layer in module.convolutions]
    assert names == ["Conv1d", "Dropout", "Conv1d", "ReLU", "Conv1d", "Dropout", "AvgPool1d", "Conv1d"]
    assert [type(layer).__name__ for layer in module.head] == ["Linear", "Dropout", "ReLU"] * 2 + ["Linear"]
    assert [layer.p for layer in module.modules() if isinstance(layer, torch.nn.Dropout)] == [0.3] * 4


def test_the_fourth_place_reads_an_image_of_64_by_64() -> None:
    from kit.models.neural.modules.conv import ResNet18

    # What torchvision's documentation says of resnet18: 3 channels, 1000 classes.
    with torch.device("meta"):
        assert sum(weights.numel() for weights in ResNet18(3, 1000).parameters()) == 11_689_512
    resnet = 11_689_512 - 2 * 64 * 49 - (512 * 1000 + 1000) + (512 * 45 + 45)
    convolutions = (3 * 16 + 16) + (16 * 3 * 32 + 32) + (32 * 3 * 64 + 64)
    # 45 components, encoded by cell type and by compound.
    assert n_weights(Conv(preset="fourth_place"), 90, 45) == convolutions + 5760 * 4096 + 4096 + resnet


def test_the_residual_network_has_the_shapes_of_the_paper() -> None:
    from kit.models.neural.modules.conv import ResNet18

    network, shapes = ResNet18(3, 7).eval(), []
    for block in network.blocks:
        block.register_forward_hook(lambda module, given, made: shapes.append(tuple(made.shape[1:])))
    with torch.inference_mode():
        assert network(torch.zeros(1, 3, 224, 224)).shape == (1, 7)
    # Table 1 of He et al., 2016.
    assert shapes == [(n, size, size) for n, size in ((64, 56), (128, 28), (256, 14), (512, 7)) for _ in range(2)]


def test_rows_seeds_and_files(tmp_path: Path) -> None:
    X, Y = shapes_at_random_places(60)
    model = Conv(channels=[4, 4], kernels=[3, 4], strides=[2, 1], hidden=[8], n_epochs=4, learning_rate=1e-2)
    check_rows_are_alone(check_seeds_and_files(model, X, Y, tmp_path / "model"), X[:9])


def test_seeds_and_files_of_the_image(tmp_path: Path) -> None:
    X, Y = shapes_at_random_places(20, length=12)
    model = Conv(preset="fourth_place", channels=[8, 8, 8], image_size=16, n_epochs=1, batch_size=8)
    check_seeds_and_files(model, X, Y, tmp_path / "model")


def test_the_image_of_a_row_sees_other_rows_in_training_alone() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = Conv(preset="fourth_place", channels=[8, 8, 8], dropouts=0.0, image_size=16)._module(12, 3, {})
        X = torch.randn(32, 12)
    with torch.no_grad():
        for part in network.modules():
            if isinstance(part, torch.nn.BatchNorm2d):
                part.momentum = None  # its moments are the mean over the batches seen, without those it starts from
        in_training = network.train()(X)
        whole, alone = network.eval()(X), torch.cat([network(X[[row]]) for row in range(len(X))])
        assert (network.train()(X[:8]) - in_training[:8]).abs().max() > 0.1
    assert whole.std(dim=0).min() > 0.1
    # Rows look much alike before training, and what they differ in is blown up with the rounding: not yet 1e-5.
    torch.testing.assert_close(alone, whole, rtol=0, atol=1e-4)


def test_too_few_features_are_an_error_that_says_how_many_it_takes() -> None:
    X = np.zeros((5, 17), dtype=np.float32)
    with pytest.raises(InputError, match="at least 17 features, got 16"):
        Conv(preset="first_place").fit(X[:, :16], X)
    X[:] = np.random.default_rng(0).normal(size=X.shape)
    small = Conv(preset="first_place", hidden=[4], n_epochs=1).fit(X, X[:, :2])
    assert small.predict(X).shape == (5, 2)


def test_one_value_serves_all_layers_and_a_list_has_one_for_each() -> None:
    Conv(channels=[4, 8, 16], kernels=3, strides=[1, 2, 2]).check_parameters()
    with pytest.raises(ParameterError, match=r"kernels: 2 values for 3 layers"):
        Conv(channels=[4, 8, 16], kernels=[3, 3]).check_parameters()
    with pytest.raises(ParameterError, match=r"strides: 4 values for 2 layers \(given\).*first_place"):
        Conv(preset="first_place", channels=[4, 8]).check_parameters()


LAYERS = st.lists(
    st.builds(
        ConvLayer,
        channels=st.integers(1, 3),
        kernel=st.integers(1, 6),
        stride=st.integers(1, 3),
        padding=st.just(0),
        pool=st.integers(1, 12),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(layers=LAYERS, more=st.integers(0, 30))
def test_lengths_are_those_of_torch_and_the_least_input_is_the_least(layers: list[ConvLayer], more: int) -> None:
    from kit.models.neural.modules.conv import ConvNetwork

    least = least_features(layers)
    with torch.device("meta"):
        network = ConvNetwork(least + more, 2, layers, [], 0.0)
        made = network.convolutions(torch.zeros(1, 1, least + more))
    fitted = fit_layers(layers, least + more)
    assert made.flatten(1).shape == (1, fitted.width)
    assert all(one.pool <= asked.pool for one, asked in zip(fitted.layers, layers, strict=True))
    if least > 1:
        with pytest.raises(InputError):
            fit_layers(layers, least - 1)


def test_pools_are_left_alone_where_there_is_room() -> None:
    layers = [ConvLayer(2, 3, pool=4), ConvLayer(2, 3)]
    assert fit_layers(layers, 14).layers == tuple(layers)
    assert [layer.pool for layer in fit_layers(layers, 13).layers] == [3, 1]


def test_the_estimate_grows_with_what_there_is_to_do() -> None:
    first = Conv(preset="first_place")
    seconds = first.estimate_seconds(500, 2000, 64)
    assert 0 < seconds < first.estimate_seconds(1000, 2000, 64) < first.estimate_seconds(1000, 4000, 64)
    assert seconds < first.estimate_seconds(500, 2000, 18_211)
    assert Conv(preset="fourth_place").estimate_seconds(500, 90, 45) > Conv().estimate_seconds(500, 90, 45)
