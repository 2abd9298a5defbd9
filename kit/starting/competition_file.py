"""The text of a competition file for what was guessed, each line with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

from kit.config.schema import CompetitionConfig
from kit.config.text.yaml_file import inline
from kit.data.tables.table import Table
from kit.starting.guess import Guess
from kit.starting.patterns import exact_pattern

_LONGEST = 120
"""Letters in a line of comment."""

_FEW = 12
"""Columns up to which names are listed rather than chosen by a pattern."""


def competition_values(
    guess: Guess, folds: Mapping[str, Any], name: str, files: Mapping[str, str], train: Table
) -> dict[str, Any]:
    """Return the content of a competition file as plain values.

    Args:
        guess: What the columns mean.
        folds: The entry ``folds``.
        name: The competition's name.
        files: ``root``, and the tables within it: ``train``, where there are any ``test`` and ``sample_submission``.
        train: The training table.
    """
    columns: dict[str, Any] = {}
    if guess.id is not None:
        columns["id"] = guess.id
    if guess.keys:
        columns["keys"] = list(guess.keys)
    for role in ("replicate", "group", "compound", "smiles"):
        if getattr(guess, role) is not None:
            columns[role] = getattr(guess, role)
    if guess.weight is not None:
        columns["weight"] = guess.weight
    if guess.metadata:
        columns["metadata"] = _chosen(guess.metadata, None, train)
    targets = _chosen(guess.targets, guess.target_pattern, train)
    # All that are no targets are named above.
    columns["targets"] = "others" if isinstance(targets, list) and len(targets) > _FEW else targets
    if guess.gaps:
        columns["missing_targets"] = "allow"
    return {
        "competition": name,
        "data": dict(files),
        "columns": columns,
        "folds": dict(folds),
        "default_recipe": "start.yaml",
    }


def _chosen(names: tuple[str, ...], pattern: str | None, train: Table) -> Any:
    """Return what chooses columns: a pattern, or their names."""
    if pattern is None and len(names) > _FEW:
        chosen = set(names)
        pattern = exact_pattern(names, [name for name in train.columns if name not in chosen])
    return list(names) if pattern is None else {"pattern": pattern}


def competition_text(values: Mapping[str, Any], guess: Guess, folds_reason: str, command: str) -> str:
    """Return the commented text of a competition file.

    Args:
        values: What `competition_values` returned.
        guess: Gives the reasons.
        folds_reason: Why these folds.
        command: What made the file.
    """
    reasons = {
        **guess.reasons,
        "missing_targets": f"{guess.gaps:,} cells of the targets have no value: they are unmeasured, everywhere",
        "metadata": "what else is known of a row: features are made of it",
    }
    lines = [
        f"# A guess, written by `{command}`: correct it here.",
        f"competition: {inline(values['competition'])}",
        "data:",
        *(f"  {part}: {inline(file)}" for part, file in values["data"].items()),
    ]
    if "test" not in values["data"]:
        lines.append("  # test: the rows to predict. Without them there is a cross-validation, and no submission.")
    lines.append("columns:")
    for role, value in values["columns"].items():
        lines += [f"  # {_sentence(reasons[role])}", f"  {role}: {inline(value)}"]
    lines += [
        "# The mean over rows of the root mean squared error; `kit list metric` shows the others.",
        f"metric: {CompetitionConfig.model_fields['metric'].default.kind}",
        f"# {_sentence(folds_reason)}",
        f"folds: {inline(values['folds'])}",
        "# What `kit train` on this file trains.",
        f"default_recipe: {inline(values['default_recipe'])}",
    ]
    return "\n".join(part for line in lines for part in _wrapped(line)) + "\n"


def _wrapped(line: str) -> list[str]:
    """Return a line, a comment on as many as it takes."""
    space = line[: len(line) - len(line.lstrip())]
    if not line.lstrip().startswith("#"):
        return [line]
    return wrap(line.lstrip("# "), _LONGEST, initial_indent=f"{space}# ", subsequent_indent=f"{space}# ")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
