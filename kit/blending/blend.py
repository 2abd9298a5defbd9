"""From finished runs and tables to a blend, with its submission and its line in the ledger."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from kit.blending.directory import Content, check_name, publish
from kit.blending.entry import build_blend
from kit.blending.finished_run import CONFIGURATION
from kit.blending.members import Member, part_of, read_members
from kit.blending.out_of_fold import OutOfFold
from kit.blending.scoring import BlendScores, no_score, score_blend
from kit.blends import Blend, Weighted
from kit.config import Loaded
from kit.config.build import build_metric
from kit.config.schema import CompetitionConfig, PluginConfig
from kit.data import Competition
from kit.data.columns import group_labels
from kit.errors import InputError
from kit.noticed import collected
from kit.postprocess.clip import Clip
from kit.postprocess.rows import for_rows
from kit.reports.leaderboard import leaderboard
from kit.training.joining.join import fit_postprocess, postprocess
from kit.training.scoring.correlations import mean_with_others, prediction_correlations
from kit.training.scoring.summarize import summary_of

_CLIP = PluginConfig(kind=Clip.kind)
"""What ``--clip`` puts after a blend."""


@dataclass(frozen=True, eq=False)
class Blended:
    """A blend that was written.

    Attributes:
        path: Its directory.
        submission: Its checked submission.
        content: What the directory holds.
        notes: What is odd and no error.
    """

    path: Path
    submission: Path
    content: Content
    notes: tuple[str, ...]

    @property
    def leaderboard(self) -> pd.DataFrame | None:
        """One line a member, floor and blend; None without a score."""
        scores = self.content.scores
        return None if scores is None else leaderboard(scores.scores)


def competition_file(paths: Sequence[Path], given: Path | None = None) -> Path:
    """Return the file that says which competition the members predict.

    Args:
        paths: Runs and tables.
        given: The file that the user named.

    Raises:
        InputError: None was named, and there is no run that knows.
    """
    if given is not None:
        return given
    for folder, _ in map(part_of, paths):
        if os.path.isfile(folder / CONFIGURATION):
            return folder / CONFIGURATION
    raise InputError("there is no run among the members that knows the competition; give its file with --competition")


def blend_members(
    paths: Sequence[Path],
    entry: PluginConfig,
    loaded: Loaded[CompetitionConfig],
    competition: Competition,
    name: str = "blend",
    out: Path = Path("submissions"),
    clip: bool | None = None,
) -> Blended:
    """Blend finished runs and tables of test predictions.

    Where all members are runs with the same folds, the blend is scored (see `kit.blending.scoring`); learnt
    weights are those of all out-of-fold rows. A table has no out-of-fold predictions: with one among the members there
    is no score, and weights cannot be learnt.

    Args:
        paths: Directories of finished runs, models of them (``RUN:model``), and tables in the layout of a submission.
        entry: The blend, as a recipe writes it.
        loaded: The competition's configuration.
        competition: The tables.
        name: The blend's name in files and the ledger.
        out: Where submissions, blends and the ledger are kept.
        clip: True clips the blend to the range of the training targets, False does nothing after it. Without, runs
            whose recipes agree in `postprocess` keep it, and of anything else the blend is taken and nothing more.

    Raises:
        InputError: The members cannot be blended together, or not in this way.
        StateError: A directory is no finished run.
        SubmissionError: A table does not have the competition's ids and columns, or the blend is no valid submission.
        RunError: A file cannot be written.
    """
    check_name(name)
    if not len(competition.test):
        raise InputError(
            f"{competition.config.competition} has no rows to predict (data.test), so that there is no submission to "
            "blend; the models of one recipe are blended by its `blend`"
        )
    blend = build_blend(entry, build_metric(competition.config, competition.targets))
    with collected() as odd:
        members = read_members([Path(path) for path in paths], competition)
    tables = [member.name for member in members if member.run is None]
    if blend.learns and tables:
        raise InputError(
            f"{entry.kind!r} learns from out-of-fold predictions, and {', '.join(map(repr, tables))} "
            f"{'is a table' if len(tables) == 1 else 'are tables'} of test predictions without any; blend by --mean, "
            "--median or --weights, or give runs only"
        )
    if isinstance(blend, Weighted):
        blend.check_names([member.name for member in members])
    steps, notes = _steps(members, clip)
    # One thread, as in a run: the sums of products must not hang on the number of cores.
    with threadpool_limits(1), collected() as raised:
        blend, scores, reason = _fit_and_score(members, blend, steps, competition)
        test = {member.name: np.array(member.test) for member in members}
        groups = group_labels(competition.test, competition.config.columns.group)
        fitted_steps = fit_postprocess(steps, np.array(competition.Y), competition.rows)
        correlations, weights = prediction_correlations(test), blend.weights_of(test)
        content = Content(
            name=name,
            entry=entry,
            members=members,
            blend=blend,
            weights=weights if weights is not None else blend.report() or None,
            steps=steps,
            metric=competition.config.metric,
            test=postprocess(for_rows(fitted_steps, competition.test), blend.combine(test, groups)),
            contributions=_contributions(scores, weights, correlations),
            correlations=correlations,
            scores=scores,
            summary=None if scores is None else summary_of(scores.scores) | {"weights_by": blend.objective},
            no_score=reason,
        )
        path, submission = publish(content, loaded, competition, out)
    return Blended(path, submission.path, content, (*odd, *notes, *raised, *submission.warnings))


def _fit_and_score(
    members: Sequence[Member], blend: Blend, steps: Sequence[PluginConfig], competition: Competition
) -> tuple[Blend, BlendScores | None, str | None]:
    """Return the blend, fitted on all out-of-fold rows where it learns; its scores, or else why it has none."""
    runs = {member.name: member.run for member in members if member.run is not None}
    tables = [member.name for member in members if member.run is None]
    if tables:
        return blend, None, f"no out-of-fold predictions of {', '.join(tables)}: a table has test predictions only"
    out_of_fold = OutOfFold(runs, competition)
    reason, metric = no_score(out_of_fold, blend), build_metric(competition.config, competition.targets)
    scores = None if reason is not None else score_blend(out_of_fold, blend, steps, competition, metric)
    return out_of_fold.fit(blend, np.arange(len(out_of_fold.rows))), scores, reason


def _steps(members: Sequence[Member], clip: bool | None) -> tuple[tuple[PluginConfig, ...], list[str]]:
    """Return the post-processing of the blend, and what is to be said of it."""
    if clip is not None:
        return (_CLIP,) if clip else (), []
    runs = [member.run for member in members if member.run is not None]
    if len(runs) < len(members):
        return (), []  # of a table only its numbers are known
    first, *others = [tuple(run.recipe.postprocess) for run in runs]
    if all(steps == first for steps in others):
        return first, []
    return (), ["the runs' recipes differ in `postprocess`; nothing is done after the blend (--clip clips it)"]


def _contributions(
    scores: BlendScores | None, weights: Mapping[str, float] | None, correlations: pd.DataFrame
) -> pd.DataFrame:
    """Return the table of contributions, with the weights of the blend that is handed in."""
    if scores is None:
        frame = pd.DataFrame({"member": list(correlations.index), "correlation": mean_with_others(correlations)})
        frame.insert(1, "weight", np.nan)
    else:
        frame = scores.contributions.table()
        if not scores.of_folds:
            frame = frame.drop(columns="weight_sd")  # nothing was learnt: the same weights in every fold
    if weights is not None:
        frame["weight"] = frame["member"].map(dict(weights))
    # What no member has is no column: a median has no weights.
    return frame.dropna(axis="columns", how="all")
