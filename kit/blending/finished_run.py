"""A finished run as a member of a blend: its predictions, and what they are predictions of."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.config import load_recipe
from kit.config.build import build_metric
from kit.config.load import RESOLVED
from kit.config.schema import CompetitionConfig, RecipeConfig
from kit.data import Competition
from kit.errors import InputError, KitError, StateError
from kit.files import check_intact, finished_key, read_json
from kit.metrics.scores import Scores
from kit.submission.submit import SUBMISSION_NOTE
from kit.training.scoring.summarize import OOF, OOF_ROWS, read_scores

TEST, FOLDS = "test.npy", "folds.parquet"
CONFIGURATION, MANIFEST, BLEND = RESOLVED, "manifest.json", "blend.json"


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """The content of a run's directory; its arrays are memory-maps.

    Attributes:
        path: The directory.
        recipe: The recipe that was carried out.
        manifest: Where it came from: the data's hashes, the content key.
        sha256: The SHA-256 of the submission; empty where there are no rows to predict.
        oof: (n_entries, n_targets) float32 out-of-fold predictions, after post-processing.
        test: (n_test, n_targets) float32 predictions of the test table's rows, after post-processing.
        folds: One line for every row of every fold: ``fold``, ``name``, ``weight``, ``part``, ``row``.
        scores: The scores of every member, floors and ceilings.
    """

    path: Path
    recipe: RecipeConfig
    manifest: dict[str, Any]
    sha256: str
    oof: Floats
    test: Floats
    folds: pd.DataFrame
    scores: Scores

    @classmethod
    def read(cls, path: Path) -> FinishedRun:
        """Read a run's directory.

        Raises:
            StateError: It is no run, is not finished, or lost a file.
        """
        if os.path.isfile(path / BLEND):
            raise StateError(f"{path} is a blend; blend its members with the others, or give its submission.csv")
        if not os.path.isfile(path / MANIFEST):
            raise StateError(f"{path} is no run; give the directory of a finished run, or a table of predictions")
        if finished_key(path) is None:
            raise StateError(f"{path} is not finished; `kit train` of its recipe goes on with it")
        check_intact(path)
        try:
            recipe = load_recipe(path / CONFIGURATION).config
            test = np.load(path / TEST, mmap_mode="r", allow_pickle=False)
            run = cls(
                path=path,
                recipe=recipe,
                manifest=read_json(path / MANIFEST),
                sha256=str(read_json(path / SUBMISSION_NOTE)["sha256"]) if len(test) else "",
                oof=np.load(path / OOF, mmap_mode="r", allow_pickle=False),
                test=test,
                folds=pd.read_parquet(path / FOLDS),
                scores=read_scores(path, build_metric(recipe)),
            )
            rows = pd.read_parquet(path / OOF_ROWS)
        except KitError:
            raise
        except (OSError, ValueError, KeyError) as error:
            raise StateError(f"{path} says it is finished, but {error}; `kit train --fresh` runs it again") from error
        if len(run.oof) != len(rows) or not np.array_equal(rows["row"], run.validated()["row"]):
            raise StateError(f"{path}: the out-of-fold rows are not those of its folds; `kit train --fresh` mends it")
        return run

    def validated(self) -> pd.DataFrame:
        """Return the lines of ``folds`` that belong to the rows of ``oof``, in their order."""
        return self.folds[self.folds["part"] == "validation"].reset_index(drop=True)

    def check_made_of(self, competition: Competition) -> None:
        """Check that the run predicts this competition, from these tables.

        Raises:
            InputError: It is another competition, other tables, or they were read otherwise.
        """
        mine, name = str(self.manifest["competition"]), competition.config.competition
        if mine != name:
            raise InputError(f"{self.path} is a run of the competition {mine!r}, the blend is of {name!r}")
        hashes = _by_part(self.recipe, self.manifest["data"]["sha256"])
        present = _by_part(competition.config, competition.hashes)
        differ = [part for part in present if hashes.get(part) != present[part]]
        if differ:
            raise InputError(
                f"{self.path} was computed from other tables than those in {competition.root}: {', '.join(differ)} "
                "differ; train it again on these, or give the folder of its own with --data"
            )
        if self.recipe.columns != competition.config.columns:
            raise InputError(
                f"{self.path} reads the tables' columns otherwise: `columns` of its competition file differ"
            )
        expected = (len(competition.test), competition.n_targets)
        if self.test.shape != expected or self.oof.shape[1:] != expected[1:]:
            raise StateError(f"{self.path}: predictions of shape {self.test.shape}, expected {expected}")

    def check_same_folds(self, other: FinishedRun) -> None:
        """Check that another run was cross-validated by the same folds.

        Raises:
            InputError: It was not.
        """
        columns = ["name", "part", "row"]
        same = len(self.folds) == len(other.folds) and self.folds[columns].equals(other.folds[columns])
        if same and np.allclose(self.folds["weight"], other.folds["weight"]):
            return
        names = [", ".join(run.folds["name"].unique()) for run in (self, other)]
        shown = f" ({names[0]}, and {names[1]})" if names[0] != names[1] else ""
        raise InputError(
            f"{self.path} and {other.path} were cross-validated by different folds{shown}, so that no blend of them "
            f"has a score; train both with the same `folds`, or give {other.path.name}/submission.csv instead of the "
            "run, which blends its test predictions alone"
        )


def _by_part(config: CompetitionConfig, hashes: Mapping[str, str]) -> dict[str, str | None]:
    """Return the hashes of the tables that predictions depend on, by what they are and not by their files' names."""
    files = {part: getattr(config.data, part) for part in ("train", "test", "sample_submission")}
    return {part: None if file is None else hashes.get(file) for part, file in files.items()}
