"""One table of what does not go with a kind of problem: what is said, at which line, before the first fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.config import load_recipe
from kit.data.loaded import read_loaded
from kit.errors import InputError
from kit.training.train import foreseen_warnings, prepare
from tests.extras import needs_torch
from tests.labelled import COMPETITION, FEATURES, RECIPE, make_rows, write_labelled

Change = Callable[[pd.DataFrame], pd.DataFrame]

NUMBERS = (
    COMPETITION.replace("problem_type: classification\n", "")
    .replace("  label: kind\n", "  targets: [x0, x1]\n")
    .replace('{pattern: "batch|x\\\\d"}', "[batch]")
)
OF_NUMBERS = """\
extends: competition.yaml
features:
  x: {kind: one_hot, params: {columns: [batch]}}
"""
VECTORS = COMPETITION.replace("classification", "retrieval").replace(
    "{kind: leave_one_group_out, params: {column: batch}}", "{kind: labels_out, params: {n_splits: 2}}"
)
SVD = "target: {kind: svd, params: {n_components: 2}}\n"
LETTERS = "child,parent\nalpha,letter\nbeta,letter\ngamma,letter\nomega,letter\n"


def same(rows: pd.DataFrame) -> pd.DataFrame:
    return rows


@dataclass(frozen=True)
class Case:
    name: str
    said: str
    recipe: str = RECIPE
    competition: str = COMPETITION
    change: Change = same


CASES = [
    # --- metrics
    Case(
        "a metric of values on classes",
        "competition.yaml:10: metric.kind: the metric 'mrrmse' is for regression, and problem_type is classification; "
        "those for classification: accuracy, balanced_accuracy,",
        competition=COMPETITION + "metric: mrrmse\n",
    ),
    Case(
        "a metric of classes on values",
        "competition.yaml:9: metric.kind: the metric 'hierarchical_f1' is for classification, and problem_type is reg",
        OF_NUMBERS + "models: {ridge: ridge}\n",
        NUMBERS + "metric: {kind: hierarchical_f1, params: {ontology: letters.csv}}\n",
    ),
    Case(
        "a metric of vectors on values",
        "competition.yaml:9: metric.kind: the metric 'map' is for retrieval, and problem_type is regression",
        OF_NUMBERS + "models: {ridge: ridge}\n",
        NUMBERS + "metric: map\n",
    ),
    Case(
        "a metric of classes on vectors",
        "competition.yaml:10: metric.kind: the metric 'accuracy' is for classification, and problem_type is retrieval",
        competition=VECTORS + "metric: accuracy\n",
    ),
    Case(
        "an ontology that lacks a class",
        "competition.yaml:10: metric: {folder}letters.csv has no term of the id or name 'delta'",
        competition=COMPETITION + "metric: {kind: hierarchical_f1, params: {ontology: letters.csv}}\n",
    ),
    Case(
        "an ontology that is not there",
        "competition.yaml:10: metric: {folder}letter.csv: no such file; expected a table child,parent",
        competition=COMPETITION + "metric: {kind: hierarchical_f1, params: {ontology: ./letter.csv}}\n",
    ),
    Case(
        "a metric of an ontology without one",
        "competition.yaml:10: metric: HierarchicalF1 needs the parameter 'ontology'",
        competition=COMPETITION + "metric: hierarchical_f1\n",
    ),
    # --- the kind of problem and the label
    Case(
        "an unknown kind of problem",
        "competition.yaml:2: problem_type: expected one of: 'regression', 'classification', 'retrieval', got 'clasific",
        competition=COMPETITION.replace("problem_type: classification", "problem_type: clasification"),
    ),
    Case(
        "no label",
        "competition.yaml:4: columns: problem_type is classification: name the column of the classes (columns.label)",
        competition=COMPETITION.replace("  label: kind\n", ""),
    ),
    Case(
        "a label and no classes",
        "competition.yaml:6: columns.label: problem_type is regression",
        competition=COMPETITION.replace("problem_type: classification\n", ""),
    ),
    Case(
        "targets beside the label",
        "competition.yaml:8: columns.targets: the column 'kind' of classes is what is learnt; leave targets out",
        competition=COMPETITION.replace("  label: kind\n", "  label: kind\n  targets: [x0]\n"),
    ),
    Case(
        "the label as a feature",
        "competition.yaml:8: columns.metadata: 'kind' is the label, which rows to predict do not have",
        competition=COMPETITION.replace('{pattern: "batch|x\\\\d"}', "[batch, kind]"),
    ),
    Case(
        "the label as the group",
        "competition.yaml:6: columns.group: 'kind' is the label",
        competition=COMPETITION.replace("group: batch", "group: kind"),
    ),
    Case(
        "one class",
        "competition.yaml:7: columns.label: {folder}train.csv: 'kind' is the label, and every row has 'alpha'",
        change=lambda rows: rows.assign(kind="alpha"),
    ),
    Case(
        "no column of the label",
        "competition.yaml:7: columns.label: {folder}train.csv: the column 'kind' (the label of the training rows) is "
        "missing (did you mean 'kinds'?)",
        change=lambda rows: rows.rename(columns={"kind": "kinds"}),
    ),
    Case(
        "rows without a label",
        "competition.yaml:7: columns.label: {folder}train.csv: 'kind' is empty in row 3 (line 5) (4 rows in all); fill "
        "it in, or leave rows without a label out by columns.missing_targets: allow",
        change=lambda rows: rows.assign(kind=rows["kind"].where((rows.index < 3) | (rows.index > 6))),
    ),
    Case(
        "a block that reads the label",
        "recipe.yaml:4: features.k: train.csv: one_hot: the rows have no column 'kind'",
        FEATURES + "  k: {kind: one_hot, params: {columns: [kind]}}\nmodels: {ridge: ridge}\n",
    ),
    Case(
        "the label among the keys",
        "competition.yaml:5: columns.keys: 'kind' is the label, which rows to predict do not have",
        competition=COMPETITION.replace("[well]", "[well, kind]"),
    ),
    # --- steps, folds and blends
    Case(
        "probabilities on values",
        "recipe.yaml:5: postprocess.0.kind: the postprocessor 'probabilities' is for classification",
        OF_NUMBERS + "models: {ridge: ridge}\npostprocess: [probabilities]\n",
        NUMBERS,
    ),
    Case(
        "assign on values",
        "recipe.yaml:5: postprocess.0.kind: the postprocessor 'assign' is for classification, and problem_type is reg",
        OF_NUMBERS + "models: {ridge: ridge}\npostprocess: [{kind: assign, params: {within: [batch]}}]\n",
        NUMBERS,
    ),
    Case(
        "assign without a batch",
        "recipe.yaml:5: postprocess.1: Assign needs the parameter 'within' (a non-empty list of texts)",
        RECIPE + "postprocess: [probabilities, assign]\n",
    ),
    Case(
        "assign within a column that is not there",
        "recipe.yaml:5: postprocess.1: assign: the rows have no column 'plate' (known: batch,",
        RECIPE + "postprocess: [probabilities, {kind: assign, params: {within: [plate]}}]\n",
    ),
    Case(
        "assign that learns groups of plates without plates",
        "recipe.yaml:5: postprocess.1.params.plates: groups: learn needs the columns that name a plate in its batch",
        RECIPE + "postprocess: [probabilities, {kind: assign, params: {within: [batch], groups: learn}}]\n",
    ),
    Case(
        "labels left out where classes are to be named",
        "competition.yaml:9: folds.kind: the splitter 'labels_out' is for retrieval, and problem_type is classific",
        competition=VECTORS.replace("retrieval", "classification"),
    ),
    Case(
        "vectors side by side where probabilities are to be blended",
        "recipe.yaml:5: blend.kind: the blend 'concatenate' is for retrieval, and problem_type is classification",
        RECIPE + "blend: concatenate\n",
    ),
    # --- models
    Case(
        "a model of classes on values",
        "recipe.yaml:4: models.m.kind: the model 'catboost_classifier' is for classification, and problem_type is reg",
        OF_NUMBERS + "models: {m: catboost_classifier}\n",
        NUMBERS,
    ),
    Case(
        "a model of classes inside of another on values",
        "recipe.yaml:4: models.m: the model 'bagged' learns classes, as it is set up here, and problem_type is reg",
        OF_NUMBERS + "models: {m: {kind: bagged, params: {model: svc}}}\n",
        NUMBERS,
    ),
    Case(
        "a model of classes behind a target transform of its own",
        "recipe.yaml:4: models.m.target: the model 'svc' learns classes, and the target transform 'svd' makes numbers",
        FEATURES + "models: {m: {kind: svc, target: svd}}\n",
    ),
    Case(
        "a model of classes behind the recipe's target transform",
        "recipe.yaml:5: target: the model 'balanced' learns classes, and the target transform 'svd' makes numbers",
        FEATURES + "models: {m: {kind: balanced, params: {model: logistic}}}\n" + SVD,
    ),
    Case(
        "classes of like numbers of rows around a model of numbers, behind the recipe's target transform",
        "recipe.yaml:5: target: the model 'balanced' learns classes, and the target transform 'svd' makes numbers",
        FEATURES + "models: {m: {kind: balanced, params: {model: ridge}}}\n" + SVD,
    ),
    Case(
        "points in a block that there is not",
        "recipe.yaml:4: models.m.params.points: no feature block 'numbres'",
        FEATURES + "models: {m: {kind: per_point, params: {model: ridge, points: numbres}}}\n",
    ),
    Case(
        "a model of classes in a stage, behind the recipe's target transform",
        "recipe.yaml:9: target: the model 'lda' learns classes, and the target transform 'svd' makes numbers of them",
        FEATURES
        + "stages:\n  first:\n    models: {m: lda}\nmodels: {ridge: {kind: ridge}}\npseudo_labels: {stage: first}\n"
        + SVD,
    ),
]
NETWORKS = [
    Case(
        "a loss of classes on values",
        "recipe.yaml:4: models.m: the model 'mlp' learns classes, as it is set up here, and problem_type is regression",
        OF_NUMBERS + "models: {m: {kind: mlp, params: {loss: cross_entropy}}}\n",
        NUMBERS,
    ),
    Case(
        "a loss of classes behind a target transform",
        "recipe.yaml:5: target: the model 'mlp' learns classes, and the target transform 'svd' makes numbers of them",
        FEATURES + "models: {m: {kind: mlp, params: {loss: cross_entropy}}}\n" + SVD,
    ),
]


def prepared(folder: Path, case: Case) -> list[str]:
    """Plan the case's recipe on its tables; return what it is warned of."""
    path = write_labelled(folder, case.recipe, case.competition)
    (folder / "letters.csv").write_text(LETTERS, encoding="utf-8")
    case.change(make_rows()).to_csv(folder / "train.csv", index=False)
    loaded = load_recipe(path)
    tables = read_loaded(loaded, None, lambda _: None)
    with loaded.placing():
        return foreseen_warnings(prepare(loaded, tables, folder / "out"))


def check_refused(folder: Path, case: Case) -> None:
    with pytest.raises(InputError) as caught:
        prepared(folder, case)
    assert case.said in str(caught.value).replace(f"{folder}/", "{folder}")
    assert not (folder / "out").exists()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_refused_at_file_and_line(case: Case, tmp_path: Path) -> None:
    check_refused(tmp_path, case)


@needs_torch
@pytest.mark.parametrize("case", NETWORKS, ids=lambda case: case.name)
def test_networks_too(case: Case, tmp_path: Path) -> None:
    check_refused(tmp_path, case)


def test_a_class_seen_in_one_fold_alone_is_named_and_no_mistake(tmp_path: Path) -> None:
    def with_rare(rows: pd.DataFrame) -> pd.DataFrame:
        rare = (rows["batch"] == "b1") & (np.arange(len(rows)) % 7 == 0)
        return rows.assign(kind=rows["kind"].where(~rare, "rare"))

    warnings = prepared(tmp_path, Case("rare", "", change=with_rare))
    assert any("fold 'b1' validates rows of 1 classes that its training rows lack" in one for one in warnings)
    assert any(one.endswith("'rare'") for one in warnings)
    assert not any("no model can name" in one for one in prepared(tmp_path, Case("none", "")))


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    prepared(tmp_path / "numbers", Case("numbers", "", OF_NUMBERS + "models: {ridge: ridge}\n" + SVD, NUMBERS))
    prepared(tmp_path / "vectors", Case("vectors", "", competition=VECTORS))
    # Numbers of classes are what models of numbers learn.
    prepared(tmp_path / "classes", Case("classes", "", RECIPE + SVD))


def test_defaults_go_with_the_kind_of_problem(tmp_path: Path) -> None:
    config = load_recipe(write_labelled(tmp_path)).config
    assert config.metric.kind == "accuracy"
    assert [step.kind for step in config.postprocess] == ["probabilities"]
    assert load_recipe(tmp_path / "recipe.yaml", ["postprocess=[clip]"]).config.postprocess[0].kind == "clip"
