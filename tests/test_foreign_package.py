"""A package of another author, installed into an environment of its own: trained with, edited, trained with again."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from tests.documents import ROOT
from tests.tiny import make_tiny

pytestmark = pytest.mark.slow

SOURCE = Path(__file__).parent / "fixtures" / "lab"
RECIPE = """\
extends: competition.yaml
metric: {kind: lab_quantile, params: {q: 0.9}}
folds: {kind: lab_halves}
target: {kind: lab_scaled, params: {by: 3.0}}
features:
  cell: {kind: one_hot, params: {columns: [cell_type]}}
  length: {kind: lab_length, params: {column: sm_name}}
models:
  mean: {kind: lab_mean, augment: [{kind: lab_jitter}]}
  smooth: {kind: kernel_ridge, params: {kernel: {kind: lab_cubic, params: {blocks: [cell]}}, penalty: 1.0}}
  linear: {kind: ridge, features: [cell], target: identity, params: {penalty: 1.0}}
blend: {kind: lab_first}
postprocess: [{kind: lab_ceiling}]
"""
COLUMN = "lab_quantile(q=0.9)"
OWN = """\
extends: competition.yaml
features: {cell: {kind: one_hot, params: {columns: [cell_type]}}}
models: {linear: {kind: ridge, params: {penalty: 1.0}}}
"""
RIVAL = '''\
"""Models of rivals."""
from kit.models import MeanOutcome

class Rival(MeanOutcome):
    """Predicts the mean."""
'''
CHECK = """\
import importlib.metadata
from kit.testing import check_plugin
for point in importlib.metadata.distribution("lab-plugins").entry_points:
    check_plugin(point.load()(), fresh_process=point.name == "lab_mean")
    print(point.name)
"""


@dataclass(frozen=True)
class Lab:
    """An environment, the package's source that is installed in it, and a competition.

    Attributes:
        python: The environment's interpreter.
        site: Where it keeps what is installed.
        source: The package's source.
        folder: The competition's folder.
    """

    python: Path
    site: Path
    source: Path
    folder: Path

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "KIT_DATA")}
        environment |= {"KIT_CACHE": str(self.folder / "cache"), "PIP_NO_INPUT": "1"}
        return subprocess.run(
            [str(self.python), *map(str, arguments)], capture_output=True, text=True, timeout=600, env=environment
        )

    def kit(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return self.run("-m", "kit.cli.main", *arguments)

    def train(self, *arguments: str) -> str:
        """Train the recipe and return what is said on the terminal, results and notes."""
        ended = self.kit("train", self.folder / "lab.yaml", "--out", self.folder / "out", "--jobs", "1", *arguments)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout + ended.stderr

    def boards(self) -> list[pd.DataFrame]:
        """Return the tables of all runs of the recipe, the newest last."""
        files = (self.folder / "out" / "tiny" / "runs").glob("lab-*/leaderboard.csv")
        newest_last = sorted(files, key=lambda file: file.stat().st_mtime_ns)
        return [pd.read_csv(file).set_index(["kind", "member"]) for file in newest_last]

    def edit(self, name: str, old: str, new: str) -> None:
        file = self.source / "lab_plugins" / f"{name}.py"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    venv.create(folder / "env", with_pip=False)
    python = folder / "env" / "bin" / "python"
    ended = subprocess.run(
        [python, "-c", "import site; print(site.getsitepackages()[0])"], capture_output=True, text=True
    )
    site = Path(ended.stdout.strip())
    # The kit and the libraries are those of the tests: nothing is downloaded.
    borrowed = [str(ROOT), *(path for path in sys.path if path.endswith("-packages"))]
    (site / "borrowed.pth").write_text("\n".join(borrowed) + "\n")
    shutil.copytree(SOURCE, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    make_tiny(folder / "competition")
    (folder / "competition" / "lab.yaml").write_text(RECIPE)
    (folder / "competition" / "own.yaml").write_text(OWN)
    made = Lab(python, site, folder / "source", folder / "competition")
    options = ("--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    installed = made.run("-m", "pip", "install", *options, "--editable", made.source)
    assert installed.returncode == 0, installed.stderr
    yield made
    shutil.rmtree(folder / "env")


def test_every_plugin_of_the_package_keeps_its_promises(lab: Lab) -> None:
    ended = lab.run("-c", CHECK)
    assert ended.returncode == 0, ended.stderr
    assert len(ended.stdout.split()) == 9


def test_trained_edited_and_trained_again(lab: Lab) -> None:
    first = lab.train()
    assert "9 of 9 fits" in first
    assert "is finished already" in lab.train()
    [board] = lab.boards()
    # The metric with its parameter heads the tables; the blend is the first of the models by its name.
    assert COLUMN in board.columns
    assert board.loc[("model", "linear"), COLUMN] != board.loc[("model", "mean"), COLUMN]
    lab.edit("models", "FACTOR = 1.0", "FACTOR = 4.0")
    second = lab.train()
    why = "models 'mean', 'smooth' are fitted again (6 fits), changed since: the source of its package"
    assert f"{why} lab-plugins" in second
    after = lab.boards()[-1]
    assert after.loc[("model", "mean"), COLUMN] > board.loc[("model", "mean"), COLUMN] + 0.1
    assert after.loc[("model", "linear"), COLUMN] == board.loc[("model", "linear"), COLUMN]
    [log] = [run / "log.txt" for run in (lab.folder / "out" / "tiny" / "runs").glob("lab-*") if why in _log(run)]
    contents = json.loads((log.parent / "contents.json").read_text())
    named = {plugin for value in contents["values"].values() for plugin in value if plugin.partition(" ")[2] != ""}
    assert {"model lab_mean", "kernel lab_cubic", "target lab_scaled", "augmenter lab_jitter"} <= named


def _log(run: Path) -> str:
    return (run / "log.txt").read_text(encoding="utf-8")


def test_a_parameter_of_the_metric_has_its_own_number(lab: Lab) -> None:
    lab.train()
    said = lab.train("--set", "metric.params.q=0.5")
    assert "9 of 9 tasks were computed by other runs" in said  # nothing is chosen by the metric
    low, high = lab.boards()[-1]["lab_quantile"], lab.boards()[-2][COLUMN]
    assert (low < high).all()
    assert re.search(r"^score: lab_quantile \d", said, re.MULTILINE)


def test_an_edited_metric_gives_its_new_numbers(lab: Lab) -> None:
    lab.train()
    lab.edit("predictions", "self.q, axis=1)", "self.q, axis=1) + 1.0")
    assert "fitted again (6 fits), changed since: the source of its package lab-plugins" in lab.train()
    scores = [board[COLUMN] for board in lab.boards() if COLUMN in board]
    pd.testing.assert_series_equal(scores[-1], scores[-2] + 1.0)


def test_two_packages_of_one_name(lab: Lab) -> None:
    about = lab.site / "rival_models-2.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: rival-models\nVersion: 2.0\n")
    (about / "entry_points.txt").write_text("[kit.models]\nlab_mean = rival_models:Rival\n")
    text = (
        '"""Rivals."""\nfrom kit.models import MeanOutcome\nclass Rival(MeanOutcome):\n    """Predicts the mean."""\n'
    )
    (lab.site / "rival_models.py").write_text(text)
    try:
        own = lab.kit("train", lab.folder / "own.yaml", "--out", lab.folder / "out", "--jobs", "1")
        assert own.returncode == 0, own.stderr
        warning = next(line for line in own.stderr.splitlines() if line.startswith("warning: two packages register"))
        assert "the model 'lab_mean'" in warning
        assert "lab-plugins 1.0" in warning
        assert "rival-models 2.0" in warning
        named = lab.kit("train", lab.folder / "lab.yaml", "--out", lab.folder / "out", "--jobs", "1")
        assert named.returncode == 2
        assert re.search(r"lab\.yaml:9: models\.mean\.kind: two packages register the model 'lab_mean'", named.stderr)
    finally:
        shutil.rmtree(about)
        (lab.site / "rival_models.py").unlink()
