"""The optimisers. Imports torch: import it inside functions only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from kit.models.neural.loop.options import TrainingOptions


def make_optimizer(options: TrainingOptions, weights: Sequence[Tensor]) -> Optimizer | Adam:
    """Return the optimiser that the options name, for these weights.

    Adam and AdamW are torch's with its own constants, in their fused form, which computes the same; RMSprop has those
    of Keras (0.9 and 1e-7), with which ScAPE was trained; SGD has a momentum of 0.9.
    """
    if options.optimizer in ("adam", "adamw") and weights[0].device.type == "cpu":
        return Adam(weights, options.learning_rate, options.weight_decay, decoupled=options.optimizer == "adamw")
    common: dict[str, Any] = {"lr": options.learning_rate, "weight_decay": options.weight_decay}
    if options.optimizer == "lion":
        return Lion(weights, **common)
    if options.optimizer == "rmsprop":
        return torch.optim.RMSprop(weights, alpha=0.9, eps=1e-7, **common)
    if options.optimizer == "sgd":
        return torch.optim.SGD(weights, momentum=0.9, **common)
    cls = torch.optim.AdamW if options.optimizer == "adamw" else torch.optim.Adam
    return cls(weights, fused=True, **common)


class Adam:
    """Adam (Kingma & Ba 2015) and AdamW (Loshchilov & Hutter 2019) on a CPU, with the constants of torch.

    The step is torch's own operation, called without what `torch.optim` does around it: that takes as long as the step
    itself where a network is small.

    Args:
        weights: The weights.
        lr: The learning rate.
        weight_decay: See ``decoupled``.
        decoupled: Whether weights shrink by lr × weight_decay in a step (AdamW) or it is an L2 term of the loss (Adam).

    Attributes:
        param_groups: One, of all weights, with the learning rate ``lr`` of the next step.
    """

    def __init__(self, weights: Iterable[Tensor], lr: float, weight_decay: float, decoupled: bool) -> None:
        self._weights = list(weights)
        self._move = torch._fused_adamw_ if decoupled else torch._fused_adam_
        self._decay = weight_decay
        self._means = [torch.zeros_like(weight, requires_grad=False) for weight in self._weights]
        self._squares = [torch.zeros_like(weight, requires_grad=False) for weight in self._weights]
        self._n_steps = torch.zeros(())
        self.param_groups: list[dict[str, Any]] = [{"lr": lr}]

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for weight in self._weights:
            weight.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move every weight that has a gradient."""
        moments = zip(self._weights, self._means, self._squares, strict=True)
        moved = [(w, w.grad, mean, square) for w, mean, square in moments if w.grad is not None]
        self._n_steps += 1
        weights, gradients, means, squares = (list(arrays) for arrays in zip(*moved, strict=True))
        self._move(
            weights,
            gradients,
            means,
            squares,
            [],
            [self._n_steps] * len(weights),
            lr=self.param_groups[0]["lr"],
            beta1=0.9,
            beta2=0.999,
            weight_decay=self._decay,
            eps=1e-8,
            amsgrad=False,
            maximize=False,
        )

    def state_dict(self) -> dict[str, Any]:
        """Return the state, from which `load_state_dict` goes on."""
        return {"means": self._means, "squares": self._squares, "n_steps": self._n_steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a `state_dict`."""
        self._means, self._squares, self._n_steps = state["means"], state["squares"], state["n_steps"]


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
