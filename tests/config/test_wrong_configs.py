"""One table of wrong recipes: what must be said, and at which line.

A number in a comment marks the line of an expected message: ``# 1`` is the line of the first one. Every message that is
expected must be there at its line, and no other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from kit.config import load_recipe
from kit.errors import ConfigError
from tests.config.conftest import Write

HEAD = "extends: competition.yaml\n"
BLOCKS = "features: {cell: {kind: one_hot, params: {columns: [cell_type]}}, drug: {kind: profile, params: {by: a}}}\n"
MODELS = "models: {ridge: ridge}\n"


@dataclass(frozen=True)
class Case:
    name: str
    recipe: str
    expected: tuple[str, ...]
    overrides: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()  # where no line of the recipe is marked


def case(name: str, recipe: str, *expected: str, overrides: tuple[str, ...] = (), at: tuple[str, ...] = ()) -> Case:
    return Case(name, recipe, expected, overrides, at)


STAGE = """\
stages:
  teachers:
    models: {a: {kind: ridge, features: [cell]}, b: {kind: lightgbm, features: [cell]}}
"""
TAUGHT = "pseudo_labels: {stage: teachers}\n"
STACKED = """\
features:
  cell: {kind: one_hot, params: {columns: [cell_type]}}
  first: {kind: stage_predictions, params: {stage: teachers}}
"""
READS = "models: {m: {kind: ridge, features: [first, cell]}}\n"

CASES = [
    # --- the structure
    case(
        "unknown key at the top",
        HEAD + "blnd: median  # 1\n" + BLOCKS + MODELS,
        "blnd: unknown key 'blnd' (did you mean 'blend'?)",
    ),
    case(
        "a key that belongs elsewhere",
        HEAD + "train: x.csv  # 1\n" + BLOCKS + MODELS,
        "train: unknown key 'train' (it belongs at data.train)",
    ),
    case(
        "unknown key in a model",
        HEAD + BLOCKS + "models:\n  ridge:\n    kind: ridge\n    repeat: 3  # 1\n",
        "models.ridge.repeat: unknown key 'repeat' (did you mean 'repeats'?)",
    ),
    case(
        "a parameter beside params",
        HEAD + BLOCKS + "models:\n  ridge:\n    kind: ridge\n    penalty: 3  # 1\n",
        "models.ridge.penalty: unknown key 'penalty' (it belongs under params)",
    ),
    case(
        "kind is missing",
        HEAD + BLOCKS + "models:\n  ridge:  # 1\n    params: {penalty: 3}\n",
        "models.ridge.kind: missing. The plug-in's short name",
    ),
    case(
        "a word where an integer belongs",
        HEAD + "seed: one  # 1\n" + BLOCKS + MODELS,
        "seed: expected an integer of at least 0, got 'one'",
    ),
    case(
        "quotes make text of a number",
        HEAD + 'repeats: "3"  # 1\n' + BLOCKS + MODELS,
        "repeats: expected an integer of at least 1, got '3' (without quotes it is a number)",
    ),
    case(
        "a number out of range in the structure",
        HEAD + "repeats: 0  # 1\n" + BLOCKS + MODELS,
        "repeats: expected an integer of at least 1, got 0",
    ),
    case(
        "none of the choices",
        HEAD + "final: refitted  # 1\n" + BLOCKS + MODELS,
        "final: expected one of: 'refit', 'folds', got 'refitted'",
    ),
    case(
        "a list where a mapping belongs",
        HEAD + BLOCKS + "models: [ridge]  # 1\n",
        "models: expected a mapping of texts to entries",
    ),
    case(
        "features must have names",
        HEAD + "features: [{kind: one_hot, params: {columns: [a]}}]  # 1\n" + MODELS,
        "features: expected a mapping of texts to entries",
    ),
    case(
        "features of a model must be a list",
        HEAD + BLOCKS + "models:\n  ridge:\n    kind: ridge\n    features: cell  # 1\n  other: ridge\n",
        "models.ridge.features: expected a non-empty list of texts or null, got 'cell'",
    ),
    case(
        "no models",
        HEAD + BLOCKS,
        "models: missing: recipe.yaml is neither a recipe",
        at=("recipe.yaml",),
    ),
    case(
        "a required section is missing",
        "competition: op2\nfolds: {kind: groups, params: {column: a}}\ncolumns: {keys: [a], group: a}\n"
        + BLOCKS
        + MODELS,
        "data: missing; it is a mapping with root, train",
        at=("recipe.yaml",),
    ),
    case(
        "a required key of the competition is missing",
        HEAD + BLOCKS + MODELS + "data:  # 1\n  train: null\n",
        "data.train: missing. Rows with keys, metadata and targets: .parquet, .csv, .feather, .h5ad, or one in .zip.",
    ),
    case(
        "the layout of a submission without rows to predict",
        HEAD + BLOCKS + MODELS + "data: {test: null, sample_submission: s.csv}  # 1\n",
        "data.sample_submission: a submission is of rows of a test table: name it as data.test",
    ),
    case(
        "one branch of several types is meant",
        HEAD + BLOCKS + MODELS + "columns:\n  targets:  # 1\n    patern: ^g  # 2\n",
        "columns.targets.pattern: missing; it is text",
        "columns.targets.patern: unknown key 'patern' (did you mean 'pattern'?)",
    ),
    case(
        "an entry of a list has the wrong type",
        HEAD + BLOCKS + MODELS + "columns:\n  keys:\n    - cell_type\n    - 3  # 1\n    - sm_name\n",
        "columns.keys.1: expected text, got 3",
    ),
    case(
        "null where nothing is inherited",
        HEAD + BLOCKS + "models:\n  ridge: ridge\n  lgb: null  # 1\n",
        "models.lgb: null removes an inherited entry, but none of this name is inherited",
    ),
    case(
        "a competition's name with a slash",
        HEAD + BLOCKS + MODELS + "competition: a/b  # 1\n",
        "competition: a competition's name: it names files too",
    ),
    # --- plug-ins
    case(
        "unknown kind",
        HEAD + BLOCKS + "models:\n  lgb:\n    kind: lightgmb  # 1\n    params: {learning_rte: 3}\n",
        "models.lgb.kind: no model 'lightgmb' (did you mean 'lightgbm'?)",
    ),
    case(
        "unknown kind in the short form",
        HEAD + BLOCKS + MODELS + "blend: medain  # 1\n",
        "blend.kind: no blend 'medain' (did you mean 'median'?)",
    ),
    case(
        "unknown parameter",
        HEAD + BLOCKS + "models:\n  lgb:\n    kind: lightgbm\n    params:\n      learning_rte: 0.1  # 1\n",
        "models.lgb.params.learning_rte: LightGBM has no parameter 'learning_rte' (did you mean 'learning_rate'?)",
    ),
    case(
        "a library's parameter outside of library_params",
        HEAD + BLOCKS + "models:\n  lgb:\n    kind: lightgbm\n    params:\n      feature_fraction: 0.1  # 1\n",
        "go under library_params",
    ),
    case(
        "a key of the entry inside params",
        HEAD + BLOCKS + "models:\n  lgb:\n    kind: ridge\n    params:\n      features: [cell]  # 1\n",
        "Ridge has no parameter 'features' ('features' stands beside params, not in it)",
    ),
    case(
        "a parameter of a plug-in that has none",
        HEAD + BLOCKS + MODELS + "blend:\n  kind: mean\n  params:\n    weights: 3  # 1\n",
        "Mean has no parameter 'weights' (it has none)",
    ),
    case(
        "a parameter that the kit supplies",
        HEAD + BLOCKS + "models:\n  lgb:\n    kind: lightgbm\n    params:\n      random_state: 3  # 1\n",
        "models.lgb.params.random_state: cannot be set here: it comes from the recipe's seed",
    ),
    case(
        "a required parameter is missing",
        HEAD + MODELS + "features:\n  cell:  # 1\n    kind: one_hot\n",
        "features.cell: OneHot needs the parameter 'columns' (a list of texts)",
    ),
    case(
        "a parameter out of range",
        HEAD + BLOCKS + "models:\n  lgb:\n    kind: lightgbm\n    params:\n      learning_rate: 1.5  # 1\n",
        "expected a number above 0 and at most 1, got 1.5",
    ),
    case(
        "a truth value is no number",
        HEAD + BLOCKS + "models:\n  lgb:\n    kind: lightgbm\n    params:\n      num_leaves: true  # 1\n",
        "expected an integer of at least 2, got true",
    ),
    case(
        "no is a word",
        HEAD + BLOCKS + "models:\n  m:\n    kind: ridge\n    params:\n      fit_intercept: no  # 1\n",
        "expected true or false, got 'no'",
    ),
    case(
        "a wrong entry of a list parameter",
        HEAD
        + MODELS
        + "features:\n  cell:\n    kind: one_hot\n    params:\n      columns:\n        - a\n        - 3  # 1\n",
        "features.cell.params.columns.1: expected text, got 3",
    ),
    case(
        "several types, none fits",
        HEAD + BLOCKS + MODELS + "target:\n  kind: svd\n  params:\n    n_components: many  # 1\n",
        "target.params.n_components: expected an integer of at least 1 or 'auto', got 'many'",
    ),
    case(
        "a tuple of the wrong length",
        HEAD + BLOCKS + "models:\n  lgb:\n    kind: lightgbm\n    params:\n      bounds: [1, 2, 3]  # 1\n",
        "models.lgb.params.bounds: expected a list of 2: a number, a number or null, got [1, 2, 3]",
    ),
    case(
        "what a library says of its parameters",
        HEAD
        + BLOCKS
        + "models:\n  lgb:\n    kind: lightgbm\n    params:\n      library_params:\n        num_threads: 1\n"
        + "        num_leaf: 3  # 1\n        foo: 3  # 2\n",
        "models.lgb.params.library_params.num_leaf: LightGBM has no parameter 'num_leaf'",
        "models.lgb.params.library_params.foo: LightGBM has no parameter 'foo'",
    ),
    case(
        "parameters that contradict each other",
        HEAD + BLOCKS + "models:\n  lgb:  # 1\n    kind: lightgbm\n    params: {num_leaves: 9, max_depth: 3}\n",
        "models.lgb: more leaves than a tree of that depth can have",
    ),
    case(
        "a model's own target",
        HEAD
        + BLOCKS
        + "models:\n  m:\n    kind: ridge\n    target:\n      kind: svd\n      params:\n        n: 3  # 1\n",
        "models.m.target.params.n: Svd has no parameter 'n'",
    ),
    case(
        "a post-processing step",
        HEAD + BLOCKS + MODELS + "postprocess:\n  - clip\n  - kind: clip\n    params: {margin: -1}  # 1\n",
        "postprocess.1.params.margin: expected a number of at least 0, got -1",
    ),
    case(
        "the inner folds",
        HEAD + BLOCKS + MODELS + "folds:\n  inner:\n    kind: groups\n    params: {column: a, n_splits: 1}  # 1\n",
        "folds.inner.params.n_splits: expected an integer of at least 2, got 1",
    ),
    # --- plug-ins inside of parameters
    case(
        "a nested kind",
        HEAD + BLOCKS + "models:\n  m:\n    kind: per_group\n    params:\n      model:\n        kind: rigde  # 1\n",
        "models.m.params.model.kind: no model 'rigde' (did you mean 'ridge'?)",
    ),
    case(
        "a nested short form",
        HEAD + BLOCKS + "models:\n  m:\n    kind: per_group\n    params:\n      model: rigde  # 1\n",
        "models.m.params.model.kind: no model 'rigde' (did you mean 'ridge'?)",
    ),
    case(
        "a nested parameter",
        HEAD
        + BLOCKS
        + "models:\n  m:\n    kind: per_group\n    params:\n      model: {kind: ridge, params: {penalty: -1}}  # 1\n",
        "models.m.params.model.params.penalty: expected a number above 0 or a non-empty list",
    ),
    case(
        "a nested parameter beside params",
        HEAD
        + BLOCKS
        + "models:\n  m:\n    kind: per_group\n    params:\n      model: {kind: ridge, penalty: 1}  # 1\n",
        "models.m.params.model.penalty: unknown key 'penalty' (it belongs under params)",
    ),
    case(
        "one plug-in where several belong",
        HEAD + BLOCKS + MODELS + "folds:\n  kind: mix\n  params:\n    schemes: {kind: groups}  # 1\n",
        "folds.params.schemes: expected a list of splitter plug-ins, got",
    ),
    case(
        "null where a plug-in is needed",
        HEAD + BLOCKS + "models:\n  m:\n    kind: per_group\n    params:\n      model: null  # 1\n",
        "models.m.params.model: expected one model plug-in, got null",
    ),
    case(
        "a nested plug-in of a list",
        HEAD
        + BLOCKS
        + MODELS
        + "folds:\n  kind: mix\n  params:\n    schemes:\n"
        + "      - {kind: groups, params: {column: a}}\n      - groups  # 1\n",
        "folds.params.schemes.1: Groups needs the parameter 'column' (text)",
    ),
    # --- references
    case(
        "an unknown feature block",
        HEAD + BLOCKS + "models:\n  m:\n    kind: ridge\n    features:\n      - drug\n      - cel  # 1\n",
        "models.m.features.1: no feature block 'cel' (did you mean 'cell'?)",
    ),
    case(
        "a block listed twice",
        HEAD + BLOCKS + "models:\n  m:\n    kind: ridge\n    features: [drug, cell, drug]  # 1\n",
        "models.m.features.2: the block 'drug' is listed twice",
    ),
    case(
        "an unused block",
        HEAD
        + "features:\n  cell: {kind: one_hot, params: {columns: [a]}}\n  drug: {kind: profile, params: {by: b}}  # 1\n"
        + "models: {m: {kind: ridge, features: [cell]}}\n",
        "features.drug: unused: no model reads this block and no block refers to it",
    ),
    case(
        "a model without any features",
        HEAD + "models:\n  m: ridge  # 1\n",
        "models.m: a model reads features, and the recipe has none",
    ),
    case(
        "a builder refers to no block",
        HEAD
        + MODELS
        + "features:\n  cell: {kind: one_hot, params: {columns: [a]}}\n  both:\n    kind: interaction\n"
        + "    params:\n      left: cell\n      right: cel  # 1\n",
        "features.both.params.right: no feature block 'cel' (did you mean 'cell'?)",
    ),
    case(
        "a kind where a block's name belongs",
        HEAD
        + MODELS
        + "features:\n  cell: {kind: one_hot, params: {columns: [a]}}\n  both:\n    kind: interaction\n"
        + "    params:\n      left: cell\n      right: profile  # 1\n",
        "features.both.params.right: no feature block 'profile'; for a plug-in of its own write {kind: profile}",
    ),
    case(
        "blocks in a circle",
        HEAD
        + MODELS
        + "features:\n  a: {kind: stack, params: {parts: [b]}}  # 1\n  b: {kind: stack, params: {parts: [a]}}\n",
        "features.a.params.parts.0: blocks refer to each other in a circle: a → b → a",
    ),
    case(
        "a weight of no model",
        HEAD + BLOCKS + MODELS + "blend:\n  kind: weighted\n  params:\n    weights:\n      rigde: 1  # 1\n",
        "blend.params.weights.rigde: no model 'rigde' (did you mean 'ridge'?)",
    ),
    case(
        "a model without a weight",
        HEAD
        + BLOCKS
        + "models: {a: ridge, b: ridge, c: ridge}\nblend:\n  kind: weighted\n  params:\n    weights: {b: 1}  # 1\n",
        "blend.params.weights: no weight for 'a', 'c'; give one to every model, 0 to leave it out",
    ),
    case(
        "the group is no key",
        HEAD + BLOCKS + MODELS + "columns:\n  group: cell_typ  # 1\n",
        "columns.group: 'cell_typ' is none of columns.keys and columns.metadata (did you mean 'cell_type'?)",
    ),
    case(
        "a model's name that cannot name a file",
        HEAD + BLOCKS + "models:\n  a/b: ridge  # 1\n",
        "models.a/b: a model's name: it names files too",
    ),
    # --- choose
    case(
        "a path that is none",
        HEAD + BLOCKS + "models:\n  m:\n    kind: ridge\n    choose:\n      param.penalty: [1]  # 1\n",
        "expected params.NAME or target.params.NAME of this model (did you mean 'params.penalty'?)",
    ),
    case(
        "candidates of an unknown parameter",
        HEAD + BLOCKS + "models:\n  m:\n    kind: ridge\n    choose:\n      params.penalti: [1, 2]  # 1\n",
        "models.m.choose.\"params.penalti\": Ridge has no parameter 'penalti' (did you mean 'penalty'?)",
    ),
    case(
        "a candidate out of range",
        HEAD
        + BLOCKS
        + "models:\n  m:\n    kind: ridge\n    choose:\n      params.penalty:\n        - 1\n        - -1  # 1\n",
        'models.m.choose."params.penalty".1: expected a number above 0',
    ),
    case(
        "the first candidate out of range",
        HEAD
        + BLOCKS
        + "models:\n  m:\n    kind: ridge\n    choose:\n      params.penalty:\n        - -1  # 1\n        - 1\n",
        'models.m.choose."params.penalty".0: expected a number above 0',
    ),
    case(
        "fixed and chosen",
        HEAD
        + BLOCKS
        + "models:\n  m:\n    kind: ridge\n    params: {penalty: 3}\n    choose:\n      params.penalty: [1, 2]  # 1\n",
        "params.penalty is also fixed under params; keep one of the two",
    ),
    case(
        "a candidate for the recipe's target",
        HEAD
        + BLOCKS
        + "target: svd\nmodels:\n  m:\n    kind: ridge\n    choose:\n      target.params.n_components: [8, 0]  # 1\n",
        "models.m.choose.\"target.params.n_components\".1: expected an integer of at least 1 or 'auto', got 0",
    ),
    case(
        "a candidate that contradicts a fixed parameter",
        HEAD
        + BLOCKS
        + "models:\n  m:\n    kind: lightgbm\n    params: {max_depth: 3}\n"
        + "    choose:\n      params.num_leaves: [4, 9]  # 1\n",
        'models.m.choose."params.num_leaves".1: more leaves than a tree of that depth can have',
    ),
    case(
        "no candidates",
        HEAD + BLOCKS + "models:\n  m:\n    kind: ridge\n    choose:\n      params.penalty: []  # 1\n",
        'models.m.choose."params.penalty": expected a non-empty list of values, got []',
    ),
    # --- stages
    case(
        "a stage's model",
        HEAD
        + BLOCKS
        + MODELS
        + TAUGHT
        + "stages:\n  teachers:\n    models:\n      a:\n        kind: rigde  # 1\n      b:\n        kind: ridge\n"
        + "        params: {penalti: 1}  # 2\n        features: [cel]  # 3\n        target: {kind: svdd}  # 4\n"
        + "        choose: {params.penalty: [-1]}  # 5\n        penalty: 3  # 6\n",
        "stages.teachers.models.a.kind: no model 'rigde' (did you mean 'ridge'?)",
        "stages.teachers.models.b.params.penalti: Ridge has no parameter 'penalti' (did you mean 'penalty'?)",
        "stages.teachers.models.b.features.0: no feature block 'cel' (did you mean 'cell'?)",
        "stages.teachers.models.b.target.kind: no target 'svdd' (did you mean 'svd'?)",
        'stages.teachers.models.b.choose."params.penalty".0: expected a number above 0',
        "stages.teachers.models.b.penalty: unknown key 'penalty' (it belongs under params)",
    ),
    case(
        "what else a stage has",
        HEAD
        + BLOCKS
        + MODELS
        + TAUGHT
        + STAGE
        + "    blend: {kind: weighted, params: {weights: {a: 1, bb: 1}}}  # 1\n    out_of_fold: {kind: kfolds}  # 2\n"
        + "    repeat: 3  # 3\n",
        "stages.teachers.blend.params.weights.bb: no model 'bb' (did you mean 'b'?)",
        "stages.teachers.out_of_fold.kind: no splitter 'kfolds' (did you mean 'kfold'?)",
        "stages.teachers.repeat: unknown key 'repeat' (did you mean 'repeats'?)",
    ),
    case(
        "names of stages and of their models",
        HEAD
        + BLOCKS
        + MODELS
        + "pseudo_labels: {stage: a/b}\nstages:\n  a/b:  # 1\n    models:\n      c d: ridge  # 2\n"
        + "  fit:  # 3 4\n    models: {m: ridge}\n  fit.round1:  # 5 6\n    models: {m: ridge}\n",
        "stages.a/b: a stage's name: it names files too",
        'stages.a/b.models."c d": a model\'s name: it names files too',
        "stages.fit: 'fit' is the name of the last stage",
        "stages.fit: unused: no later stage",
        "stages.\"fit.round1\": an earlier round of the stage 'fit' has that name",
        'stages."fit.round1": unused: no later stage',
    ),
    case(
        "taught by no stage",
        HEAD + BLOCKS + MODELS + STAGE + "pseudo_labels: {stage: teacher}  # 1\n",
        "pseudo_labels.stage: no earlier stage 'teacher' (did you mean 'teachers'?)",
    ),
    case(
        "taught without stages",
        HEAD + BLOCKS + MODELS + "pseudo_labels: {stage: teachers}  # 1\n",
        "pseudo_labels.stage: no earlier stage 'teachers' (there is none)",
    ),
    case(
        "taught by itself and by a later stage",
        HEAD
        + BLOCKS
        + MODELS
        + "pseudo_labels: {stage: fit}  # 1\nstages:\n  one:\n    models: {m: ridge}\n"
        + "    pseudo_labels: {stage: two}  # 2\n  two:\n    models: {m: ridge}\n    pseudo_labels: {stage: two}  # 3\n"
        + "  three:  # 4\n    models: {m: ridge}\n    pseudo_labels: {stage: one}\n",
        "pseudo_labels.stage: a stage cannot take its own predictions; name an earlier one (known: one, three, two)",
        "stages.one.pseudo_labels.stage: the stage 'two' is not earlier",
        "stages.two.pseudo_labels.stage: a stage cannot take its own predictions; name an earlier one (known: one)",
        "stages.three: unused: no later stage takes its predictions",
    ),
    case(
        "an unused stage",
        HEAD + BLOCKS + MODELS + "stages:\n  teachers:  # 1\n    models: {m: ridge}\n",
        "stages.teachers: unused: no later stage takes its predictions",
    ),
    case(
        "labels of test rows that no model learns from",
        HEAD + BLOCKS + MODELS + STAGE + "final: folds\npseudo_labels: {stage: teachers}  # 1\n",
        "pseudo_labels: the test rows are labelled for models that are fitted on all training rows",
    ),
    case(
        "rows that are no table",
        HEAD + BLOCKS + MODELS + STAGE + "pseudo_labels: {stage: teachers, rows: tets}  # 1\n",
        "pseudo_labels.rows: expected `test` or the path of a table, got 'tets' (did you mean 'test'?)",
    ),
    case(
        "what pseudo-labels cannot be",
        HEAD
        + BLOCKS
        + MODELS
        + STAGE
        + "pseudo_labels:\n  stage: teachers\n  weight: 0  # 1\n  rounds: 0  # 2\n"
        + "  keep: {agreement: 1.5, var: 1}  # 3 4\n",
        "pseudo_labels.weight: expected a number above 0, got 0",
        "pseudo_labels.rounds: expected an integer of at least 1, got 0",
        "pseudo_labels.keep.agreement: expected a number above 0 and at most 1 or null, got 1.5",
        "pseudo_labels.keep.var: unknown key 'var'",
    ),
    case(
        "the agreement of one fit",
        HEAD
        + BLOCKS
        + MODELS
        + "stages: {teachers: {models: {m: ridge}}}\n"
        + "pseudo_labels: {stage: teachers, keep: {agreement: 0.5}}  # 1\n",
        "pseudo_labels.keep.agreement: the stage 'teachers' has one fit only (the model 'm' once)",
    ),
    case(
        "the agreement of one fit in a later round",
        HEAD + BLOCKS + MODELS + STAGE + "pseudo_labels: {stage: teachers, keep: {agreement: 0.5}, rounds: 2}  # 1\n",
        "pseudo_labels.keep.agreement: the last stage has one fit only (the model 'ridge' once)",
    ),
    case(
        "no model that knows its variance",
        HEAD + BLOCKS + MODELS + STAGE + "pseudo_labels: {stage: teachers, keep: {variance: 0.5}}  # 1\n",
        "pseudo_labels.keep.variance: no model of the stage 'teachers' predicts a variance",
    ),
    case(
        "weights by a variance that no model knows",
        HEAD + BLOCKS + MODELS + STAGE + "pseudo_labels: {stage: teachers, by_variance: true}  # 1\n",
        "pseudo_labels.by_variance: no model of the stage 'teachers' predicts a variance",
    ),
    case(
        "predictions of no stage",
        HEAD + STAGE + READS + STACKED.replace("teachers}}", "teacher}}  # 1"),
        "features.first.params.stage: no earlier stage 'teacher' (did you mean 'teachers'?)",
    ),
    case(
        "a stage reads its own predictions",
        HEAD + STACKED + READS + STAGE.replace("b: {kind: lightgbm, features: [cell]}}", "b: lightgbm}  # 1"),
        "stages.teachers.models.b: without a list of features the model reads all blocks, and the block 'first' takes "
        "predictions of the stage 'teachers', the model's own; leave it to models of later stages",
    ),
    case(
        "a stage reads a later one's predictions through another block",
        HEAD
        + STACKED
        + "  both: {kind: interaction, params: {left: cell, right: first}}\n"
        + READS
        + "stages:\n  early:\n    models:\n      m: {kind: ridge, features: [cell, both]}  # 1\n"
        + "  teachers:\n    models: {m: {kind: ridge, features: [cell]}}\n    pseudo_labels: {stage: early}\n",
        "stages.early.models.m.features.1: the block 'both' takes predictions of the stage 'teachers', a later one",
    ),
    case(
        "a block that no stage reads",
        HEAD
        + STAGE
        + TAUGHT
        + "models: {m: {kind: ridge, features: [cell]}}\n"
        + BLOCKS.replace("drug:", "\n  drug:").replace("a}}}", "a}}}  # 1"),
        "features.drug: unused: no model reads this block",
    ),
    # --- enabled
    case(
        "every model is switched off",
        HEAD + BLOCKS + "models:  # 1\n  m: {kind: ridge, enabled: false}\n",
        "models: every model is switched off by `enabled: false`",
    ),
    case(
        "every model of a stage is switched off",
        HEAD
        + BLOCKS
        + MODELS
        + TAUGHT
        + "stages:\n  teachers:\n    models:  # 1\n      m: {kind: ridge, enabled: false}\n",
        "stages.teachers.models: every model is switched off by `enabled: false`; remove the stage",
    ),
    case(
        "references to a block that is switched off",
        HEAD
        + MODELS
        + "features:\n  cell: {kind: one_hot, enabled: false, params: {columns: [a]}}\n"
        + "  both: {kind: interaction, params: {left: cell, right: {kind: profile, params: {by: a}}}}  # 1\n",
        "features.both.params.left: the block 'cell' is switched off (recipe.yaml:4)",
    ),
    case(
        "every block of a model is switched off",
        HEAD
        + "features:\n  cell: {kind: one_hot, enabled: false, params: {columns: [a]}}\n"
        + "  drug: {kind: profile, params: {by: a}}\n"
        + "models:\n  one: {kind: ridge, features: [cell]}  # 1\n  two: {kind: ridge, features: [drug]}\n",
        "models.one.features.0: the block 'cell' is switched off (recipe.yaml:3)",
    ),
    case(
        "neither true nor false",
        HEAD + BLOCKS + "models:\n  m:\n    kind: ridge\n    enabled: off  # 1\n",
        "models.m.enabled: expected true or false, got 'off'",
    ),
    # --- presets
    case(
        "no such preset",
        HEAD + BLOCKS + MODELS + "preset: smal  # 1\npresets: {small: {repeats: 1}}\n",
        "preset: no preset 'smal' (did you mean 'small'?)",
    ),
    case(
        "a preset of a recipe without any",
        HEAD + BLOCKS + MODELS,
        "preset: no preset 'small' (the recipe has no presets)",
        overrides=("preset=small",),
        at=("--set preset=small",),
    ),
    case(
        "presets of another form",
        HEAD + BLOCKS + MODELS + "preset: 3  # 1\npresets:\n  small: tiny  # 2\n",
        "preset: expected text or null, got 3",
        "presets.small: expected a mapping of texts to values, got 'tiny'",
    ),
    case(
        "wrong presets that are not chosen",
        HEAD
        + BLOCKS
        + MODELS
        + "presets:\n  small:\n    repeat: 1  # 1\n    models: {ridge: {params: {penalti: 1}}}  # 2\n"
        + "    extends: x.yaml  # 3\n    blend: {kind: weighted, params: {weights: {rigde: 1}}}  # 4\n",
        "presets.small.repeat: unknown key 'repeat' (did you mean 'repeats'?)",
        "presets.small.models.ridge.params.penalti: Ridge has no parameter 'penalti'",
        "presets.small.extends: extends cannot be part of a preset",
        "presets.small.blend.params.weights.rigde: no model 'rigde'",
    ),
    case(
        "a wrong preset that is chosen",
        HEAD + BLOCKS + MODELS + "preset: small\npresets:\n  small:\n    repeats: 0  # 1\n",
        "repeats: expected an integer of at least 1, got 0",
    ),
    # --- searches
    case(
        "searches of another form",
        HEAD
        + BLOCKS
        + MODELS
        + TAUGHT.replace("teachers", "s")
        + "stages:\n  s:\n    models:\n"
        + "      a: {kind: ridge, params: {penalty: {search: 3}}}  # 1\n"
        + "      b: {kind: ridge, params: {penalty: {search: [1, 2], choice: [1, 2]}}}  # 2\n"
        + "      c: {kind: ridge, params: {penalty: {search: [1, 2], lgo: true}}}  # 3\n"
        + "      d: {kind: ridge, params: {penalty: {choice: [1]}}}  # 4\n"
        + "      e: {kind: ridge, params: {penalty: {choice: [1, {search: [1, 2]}]}}}  # 5\n",
        "stages.s.models.a.params.penalty.search: expected [low, high], two finite numbers, got 3",
        "stages.s.models.b.params.penalty.choice: `search` is a range and `choice` a list of values; keep one",
        "stages.s.models.c.params.penalty.lgo: unknown key 'lgo' of a search (did you mean 'log'?)",
        "stages.s.models.d.params.penalty.choice: expected a list of two or more values, got [1]",
        "stages.s.models.e.params.penalty: a search inside of a search",
    ),
    case(
        "wrong details of searches",
        HEAD
        + BLOCKS
        + "models:\n  lgb:\n    kind: lightgbm\n    params:\n"
        + "      learning_rate: {search: [0.0, 0.5], log: true}  # 1\n"
        + "      num_leaves: {search: [8, 4], step: 1.5}  # 2 3\n"
        + "      max_depth: {choice: [1, 2, 1], log: true}  # 4 5\n"
        + "      bounds: {choice: [null, [0, 1]], value: [0, 2]}  # 6\n"
        + "    repeats: {search: [2, 8], step: 9, value: 1, log: maybe}  # 7 8 9\n"
        + "    target: {kind: svd, params: {n_components: {search: [2, 8], step: 2, log: true}}}  # 10\n",
        "learning_rate.search: on a logarithmic scale the lower bound must be above 0, got 0.0",
        "num_leaves.search: expected the lower bound first, got [8, 4]",
        "num_leaves.step: expected an integer above 0, got 1.5",
        "max_depth.choice.2: 1 is listed twice",
        "max_depth.log: log belongs to `search: [low, high]`, not to `choice`",
        "bounds.value: [0, 2] is none of the values that are searched ([null, [0, 1]])",
        "models.lgb.repeats.step: the step 9 is wider than the range",
        "models.lgb.repeats.value: 1 is none of the values that are searched ([2, 8])",
        "models.lgb.repeats.log: expected true or false, got 'maybe'",
        "n_components.step: a logarithmic scale has no steps",
    ),
    case(
        "values of a search that the recipe cannot have",
        HEAD
        + BLOCKS
        + "models:\n  lgb:\n    kind: lightgbm\n    params:\n"
        + "      learning_rate: {search: [0.1, 1.5], value: 0.5}  # 1\n"
        + "      num_leaves: {choice: [4, 1, many], value: 4}  # 2 3\n"
        + "      max_depth: 2\n"
        + "  ridge:\n    kind: ridge\n    enabled: {choice: [true, 3], value: true}  # 4\n"
        + "blend: {choice: [mean, meen, {kind: weighted, params: {weights: {lgb: 1}}}], value: mean}  # 5 6\n",
        "models.lgb.params.learning_rate: expected a number above 0 and at most 1, got 1.5",
        "models.lgb.params.num_leaves: expected an integer of at least 2, got 1",
        "models.lgb.params.num_leaves: expected an integer of at least 2, got 'many'",
        "models.ridge.enabled: expected true or false, got 3",
        "blend.kind: no blend 'meen'",
        "blend.params.weights: no weight for 'ridge'",
    ),
    case(
        "a value that makes something else wrong",
        HEAD
        + BLOCKS
        + "models:\n  lgb:\n    kind: lightgbm\n"
        + "    params: {num_leaves: 9, max_depth: {choice: [3, 8], value: 8}}  # 1\n",
        "models.lgb.params.max_depth: with 3: models.lgb: more leaves than a tree of that depth can have",
    ),
    case(
        "a search where nothing is searched",
        HEAD + BLOCKS + MODELS + "seed: {search: [1, 9], value: 1}  # 1\n",
        "seed: nothing can be searched here; search in target, features",
    ),
    case(
        "a misspelt search",
        HEAD + BLOCKS + MODELS + "repeats: {serach: [1, 9], value: 1}  # 1\n",
        "did you mean 'search' instead of 'serach', to search a value?",
    ),
    case(
        "a search without a value",
        HEAD + BLOCKS + MODELS + "repeats: {search: [1, 9]}  # 1\n",
        "repeats: this is searched and has no value yet: `kit tune recipe.yaml` finds one",
    ),
    case(
        "a wrong search among other problems",
        HEAD + BLOCKS + MODELS + "repeats: {search: [9, 1]}  # 1\nfinal: later  # 2\n",
        "repeats.search: expected the lower bound first",
        "final: expected one of: 'refit', 'folds', got 'later'",
    ),
    # --- the file itself
    case(
        "a key twice",
        HEAD + BLOCKS + "seed: 1\nmodels: {ridge: ridge}\nseed: 2  # 1\n",
        "the key 'seed' stands here twice (first at line 3)",
    ),
    case("a tab", HEAD + "data:\n\troot: x  # 1\n", "not valid YAML: a tab: YAML indents with spaces only"),
    case("a bracket left open", HEAD + "a: [1, 2  # 1\n", "not valid YAML: a [ or { that is not closed"),
    case("a quote left open", HEAD + 'a: "x  # 1\n', "not valid YAML: a quote that is never closed"),
    case("a colon too many", HEAD + "title: Ranks: all  # 1\n", "not valid YAML: a ': ' out of place"),
    case("wrong indentation", HEAD + "a:\n  b: 1\n c: 2  # 1\n", "not valid YAML: this does not belong here"),
    case("no colon", HEAD + "seed\n\n", "not valid YAML: a key without ': ' after it", at=("recipe.yaml:4",)),
    case("an undefined anchor", HEAD + "a: *base  # 1\n", "*base refers to an anchor &base that is not defined"),
    case("a date", HEAD + "title: 2023-11-30  # 1\n", "2023-11-30 reads as a date; put it in quotes"),
    case("a tag", HEAD + "title: !python/name:os.system x  # 1\n", "the tag !python/name:os.system is not supported"),
    case("a key that is a number", HEAD + "models:\n  1: ridge  # 1\n", "the key 1 is not text; put it in quotes"),
    case("no mapping", "- a  # 1\n", "expected a mapping (lines of `key: value`), got a list"),
    case("an alias of itself", HEAD + "a: &a [*a]  # 1\n", "an alias inside of what it refers to"),
    case("two documents", HEAD + "---  # 1\na: 1\n", "a second document (---)"),
    case("empty", "# nothing\n", "the file is empty", at=("recipe.yaml",)),
    # --- extends
    case(
        "extends no file",
        "extends: competiton.yaml  # 1\n" + BLOCKS + MODELS,
        "extends: no such file competiton.yaml (did you mean 'competition.yaml'?)",
    ),
    case(
        "extends a name that no file can have", f"extends: {'x' * 5000}.yaml  # 1\n" + MODELS, "extends: no such file"
    ),
    case(
        "extends no path", "extends: 3  # 1\n" + MODELS, "extends: expected the path of a file or a list of such paths"
    ),
    case(
        "extends itself",
        "extends: recipe.yaml  # 1\n" + MODELS,
        "the files extend each other in a circle: recipe.yaml → recipe.yaml",
    ),
    # --- --set
    case(
        "--set of an unknown key",
        HEAD + BLOCKS + MODELS,
        "models.ridge.params.penalti: Ridge has no parameter 'penalti' (did you mean 'penalty'?)",
        overrides=("models.ridge.params.penalti=3",),
        at=("--set models.ridge.params.penalti=3",),
    ),
    case(
        "--set without a value",
        HEAD + BLOCKS + MODELS,
        "expected PATH=VALUE, such as models.lgb.params.learning_rate=0.1 (there is no '=')",
        "nothing after '='",
        overrides=("seed", "seed="),
        at=("--set seed", "--set seed="),
    ),
    case(
        "--set beyond the end of a list",
        HEAD + BLOCKS + MODELS + "postprocess: [clip]\n",
        "postprocess is a list; its entries are 0 to 0, got '1'",
        overrides=("postprocess.1.params.margin=3",),
        at=("--set postprocess.1.params.margin=3",),
    ),
    case(
        "--set below a single value",
        HEAD + BLOCKS + MODELS,
        "title is 'Perturbations', which has no entry 'x'",
        overrides=("title.x=3",),
        at=("--set title.x=3",),
    ),
    case(
        "--set of what is no YAML",
        HEAD + BLOCKS + MODELS,
        "not valid YAML: a [ or {",
        overrides=("seed=[1",),
        at=("--set seed=[1:1",),
    ),
]


@pytest.mark.parametrize("wrong", CASES, ids=[one.name for one in CASES])
def test_says_what_is_wrong_and_where(wrong: Case, write: Write) -> None:
    path = write(wrong.recipe)
    with pytest.raises(ConfigError) as caught:
        load_recipe(path, wrong.overrides)
    lines = str(caught.value).splitlines()
    places = list(wrong.origins)
    for number in range(len(places) + 1, len(wrong.expected) + 1):
        [line] = [
            index
            for index, text in enumerate(wrong.recipe.splitlines(), start=1)
            if (mark := re.search(r"# ([\d ]+)$", text)) and str(number) in mark.group(1).split()
        ]
        places.append(f"recipe.yaml:{line}")
    for place, fragment in zip(places, wrong.expected, strict=True):
        assert any(line.startswith(f"{place}:") and fragment in line for line in lines), (place, fragment, lines)
    assert len(lines) == len(wrong.expected), lines
    assert "Input should" not in str(caught.value)
    assert "pydantic" not in str(caught.value)


def test_all_problems_come_at_once_sorted_by_line(write: Write) -> None:
    path = write(
        HEAD
        + "seed: -1\n"
        + "features:\n  cell: {kind: one_hot, params: {columns: [a]}}\n"
        + "models:\n  m: {kind: ridge, features: [cel], params: {penalti: 1}}\nfinal: later\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_recipe(path, ["repeats=0"])
    places = [line.split(": ")[0] for line in str(caught.value).splitlines()]
    assert places == [f"recipe.yaml:{line}" for line in (2, 6, 6, 7)] + ["--set repeats=0"]


def test_a_problem_of_an_inherited_value_names_the_file_it_is_written_in(write: Write) -> None:
    path = write("extends: base.yaml\n" + MODELS, base=HEAD + BLOCKS + "\nblend: {kind: mean, params: {a: 1}}\n")
    with pytest.raises(ConfigError, match=r"^base\.yaml:4: blend\.params\.a: Mean has no parameter 'a'"):
        load_recipe(path)


def test_a_file_that_is_not_there(write: Write) -> None:
    path = write(HEAD + BLOCKS + MODELS)
    with pytest.raises(ConfigError, match=r"^recpe\.yaml: no such file \(did you mean 'recipe\.yaml'\?\)$"):
        load_recipe(path.with_name("recpe.yaml"))
    with pytest.raises(ConfigError, match=r"there is no folder absent$"):
        load_recipe(path.with_name("absent") / "recipe.yaml")
    with pytest.raises(ConfigError, match="a folder; a YAML file was expected"):
        load_recipe(path.absolute().parent)


def test_a_file_in_another_encoding(write: Write) -> None:
    path = write("")
    path.write_bytes("extends: competition.yaml\ntitle: Größe\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"^recipe\.yaml:2: not UTF-8 text"):
        load_recipe(path)
