"""The terms of a process are checked before anything is fitted, each mistake at its line."""

from __future__ import annotations

import pytest

from kit.config import load_recipe
from kit.errors import ConfigError
from kit.models import MODELS, CoregionalizedGP
from tests.config.conftest import Write

RECIPE = """\
extends: competition.yaml
features:
  cell: {{kind: one_hot, params: {{columns: [cell_type]}}}}
  drug: {{kind: profile, params: {{by: a}}}}
models:
  process:
    kind: coregionalized_gp
    params:
      terms:
        - {{cell: free}}
        - cell: free
          drug: {factor}
"""


@pytest.fixture(autouse=True)
def _models(monkeypatch: pytest.MonkeyPatch, toy_plugins: None) -> None:
    monkeypatch.setattr(MODELS, "_classes", {"coregionalized_gp": CoregionalizedGP})


@pytest.mark.parametrize(
    "factor", ["identity", "{low_rank: 5}", "{kernel: rbf, gamma: 0.5}", "{kernel: linear, of: cell}"]
)
def test_terms_that_are_right(factor: str, write: Write) -> None:
    assert load_recipe(write(RECIPE.format(factor=factor))).config.models["process"].kind == "coregionalized_gp"


@pytest.mark.parametrize(
    ("factor", "message"),
    [
        ("identty", "there is no factor 'identty' (did you mean 'identity'?)"),
        ("{low_rnk: 5}", "there is no factor 'low_rnk' (did you mean 'low_rank'?)"),
        ("{rbf: low_rank}", "'drug' has no latent vectors; add a term with {low_rank: 30} on it"),
        ("{kernel: rbff}", "'rbff'"),
        ("{kernel: linear, of: cel}", "no feature block 'cel' (did you mean 'cell'?)"),
    ],
)
def test_a_wrong_factor_is_named_at_its_line(factor: str, message: str, write: Write) -> None:
    with pytest.raises(ConfigError) as caught:
        load_recipe(write(RECIPE.format(factor=factor)))
    [line] = str(caught.value).splitlines()
    assert "recipe.yaml:12: models.process.params.terms.1.drug" in line
    assert message in line


def test_every_block_of_the_model_has_to_be_read(write: Write) -> None:
    lines = RECIPE.format(factor="identity").splitlines()
    with pytest.raises(
        ConfigError, match=r"recipe.yaml:9: .*terms: nothing here reads 'drug', which the model is given"
    ):
        load_recipe(write("\n".join(lines[:10])))
    with pytest.raises(ConfigError, match=r"recipe.yaml:10: .*terms.0.cll: .*'cll' \(did you mean 'cell'\?\)"):
        load_recipe(write("\n".join(lines[:10]).replace("{cell: free}", "{cll: free}")))
    known = "\n".join(lines[:10]).replace("    params", "    features: [cell]\n    params")
    with pytest.raises(ConfigError, match=r"recipe.yaml:13: .*the model does not read the block 'drug'"):
        load_recipe(write(known + "\n" + "\n".join(lines[10:])))
