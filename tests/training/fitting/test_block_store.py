from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from kit.errors import KitWarning
from kit.features.encoders.target_profile import TargetProfile
from kit.files import DONE
from kit.noticed import collected
from kit.training.fitting.block_store import BlockStore, forget_supplied
from kit.training.fitting.pipeline import Pipeline, fit_matrix, fit_pipeline, fit_target
from kit.training.planning.recipe_model import RecipeModel
from tests.tiny import Tiny


def fit(tiny: Tiny, store: BlockStore | None, model: str, *overrides: str) -> Pipeline:
    spec = RecipeModel.of(tiny.standard(*overrides).config, model)
    return fit_pipeline(spec, tiny.competition.rows, np.array(tiny.competition.Y), 4, store=store)


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collects which profiles are computed."""
    found: list[str] = []
    fit_transform = TargetProfile.fit_transform

    def counted(self: TargetProfile, rows: object, Y: object) -> np.ndarray:
        found.append(self.by)
        return fit_transform(self, rows, Y)  # type: ignore[arg-type]

    monkeypatch.setattr(TargetProfile, "fit_transform", counted)
    return found


def test_a_block_that_two_models_read_is_fitted_once(tiny: Tiny, tmp_path: Path, fits: list[str]) -> None:
    store = BlockStore(tmp_path, {"rows": "all"})
    test = tiny.competition.test
    for model in ("ridge", "trees", "ridge"):
        shared, alone = fit(tiny, store, model), fit(tiny, None, model)
        np.testing.assert_array_equal(shared.matrix(test), alone.matrix(test))
        np.testing.assert_array_equal(shared.predict(test), alone.predict(test))
    assert len(fits) == 1 + 3
    assert len(list(tmp_path.glob(f"*/{DONE}"))) == 2  # the profile, and the cell types that ridge reads besides


def test_what_a_block_warned_of_is_said_to_every_fit_that_takes_it(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit_transform = TargetProfile.fit_transform

    def warn(self: TargetProfile, rows: object, Y: object) -> np.ndarray:
        warnings.warn("rows without a profile", KitWarning, stacklevel=2)
        return fit_transform(self, rows, Y)  # type: ignore[arg-type]

    monkeypatch.setattr(TargetProfile, "fit_transform", warn)
    store = BlockStore(tmp_path, {"rows": "all"})
    for _ in range(2):  # fitted, then taken
        with collected() as found:
            fit(tiny, store, "trees")
        assert found == ["rows without a profile"]


@pytest.mark.parametrize(
    "override",
    ["features.profile.params.by=cell_type", "features.profile.params.shrinkage=2.0", "features.profile.space=full"],
)
def test_another_block_is_fitted_anew(tiny: Tiny, tmp_path: Path, fits: list[str], override: str) -> None:
    store = BlockStore(tmp_path, {"rows": "all"})
    fit(tiny, store, "trees")
    other = fit(tiny, store, "trees", override)
    assert len(fits) == 2
    expected = fit(tiny, None, "trees", override)
    np.testing.assert_array_equal(other.matrix(tiny.competition.test), expected.matrix(tiny.competition.test))


def test_a_builder_of_other_code_is_another_block(
    tiny: Tiny, tmp_path: Path, fits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1.0", "1.0", "2.0"):
        described = {"packages": {"theirs": {"version": version}}}
        monkeypatch.setattr(
            "kit.training.planning.versions.provenance",
            lambda cls, described=described: described if cls is TargetProfile else {},
        )
        fit(tiny, BlockStore(tmp_path, {"rows": "all"}), "trees")
    assert len(fits) == 2


def test_other_rows_are_another_block(tiny: Tiny, tmp_path: Path, fits: list[str]) -> None:
    for rows in ("all", "some"):
        fit(tiny, BlockStore(tmp_path, {"rows": rows}), "trees")
    assert len(fits) == 2


def test_a_block_that_draws_at_random_is_shared_by_fits_of_one_seed_only(tiny: Tiny, tmp_path: Path) -> None:
    encoding = "features.profile={kind: target_encoding, params: {by: [sm_name], n_splits: 2}}"
    spec = RecipeModel.of(tiny.standard(encoding).config, "trees")
    rows, Y = tiny.competition.rows, np.array(tiny.competition.Y)
    target = fit_target(spec, rows, Y)
    store = BlockStore(tmp_path, {"rows": "all"})
    found = {seed: fit_matrix(spec, rows, Y, target, seed, store=store)[1].X for seed in (1, 2, 1)}
    assert len(list(tmp_path.glob(f"*/{DONE}"))) == 2
    for seed, X in found.items():
        np.testing.assert_array_equal(X, fit_matrix(spec, rows, Y, target, seed)[1].X)
    assert not np.array_equal(found[1], found[2])


def test_what_is_kept_holds_no_target_transform(tiny: Tiny) -> None:
    plan = tiny.plan(tiny.standard())
    spec = plan.last.models["trees"]
    rows, Y = tiny.competition.rows, np.array(tiny.competition.Y)
    target = fit_target(spec, rows, Y)
    builder = TargetProfile(by="sm_name", projector=target).fit(rows, Y)
    before = builder.transform(rows)
    forget_supplied(builder)
    assert builder.projector is None
    np.testing.assert_array_equal(builder.transform(rows), before)
