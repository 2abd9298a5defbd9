"""The text of a first recipe, which goes by the columns that a table has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np

from kit.blends.least_squares import LeastMRRMSE, NonNegative
from kit.config.build import build_plugin
from kit.config.schema import PluginConfig
from kit.config.text.yaml_file import inline
from kit.data import Competition
from kit.data.mistakes import some
from kit.errors import InputError
from kit.metrics.rowwise import MRRMSE
from kit.plugins.parameters import parameters
from kit.splits.base import SPLITTERS
from kit.starting.columns import StartColumns

_MOST_KERNEL_ROWS = 1500
"""Rows up to which a model may hold a matrix of all pairs of them."""

_MANY = 8
"""Columns whose names differ in numbers alone that are taken to be of one unit."""

_STRUCTURES = "structures"
"""The block of structures."""


def start_recipe(competition: Competition, extends: str = "competition.yaml") -> str:
    """Return the text of a commented ``start.yaml``, to lie beside the competition file that it extends.

    It holds models of several kinds that take these columns, each with what it needs chosen by the data, the strongest
    of the floors, and a blend that is learnt: seconds to two minutes.

    Args:
        competition: What `kit.data.read_competition` returned.
        extends: The name of the competition file.

    Raises:
        InputError: The table has no columns but targets.
    """
    columns = StartColumns.of(competition)
    parts = _of_pairs(competition, columns) if columns.pairs else _of_features(competition, columns)
    head = [
        f"# A start for {competition.config.title or competition.config.competition}, by the columns that it has.",
        "# Every number that the data can choose is chosen on the training rows of each fold; models that do not help",
        "# get little weight in the blend. `kit train` on this file shows what each is worth.",
    ]
    left = [f"# Not read: {some(names)} ({why})." for why, names in columns.left_out.items()]
    blend = LeastMRRMSE.kind if competition.config.metric.kind == MRRMSE.kind else NonNegative.kind
    tail = [
        "# Weights of at least 0 with the sum 1, learnt on inner folds of each fold's training rows.",
        f"blend: {blend}",
        "postprocess: [clip]",
        "final: refit",
    ]
    lines = [*head, *left, f"extends: {inline(extends)}", "seed: 0", *_inner(competition), *parts, *tail]
    return "\n".join(lines) + "\n"


def _inner(competition: Competition) -> list[str]:
    """Return what divides the training rows of a fold for the blend, unless the competition says it.

    It is the competition's own splitter, in three folds where it would make more, if every fold can be divided so;
    else rows are drawn at random.
    """
    folds = competition.config.folds
    if folds.inner is not None:
        return []
    params = folds.params
    if "n_splits" in {one.name for one in parameters(SPLITTERS.get(folds.kind))}:
        params = {**params, "n_splits": 3}
    inner = PluginConfig(kind=folds.kind, params=params)
    if not _divides(competition, inner):
        inner = PluginConfig(kind="kfold", params={"n_splits": 3})
    return [f"folds: {{inner: {inline(inner.model_dump())}}}"]


def _divides(competition: Competition, inner: PluginConfig) -> bool:
    """Whether a splitter divides all training rows, and those of each fold."""
    supplied = {"random_state": 0} | competition.without_targets
    outer = build_plugin(SPLITTERS, competition.config.folds, supplied).folds(competition.rows, competition.Y)
    try:
        for rows in [np.arange(competition.n_rows), *(fold.train for fold in outer)]:
            divided = competition.rows.iloc[rows].reset_index(drop=True)
            build_plugin(SPLITTERS, inner, supplied).folds(divided, competition.Y[rows])
    except InputError:
        return False
    return True


def _of_pairs(competition: Competition, columns: StartColumns) -> list[str]:
    """Return target, features and models for rows that are pairs of a context and an item."""
    context, item = str(columns.context), str(columns.item)
    more = _more_features(columns)
    if item in competition.config.columns.sets:
        return _of_sets(context, item, more)
    return [
        "target: {kind: svd, params: {n_components: auto}}",
        "features:",
        f"  context: {{kind: category_codes, params: {{columns: {inline([context])}}}}}",
        f"  item: {{kind: category_codes, params: {{columns: {inline([item])}}}}}",
        f"  each_context: {{kind: one_hot, params: {{columns: {inline([context])}}}}}",
        f"  # What the rest of the {item}'s rows look like, and how each {context} answers to that.",
        f"  profile: {{kind: target_profile, params: {{by: {inline(item)}}}}}",
        "  profile_by_context: {kind: interaction, params: {left: profile, right: each_context}}",
        *more.values(),
        "models:",
        f"  # The mean of the {context} plus what the {item} adds: the strongest of the floors.",
        "  additive: {kind: additive, target: identity, features: [context, item]}",
        "  ridge:",
        "    kind: ridge",
        f"    features: {inline(['profile', 'profile_by_context', 'each_context', *more])}",
        "    params: {penalty: auto}",
        "  # A Gaussian process over rows, whose covariance is learnt from all targets as replicates.",
        "  process: {kind: coregionalized_gp, target: identity, features: [context, item]}",
    ]


def _of_sets(context: str, item: str, more: Mapping[str, str]) -> list[str]:
    """Return target, features and models for rows that are pairs of a context and a set of members."""
    return [
        "target: {kind: svd, params: {n_components: auto}}",
        "features:",
        f"  context: {{kind: category_codes, params: {{columns: {inline([context])}}}}}",
        f"  each_context: {{kind: one_hot, params: {{columns: {inline([context])}}}}}",
        f"  # Which members the {item} have, and how rows with them look like.",
        f"  members: {{kind: multi_hot, params: {{column: {inline(item)}}}}}",
        f"  profile: {{kind: member_profile, params: {{column: {inline(item)}}}}}",
        "  profile_by_context: {kind: interaction, params: {left: profile, right: each_context}}",
        *more.values(),
        "models:",
        "  # The sum of what each member does: the strongest of the floors.",
        "  additive: {kind: ridge, target: identity, features: [members, each_context], params: {penalty: auto}}",
        "  ridge:",
        "    kind: ridge",
        f"    features: {inline(['profile', 'profile_by_context', 'members', 'each_context', *more])}",
        "    params: {penalty: auto}",
        "  # A Gaussian process over rows: what sets have in common is counted, and taken as a share.",
        "  process:",
        "    kind: coregionalized_gp",
        "    target: identity",
        "    features: [context, members]",
        "    params:",
        "      terms:",
        "        - {context: free}",
        "        - {context: free, members: {kernel: linear}}",
        "        - {context: free, members: {kernel: tanimoto}}",
    ]


def _of_features(competition: Competition, columns: StartColumns) -> list[str]:
    """Return features and models for rows that are described by their columns."""
    described = _more_features(columns)
    if not described:
        if not len(competition.rows.columns):
            raise InputError(
                f"{competition.config.data.train} has no columns but targets: there is nothing to predict from; "
                "name keys or features in columns.metadata, or fewer columns in columns.targets"
            )
        column = inline(list(competition.rows.columns[:1]))
        return [
            "# No column says anything about the rows to predict: what is left is the mean.",
            f"features: {{row: {{kind: category_codes, params: {{columns: {column}}}}}}}",
            "models:",
            "  mean: {kind: mean_outcome}",
        ]
    return [
        "target: {kind: identity}",
        "features:",
        *described.values(),
        "models:",
        "  # The floor.",
        f"  mean: {{kind: mean_outcome, features: {inline(list(described)[:1])}}}",
        f"  ridge: {{kind: ridge, features: {inline(list(described))}, params: {{penalty: auto}}}}",
        *_kernel_model(competition, list(described)),
    ]


def _kernel_model(competition: Competition, described: list[str]) -> list[str]:
    """Return the model of what is not linear: a Gaussian process, or trees where its matrices would be too large."""
    if competition.n_rows > _MOST_KERNEL_ROWS:
        return [
            "  trees:",
            "    kind: lightgbm",
            "    target: {kind: svd, params: {n_components: auto, center: mean}}",
            f"    features: {inline(described)}",
            "    params: {n_estimators: 300, early_stopping_rounds: 20, learning_rate: 0.1, num_leaves: 16}",
        ]
    others = [name for name in described if name != _STRUCTURES]
    of_structure: dict[str, Any] = {"kind": "tanimoto", "params": {"blocks": [_STRUCTURES]}}
    of_others = {"kind": "rbf", "params": {"blocks": others}}
    # A kernel may also be so wide that it is nearly linear; that of structures has no width.
    widths = {"gamma_factors": [0.03, 0.1, 0.3, 1.0, 3.0]} if others else {}
    if not others:
        kernel = of_structure
    elif len(others) == len(described):
        kernel = of_others
    else:
        kernel = {"kind": "sum", "params": {"left": of_structure, "right": of_others}}
    return [
        "  # Rows that are near each other, or of like structure, have like targets; how near, the likelihood chooses.",
        "  process:",
        "    kind: gaussian_process",
        f"    features: {inline(described)}",
        f"    params: {inline({'signal': 'shared', 'kernel': kernel, **widths})}",
    ]


def _one_unit(numbers: tuple[str, ...]) -> bool:
    """Whether columns are many of one kind by their names (x.1, x.2, …): their spreads then tell what matters."""
    return len(numbers) >= _MANY and len({re.sub(r"[\d\W_]+", "", name) for name in numbers}) == 1


def _more_features(columns: StartColumns) -> dict[str, str]:
    """Return blocks that describe rows by their columns, as lines of YAML by the blocks' names."""
    described = {}
    if columns.numbers:
        listed = inline(list(columns.numbers))
        # Empty cells get the median, and a mark that they were empty.
        kind = "impute" if set(columns.gapped) & set(columns.numbers) else "numeric"
        described["numbers"] = f"  numbers: {{kind: {kind}, params: {{columns: {listed}}}}}"
        if not _one_unit(columns.numbers):
            scaled = "  numbers: {kind: scaled, params: {of: as_measured}}"
            described["numbers"] = described["numbers"].replace("numbers", "as_measured", 1) + "\n" + scaled
    if columns.categories:
        listed = inline(list(columns.categories))
        missing = ", missing: category" if set(columns.gapped) & set(columns.categories) else ""
        described["categories"] = f"  categories: {{kind: one_hot, params: {{columns: {listed}{missing}}}}}"
    if columns.smiles is not None and not columns.pairs and find_spec("rdkit") is not None:
        column = inline(columns.smiles)
        described[_STRUCTURES] = f"  {_STRUCTURES}: {{kind: fingerprint, params: {{column: {column}}}}}"
    return described
