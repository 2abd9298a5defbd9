"""Fits that runs share by the cache: fitted once, the same bytes, never what was damaged."""

from __future__ import annotations

import json
import shutil
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from kit.cache import find_entries
from kit.errors import KitWarning
from kit.features.encoders.target_profile import TargetProfile
from kit.files import DONE, intact_key, new_directory
from kit.targets.svd import TargetSVD
from kit.training.fitting import kept_fits
from kit.training.fitting.kept_fits import offer, take
from kit.training.train import RunResult
from tests.tiny import SINGLE, Tiny, results


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache in which runs keep fits, however quick these were."""
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("KIT_CACHE_FITS")
    monkeypatch.setattr(kept_fits, "WORTH_SECONDS", 0.0)
    return tmp_path / "cache"


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collects what is fitted: target transforms and profiles."""
    found: list[str] = []
    for cls, method in ((TargetSVD, "fit"), (TargetProfile, "fit_transform")):
        original = getattr(cls, method)

        def counted(self: object, *given: object, original: object = original, name: str = cls.__name__) -> object:
            found.append(name)
            return original(self, *given)  # type: ignore[operator]

        monkeypatch.setattr(cls, method, counted)
    return found


def test_another_recipe_in_another_folder_takes_the_fits_of_the_first_and_has_its_own_bytes(
    tiny: Tiny, tmp_path: Path, cache: Path, fits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.train(tmp_path / "first")
    other = tiny.standard("models.ridge.params.penalty=99.0", "models.trees.params.n_estimators=2")
    first = list(fits)
    assert (first.count("TargetSVD"), first.count("TargetProfile")) == (3, 3)  # two folds and all rows
    fits.clear()
    shared = tiny.train(tmp_path / "second", other)
    assert fits == []
    assert {entry.kind for entry in find_entries(cache)} == {"targets", "blocks"}
    monkeypatch.setenv("KIT_CACHE_FITS", "0")
    alone = tiny.train(tmp_path / "third", other)
    assert fits == first
    assert results(shared.path) == results(alone.path)
    assert shared.submission is not None
    assert alone.submission is not None
    assert shared.submission.read_bytes() == alone.submission.read_bytes()


def test_other_rows_targets_and_values_are_fitted_anew(
    tiny: Tiny, tmp_path: Path, cache: Path, fits: list[str]
) -> None:
    tiny.train(tmp_path / "first", tiny.recipe(SINGLE, "single"))
    n_fits = len(fits)
    for place, (override, again) in enumerate(
        (("target.params.n_components=4", n_fits), ("features.profile.params.shrinkage=2.0", n_fits // 2))
    ):
        fits.clear()
        tiny.train(tmp_path / str(place), tiny.recipe(SINGLE, "single", override))
        assert len(fits) == again
    fits.clear()
    Y = np.array(tiny.competition.Y)
    Y[0, 0] += 1
    tiny.train(tmp_path / "third", tiny.recipe(SINGLE, "single"), tiny.with_targets(tmp_path / "data", Y))
    assert len(fits) == n_fits


def test_what_was_damaged_is_fitted_again_and_replaced(
    tiny: Tiny, tmp_path: Path, cache: Path, fits: list[str]
) -> None:
    recipe = tiny.recipe(SINGLE, "single")
    first = results(tiny.train(tmp_path / "first", recipe).path)
    shutil.rmtree(tmp_path / "first")
    entries = find_entries(cache)
    kinds_of_damage = [cut_off, changed, removed, another_key]
    for place, entry in enumerate(entries):
        kinds_of_damage[place % 4](entry.paths[0])
    assert len(entries) > len(kinds_of_damage)
    n_fits, again = len(fits), tiny.train(tmp_path / "second", recipe)
    assert len(fits) == 2 * n_fits
    assert results(again.path) == first
    # What was put in its place is whole.
    tiny.train(tmp_path / "third", recipe)
    assert len(fits) == 2 * n_fits
    assert [entry.paths for entry in find_entries(cache)] == [entry.paths for entry in entries]


def a_file(folder: Path) -> Path:
    return next(path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != DONE)


def changed(folder: Path) -> None:
    file = a_file(folder)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def cut_off(folder: Path) -> None:
    a_file(folder).write_bytes(a_file(folder).read_bytes()[:10])


def removed(folder: Path) -> None:
    a_file(folder).unlink()


def another_key(folder: Path) -> None:
    (folder / DONE).write_text((folder / DONE).read_text().replace("\n", "x\n", 1))


def test_a_block_taken_from_the_cache_warns_as_its_fit_did(
    tiny: Tiny, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = TargetProfile.fit_transform

    def warn(self: TargetProfile, rows: object, Y: object) -> np.ndarray:
        warnings.warn("rows without a profile", KitWarning, stacklevel=2)
        return original(self, rows, Y)  # type: ignore[arg-type]

    monkeypatch.setattr(TargetProfile, "fit_transform", warn)
    for name in ("first", "second"):
        assert "rows without a profile" in str(tiny.train(tmp_path / name, tiny.recipe(SINGLE, "single")).warnings)


def test_quick_fits_are_not_kept(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_fits, "WORTH_SECONDS", 0.2)
    with new_directory(tmp_path / "run" / "one", "key") as folder:
        (folder / "a").write_text("a")
    offer("blocks", "key", tmp_path / "run" / "one", 0.1)
    assert not take("blocks", "key", tmp_path / "other")
    offer("blocks", "key", tmp_path / "run" / "one", 0.3)
    assert take("blocks", "key", tmp_path / "other")
    assert intact_key(tmp_path / "other") == "key"
    # One file, three names: the run's, the cache's and the other run's.
    assert (tmp_path / "run" / "one" / "a").stat().st_nlink == 3
    assert not take("blocks", "another", tmp_path / "third")


def test_a_fit_that_was_taken_costs_a_task_what_it_took(
    tiny: Tiny, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = TargetSVD.fit

    def slow(self: TargetSVD, *given: object) -> TargetSVD:
        until = time.process_time() + 0.3
        while time.process_time() < until:
            pass
        return original(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(TargetSVD, "fit", slow)
    recipe = tiny.recipe(SINGLE, "single", "final=folds")
    for name in ("first", "second"):
        run = tiny.train(tmp_path / name, recipe).path
        costs = [json.loads(file.read_text())["cpu_s"] for file in run.glob("tasks/**/metrics.json")]
        assert len(costs) == 2
        assert min(costs) >= 0.3


@pytest.mark.parametrize("what", ["libraries", "machine"])
def test_other_libraries_and_machines_have_fits_of_their_own(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    with new_directory(tmp_path / "one", "key") as folder:
        (folder / "a").write_text("a")
    offer("targets", "key", tmp_path / "one", 1.0)
    if what == "libraries":
        monkeypatch.setattr(kept_fits, "common_libraries", lambda: {"numpy": "0.1"})
    else:
        monkeypatch.setattr(kept_fits, "_machine", lambda: "another")
    assert not take("targets", "key", tmp_path / "two")


def test_a_cache_that_cannot_be_written_does_not_end_a_run(
    tiny: Tiny, tmp_path: Path, cache: Path, finished: RunResult
) -> None:
    cache.write_text("a file where the folder should be")
    result = tiny.train(tmp_path / "run")
    assert any("a fit is not kept for other runs: cannot write" in text for text in result.warnings)
    assert results(result.path) == results(finished.path)


def test_the_cache_stays_within_its_limit(
    tiny: Tiny, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_CACHE_LIMIT", "10 KB")
    monkeypatch.setattr("kit.cache.pruning._RECENT_DAYS", -1.0)
    for components in (3, 4, 5):
        override = f"target.params.n_components={components}"
        tiny.train(tmp_path / str(components), tiny.recipe(SINGLE, "single", override))
        assert 0 < sum(entry.n_bytes for entry in find_entries(cache)) <= 10_000


def test_fits_taken_are_in_no_format_that_runs_code(tiny: Tiny, tmp_path: Path, cache: Path) -> None:
    tiny.train(tmp_path / "run", tiny.recipe(SINGLE, "single"))
    kept = {path.suffix for entry in find_entries(cache) for path in entry.paths[0].rglob("*") if path.is_file()}
    assert kept <= {"", ".json", ".npy", ".npz"}
    for path in cache.rglob("*.json"):
        json.loads(path.read_text())
    for path in [*cache.rglob("*.npy"), *cache.rglob("*.npz")]:
        np.load(path, allow_pickle=False)
