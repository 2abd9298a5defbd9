from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from sklearn.base import clone

from kit.arrays import Floats
from kit.errors import ParameterError
from kit.models.neural import Blocks, Transformer
from tests.models.neural.planted import (
    check_rows_are_alone,
    check_seeds_and_files,
    found,
    found_by_a_line,
    n_weights,
    noise,
)

torch = pytest.importorskip("torch")

BLOCKS: Blocks = {"cell": (0, 4), "compound": (4, 8)}
TINY: dict[str, Any] = {"d_model": 16, "feedforward": 32, "n_layers": 1, "n_heads": 2}
SMALL = Transformer(
    d_model=32,
    feedforward=64,
    dropout=0.0,
    n_epochs=20,
    learning_rate=3e-3,
    loss="mse",
    blocks=BLOCKS,
    random_state=0,
)


def product_of_two_blocks(n_rows: int) -> tuple[Floats, Floats]:
    """Two blocks of four features; a target is one direction of the first times one of the second."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, n_rows, 4))
    A, B = (np.linalg.qr(rng.normal(size=(4, 2)))[0] for _ in range(2))
    return np.hstack([a, b]).astype(np.float32), ((a @ A) * (b @ B)).astype(np.float32)


def test_it_finds_the_product_of_two_blocks() -> None:
    X, Y = product_of_two_blocks(800)
    assert found_by_a_line(X, Y) < 0.05
    assert found(SMALL, X, Y) > 0.85


def test_it_finds_nothing_in_noise() -> None:
    X, Y = product_of_two_blocks(800)
    assert found(clone(SMALL).set_params(n_epochs=8), X, noise(*Y.shape)) < 0.05


@pytest.mark.parametrize(("statistics", "millions"), [(36_422, 10.62), (72_844, 15.28)])
def test_the_second_place_has_the_weights_of_the_original(statistics: int, millions: float) -> None:
    """But for how the two blocks are put together."""
    blocks = {"one_hot": (0, 152), "statistics": (152, 152 + statistics)}
    count = n_weights(Transformer(preset="second_place"), 152 + statistics, 18_211, blocks)
    joined = 256 * 128 + 128  # the original concatenates them: Linear(256, 128) …
    embedding, second_norm = 2 * 128, 2 * 128  # … and has one norm, before and after the encoder
    assert round((count + joined - embedding - second_norm) / 1e6, 2) == millions


def test_the_second_place_has_the_encoder_of_the_original() -> None:
    encoder = Transformer(preset="second_place")._module(8, 2, BLOCKS).encoder
    layer = encoder.layers[0]
    assert (len(encoder.layers), layer.self_attn.num_heads, layer.self_attn.embed_dim) == (6, 8, 128)
    assert (layer.linear1.out_features, layer.dropout.p, layer.norm_first) == (2048, 0.3, False)
    assert layer.activation is torch.nn.functional.gelu


def test_layers_start_from_weights_of_their_own() -> None:
    first, second = Transformer()._module(8, 2, BLOCKS).encoder.layers
    assert not torch.equal(first.linear1.weight, second.linear1.weight)
    assert not torch.equal(first.self_attn.in_proj_weight, second.self_attn.in_proj_weight)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("preset", ["small", "second_place"])
def test_rows_seeds_and_files(
    preset: Literal["small", "second_place"], pooling: Literal["mean", "cls"], tmp_path: Path
) -> None:
    """The original let the rows of a batch attend to one another."""
    X, Y = product_of_two_blocks(60)
    model = Transformer(preset, **TINY, pooling=pooling, n_epochs=4, blocks=BLOCKS, learning_rate=1e-2)
    check_rows_are_alone(check_seeds_and_files(model, X, Y, tmp_path / "model"), X[:9])


@pytest.mark.parametrize(
    ("blocks", "token_size", "expected"),
    [
        ({"a": (0, 2), "b": (2, 40)}, None, [(0, 2), (2, 40)]),
        ({"b": (2, 40), "a": (0, 2)}, None, [(0, 2), (2, 40)]),
        ({"a": (0, 2), "none": (2, 2), "b": (2, 40)}, None, [(0, 2), (2, 40)]),
        ({"a": (0, 2), "b": (2, 40)}, 20, [(0, 2), (2, 22), (22, 40)]),
        (None, 15, [(0, 15), (15, 30), (30, 40)]),
        (None, 100, [(0, 40)]),
        (None, None, [(start, min(start + 3, 40)) for start in range(0, 40, 3)]),
    ],
)
def test_tokens_are_blocks_or_chunks(blocks: Blocks | None, token_size: int | None, expected: list[Any]) -> None:
    X = np.random.default_rng(0).normal(size=(8, 40)).astype(np.float32)
    model = Transformer(**TINY, token_size=token_size, blocks=blocks, n_epochs=1).fit(X, X[:, :2])
    assert model.module_.tokens == expected


def test_heads_that_do_not_divide_the_tokens_are_an_error_with_a_remedy() -> None:
    with pytest.raises(ParameterError, match=r"d_model=30 is no multiple of n_heads=4.*take d_model=32"):
        Transformer(d_model=30).check_parameters()


def test_the_estimate_grows_with_what_there_is_to_do() -> None:
    seconds = Transformer(blocks={"a": (0, 100), "b": (100, 400)}).estimate_seconds(500, 400, 64)
    assert 0 < seconds < Transformer().estimate_seconds(500, 400, 64), "16 tokens in place of two"
    assert Transformer().estimate_seconds(500, 400, 64) < Transformer("second_place").estimate_seconds(500, 400, 64)
