from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kit.errors import InputError  # noqa: E402
from kit.models import EmbeddingMLP  # noqa: E402
from kit.models.neural.modules.embedding import CategoryEmbedding, Embedded  # noqa: E402

BLOCKS = {"codes": (1, 3), "others": (3, 4), "one": (0, 1)}


def make_rows(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A number, two columns of codes, another number; the second code's effects are no function of its size."""
    rng = np.random.default_rng(seed)
    cells, compounds = rng.integers(0, 4, 240), 2 * rng.integers(0, 12, 240)
    numbers = rng.normal(size=(240, 2))
    effects = np.random.default_rng(9)
    Y = effects.normal(size=(4, 3))[cells] + 2 * effects.normal(size=(24, 3))[compounds] + numbers[:, 1:]
    X = np.column_stack([numbers[:, 0], cells, compounds, numbers[:, 1]])
    return X.astype(np.float32), Y.astype(np.float32)


def small(**params: Any) -> EmbeddingMLP:
    given: dict[str, Any] = {"code_block": "codes", "blocks": BLOCKS, "hidden": (32,), "dropout": 0.0, "n_epochs": 40}
    return EmbeddingMLP(**{**given, "learning_rate": 0.01, "random_state": 0, **params})


def test_learns_effects_of_categories_and_of_other_features() -> None:
    X, Y = make_rows()
    X_new, Y_new = make_rows(seed=1)
    model = small().fit(X, Y)
    error = np.square(model.predict(X_new) - Y_new).mean()
    assert error < 0.1 * np.square(Y_new - Y.mean(axis=0)).mean()
    np.testing.assert_array_equal(model.known_codes_[1], np.arange(0, 24, 2))


def test_codes_are_not_standardised_and_may_carry_any_numbers() -> None:
    X, Y = make_rows()
    moved = X.copy()
    moved[:, 2] = 1000 + 3 * X[:, 2]  # other codes in the same order are the same categories
    np.testing.assert_array_equal(small().fit(moved, Y).predict(moved), small().fit(X, Y).predict(X))
    model = small().fit(X, Y)
    assert model.feature_mean_[1:3].tolist() == [0, 0]
    assert model.feature_scale_[1:3].tolist() == [1, 1]
    assert model.feature_mean_[3] != 0


def test_an_unseen_code_stands_for_the_mean_of_the_known() -> None:
    embedding = CategoryEmbedding(np.array([2, 5, 9]), 4)
    codes = torch.tensor([5.0, -1.0, 3.0, 9.0, 100.0, 2.0])
    found, table = embedding(codes), embedding.table.weight
    mean = table.mean(dim=0)
    torch.testing.assert_close(found, torch.stack([table[1], mean, mean, table[2], mean, table[0]]))

    X, Y = make_rows()
    model = small().fit(X, Y)
    unseen = np.repeat(X[:1], 4, axis=0)
    unseen[:, 2] = [-1, 1, 999, -7]
    predictions = model.predict(unseen)
    np.testing.assert_allclose(predictions, np.repeat(predictions[:1], 4, axis=0), rtol=1e-5)
    assert np.isfinite(predictions).all()


def test_vectors_come_first_then_the_other_columns_in_order() -> None:
    network = Embedded(1, [np.arange(2), np.arange(3)], 2, torch.nn.Identity())
    X = torch.tensor([[10.0, 1, 2, 20.0, 30.0]])
    found = network(X)
    vectors = torch.cat([network.embeddings[0].table.weight[1], network.embeddings[1].table.weight[2]])
    torch.testing.assert_close(found[0], torch.cat([vectors, torch.tensor([10.0, 20.0, 30.0])]))


def test_is_saved_with_its_codes(tmp_path: Path) -> None:
    X, Y = make_rows()
    model = small(n_epochs=2).fit(X, Y)
    model.save(tmp_path / "model")
    np.testing.assert_array_equal(EmbeddingMLP.load(tmp_path / "model").predict(X), model.predict(X))


def test_one_block_alone_is_the_codes() -> None:
    X, Y = make_rows()
    codes = X[:, 1:3].copy()
    alone = small(code_block=None, blocks=None, n_epochs=2).fit(codes, Y)
    named = small(code_block="c", blocks={"c": (0, 2)}, n_epochs=2).fit(codes, Y)
    np.testing.assert_array_equal(alone.predict(codes), named.predict(codes))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"code_block": None}, "name the block that holds the codes, one of codes, others, one"),
        ({"code_block": "code"}, "no feature block 'code'.*did you mean 'codes'"),
        ({"code_block": "others"}, "whole numbers, the codes of categories, in columns 3 to 3"),
    ],
)
def test_what_is_no_block_of_codes_is_an_error(params: dict[str, Any], message: str) -> None:
    X, Y = make_rows()
    with pytest.raises(InputError, match=message):
        small(**params).fit(X, Y)


def test_a_column_without_any_known_category_is_an_error() -> None:
    X, Y = make_rows()
    X[:, 2] = -1
    with pytest.raises(InputError, match="no training row has a category in column 2"):
        small().fit(X, Y)


def test_the_first_numbers_of_the_vectors_have_the_given_scale() -> None:
    torch.manual_seed(0)
    small = CategoryEmbedding(np.arange(50), 40, scale=0.05).table.weight.detach()
    assert small.abs().max() <= 0.05
    assert small.std().item() == pytest.approx(0.05 / np.sqrt(3), rel=0.05)
    assert CategoryEmbedding(np.arange(50), 40).table.weight.std().item() == pytest.approx(1.0, rel=0.1)


def test_a_model_hands_the_scale_on() -> None:
    X, Y = np.array([[0.0], [1.0], [0.0], [1.0]], dtype=np.float32), np.eye(4, dtype=np.float32)
    # Without learning, the vectors are as they were drawn.
    options: dict[str, Any] = {
        "embedding_dim": 8,
        "hidden": (4,),
        "n_epochs": 1,
        "learning_rate": 1e-12,
        "random_state": 0,
    }
    tables = [
        EmbeddingMLP(embedding_scale=scale, **options).fit(X, Y).module_.embeddings[0].table.weight.detach().numpy()
        for scale in (0.05, None)
    ]
    assert np.abs(tables[0]).max() <= 0.05 < np.abs(tables[1]).max()
