"""Steps and epochs of training, and prediction. Imports torch: import it inside functions only."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from kit.arrays import Floats
from kit.models.neural.loop.losses import Objective
from kit.models.neural.loop.optimizers import make_optimizer
from kit.models.neural.loop.options import PLATEAU_FACTOR, PLATEAU_PATIENCE, WARMUPS, TrainingOptions
from kit.models.neural.loop.schedules import Plateau, learning_rate_factor
from kit.models.neural.modules.by_hand import ByHand, by_hand

_ROWS_AT_ONCE = 1024


def outputs(module: torch.nn.Module, X: Floats, device: torch.device) -> Floats:
    """Return the module's (n_rows, n_outputs) outputs in eval mode, in float32."""
    module.eval()
    with torch.inference_mode():
        # Of no rows too, since only the module knows how many outputs it has.
        starts = range(0, max(len(X), 1), _ROWS_AT_ONCE)
        parts = [module(torch.from_numpy(X[at : at + _ROWS_AT_ONCE]).to(device)).cpu() for at in starts]
    return torch.cat(parts).numpy()


class Loop:
    """A network in training, epoch by epoch.

    An epoch deals all rows out, in a new order, to as few batches as ``batch_size`` allows, evenly, and no batch is of
    one row if that can be, since batch normalisation learns nothing from one. (Where it must be, normalisation takes
    the moments that it has.)

    Args:
        options: How to train.
        module: The network, on the device.
        X: (n_rows, n_features) standardised features.
        objective: The loss of the rows.
        output_mean: (n_outputs,) what is added to the outputs, after they are multiplied by
        output_scale: this.
        device: Where to compute.

    Attributes:
        losses: The mean training loss of each epoch that was run.
    """

    def __init__(
        self,
        options: TrainingOptions,
        module: torch.nn.Module,
        X: Floats,
        objective: Objective,
        output_mean: Floats,
        output_scale: float,
        device: torch.device,
    ) -> None:
        self._options, self._module, self._objective, self._device = options, module, objective, device
        self._X = torch.from_numpy(X).to(device)
        self._output_mean, self._output_scale = torch.from_numpy(output_mean).to(device), output_scale
        n_rows, size = len(X), options.batch_size
        self._n_batches = max(1, min(math.ceil(n_rows / size), n_rows // min(size, 2)))
        self._single_rows = min(n_rows, size) == 1
        self._n_steps = self._n_batches * (options.schedule_epochs or options.n_epochs)
        self._warmup = WARMUPS.get(options.schedule, 0.0) if options.warmup is None else options.warmup
        self._plateau = Plateau(
            PLATEAU_FACTOR if options.plateau_factor is None else options.plateau_factor,
            PLATEAU_PATIENCE if options.plateau_patience is None else options.plateau_patience,
        )
        most_rows = math.ceil(n_rows / self._n_batches)
        self._by_hand = None if self._single_rows else by_hand(module, self._X, most_rows)
        self._weights = list(module.parameters()) if self._by_hand is None else [self._by_hand.weights]
        self._optimizer = make_optimizer(options, self._weights)
        self._generator = torch.Generator().manual_seed(options.random_state or 0)
        self.losses: list[float] = []

    def run_epoch(self) -> float:
        """See every row once; return the mean training loss."""
        self._module.train()
        if self._by_hand is not None:
            self._by_hand.start_epoch()
        if self._single_rows:
            for part in self._module.modules():
                if isinstance(part, _BatchNorm):
                    part.eval()
        order = torch.randperm(len(self._X), generator=self._generator).to(self._device)
        total = torch.zeros((), dtype=torch.float64, device=self._device)
        for number, rows in enumerate(torch.tensor_split(order, self._n_batches)):
            total += self._step(len(self.losses) * self._n_batches + number, rows) * len(rows)
        self.losses.append(float(total) / len(self._X))
        if self._options.schedule == "plateau":
            self._plateau.see(self.losses[-1])
        return self.losses[-1]

    def state(self) -> dict[str, Any]:
        """Return everything that the next epoch depends on."""
        on_gpu = self._device.type == "cuda"
        return {
            "module": self._module.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "plateau": self._plateau.state(),
            "losses": self.losses,
            "order": self._generator.get_state(),
            "random": torch.get_rng_state(),
            "random_gpu": torch.cuda.get_rng_state() if on_gpu else None,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        self._module.load_state_dict(state["module"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._plateau.restore(state["plateau"])
        self.losses = list(state["losses"])
        self._generator.set_state(state["order"])
        torch.set_rng_state(state["random"])
        if state["random_gpu"] is not None:
            torch.cuda.set_rng_state(state["random_gpu"])

    def _step(self, step: int, rows: Tensor) -> Tensor:
        """Move the weights once by the gradient of some rows; return these rows' mean loss."""
        factor = self._plateau.factor * learning_rate_factor(self._options.schedule, step, self._n_steps, self._warmup)
        for group in self._optimizer.param_groups:
            group["lr"] = self._options.learning_rate * factor
        loss = self._differentiate(rows) if self._by_hand is None else self._differentiate_by_hand(self._by_hand, rows)
        self._optimizer.step()
        return loss

    def _differentiate(self, rows: Tensor) -> Tensor:
        """Leave the gradient of some rows' mean loss, clipped, with the weights; return this loss."""
        self._optimizer.zero_grad()
        half = self._device.type == "cuda" and self._options.mixed_precision
        with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=half):
            raw = self._module(self._X[rows])
        loss = self._objective(raw.float() * self._output_scale + self._output_mean, rows)
        torch.autograd.backward(loss)
        if self._options.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self._weights, self._options.clip_norm)
        return loss.detach()

    def _differentiate_by_hand(self, by_hand: ByHand, rows: Tensor) -> Tensor:
        """Do the same for a network whose gradient is written down."""
        with torch.no_grad():
            predicted = torch.add(self._output_mean, by_hand.forward(rows), alpha=self._output_scale)
            loss, slopes = self._objective.slopes(predicted, rows)
            by_hand.backward(slopes.mul_(self._output_scale))
            if self._options.clip_norm is not None:
                by_hand.clip(self._options.clip_norm)
        return loss
