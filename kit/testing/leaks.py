"""The leak test: other targets of the validation rows must change nothing that was fitted or predicted without them.

A recipe is carried out on a tiny competition with the kit's own code: folds, choices on inner folds, fits, predictions,
blend and post-processing. Then the tables are written again, at the same place, with the targets of the last fold's
validation rows replaced by others of another sign, scale and row mean, and everything is carried out once more. Each
time in a fresh process and fold after fold, so that whatever a plug-in keeps in its module from one fit to the next
has seen the last fold's validation rows, where they were training rows of the folds before.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kit.config.checks.references.stages import LAST_STAGE
from kit.config.schema import RecipeConfig
from kit.data.simulate import simulate
from kit.files import read_json, write_array
from kit.plugins import Plugin, inner_plugins, parameters
from kit.splits.base import Fold
from kit.testing.competitions import HEAD, TINY, put_competition
from kit.testing.fresh import in_fresh_process
from kit.testing.rows import make_gaps, replace_targets
from kit.training.engines.local import LocalEngine
from kit.training.execute import execute
from kit.training.fitting.target_store import target_directory
from kit.training.planning.plan import make_folds, make_plan
from kit.training.planning.row_sets import TEST, VALIDATION
from kit.training.planning.tasks import METRICS_FILE
from kit.training.scoring.evaluation import evaluate
from kit.training.workspace import Workspace

Entry = Plugin | str | Mapping[str, Any]
"""A plug-in as a recipe writes it (a kind, or ``{kind: …, params: …}``), or the plug-in itself."""

_OOF, _STATE, _STAGES = "oof.npy", "state", "stages"

_TWO_FOLDS = {"kind": "held_out_cell_type", "params": {"cells": ["NK cells", "T cells CD4+"]}}


@dataclass(frozen=True)
class LeakCase:
    """A recipe to be tested for leaks; what is not given is a plain part that does not leak.

    Attributes:
        features: Blocks by name, or one block.
        model: The model, called "model".
        choose: The model's ``choose``.
        augment: The model's augmenters.
        target: The target transform.
        folds: The splitter of the cross-validation; its key ``inner`` may name another for the choices.
        blend: The blend; a second model stands beside the first then, called "plain".
        postprocess: The steps after the blend.
        stages: Earlier stages, as a recipe writes them.
        pseudo_labels: Those of the last stage, as a recipe writes them.
        modules: Modules to import so that the plug-ins are registered.
        follows_targets: Whether the splitter says that the targets take part in dividing the rows.
        gaps: Whether some targets are missing.
    """

    features: Entry | Mapping[str, Entry] | None = None
    model: Entry = "ridge"
    choose: Mapping[str, Sequence[Any]] | None = None
    augment: Sequence[Entry] = ()
    target: Entry | None = None
    folds: Entry | None = None
    blend: Entry | None = None
    postprocess: Sequence[Entry] = ("clip",)
    stages: Mapping[str, Any] = field(default_factory=dict)
    pseudo_labels: Mapping[str, Any] | None = None
    modules: Sequence[str] = ()
    follows_targets: bool = False
    gaps: bool = False

    def recipe(self) -> dict[str, Any]:
        """Return the recipe as plain values."""
        target = {"kind": "svd", "params": {"n_components": 4}} if self.target is None else as_entry(self.target)
        model = as_entry(self.model) | {"augment": [as_entry(step) for step in self.augment]}
        model |= {"choose": dict(self.choose)} if self.choose else {}
        plain = {} if self.blend is None else {"plain": {"kind": "ridge", "params": {"penalty": 10.0}}}
        columns = HEAD["columns"] | ({"missing_targets": "allow"} if self.gaps else {})
        return HEAD | {
            "columns": columns,
            "target": target,
            "features": self._blocks(),
            "models": {"model": model} | plain,
            "folds": _TWO_FOLDS if self.folds is None else as_entry(self.folds),
            "blend": "mean" if self.blend is None else as_entry(self.blend),
            "postprocess": [as_entry(step) for step in self.postprocess],
            "stages": dict(self.stages),
            "pseudo_labels": None if self.pseudo_labels is None else dict(self.pseudo_labels),
        }

    def all_modules(self) -> list[str]:
        """Return every module that a fresh process must import."""
        blocks = list(self.features.values()) if isinstance(self.features, Mapping) else [self.features]
        entries = [*blocks, self.model, *self.augment, self.target, self.folds, self.blend, *self.postprocess]
        found = {type(one).__module__ for entry in entries if isinstance(entry, Plugin) for one in inner_plugins(entry)}
        return sorted(found | set(self.modules))

    def _blocks(self) -> dict[str, Any]:
        if self.features is None:
            return {
                "cell": {"kind": "one_hot", "params": {"columns": ["cell_type"]}},
                "profile": {"kind": "target_profile"},
            }
        if isinstance(self.features, Mapping) and "kind" not in self.features:
            return {name: as_entry(entry) for name, entry in self.features.items()}
        return {"block": as_entry(self.features)}


def as_entry(plugin: Entry) -> dict[str, Any]:
    """Return the entry of a plug-in in a recipe; parameters that the kit supplies are left out."""
    if isinstance(plugin, str):
        return {"kind": plugin}
    if isinstance(plugin, Mapping):
        return dict(plugin)
    given = {p.name: getattr(plugin, p.name) for p in parameters(type(plugin)) if p.supplied is None}
    return {"kind": plugin.kind, "params": {name: _plain(value) for name, value in given.items()}}


def _plain(value: Any) -> Any:
    if isinstance(value, Plugin):
        return as_entry(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def check_no_leak(directory: Path | None = None, **parts: Any) -> None:
    """Check that no fitted state and no validation prediction depends on the validation rows' targets.

    Args:
        directory: Where the tiny competition is written (its training table is `kit.testing.competitions.TRAIN` in
            it), for plug-ins that read files by themselves.
        **parts: The fields of `LeakCase`: ``features``, ``model``, ``target``, ``folds``, ``blend``, ``postprocess`` …

    Raises:
        AssertionError: Something changed; the message lists what.
        RunError: The recipe cannot be carried out.
    """
    [problems] = find_leaks({"recipe": LeakCase(**parts)}, directory).values()
    if problems:
        raise AssertionError(
            "the targets of validation rows leak: with others in their place\n  - " + "\n  - ".join(problems) + "\n"
            "fit on what fit is given, and on nothing else: no tables read aside, nothing kept from one fit to the next"
        )


def find_leaks(cases: Mapping[str, LeakCase], directory: Path | None = None) -> dict[str, list[str]]:
    """Test many recipes in two processes.

    Args:
        cases: The recipes by name.
        directory: Where the tiny competition is written; a temporary folder by default.

    Returns:
        For every case, what changed; empty where nothing leaks.

    Raises:
        RunError: A recipe cannot be carried out.
    """
    modules = sorted({module for case in cases.values() for module in case.all_modules()})
    recipes = {name: case.recipe() for name, case in cases.items()}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        place = Path(directory) if directory is not None else root / "competition"
        before, after = root / "before", root / "after"
        folds = in_fresh_process(_carry_out, recipes, place, before, None, modules=modules)
        own = in_fresh_process(_carry_out, recipes, place, after, folds, modules=modules)
        return {
            name: _changed_folds(folds[name], own[name], case.follows_targets)
            + _changed_files(before / name, after / name, folds[name][-1].name)
            for name, case in cases.items()
        }


Folds = tuple[Fold, ...]


def _carry_out(
    recipes: Mapping[str, dict[str, Any]], place: Path, out: Path, fixed: Mapping[str, Folds] | None
) -> dict[str, Folds]:
    """Carry out recipes; with fixed folds, on other targets of the last fold's validation rows.

    Returns:
        The folds that each recipe's own splitter makes.
    """
    simulated = simulate(TINY, 0)
    found: dict[str, Folds] = {}
    for name, content in recipes.items():
        recipe = RecipeConfig.model_validate(content)
        targets = simulated.train_targets
        if fixed is not None:
            targets = replace_targets(targets, fixed[name][-1].validation)
        if recipe.columns.missing_targets == "allow":
            gaps = make_gaps(targets)
            if fixed is not None:
                # Which of them are missing is one of the things that may leak.
                gaps[fixed[name][-1].validation] = make_gaps(targets, seed=1)[fixed[name][-1].validation]
            targets = np.where(gaps, np.float32(np.nan), targets)
        competition = put_competition(place, simulated, targets, recipe)
        found[name] = make_folds(recipe, competition)
        plan = make_plan(recipe, competition, None if fixed is None else fixed[name])
        _run(Workspace(recipe, competition, plan, out / name))
    return found


def _run(workspace: Workspace) -> None:
    """Carry out every fold's tasks as a run does, and collect what the last fold has predicted and fitted."""
    plan, run = workspace.plan, workspace.path
    run.mkdir(parents=True)
    execute(workspace.inside(*plan.folds), LocalEngine(1), lambda outcome: None)
    evaluation = evaluate(workspace)
    last = plan.folds[-1]
    write_array(run / _STATE / _OOF, evaluation.oof[evaluation.oof_rows["fold"].to_numpy() == last.name])
    of_last = plan.inside(last)
    for task in of_last.tasks:
        metrics = read_json(run / task.path / METRICS_FILE)
        # Folds inside of the last one are fitted on its training rows too.
        within = task.split.directory.removeprefix(last.directory).lstrip(".") or "itself"
        collected = run / _STATE / _label(task.stage, task.model) / str(task.repeat) / within
        (run / task.path).rename(_parent_made(collected))
        # One folder for models that share a transform: it is copied by name, not moved.
        transform = target_directory(run, metrics["target"])
        for path in sorted(transform.rglob("*")):
            if path.is_file() and path.name != "DONE":
                copy = _parent_made(collected / "target" / path.relative_to(transform))
                copy.write_bytes(path.read_bytes())
        (collected / METRICS_FILE).write_text(json.dumps(metrics["values"], sort_keys=True), encoding="utf-8")
        (collected / "DONE").unlink()
    for output in of_last.outputs:
        collected = run / _STATE / _STAGES / output.stage / output.split.directory
        (run / output.path).rename(_parent_made(collected))
        (collected / "DONE").unlink()


def _label(stage: str, model: str) -> str:
    return model if stage == LAST_STAGE else f"{stage}, {model}"


def _parent_made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _changed_folds(before: Folds, after: Folds, follows_targets: bool) -> list[str]:
    same = len(before) == len(after) and all(
        one.name == other.name
        and np.array_equal(one.train, other.train)
        and np.array_equal(one.validation, other.validation)
        for one, other in zip(before, after, strict=True)
    )
    return [] if same or follows_targets else ["the folds themselves change"]


def _changed_files(before: Path, after: Path, fold: str) -> list[str]:
    """Return a line for every file of the last fold that differs between two runs."""
    files = [
        {path.relative_to(run / _STATE): path.read_bytes() for path in (run / _STATE).rglob("*") if path.is_file()}
        for run in (before, after)
    ]
    differ = sorted(path for path in files[0].keys() | files[1].keys() if files[0].get(path) != files[1].get(path))
    # A state.json holds the digests of the files beside it.
    named = [
        path
        for path in differ
        if path.name != "state.json" or not any(path.parent in o.parents for o in differ if o != path)
    ]
    return [_sentence(path, fold) for path in named]


def _sentence(path: Path, fold: str) -> str:
    if path.parts[0] == _STAGES:
        return f"what the stage {path.parts[1]!r} hands on in fold {fold!r} changes: {Path(*path.parts[2:]).as_posix()}"
    if path.name == _OOF:
        return f"the blend's predictions of the validation rows of fold {fold!r} change"
    model = path.parts[0]
    if path.name in (VALIDATION, TEST):
        rows = "validation" if path.name == VALIDATION else "test"
        return f"the model {model!r} of fold {fold!r} predicts its {rows} rows otherwise"
    if path.parts[3:] == (METRICS_FILE,):
        return f"the model {model!r} of fold {fold!r} chooses other values"
    return f"what the model {model!r} of fold {fold!r} has fitted changes: {Path(*path.parts[3:]).as_posix()}"
