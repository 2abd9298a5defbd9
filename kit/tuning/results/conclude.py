"""The end of a study: tables, and the recipe with the best values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from optuna import Study
from optuna.trial import FrozenTrial

from kit.config.layers.extends import extended_files
from kit.digits import format_number
from kit.errors import InputError, KitError, RunError
from kit.files import new_file, write_json
from kit.names import why_no_name
from kit.tuning.results.holdout import Division, evaluate_holdout
from kit.tuning.results.luck import reality_check
from kit.tuning.results.results import (
    TuneResult,
    best_summary,
    best_trial,
    importances,
    pareto_table,
    trial_warnings,
    trials_table,
)
from kit.tuning.trials.setting import Setting
from kit.tuning.trials.space import described
from kit.tuning.trials.worker import directory_lock

_MARK = "# Tuned by `kit tune`"
"""How a written recipe begins; a file that does not is nobody's to overwrite."""


def default_output(recipe: Path, study: str) -> Path:
    """Return the default path of the tuned recipe: beside the recipe."""
    own = "" if study == recipe.stem else f".{study}"
    return recipe.with_name(f"{recipe.stem}{own}.tuned{recipe.suffix or '.yaml'}")


def check_output(output: Path, recipe: Path) -> Path:
    """Check that a file may be written, before hours of trials.

    Raises:
        InputError: It is the recipe itself or a file that this extends, a folder or in no folder, or a file that `kit
            tune` did not write.
    """
    if output.is_dir():
        raise InputError(f"--output: {output} is a folder; give a file in it, such as {output / recipe.name}")
    if output.resolve() == recipe.resolve():
        raise InputError(f"--output: {output} is the recipe itself; give another file")
    if output.resolve() in [file.resolve() for file in extended_files(recipe)]:
        raise InputError(f"--output: {output} is a file that the recipe extends; give another file")
    if not output.parent.is_dir():
        raise InputError(f"--output: there is no folder {output.parent}")
    if why := why_no_name(output.stem):
        raise InputError(f"--output: {output.name} is to be a recipe, whose name {why.removeprefix('it ')}")
    if output.exists() and not output.read_text(encoding="utf-8", errors="replace").startswith(_MARK):
        raise InputError(f"--output: {output} exists and is not of `kit tune`; give another file with --output")
    return output


def conclude(study: Study, setting: Setting, division: Division, output: Path, command: str) -> TuneResult:
    """Write the results of a study: ``trials.csv``, ``best.json``, the recipe, ``importance.csv``, ``pareto.csv``.

    The hold-out is evaluated last, and written into ``best.json``: should that fail, nothing is lost.

    Args:
        study: The study.
        setting: It as its workers see it.
        division: Its folds.
        output: Where the recipe with the best values goes.
        command: The command line, for its head.

    Raises:
        RunError: No trial went through all folds, a file cannot be written, or the best trial fails on the hold-out.
    """
    # Several processes may come to the end together; the hold-out is evaluated by one of them.
    with directory_lock(setting):
        table = trials_table(study, setting)
        _write_table(setting.directory / "trials.csv", table)
        best = best_trial(study, setting)
        if best is None:
            raise RunError(
                f"no trial went through all folds ({len(table)} were begun); give it more time or more trials, "
                f"{setting.directory / 'trials.csv'} says what became of each"
            )
        warnings = trial_warnings(study)
        summary = {
            **best_summary(study, setting, best),
            "luck": reality_check(study, setting, best),
            "warnings": list(warnings),
            "greater_is_better": setting.greater_is_better,
            "space": described(setting.search.dimensions),
            "recipe": str(setting.search.path),
            "output": str(output),
            "command": command,
        }
        write_json(setting.directory / "best.json", summary)
        setting.search.write(summary["values"], output, _head(summary, setting, division.name, command))
        importance = importances(study, setting)
        if importance:
            shares = pd.DataFrame({"value": list(importance), "share": list(importance.values())})
            _write_table(setting.directory / "importance.csv", shares)
        pareto = pareto_table(table, setting.greater_is_better) if setting.objective == "pareto" else None
        if pareto is not None:
            _write_table(setting.directory / "pareto.csv", pareto)
        result = TuneResult(setting.directory, output, table, summary, importance, pareto, warnings)
        if division.held_out is not None:
            result = replace(result, best=_with_holdout(study, setting, division, best, result))
            write_json(setting.directory / "best.json", result.best)
    return result


def _with_holdout(
    study: Study, setting: Setting, division: Division, best: FrozenTrial, result: TuneResult
) -> dict[str, Any]:
    """Return the summary of the best trial, with its score on the hold-out."""
    try:
        found = evaluate_holdout(study, setting, int(division.held_out or 0), str(division.name), best)
    except KitError as error:
        raise RunError(
            f"the hold-out {division.name} could not be scored: {error}; all else is written: {result.output} and "
            f"{result.directory / 'best.json'}"
        ) from error
    return {**result.best, "holdout": found}


def _write_table(path: Path, table: pd.DataFrame) -> None:
    with new_file(path) as temporary:
        table.to_csv(temporary, index=False)


def _head(best: Mapping[str, Any], setting: Setting, holdout: str | None, command: str) -> str:
    """Return the lines of comments that say where the best values come from."""
    counts = len(best["fold_scores"])
    without = f", the hold-out {holdout} not among them" if holdout else ""
    score = format_number(best["score"], 6)
    lines = [
        f"{_MARK}, values of {datetime.now(UTC).date().isoformat()}:",
        f"# study {setting.name} ({setting.objective}), trial {best['trial']}, {best['metric']} {score} "
        f"on {counts} folds{without}",
        f"# {' '.join(command.split())}",
    ]
    return "\n".join(lines) + "\n"
