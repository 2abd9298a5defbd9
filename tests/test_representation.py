"""The competition of few labels and many images, with fewer draws and smaller networks."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.representation import main as own_images
from benchmarks.representation import write_tables
from kit.config import load_recipe
from kit.data import read_competition
from kit.data.simulate import write_scenario
from kit.data.simulate.scenarios import Digits
from kit.errors import InputError
from kit.exporting import export
from kit.features import FeatureBuilder
from kit.files import read_json
from kit.training.train import RunResult, train
from tests.extras import needs_torch

pytestmark = needs_torch

SHIPPED = Path(__file__).parents[1] / "competitions" / "representation"
QUICK = "features.codes.params.n_epochs=5"
SMALL = [
    *(f"features.{block}.params.layers=[24]" for block in ("codes", "random", "inputs")),
    *(f"models.{model}.params.hidden=[24]" for model in ("fine_tuned", "from_scratch")),
]


def trained(recipe: str, tables: Path, folder: Path, *overrides: str) -> RunResult:
    """Train a shipped recipe on other tables than those it would generate."""
    loaded = load_recipe(SHIPPED / f"{recipe}.yaml", ["data.simulate=null", *overrides])
    return train(loaded, read_competition(loaded.config, tables, folder / "cache"), folder / "out", jobs=1)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scenario(Digits("small", n_draws=2), 0, tmp_path_factory.mktemp("digits"))


@pytest.fixture(scope="module")
def arms(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    return trained("three_arms", tables, tmp_path_factory.mktemp("arms"), *SMALL, "features.codes.params.n_epochs=20")


def test_all_arms_stand_side_by_side(arms: RunResult) -> None:
    board = arms.leaderboard.set_index("member")
    for arm in ("raw", "codes", "principal_components", "random_network", "fine_tuned"):
        assert board.loc[arm, "accuracy"] > 2 * board.loc["chance", "accuracy"]


def test_the_autoencoder_of_a_draw_is_measured_on_its_labelled_images(arms: RunResult) -> None:
    reports = [read_json(path)["report"] for path in sorted(arms.path.glob("tasks/*/codes/*/fold=*/metrics.json"))]
    assert len(reports) == 2
    for report in reports:
        assert report["codes"]["measured_on"] == "training rows"
        assert report["codes"]["reconstruction_loss"] < 0.7 * report["codes"]["column_mean_loss"]
    # Each draw has unlabelled images of its own.
    assert reports[0]["codes"]["losses"] != reports[1]["codes"]["losses"]


def test_shuffled_labels_change_no_code(arms: RunResult, tables: Path, tmp_path: Path) -> None:
    rows = pd.read_parquet(tables / "train.parquet")
    rows["digit"] = np.random.default_rng(0).permutation(rows["digit"])
    rows.to_parquet(tmp_path / "train.parquet")
    (tmp_path / "unlabelled.parquet").write_bytes((tables / "unlabelled.parquet").read_bytes())
    other = trained("three_arms", tmp_path, tmp_path, *SMALL, "features.codes.params.n_epochs=20")
    for path in sorted(arms.path.glob("tasks/*/codes/*/fold=*/model/features/codes")):
        same = other.path / path.relative_to(arms.path)
        assert {file.name: file.read_bytes() for file in path.rglob("*.npz")} == {
            file.name: file.read_bytes() for file in same.rglob("*.npz")
        }
    assert other.summary["score"] < 0.7 < arms.summary["score"]


@pytest.mark.slow
def test_few_labels_gain_by_codes_that_all_draws_share(tmp_path: Path) -> None:
    design = Digits("fifty", tuple(range(10)), n_train=50, n_validation=0, n_draws=2, unlabelled="all")
    run = trained("few_labels", write_scenario(design, 0, tmp_path / "tables"), tmp_path)
    board = run.leaderboard.set_index("member")["accuracy"]
    assert board["codes"] > board["raw"] + 0.03
    assert board["codes"] > board["random_network"] + 0.03
    arrays = {path.read_bytes() for path in run.path.glob("tasks/*/codes/*/fold=*/model/features/codes/arrays.npz")}
    assert len(arrays) == 1


@pytest.mark.slow
def test_one_image_of_each_digit_is_enough_to_begin_with(tmp_path: Path) -> None:
    design = Digits("shots", tuple(range(10)), n_train=10, n_validation=0, n_draws=2, per_class=True, unlabelled="all")
    small = ["features.random=null", "models.random_network=null", "blend=mean", "features.codes.params.n_epochs=30"]
    board = trained("one_shot", write_scenario(design, 0, tmp_path / "tables"), tmp_path, *small).leaderboard
    accuracy = board.set_index("member")["accuracy"]
    assert accuracy["codes"] > accuracy["raw"] > 4 * accuracy["chance"]


def test_an_encoder_goes_to_another_competition(tables: Path, tmp_path: Path) -> None:
    """Frozen it is the same map there, and without one of its columns it is refused."""
    design = Digits("seven", (0, 1, 2, 4, 6, 7, 9), n_train=60, n_validation=30, n_draws=1)
    source = trained("encoder", write_scenario(design, 0, tmp_path / "seven"), tmp_path, SMALL[0], QUICK)
    encoder = tmp_path / "encoder"
    export(source.path, encoder, "block", block="codes")
    others = [
        "models.trained_on=null",
        "models.own=null",
        "features.own=null",
        "features.trained_on=null",
        "blend=mean",
    ]
    given = [*others, f"features.frozen.params.pretrained={encoder}", "features.frozen.params.layers=[24]"]
    run = trained("transfer", tables, tmp_path, "folds.params.validation=validation", *given)
    rows = pd.read_parquet(tables / "train.parquet")
    sent = FeatureBuilder.load(encoder).transform(rows)
    for path in run.path.glob("tasks/*/frozen/*/fold=*/model/features/frozen"):
        np.testing.assert_array_equal(FeatureBuilder.load(path).transform(rows), sent)
    with pytest.raises(InputError, match=r"lacks 'p63'"):
        trained("transfer", tables, tmp_path, *given, "features.pixels.params.columns={pattern: 'p[0-5].|p6[0-2]'}")


def test_images_of_ones_own(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    kinds = rng.integers(0, 3, 90)
    pixels = pd.DataFrame(rng.normal(kinds[:, None], 1, (90, 6)), columns=[f"p{place}" for place in range(6)])
    images = pixels.assign(image=[f"i{place}" for place in range(90)], kind=np.where(np.arange(90) < 30, kinds, np.nan))
    images.to_csv(tmp_path / "images.csv", index=False)
    with pytest.raises(InputError, match="need the columns image, label"):
        write_tables(images, tmp_path / "tables", "label", (20, 10), 2, 0)
    tables = tmp_path / "tables"
    sizes = ["--train=20", "--validation=10", "--draws=2"]
    own_images([str(tmp_path / "images.csv"), str(tables), "--label=kind", *sizes])
    assert len(pd.read_parquet(tables / "unlabelled.parquet")) == 60
    board = trained("three_arms", tables, tmp_path, "preset=own", *SMALL, QUICK).leaderboard.set_index("member")
    assert board.loc["raw", "accuracy"] > 0.5


def test_what_was_stopped_goes_on_to_the_same_bytes(arms: RunResult, tables: Path, tmp_path: Path) -> None:
    """With another cache: what is missing is trained anew."""
    shutil.copytree(arms.path, tmp_path / "out" / "representation" / "runs" / arms.path.name)
    again = tmp_path / "out" / "representation" / "runs" / arms.path.name
    (again / "DONE").unlink()
    for name in ("oof.npy", "tasks/fit/fine_tuned", "tasks/fit/codes"):
        lost = again / name
        shutil.rmtree(lost) if lost.is_dir() else lost.unlink()
    shutil.rmtree(again / "features")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KIT_CACHE", str(tmp_path / "other"))
        run = trained("three_arms", tables, tmp_path, *SMALL, "features.codes.params.n_epochs=20")
    assert run.path == again
    for path in [*arms.path.glob("tasks/**/*.npy"), *arms.path.glob("*.npy")]:
        assert (again / path.relative_to(arms.path)).read_bytes() == path.read_bytes(), path
