from __future__ import annotations

import pytest

from kit.config import load_recipe
from kit.errors import ConfigError
from kit.models import MODELS, KernelRidge, Nearest
from tests.config.conftest import Write

RECIPE = """\
extends: competition.yaml
features: {{cell: {{kind: one_hot, params: {{columns: [cell_type]}}}}, drug: {{kind: profile, params: {{by: a}}}}}}
models:
  one:
    kind: {kind}
    features: {features}
    params:
      {params}
"""

PRODUCT = """kernel:
        kind: product
        params:
          left: {{kind: rbf, params: {{blocks: [{left}], gamma: {gamma}}}}}
          right: {{kind: {right}, params: {{blocks: [drug]}}}}
"""


@pytest.fixture(autouse=True)
def _models(monkeypatch: pytest.MonkeyPatch, toy_plugins: None) -> None:
    monkeypatch.setattr(MODELS, "_classes", {"kernel_ridge": KernelRidge, "nearest": Nearest})


def recipe(left: str = "cell", gamma: str = "scale", right: str = "tanimoto", features: str = "[cell, drug]") -> str:
    params = PRODUCT.format(left=left, gamma=gamma, right=right)
    return RECIPE.format(kind="kernel_ridge", params=params, features=features)


def test_kernels_inside_of_kernels_are_built(write: Write) -> None:
    loaded = load_recipe(write(recipe()))
    assert loaded.config.models["one"].params["kernel"]["kind"] == "product"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (recipe(left="cel"), ["recipe.yaml:11: ", "blocks.0: no feature block 'cel' (did you mean 'cell'?)"]),
        (recipe(gamma="-1.0"), ["recipe.yaml:11: ", "left.params.gamma"]),
        (recipe(right="tanimto"), ["recipe.yaml:12: ", "no kernel 'tanimto' (did you mean 'tanimoto'?)"]),
        (
            recipe(features="[cell]"),
            ["recipe.yaml:12: ", "does not read the block 'drug'; add it to the model's features"],
        ),
        (
            RECIPE.format(kind="nearest", params="block: cells", features="[cell, drug]"),
            ["recipe.yaml:8: models.one.params.block: no feature block 'cells' (did you mean 'cell'?)"],
        ),
        (recipe(features="[[cell], drug]"), ["recipe.yaml:6: models.one.features.0: expected text"]),
        (
            RECIPE.format(kind="nearest", params="blocks: {cell: [0, 1]}", features="[cell, drug]"),
            ["recipe.yaml:8: ", "cannot be set here: it comes from the recipe's feature blocks"],
        ),
    ],
)
def test_what_is_wrong_inside_of_a_kernel_is_said_at_its_line(text: str, expected: list[str], write: Write) -> None:
    with pytest.raises(ConfigError) as raised:
        load_recipe(write(text))
    assert all(part in str(raised.value) for part in expected), str(raised.value)


def test_a_model_without_a_list_of_features_reads_all(write: Write) -> None:
    load_recipe(write(RECIPE.format(kind="nearest", params="block: cell", features="null")))
