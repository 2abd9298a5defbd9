from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from kit.features import GeneProfile, TargetProfile
from kit.plugins import Plugin
from tests.features.support import experiment, new_rows


@pytest.mark.parametrize(
    "settings",
    [{}, {"center": "cell_type", "shrinkage": 0.5}, {"by": "cell_type"}, {"per": "cell_type", "weights": "dose"}],
)
def test_the_target_profile_of_the_most_variable_targets(settings: dict) -> None:
    rows, Y = experiment()
    Y *= np.linspace(3, 1, Y.shape[1])[np.random.default_rng(0).permutation(Y.shape[1])]
    builder = GeneProfile(genes=4, **settings)
    chosen = np.sort(np.argsort(-Y.var(axis=0))[:4])
    alone = TargetProfile(**settings)
    np.testing.assert_array_equal(builder.fit_transform(rows, Y), alone.fit_transform(rows, Y[:, chosen]))
    np.testing.assert_array_equal(builder.transform(new_rows()), alone.transform(new_rows()))
    np.testing.assert_array_equal(builder.genes_, chosen)


@pytest.mark.parametrize("settings", [{}, {"center": "cell_type"}, {"per": "cell_type"}, {"weights": "dose"}])
def test_a_chosen_gene_does_not_depend_on_the_rows_own_target(settings: dict) -> None:
    rows, Y = experiment()
    builder = GeneProfile(genes=7, **settings)
    before = builder.fit_transform(rows, Y)
    names = builder.get_feature_names_out()
    other_choices = 0
    for row in range(len(rows)):
        replaced = Y.copy()
        replaced[row] = 40 * Y[row, ::-1]
        after = builder.fit_transform(rows, replaced)
        found = builder.get_feature_names_out()
        common = np.intersect1d(names, found)
        assert len(common)  # seven of eleven, twice: three at least
        other_choices += not np.array_equal(names, found)
        of_before = dict(zip(names, before[row], strict=True))
        of_after = dict(zip(found, after[row], strict=True))
        assert all(of_after[name] == of_before[name] for name in common)
    assert other_choices  # the choice itself does depend on it, as the documentation says


def test_names_clones_and_saving(tmp_path: Path) -> None:
    rows, Y = experiment()
    builder = GeneProfile(genes=2, per="cell_type").fit(rows, Y)
    first, second = builder.genes_
    expected = [f"sm_name__profile__{cell}__target {gene}" for cell in ("B", "NK", "T") for gene in (first, second)]
    expected += [f"sm_name__measured__{cell}" for cell in ("B", "NK", "T")]
    assert builder.get_feature_names_out().tolist() == expected
    assert set(vars(clone(builder))) == set(builder.get_params())
    builder.save(tmp_path / "saved")
    loaded = Plugin.load(tmp_path / "saved")
    np.testing.assert_array_equal(loaded.transform(new_rows()), builder.transform(new_rows()))


def test_more_than_there_are_is_all() -> None:
    rows, Y = experiment()
    every = GeneProfile(genes=10_000).fit_transform(rows, Y)
    np.testing.assert_array_equal(every, TargetProfile().fit_transform(rows, Y))
