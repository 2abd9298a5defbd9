"""``kit submit`` and ``kit leaderboard``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kit.cli.options import Out, RunName
from kit.cli.output import Document, answer, is_quiet, note, say, show_table
from kit.errors import InputError


def submit(
    run: RunName,
    message: Annotated[
        str | None, typer.Option("-m", "--message", metavar="TEXT", help="What Kaggle shows (default: the run's name).")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Hand it in, wait for the score, and write that into the ledger.")
    ] = False,
    competition: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Its name in the address at Kaggle (default: what the competition file says)."
        ),
    ] = None,
    patience: Annotated[float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for the score.")] = 600.0,
    out: Out = Path("submissions"),
) -> Document:
    """Hand a run's submission in at Kaggle.

    Without --yes the command that does it is printed, and nothing else happens. With it, a file that was handed in with
    the same message already is not handed in again. Kaggle's own program is called, and knows the token; the kit never
    reads it.
    """
    import shlex

    from kit.config import load_recipe
    from kit.config.load import RESOLVED
    from kit.digits import format_number
    from kit.files import file_sha256, read_json
    from kit.submission import ledger
    from kit.submission.kaggle import hand_in, submit_command, wait_for_answer, was_handed_in
    from kit.submission.submit import LEDGER, SUBMISSION_NOTE
    from kit.training.named_runs import find_run

    found = find_run(run, out)
    if not (found / SUBMISSION_NOTE).is_file():
        raise InputError(f"{found} has no submission: it is not finished, or its competition has no rows to predict")
    handed_in = read_json(found / SUBMISSION_NOTE)
    file = Path(handed_in["file"])
    if not file.is_file() or file_sha256(file) != handed_in["sha256"]:
        raise InputError(f"{file} is no longer what {found.name} wrote; `kit train` on its recipe writes it again")
    address = competition or load_recipe(found / RESOLVED).config.kaggle
    if address is None:
        raise InputError(
            f"{found.name}: which competition at Kaggle? give --competition NAME-IN-THE-ADDRESS, and for later runs "
            "write `kaggle:` into competition.yaml"
        )
    text = message or found.name
    command = submit_command(address, file, text)
    if not yes:
        answer(shlex.join(command))
        note("nothing was handed in; --yes does it")
        return {"command": command, "handed_in": False}
    if was_handed_in(address, file.name, text):
        note(f"{file.name} was handed in with this message already; asking for its score")
    else:
        say(hand_in(command).strip())
    told = wait_for_answer(address, file.name, text, patience)
    lines = ledger.answered(file.parents[1] / LEDGER, handed_in["sha256"], told.public, told.private, text)
    shown = {"public": told.public, "private": told.private}
    scores = ", ".join(f"{part} {format_number(score)}" for part, score in shown.items() if score is not None)
    answer(f"score: {scores or 'none is shown yet'} (in {lines} line{'s' if lines != 1 else ''} of the ledger)")
    return {"command": command, "handed_in": True, **shown, "ledger_lines": lines}


def leaderboard(
    competition: Annotated[
        str | None, typer.Argument(metavar="COMPETITION", help="One competition's submissions alone, by its name.")
    ] = None,
    out: Out = Path("submissions"),
) -> Document:
    """Show the ledger: cross-validation and leaderboard."""
    from kit.errors import did_you_mean
    from kit.submission import ledger
    from kit.submission.submit import LEDGER

    table = ledger.read(out / LEDGER)
    known = sorted(set(table["competition"]))
    if competition is not None and competition not in known:
        raise InputError(f"{out / LEDGER} has no line of {competition!r}{did_you_mean(competition, known)}")
    if competition is not None:
        table = table[table["competition"] == competition]
    shown = table[["time", "competition", "recipe", "run", "cv", "cv_sd", "public", "private", "message"]]
    if is_quiet():
        for run, public in zip(shown["run"], shown["public"], strict=True):
            answer(f"{run}: {'' if public != public else public}".rstrip(": "))
    show_table(shown.assign(time=shown["time"].str.slice(0, 16).str.replace("T", " ")), f"Submissions in {out}")
    for part in ("public", "private"):
        both = table.dropna(subset=["cv", part])
        if len(both) >= 4 and both["competition"].nunique() == 1:
            rank = both["cv"].rank().corr(both[part].rank())
            say(f"rank correlation of cross-validation and {part} leaderboard over {len(both)}: {rank:.2f}")
    return shown
