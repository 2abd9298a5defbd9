from __future__ import annotations

from pathlib import Path

import pytest

from kit.config import load_recipe
from kit.errors import ConfigError
from tests.labelled import COMPETITION, RECIPE, write_labelled

WRONG = {
    "a metric of values": (
        COMPETITION + "metric: mrrmse\n",
        "competition.yaml:10: metric.kind: the metric 'mrrmse' is for regression, and problem_type is classification; "
        "those for classification: accuracy, balanced_accuracy, descendant_accuracy, f1, hierarchical_f1, log_loss, "
        "mrr, top_k",
    ),
    "a metric of classes where values are predicted": (
        COMPETITION.replace("problem_type: classification\n", "metric: accuracy\n").replace("  label: kind\n", ""),
        "competition.yaml:2: metric.kind: the metric 'accuracy' is for classification, and problem_type is regression",
    ),
    "no label": (
        COMPETITION.replace("  label: kind\n", ""),
        "competition.yaml:4: columns: problem_type is classification: name the column of the classes (columns.label)",
    ),
    "a label and no classes": (
        COMPETITION.replace("problem_type: classification\n", ""),
        "competition.yaml:6: columns.label: problem_type is regression",
    ),
    "targets beside the label": (
        COMPETITION.replace("  label: kind\n", "  label: kind\n  targets: [x0]\n"),
        "competition.yaml:8: columns.targets: the column 'kind' of classes is what is learnt; leave targets out",
    ),
    "the label as a feature": (
        COMPETITION.replace('{pattern: "batch|x\\\\d"}', "[batch, kind]"),
        "competition.yaml:8: columns.metadata: 'kind' is the label, which rows to predict do not have",
    ),
    "the label as the group": (
        COMPETITION.replace("group: batch", "group: kind"),
        "competition.yaml:6: columns.group: 'kind' is the label",
    ),
    "a margin between values": (
        COMPETITION.replace("problem_type: classification\n", "").replace("  label: kind\n", "")
        + "pseudo_labels: {stage: first, keep: {margin: 0.5}}\n",
        "pseudo_labels.keep.margin: problem_type is regression, whose predictions are no probabilities of classes",
    ),
    "one label of values": (
        COMPETITION.replace("problem_type: classification\n", "").replace("  label: kind\n", "")
        + "pseudo_labels: {stage: first, labels: hard}\n",
        "pseudo_labels.labels: problem_type is regression, whose predictions are no probabilities of classes",
    ),
    "vectors as labels": (
        COMPETITION.replace("classification", "retrieval") + "pseudo_labels: {stage: first}\n",
        "pseudo_labels: problem_type is retrieval, whose predictions are no labels of rows; leave it out",
    ),
    "an unknown kind of problem": (
        COMPETITION.replace("problem_type: classification", "problem_type: clasification"),
        "competition.yaml:2: problem_type: expected one of: 'regression', 'classification', 'retrieval', got 'clas",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_go_with_the_kind_of_problem_is_refused_at_its_line(name: str, tmp_path: Path) -> None:
    competition, message = WRONG[name]
    with pytest.raises(ConfigError) as caught:
        load_recipe(write_labelled(tmp_path, RECIPE, competition))
    assert message in str(caught.value)


def test_postprocessing_of_another_kind_of_problem_is_refused(tmp_path: Path) -> None:
    competition = COMPETITION.replace("problem_type: classification\n", "").replace("  label: kind\n", "")
    with pytest.raises(
        ConfigError, match=r"recipe.yaml:5: postprocess.0.kind: .*'probabilities' is for classification"
    ):
        load_recipe(write_labelled(tmp_path, RECIPE + "postprocess: [probabilities]\n", competition))


def test_defaults_go_with_the_kind_of_problem(tmp_path: Path) -> None:
    config = load_recipe(write_labelled(tmp_path)).config
    assert config.metric.kind == "accuracy"
    assert [step.kind for step in config.postprocess] == ["probabilities"]
    assert load_recipe(tmp_path / "recipe.yaml", ["postprocess=[clip]"]).config.postprocess[0].kind == "clip"
