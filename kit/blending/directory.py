"""The directory of a blend: all of it is written, or nothing.

<out>/<competition>/blends/<name>-<hash8>/
  blend.json              members, weights, scores; config.resolved.yaml: the competition
  contributions.csv  correlations.csv
  test.npy  oof.npy  oof_rows.parquet  scores_by_row.parquet    the last three where there is a score
  blend/                  the fitted blend
  submission.csv  DONE
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from kit.arrays import Floats
from kit.blending.finished_run import BLEND, CONFIGURATION, TEST
from kit.blending.members import Member, part_of
from kit.blending.scoring import BlendScores
from kit.blends import BLENDS as BLEND_PLUGINS
from kit.blends import Blend
from kit.config import Loaded, dump
from kit.config.schema import CompetitionConfig, PluginConfig
from kit.data import Competition
from kit.errors import InputError
from kit.files import digest, link_or_copy, new_directory, remove_stale, write_array, write_json
from kit.metrics.base import METRICS
from kit.names import why_no_name
from kit.postprocess.base import POSTPROCESSORS
from kit.submission import WrittenSubmission
from kit.submission.submit import SUBMISSION, submit
from kit.training.planning.versions import code_digest, plugin_code
from kit.training.scoring.evaluation import BLEND as BLEND_KIND
from kit.training.scoring.summarize import OOF, OOF_ROWS, write_scores
from kit.version import __version__

BLENDS = "blends"
"""The folder of blends beside that of runs."""


@dataclass(frozen=True, eq=False)
class Content:
    """All that is kept of a blend.

    Attributes:
        name: The blend's name.
        entry: The blend as it was asked for.
        members: What was blended.
        blend: The fitted blend.
        weights: What it reports of its weights: by member, or as the blend reports them.
        steps: The post-processing that it went through; empty for none.
        metric: What it is scored by.
        test: (n_test, n_targets) its predictions of the test table's rows.
        contributions: One line a member, see `kit.training.scoring.contributions.Contributions.table`; without scores,
            where there is none, ``member``, ``weight`` and ``correlation`` (with the others' test predictions).
        correlations: Of the members' test predictions.
        scores: What cross-validation says, or None.
        summary: The blend's scores, or None.
        no_score: Why there are none, or None.
    """

    name: str
    entry: PluginConfig
    members: Sequence[Member]
    blend: Blend
    weights: Mapping[str, Any] | None
    steps: Sequence[PluginConfig]
    metric: PluginConfig
    test: Floats
    contributions: pd.DataFrame
    correlations: pd.DataFrame
    scores: BlendScores | None
    summary: Mapping[str, Any] | None
    no_score: str | None

    @property
    def key(self) -> str:
        """The content key: the same for the same members, blended alike by the same code."""
        described = {"members": {member.name: member.sha256 for member in self.members}, "code": code_digest()}
        runs = sorted(member.run.manifest["key"] for member in self.members if member.run is not None)
        steps = [step.model_dump() for step in self.steps]
        used = [(BLEND_PLUGINS.family, self.entry), (METRICS.family, self.metric)]
        used += [(POSTPROCESSORS.family, step) for step in self.steps]
        joining = {"blend": self.entry.model_dump(), "postprocess": steps, "metric": self.metric.model_dump()}
        return digest(described | {"runs": runs, "plugins": plugin_code(used)} | joining)


def check_name(name: str) -> None:
    """Check a blend's name, which names files.

    Raises:
        InputError: It could not.
    """
    if why := why_no_name(name):
        raise InputError(f"--name {name!r}: {why}")


def publish(
    content: Content, loaded: Loaded[CompetitionConfig], competition: Competition, out: Path
) -> tuple[Path, WrittenSubmission]:
    """Write the submission, the blend's directory and its line in the ledger; a repeated call changes nothing.

    Args:
        content: The blend.
        loaded: The competition's configuration, kept beside it.
        competition: The tables.
        out: Where submissions, blends and the ledger are kept.

    Returns:
        The blend's directory, and its submission.

    Raises:
        SubmissionError: The predictions do not make a valid submission.
        RunError: A file cannot be written.
    """
    key = content.key
    path = out.resolve() / competition.config.competition / BLENDS / f"{content.name}-{key[:8]}"
    remove_stale(path.parent.glob(f".{path.name}.*"))

    def keep(written: WrittenSubmission) -> None:
        with new_directory(path, key) as directory:
            _fill(directory, content, loaded, competition)
            link_or_copy(str(written.path), str(directory / SUBMISSION))
            submission = {"file": str(written.path), "sha256": written.sha256}
            write_json(directory / BLEND, _described(content, competition) | {"key": key, "submission": submission})

    message = f"{content.entry.kind} of {', '.join(member.name for member in content.members)}"
    return path, submit(out, competition, content.name, path.name, content.test, content.summary, keep, message)


def _fill(directory: Path, content: Content, loaded: Loaded[CompetitionConfig], competition: Competition) -> None:
    (directory / CONFIGURATION).write_text(dump(loaded, competition.root), encoding="utf-8")
    content.contributions.to_csv(directory / "contributions.csv", index=False)
    content.correlations.to_csv(directory / "correlations.csv", index_label="member")
    content.blend.save(directory / "blend")
    write_array(directory / TEST, content.test)
    if content.scores is None:
        return
    rows = content.scores.scores.rows
    write_array(directory / OOF, content.scores.oof)
    write_scores(directory, content.scores.scores)
    mine = rows.loc[rows["kind"] == BLEND_KIND, ["fold", "row", "weight"]].reset_index(drop=True)
    keys = competition.rows[competition.config.columns.keys].iloc[mine["row"].to_numpy()].reset_index(drop=True)
    pd.concat([keys, mine], axis=1).to_parquet(directory / OOF_ROWS, index=False)


def _described(content: Content, competition: Competition) -> dict[str, Any]:
    """Return a summary of the blend as plain values."""
    members = [
        {
            "name": member.name,
            "path": str(part_of(member.path)[0].resolve()),
            "model": part_of(member.path)[1],
            "sha256": member.sha256,
            "run": None if member.run is None else member.run.manifest["key"],
        }
        for member in content.members
    ]
    return {
        "kit": __version__,
        "code": code_digest(),
        "competition": competition.config.competition,
        "name": content.name,
        "blend": content.entry.model_dump(),
        "members": members,
        "weights": content.weights,
        "weights_by_fold": content.scores.of_folds if content.scores is not None else {},
        "postprocess": [step.model_dump() for step in content.steps],
        "summary": content.summary,
        "no_score": content.no_score,
        "data": {"root": str(competition.root), "sha256": dict(competition.hashes)},
        "argv": sys.argv,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
    }
