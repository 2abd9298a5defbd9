"""The optimisers. Imports torch: import it inside functions only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from kit.models.neural.loop.options import TrainingOptions


def make_optimizer(options: TrainingOptions, weights: Iterable[Tensor]) -> Optimizer:
    """Return the optimiser that the options name, for these weights.

    Adam and AdamW are torch's with its own constants, in their fused form, which computes the same; RMSprop has those
    of Keras (0.9 and 1e-7), with which ScAPE was trained; SGD has a momentum of 0.9.
    """
    common: dict[str, Any] = {"lr": options.learning_rate, "weight_decay": options.weight_decay}
    if options.optimizer == "lion":
        return Lion(weights, **common)
    if options.optimizer == "rmsprop":
        return torch.optim.RMSprop(weights, alpha=0.9, eps=1e-7, **common)
    if options.optimizer == "sgd":
        return torch.optim.SGD(weights, momentum=0.9, **common)
    cls = torch.optim.AdamW if options.optimizer == "adamw" else torch.optim.Adam
    return cls(weights, fused=True, **common)


class Lion(Optimizer):
    """Lion (Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2).

    Every weight moves by the learning rate, in the direction of the sign of a blend of momentum and gradient.

    Args:
        params: The weights.
        lr: The learning rate.
        betas: The momentum's share in the blend, and its decay.
        weight_decay: By which share of themselves, times the learning rate, weights shrink in a step.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Move every weight that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            blend, decay = group["betas"]
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if not state:
                    state["momentum"] = torch.zeros_like(weight)
                momentum = state["momentum"]
                direction = torch.lerp(weight.grad, momentum, blend).sign_()
                weight.mul_(1 - group["lr"] * group["weight_decay"]).sub_(direction, alpha=group["lr"])
                momentum.lerp_(weight.grad, 1 - decay)
        return loss
