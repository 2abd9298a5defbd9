from __future__ import annotations

import pytest

from kit.blending.entry import blend_entry, build_blend, per_group_entry, weights_entry
from kit.blends import Greedy, NonNegative, PerGroupBlend, Weighted
from kit.config.schema import PluginConfig
from kit.errors import InputError
from kit.metrics import MRRMSE


def test_a_name_or_an_entry() -> None:
    assert isinstance(build_blend(blend_entry("nnls"), MRRMSE()), NonNegative)
    blend = build_blend(blend_entry("{kind: greedy, params: {n_rounds: 7, n_bags: 3}}"), MRRMSE())
    assert isinstance(blend, Greedy)
    assert (blend.n_rounds, blend.n_bags, blend.random_state) == (7, 3, 0)


def test_per_group_wraps_an_entry() -> None:
    blend = build_blend(per_group_entry(blend_entry("{kind: nnls, params: {ridge: 0.5}}")), MRRMSE())
    assert isinstance(blend, PerGroupBlend)
    assert isinstance(blend.blend, NonNegative)
    assert blend.blend.ridge == 0.5


def test_weights() -> None:
    blend = build_blend(weights_entry("a=.4, model=b=6e-1"), MRRMSE())
    assert isinstance(blend, Weighted)
    assert blend.weights == {"a": 0.4, "model=b": 0.6}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nnsl", "did you mean 'nnls'"),
        ("{kind: nnls, params: {rigde: 1.0}}", "'ridge'"),
        ("{kind: nnls, params: {ridge: -1.0}}", "at least 0"),
        ("{kind: nnls, ridge: 1.0}", "expected a blend's name"),
        ("{kind: [nnls]}", "expected a blend's name"),
        ("[nnls]", "expected a blend's name"),
        ("{kind: nnls", "expected a blend's name"),
        ("", "expected a blend's name"),
    ],
)
def test_wrong_entries(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        blend_entry(text)


@pytest.mark.parametrize("text", ["a", "=1", "a=b", "a=.4,a=.6", "a=.4,", ""])
def test_wrong_weights(text: str) -> None:
    with pytest.raises(InputError, match="a number for each member"):
        weights_entry(text)


def test_weights_below_zero() -> None:
    with pytest.raises(InputError, match="weights"):
        build_blend(PluginConfig(kind="weighted", params={"weights": {"a": -1.0}}), MRRMSE())


def test_whole_runs_have_no_expected_errors_to_blend_by() -> None:
    with pytest.raises(InputError, match="'by_variance' goes by what single models expect of their own errors"):
        build_blend(blend_entry("by_variance"), MRRMSE())
