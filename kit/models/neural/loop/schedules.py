"""Learning-rate schedules: a factor of the greatest one for every step."""

from __future__ import annotations

from math import cos, pi

from kit.models.neural.loop.options import ScheduleName

ONE_CYCLE_START, ONE_CYCLE_END = 1 / 25, 1 / 25e4


def learning_rate_factor(schedule: ScheduleName, step: int, n_steps: int, warmup: float) -> float:
    """Return the factor in [0, 1] of the learning rate at a step.

    ``one_cycle`` is Smith & Topin's (2018) as torch's ``OneCycleLR`` has it, without its third phase and without the
    momentum's cycle.

    Args:
        schedule: Its name; ``plateau`` depends on the losses (see `Plateau`) and is 1 here.
        step: The step, counted from 0; from ``n_steps`` on the factor stays that of the last step.
        n_steps: The steps over which the schedule is stretched.
        warmup: Share of the steps in which the factor rises.
    """
    step = min(step, n_steps - 1)
    if schedule == "one_cycle":
        return _one_cycle(step, n_steps, warmup)
    rise = int(warmup * n_steps)
    if schedule == "plateau":
        return 1.0
    if step < rise:
        return (step + 1) / rise
    return 1.0 if schedule == "constant" else 0.5 * (1 + cos(pi * (step - rise) / (n_steps - rise)))


def _one_cycle(step: int, n_steps: int, warmup: float) -> float:
    top, last = max(warmup * n_steps - 1, 0.0), n_steps - 1
    if step < top:
        return _half_wave(ONE_CYCLE_START, 1.0, step / top)
    return _half_wave(1.0, ONE_CYCLE_END, (step - top) / (last - top)) if last > top else 1.0


def _half_wave(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + cos(pi * share)) / 2


class Plateau:
    """Lowers the learning rate where the training loss no longer falls (as Keras' and torch's ReduceLROnPlateau).

    Args:
        multiplier: By what the factor is multiplied.
        patience: After how many epochs without a loss smaller by one in 10,000 than the least so far.

    Attributes:
        factor: The present factor of the learning rate.
    """

    def __init__(self, multiplier: float, patience: int) -> None:
        self.multiplier, self.patience = multiplier, patience
        self.factor, self.least, self.idle = 1.0, float("inf"), 0

    def see(self, loss: float) -> None:
        """Take note of an epoch's training loss."""
        if loss < self.least * (1 - 1e-4):
            self.least, self.idle = loss, 0
            return
        self.idle += 1
        if self.idle > self.patience:
            self.factor, self.idle = self.factor * self.multiplier, 0

    def state(self) -> tuple[float, float, int]:
        """Return the state, from which `restore` goes on."""
        return self.factor, self.least, self.idle

    def restore(self, state: tuple[float, float, int]) -> None:
        """Go on from a `state`."""
        self.factor, self.least, self.idle = state
