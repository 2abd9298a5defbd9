"""Training options of networks: the options that all of them share, in one documented order.

They are flat constructor parameters of every network (``params: {hidden: [512, 256], loss: mrrmse, n_epochs: 100}``),
so that a wrong one is an error at its own line, ``choose: {params.learning_rate: […]}`` reaches each of them, and they
are saved with the model like any other parameter. They are written down once: this class is a dataclass, and a network
is one too, whose fields are its own parameters; the constructor that `dataclasses` writes lists its own first, by
position or name, and these after them, by name.
"""

# No ``from __future__ import annotations`` here: the annotations must be types, not text, since those of a network's
# constructor are read in the names of the network's own module, which does not import what is imported here.
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Lt

from kit.errors import ParameterError
from kit.plugins import Supplied

LossName = Literal["mrrmse", "mse", "mae", "huber", "log_cosh", "bce", "first_place", "cross_entropy"]
ScheduleName = Literal["constant", "cosine", "one_cycle", "plateau"]
OptimizerName = Literal["adamw", "adam", "rmsprop", "lion", "sgd"]

LOSS_SCALES = {"huber": 1.0, "log_cosh": 1.0, "first_place": 3.0}
WARMUPS = {"constant": 0.0, "cosine": 0.05, "one_cycle": 0.3}
PLATEAU_FACTOR, PLATEAU_PATIENCE = 0.85, 12


@dataclass(kw_only=True, eq=False, repr=False)
class TrainingOptions:
    """The training options that all networks share.

    An option that the chosen loss or schedule does not read is None; given nevertheless, it is an error.

    Args:
        loss: What is minimised, averaged over rows: ``mrrmse``, the root mean squared error of a row over all targets;
            ``mse``, ``mae``, ``huber``, ``log_cosh``; ``bce``, the cross-entropy between sigmoids of prediction and
            target; ``first_place``, 0.32 MSE + 0.24 log-cosh + 0.24 MAE + 0.20 BCE;
            ``cross_entropy``, of classes, one output each: what is predicted are probabilities, the softmax of the
            network's outputs. A row may be of several classes by shares.
        loss_space: ``reduced``: on the model's own outputs. For mrrmse and mse behind an orthonormal target transform
            that is the loss over all targets, exactly, at a fraction of the cost; the others take the coordinates for
            the targets. ``full``: on predictions decoded to all targets, for any loss, in bounded memory; needs
            ``full_width`` in `fit`, which the kit gives where the target transform is linear.
        loss_scale: The error at which ``huber`` turns from quadratic to linear (None means 1), or the one by which
            errors are divided in ``log_cosh`` (1) and the log-cosh of ``first_place`` (3); in units of the targets.
        optimizer: ``adamw``, ``adam``, ``rmsprop``, ``lion`` (which wants a learning rate 3 to 10 times smaller) or
            ``sgd``, with momentum 0.9 (a learning rate of 0.1 × batch_size / 256 after Goyal et al. 2017, with warmup).
        learning_rate: The greatest step size of the schedule.
        weight_decay: Decoupled from the gradient in ``adamw`` and ``lion``, an L2 term in the others.
        schedule: How the learning rate moves: ``constant``; ``cosine``, down to 0 along half a wave; ``one_cycle``, up
            from a 25th of it and down to nearly 0; ``plateau``, lowered where the training loss no longer falls.
        warmup: Share of the steps in which the learning rate rises: linearly, before ``constant`` (None means 0) and
            ``cosine`` (0.05); along half a wave in ``one_cycle`` (0.3).
        plateau_factor: By what ``plateau`` multiplies the learning rate (None means 0.85).
        plateau_patience: After how many epochs without a smaller training loss (None means 12).
        n_epochs: How often every row is seen; with ``early_stopping_epochs`` the most to try.
        batch_size: Most rows a step; the rows of an epoch are dealt out evenly.
        clip_norm: Greatest norm of a step's gradient over all weights; None for no limit.
        standardize: Whether features are centred and divided by their standard deviation over the training rows
            (constant ones become 0).
        scale_targets: Whether the network's outputs are multiplied by one number, the root mean squared deviation of
            all training outputs, and shifted by the outputs' means, so that an untrained network predicts about the
            mean. One number for all: the geometry of the outputs, hence the metric, stays what it is. The loss is that
            of the outputs in their own units. With ``cross_entropy`` there is nothing to scale.
        mixed_precision: Whether a GPU trains in bfloat16 where that is safe; it changes nothing on a CPU, and
            predictions are made in float32 everywhere.
        early_stopping_epochs: Choose the number of epochs on held-out rows, stopping after so many without
            improvement; None trains ``n_epochs``.
        schedule_epochs: The number of epochs over which the schedule is stretched (None means ``n_epochs``): a refit
            for the best number of epochs keeps the learning rates of the run that found it.
        random_state: Seed of initial weights, order of rows and dropout (None means 0).
        blocks: The recipe's feature blocks: first and past-the-end column of each in X; None is one block of all.
    """

    loss: LossName = "mrrmse"
    loss_space: Literal["reduced", "full"] = "reduced"
    loss_scale: Annotated[float, Gt(0)] | None = None
    optimizer: OptimizerName = "adamw"
    learning_rate: Annotated[float, Gt(0)] = 1e-3
    weight_decay: Annotated[float, Ge(0)] = 0.0
    schedule: ScheduleName = "cosine"
    warmup: Annotated[float, Ge(0), Lt(1)] | None = None
    plateau_factor: Annotated[float, Gt(0), Lt(1)] | None = None
    plateau_patience: Annotated[int, Ge(0)] | None = None
    n_epochs: Annotated[int, Ge(1)] = 100
    batch_size: Annotated[int, Ge(1)] = 32
    clip_norm: Annotated[float, Gt(0)] | None = 1.0
    standardize: bool = True
    scale_targets: bool = True
    mixed_precision: bool = True
    early_stopping_epochs: Annotated[int, Ge(1)] | None = None
    schedule_epochs: Annotated[int, Ge(1)] | None = None
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None
    blocks: Annotated[dict[str, tuple[int, int]] | None, Supplied("the recipe's feature blocks")] = None

    def check_options(self) -> None:
        """Check what concerns several options.

        Raises:
            ParameterError: One line a problem, beginning with the option that it is about.
        """
        problems = []
        if self.loss_scale is not None and self.loss not in LOSS_SCALES:
            problems.append(f"loss_scale: the loss {self.loss!r} does not read it; leave it out")
        if self.loss == "cross_entropy" and self.loss_space == "full":
            problems.append("loss_space: the loss 'cross_entropy' is one of classes as they are; leave it out")
        if self.warmup is not None and self.schedule not in WARMUPS:
            problems.append(f"warmup: the schedule {self.schedule!r} does not read it; leave it out")
        for name in ("plateau_factor", "plateau_patience"):
            if getattr(self, name) is not None and self.schedule != "plateau":
                problems.append(f"{name}: the schedule {self.schedule!r} does not read it; leave it out")
        if self.schedule_epochs is not None and self.schedule_epochs < self.n_epochs:
            problems.append(
                f"schedule_epochs: got {self.schedule_epochs}, expected at least the {self.n_epochs} of n_epochs"
            )
        if problems:
            raise ParameterError("\n".join(problems))
