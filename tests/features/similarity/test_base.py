from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.config.build import build_plugin
from kit.config.schema import FeatureConfig
from kit.errors import InputError, ParameterError
from kit.features import (
    FEATURES,
    Concatenated,
    FeatureBuilder,
    NeighbourProfile,
    Numeric,
    Scaled,
    Similarity,
    TargetProfile,
)
from tests.features.support import experiment

BOTH = [Similarity, NeighbourProfile]


@pytest.mark.parametrize("cls", BOTH)
def test_a_block_made_of_targets_is_refused(cls: type[FeatureBuilder]) -> None:
    rows, Y = experiment()
    for inner in (TargetProfile(), Scaled(TargetProfile()), Concatenated([Numeric(["dose"]), TargetProfile()])):
        with pytest.raises(ParameterError, match="made of the training targets"):
            cls(inner, metric="cosine").fit(rows, Y)


@pytest.mark.parametrize("cls", BOTH)
def test_wrong_input(cls: type[FeatureBuilder]) -> None:
    rows, Y = experiment()
    with pytest.raises(ParameterError, match="gamma"):
        cls(Numeric(["dose"]), gamma=1.0).fit(rows, Y)
    with pytest.raises(ParameterError, match="must be a feature builder"):
        cls("dose", metric="rbf").fit(rows, Y)
    with pytest.raises(InputError, match="negative"):
        cls(Numeric(["dose"])).fit(rows.assign(dose=-1.0), Y)
    with pytest.raises(InputError, match="did you mean 'sm_name'"):
        cls(Numeric(["dose"]), by="sm_nam").fit(rows, Y)


def test_the_block_may_be_another_of_the_recipe() -> None:
    blocks = {
        "amount": FeatureConfig(kind="numeric", params={"columns": ["dose"]}),
        "alike": FeatureConfig(kind="similarity", params={"of": "amount", "metric": "rbf"}),
    }
    built = build_plugin(FEATURES, blocks["alike"], {}, blocks)
    rows, Y = experiment()
    given = Similarity(Numeric(["dose"]), metric="rbf")
    np.testing.assert_array_equal(built.fit_transform(rows, Y), given.fit_transform(rows, Y))


def test_a_compound_described_by_several_rows_stands_at_their_mean() -> None:
    rows = pd.DataFrame({"sm_name": ["a", "a", "b"], "dose": [1.0, 3.0, 5.0]})
    builder = Similarity(Numeric(["dose"]), metric="rbf", gamma=1.0).fit(rows)
    np.testing.assert_array_equal(builder.references_, [[2], [5]])
    assert builder.names_.tolist() == ["a", "b"]
