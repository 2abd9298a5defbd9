"""What the tables of a run say, in words: which member is best, whether that is more than chance, what to try next."""

from __future__ import annotations

import pandas as pd

from kit.digits import format_number
from kit.metrics.scores import Difference, Scores
from kit.reports.comparison import BETTER, OPEN, WORSE, verdict

_FLOOR, _CEILING, _BLEND = "floor", "ceiling", "blend"
_ALONE = " alone"
"""In the name of a ceiling: what a target transform loses by itself."""


def run_verdict(scores: Scores, board: pd.DataFrame, contributions: pd.DataFrame | None) -> list[str]:
    """Return the verdict on a run, a sentence or two a line.

    Differences are judged by paired bootstrap intervals over the validated rows: of 95 %, which do not hold 0.

    Args:
        scores: The scores of every member on every validated row.
        board: One line a member, as `kit.reports.leaderboard.leaderboard` makes it.
        contributions: What each member contributes to its stage's blend, the last stage's below; None without one.
    """
    return _Verdict(scores, board, contributions).lines()


class _Verdict:
    def __init__(self, scores: Scores, board: pd.DataFrame, contributions: pd.DataFrame | None) -> None:
        self._scores, self._contributions = scores, contributions
        self._board = board.assign(loss=board[scores.names[0]].map(scores.metric.as_loss))
        self._floor = self._best(self._board["kind"] == _FLOOR)
        self._blend = self._best(self._board["kind"] == _BLEND)
        self._model = self._best(self._board["kind"] == "model")

    def lines(self) -> list[str]:
        if self._model is None or self._floor is None:
            return []
        best = self._model
        if self._blend is not None and self._blend["loss"] <= best["loss"]:
            best = self._blend
        against = self._difference(best, self._floor)
        said, advice = self._on_the_floor(best, self._floor, against)
        lines = [said]
        lost = self._on_the_transforms(best, self._floor)
        lines += lost
        if lost:
            advice.append("more components of the targets (n_components: auto)")
        if self._blend is not None and self._blend["loss"] > self._model["loss"]:
            said, tips = self._on_the_blend(self._blend, self._model)
            lines.append(said)
            advice += tips
        if not advice:
            advice = ["kit tune on what the recipe fixes, or other models beside these (kit list model)"]
        return [*lines, f"Next: {'; '.join(dict.fromkeys(advice))}."]

    def _on_the_floor(self, best: pd.Series, floor: pd.Series, found: Difference) -> tuple[str, list[str]]:
        """Return what is to be said of the best member beside the best floor, and what to try."""
        judged = verdict(found, self._scores.metric.greater_is_better)
        names = f"{self._named(best)}; the best floor is {self._named(floor)}"
        gap = f"{format_number(abs(found.mean))}{in_brackets(found)}"
        if judged == BETTER:
            return f"Best: {names}. It is better by {gap}, which is more than chance.", []
        advice = ["the recipe that a competition without one gets (start.yaml), whose models go by the table's columns"]
        if best["loss"] >= floor["loss"]:
            more = ", more than chance" if judged == WORSE else ""
            return f"No model beats the floors. Best: {names}, better by {gap}{more}.", advice
        return f"Best: {names}. It is better by {gap}, which may be chance.", advice

    def _on_the_transforms(self, best: pd.Series, floor: pd.Series) -> list[str]:
        """Return what is to be said of target transforms that lose more than a floor or than the best member."""
        ceilings = self._board[(self._board["kind"] == _CEILING) & self._board["member"].str.contains(_ALONE)]
        lines = []
        for _, ceiling in ceilings.iterrows():
            other = floor if ceiling["loss"] > floor["loss"] else best if ceiling["loss"] > best["loss"] else None
            if other is not None:
                what = "the best floor" if other is floor else "the best member"
                lines.append(
                    f"{self._named(ceiling)} loses more by itself than {what}, {self._named(other)}: models behind it "
                    "cannot reach that."
                )
        return lines

    def _on_the_blend(self, blend: pd.Series, model: pd.Series) -> tuple[str, list[str]]:
        """Return what is to be said of a blend that is worse than its best member, and what to try."""
        found = self._difference(blend, model)
        judged = verdict(found, self._scores.metric.greater_is_better)
        chance = "which may be chance" if judged == OPEN else "which is more than chance"
        said = (
            f"The {self._named(blend)} is worse than its best member, {self._named(model)}, by "
            f"{format_number(abs(found.mean))}{in_brackets(found)}, {chance}."
        )
        if judged == OPEN or self._contributions is None:
            return said, []
        table = self._contributions
        if "stage" in table:
            table = table[table["stage"] == table["stage"].iloc[-1]]
        harmful = [str(name) for name in table.loc[table["loss"] < 0, "member"]]
        advice = [f"the blend without {' or '.join(harmful)}"] if harmful else []
        if table["weight"].nunique() <= 1:  # the mean, or none that has weights
            learns = "a blend that learns its weights (blend: nnls)"
            # Vectors side by side have weights that somebody chose.
            advice.append(learns if self._scores.metric.compares_values else "other weights of the blend")
        return said, advice

    def _best(self, chosen: pd.Series) -> pd.Series | None:
        table = self._board[chosen]
        return None if table.empty else table.iloc[int(table["loss"].to_numpy().argmin())]

    def _difference(self, one: pd.Series, other: pd.Series) -> Difference:
        sides = (self._scores.where(member=str(side["member"]), kind=str(side["kind"])) for side in (one, other))
        return next(sides).difference(next(sides))

    def _named(self, member: pd.Series) -> str:
        return f"{member['member']} ({format_number(member[self._scores.names[0]])})"


def in_brackets(found: Difference) -> str:
    """Return the interval of a difference as it stands behind its size; nothing where there is none."""
    low, high = sorted((abs(found.low), abs(found.high))) if found.low * found.high > 0 else (found.low, found.high)
    return "" if found.low != found.low else f" (95 % interval {format_number(low)} to {format_number(high)})"
