"""An observer of studies that keeps what it is told."""

from __future__ import annotations

from kit.tuning.results.progress import TrialEnd


class Notes:
    def __init__(self) -> None:
        self.notes: list[str] = []
        self.begun: tuple[int, int] | None = None
        self.ended: list[TrialEnd] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def started(self, n_trials: int, n_done: int) -> None:
        self.begun = (n_trials, n_done)

    def finished(self, trial: TrialEnd) -> None:
        self.ended.append(trial)
