"""Early stopping: scoring of held-out rows while a network trains."""

from __future__ import annotations

from typing import Any

import torch

from kit.arrays import Floats
from kit.errors import RunError
from kit.models.base import Loss
from kit.models.neural.loop.epochs import outputs


class Watch:
    """Scores held-out rows after every epoch and keeps a copy of the best epoch's weights.

    Args:
        validation: (n_val, n_features) standardised features and the loss of the module's outputs for them; None
            watches nothing.
        patience: After how many epochs without improvement training stops; None never.

    Attributes:
        best_epoch: The epoch of least loss, from 1; 0 before there was a finite one.
        best_loss: Its loss.
    """

    def __init__(self, validation: tuple[Floats, Loss] | None, patience: int | None) -> None:
        self._validation, self._patience = validation, patience
        self.best_epoch, self.best_loss = 0, float("inf")
        self._weights: dict[str, torch.Tensor] | None = None

    def see(self, module: torch.nn.Module, epoch: int, device: torch.device) -> bool:
        """Score the module after an epoch; return whether training is to stop."""
        if self._validation is None:
            return False
        features, loss = self._validation
        value = float(loss(outputs(module, features, device)))
        if value < self.best_loss:  # NaN is never less
            self.best_epoch, self.best_loss = epoch, value
            # state_dict holds the module's own tensors, which the next step changes in place.
            self._weights = {name: tensor.detach().clone() for name, tensor in module.state_dict().items()}
        return self._patience is not None and epoch - self.best_epoch >= self._patience

    def finish(self, module: torch.nn.Module) -> None:
        """Put the best epoch's weights into the module.

        Raises:
            RunError: No epoch had a finite loss.
        """
        if self._validation is None:
            return
        if self._weights is None:
            raise RunError(
                "the validation loss was not finite after any epoch; check the metric and the validation targets for "
                "missing or constant rows, or lower learning_rate"
            )
        module.load_state_dict(self._weights)

    def state(self) -> dict[str, Any]:
        """Return the state, from which `restore` goes on."""
        return {"best_epoch": self.best_epoch, "best_loss": self.best_loss, "weights": self._weights}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        self.best_epoch, self.best_loss, self._weights = state["best_epoch"], state["best_loss"], state["weights"]
