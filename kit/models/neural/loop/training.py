"""A training from seed to trained module. Imports torch: import it inside functions only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from kit.arrays import Doubles, Floats
from kit.errors import RunError
from kit.full_width import FullWidth
from kit.models.base import Loss
from kit.models.neural.loop.checkpoint import fingerprint, read_checkpoint, write_checkpoint
from kit.models.neural.loop.device import computing, pick_device
from kit.models.neural.loop.epochs import Loop
from kit.models.neural.loop.losses import Objective
from kit.models.neural.loop.options import TrainingOptions
from kit.models.neural.loop.watch import Watch


@dataclass(frozen=True)
class Job:
    """The inputs of a training.

    Attributes:
        options: How to train.
        params: All parameters of the model, which a checkpoint must have in common with the fit that goes on from it.
        build: Builds the module, with fresh weights.
        X: (n_rows, n_features) standardised features.
        Y: (n_rows, n_outputs) outputs.
        weights: (n_rows,) weights of the rows.
        full_width: The targets behind the outputs.
        output_mean: (n_outputs,) what is added to the module's outputs, after they are multiplied by
        output_scale: this.
        validation: Standardised features of held-out rows and the loss of the module's outputs for them.
        checkpoint: Where the state is kept, and after how many epochs it is written.
        on_epoch: Called with the number of epochs done and the last training loss.
    """

    options: TrainingOptions
    params: dict[str, object]
    build: Callable[[], torch.nn.Module]
    X: Floats
    Y: Floats
    weights: Doubles | None
    full_width: FullWidth | None
    output_mean: Floats
    output_scale: float
    validation: tuple[Floats, Loss] | None
    checkpoint: tuple[Path, int] | None
    on_epoch: Callable[[int, float], None] | None


@dataclass(frozen=True)
class Trained:
    """The result of a training.

    Attributes:
        module: The module on the CPU, in eval mode, with the best epoch's weights where held-out rows were watched.
        losses: The mean training loss of each epoch.
        watch: What the held-out rows said.
    """

    module: torch.nn.Module
    losses: list[float]
    watch: Watch


def train(job: Job) -> Trained:
    """Train a module.

    Raises:
        InputError: The full width does not fit the outputs.
        RunError: The training loss, or the loss of the held-out rows in every epoch, was not finite.
        StateError: The checkpoint is damaged or belongs to another training.
    """
    device, options = pick_device(), job.options
    with computing(device):
        # Before the module is built: its first weights are drawn.
        torch.manual_seed(options.random_state or 0)
        module = job.build().to(device)
        objective = Objective(options, job.Y, job.weights, job.full_width, device)
        loop = Loop(options, module, job.X, objective, job.output_mean, job.output_scale, device)
        watch = Watch(job.validation, options.early_stopping_epochs)
        stopped, keep = _resume(job, loop, watch)
        while not stopped and len(loop.losses) < options.n_epochs:
            loss = loop.run_epoch()
            epoch = len(loop.losses)
            if not np.isfinite(loss) and not watch.best_epoch:
                raise RunError(
                    f"the training loss of epoch {epoch} is {loss}; lower learning_rate, or set clip_norm (to 1, say)"
                )
            stopped = not np.isfinite(loss) or watch.see(module, epoch, device)
            keep(stopped)
            if job.on_epoch is not None:
                job.on_epoch(epoch, loss)
        watch.finish(module)
        return Trained(module.to("cpu").eval(), loop.losses, watch)


def _resume(job: Job, loop: Loop, watch: Watch) -> tuple[bool, Callable[[bool], None]]:
    """Go on from the job's checkpoint, if it is there.

    Returns:
        Whether the training had stopped, and a function that writes a checkpoint after an epoch, if it is time.
    """
    if job.checkpoint is None:
        return False, lambda stopped: None
    path, every = job.checkpoint
    wide = () if job.full_width is None else tuple(vars(job.full_width).values())
    held = None if job.validation is None else job.validation[0]
    key = fingerprint(job.params, [job.X, job.Y, job.weights, held, *wide])

    def keep(stopped: bool) -> None:
        done = len(loop.losses)
        if stopped or done == job.options.n_epochs or done % every == 0:
            write_checkpoint(path, key, {"loop": loop.state(), "watch": watch.state(), "stopped": stopped})

    state = read_checkpoint(path, key)
    if state is None:
        return False, keep
    loop.restore(state["loop"])
    watch.restore(state["watch"])
    return bool(state["stopped"]), keep
