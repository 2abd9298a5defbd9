"""``kit init``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.inputs import present
from kit.cli.output import Document, answer, can_ask, note, say, show_table
from kit.errors import InputError

if TYPE_CHECKING:
    from kit.starting.begin import Beginning, OwnTables

_SHOWN = ("targets", "id", "keys", "replicate", "group", "compound", "smiles", "weight", "metadata")


def init(
    train: Annotated[Path, typer.Argument(metavar="TRAIN", help="A table of rows with features and targets.")],
    test: Annotated[
        Path | None, typer.Argument(metavar="[TEST]", help="The rows to predict: the same without the targets.")
    ] = None,
    target: Annotated[
        list[str],
        typer.Option("--target", metavar="PATTERN", help="The columns to predict: 'y*'; may be given many times."),
    ] = [],  # noqa: B006 - typer reads the default
    sample: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The layout of a submission (default: sample_submission.* beside TEST)."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", "-o", metavar="DIR", help="Where to (default: named after TRAIN).")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take the guess without asking.")] = False,
    run: Annotated[bool, typer.Option("--train", help="Train the recipe that is written.")] = False,
) -> Document:
    """Begin with a table of your own: what its columns mean.

    Guesses it, shows why, asks, and writes competition.yaml and a recipe, start.yaml, into a folder. Nothing is
    overwritten. What was guessed wrong is said when it asks, or corrected in competition.yaml.
    """
    from kit.starting.begin import COMPETITION, RECIPE, OwnTables, begin, refuse_existing

    folder = folder if folder is not None else Path(train.name.partition(".")[0])
    refuse_existing(folder)
    for path in (train, test, sample):
        if path is not None:
            present(path)
    tables = OwnTables.open(train, test, sample)
    beginning = _agreed(tables, {"targets": ",".join(target)} if target else {}, yes)
    command = shlex.join(["kit", "init", str(train), *([str(test)] if test else []), *_options(target, sample)])
    competition = begin(tables, beginning, folder, command)
    for warning in competition.warnings:
        note(f"warning: {warning}")
    say()
    answer(f"competition: {folder / COMPETITION}")
    answer(f"recipe: {folder / RECIPE}")
    document = {
        "competition": folder / COMPETITION,
        "recipe": folder / RECIPE,
        "guess": _guess(beginning),
        "warnings": [*beginning.guess.remarks, *competition.warnings],
    }
    if run or (not yes and typer.confirm("Train it now?", default=False)):
        from kit.cli.train import train as train_recipe

        say()
        return {**document, "run": train_recipe(folder / RECIPE)}
    say(f"next: kit train {shlex.quote(str(folder / RECIPE))}")
    return document


def _options(target: list[str], sample: Path | None) -> list[str]:
    return [*(part for one in target for part in ("--target", one)), *(["--sample", str(sample)] if sample else [])]


def _agreed(tables: OwnTables, answers: dict[str, str], yes: bool) -> Beginning:
    """Show the guess, and ask until it is right."""
    from kit.starting.begin import Beginning
    from kit.starting.guess import ROLES

    while True:
        beginning = Beginning.of(tables, answers)
        _show(tables, beginning)
        if yes:
            return beginning
        if not can_ask():
            raise InputError("there is no terminal to ask whether that is right: --yes takes it; nothing was written")
        if typer.confirm("Is that right?", default=True):
            return beginning
        say("Names with commas between them, '-' for none, a shell pattern such as y* for the targets; Enter keeps it.")
        for role in ROLES:
            now = beginning.guess.shown(role)
            answer = typer.prompt(role, default=now)
            if answer != now:
                answers[role] = answer


def _show(tables: OwnTables, beginning: Beginning) -> None:
    import pandas as pd

    guess = beginning.guess
    train = tables.train
    n_test = "no rows to predict" if tables.test is None else f"{tables.test.n_rows} rows to predict"
    lines = [{**line, "guess": _short(line["guess"])} for line in _guess(beginning)]
    title = f"{train.table.path.name}: {train.n_rows} rows x {len(train.columns)} columns, {n_test}"
    show_table(pd.DataFrame(lines), title)
    for remark in guess.remarks:
        note(f"warning: {remark}")


def _guess(beginning: Beginning) -> list[dict[str, str]]:
    from kit.config.text.yaml_file import inline

    guess = beginning.guess
    lines = [{"part": role, "guess": guess.shown(role), "why": guess.reasons[role]} for role in _SHOWN]
    return [*lines, {"part": "folds", "guess": inline(beginning.folds), "why": beginning.folds_reason}]


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
