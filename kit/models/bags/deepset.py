"""A network that gives a set of points one vector, near to those of other sets of the same label."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix, blocks
from kit.classes import true_classes
from kit.errors import InputError, RunError
from kit.models.bags.layout import as_bags
from kit.models.base import MODELS, Model, check_fit_arrays
from kit.models.neural.base import require_torch
from kit.plugins import RETRIEVAL, Supplied, check_is_fitted

if TYPE_CHECKING:
    import torch

_WEIGHTS = "weights.safetensors"

_SECONDS = 2e-10
"""Of one multiplication forward and backward, one thread of an AMD EPYC, torch 2.13."""


@MODELS.register("deepset")
@dataclass(eq=False, repr=False)
class DeepSet(Model):
    """Deep set: every point through the same layers, pooled over the bag, and a vector of the pooled values.

    It is taught by a supervised contrastive loss: bags of one label are drawn together, those of others apart; labels
    that it has never seen get vectors as well. In every step each bag is represented by ``n_sets`` random draws of its
    points. The order of a bag's points changes nothing, and with mean pooling neither does their repetition.

    Args:
        point_size: The number of values of a point: the block ``bags`` puts the points of a bag side by side.
        width: Width of the layers on points.
        depth: Number of those layers.
        head: Width of the layer between pooled values and vector.
        n_outputs: Dimensions of the vector.
        pool: What is made of a bag's points.
        norm: Whether pooled values are normalised over the bags of a step (batch normalisation).
        n_steps: Steps of training; 0 leaves the network as it was drawn, a control.
        batch_size: Bags of a step, drawn at random; None takes all.
        n_sets: Draws of points that represent a bag in a step.
        sample: The points of a draw: their share of the bag, up to 1.0, or their number.
        sample_sd: The standard deviation of the number of points of a draw; 0 draws the same number from all.
        sample_min: The least number of points of a draw.
        learning_rate: The greatest learning rate.
        schedule: How it goes: up and down over the steps ("one_cycle"), or not at all.
        weight_decay: Weight decay of AdamW.
        temperature: Divides the cosines in the loss.
        standardize: Whether values are brought to mean 0 and variance 1 over all points of the training bags.
        random_state: Seed of everything random (None means 0).

    Attributes:
        module_: The network, on the CPU, in eval mode.
        n_features_in_: The number of columns of X at the fit; later bags may have fewer points or more.
        point_mean_: (point_size,) float32, subtracted from each point.
        point_scale_: (point_size,) float32, by which it is then multiplied.
        losses_: (n_steps,) the loss of each step.

    Source: Zaheer et al., "Deep Sets" (2017); van Dijk et al., CytoSummaryNet (PLOS Computational Biology, 2024).
    """

    problems: ClassVar[frozenset[str]] = frozenset({RETRIEVAL})
    allow_nan_features: ClassVar[bool] = True
    native_attributes = ("module_",)
    libraries = ("torch",)

    point_size: Annotated[int, Ge(1)]
    width: Annotated[int, Ge(1)] = 64
    depth: Annotated[int, Ge(1)] = 2
    head: Annotated[int, Ge(1)] = 32
    n_outputs: Annotated[int, Ge(1)] = 16
    pool: Literal["mean", "sum"] = "mean"
    norm: bool = True
    n_steps: Annotated[int, Ge(0)] = 200
    batch_size: Annotated[int, Ge(2)] | None = None
    n_sets: Annotated[int, Ge(1)] = 1
    sample: Annotated[int, Ge(1)] | Annotated[float, Gt(0), Le(1)] = 0.5
    sample_sd: Annotated[float, Ge(0)] = 0.0
    sample_min: Annotated[int, Ge(1)] = 1
    learning_rate: Annotated[float, Gt(0)] = 3e-3
    schedule: Literal["one_cycle", "constant"] = "one_cycle"
    weight_decay: Annotated[float, Ge(0)] = 0.01
    temperature: Annotated[float, Gt(0)] = 0.1
    standardize: bool = True
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train on bags.

        Args:
            X: (n_bags, n_points × point_size), NaN for points that are not there.
            Y: (n_bags, n_labels) 1 in the column of a bag's label, zeros elsewhere.
            sample_weight: Not taken: the loss is of pairs.

        Raises:
            InputError: The arrays do not fit, a bag is of no single label, or no label has two bags; or weights are
                given.
            MissingDependencyError: Torch is not installed.
            RunError: The loss became infinite or NaN.
        """
        self.check_parameters()
        require_torch()
        X, Y, weights = check_fit_arrays(X, Y, sample_weight, nan_features=True)
        if weights is not None and np.ptp(weights) > 0:
            raise InputError("sample_weight: a contrastive loss is of pairs of rows, which have no weights")
        codes = true_classes(Y)
        if self.n_steps and np.bincount(codes).max() < 2:
            raise InputError(f"deepset: none of the {len(codes)} bags shares its label with another one")
        self.n_features_in_ = X.shape[1]
        points, there = as_bags(X, self.point_size)
        mean, scale = np.zeros(self.point_size), np.ones(self.point_size)
        if self.standardize:
            every = points[there].astype(np.float64)
            mean, spread = every.mean(axis=0), every.std(axis=0)
            scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 1e-6 * np.abs(mean))
        self.point_mean_: Floats = mean.astype(np.float32)
        self.point_scale_: Floats = scale.astype(np.float32)
        self._train(self._standardized(points, there), there, codes)
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return the (n_bags, n_outputs) float32 vectors of bags, of all of their points."""
        check_is_fitted(self, "module_")
        points, there = as_bags(as_matrix(X, "X", allow_nan=True), self.point_size)
        import torch

        from kit.models.neural.loop.device import computing, pick_device

        device = pick_device()
        with computing(device), torch.no_grad():
            module = self.module_.to(device)
            # One bag after another: the sums of a bag must not hang on what else is predicted.
            parts = [
                module(
                    torch.from_numpy(self._standardized(points[bag], there[bag])).to(device),
                    torch.from_numpy(there[bag][None].astype(np.float32)).to(device),
                ).cpu()
                for bag in blocks(len(points), 1, 1)
            ]
            self.module_.to("cpu")
        return np.asarray(torch.cat(parts).numpy(), dtype=np.float32)

    def report(self) -> dict[str, Any]:
        """Return the loss of every step."""
        return {"losses": self.losses_.tolist()}

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds."""
        bags = n_rows if self.batch_size is None else min(n_rows, self.batch_size)
        of_point = self.point_size * self.width + (self.depth - 1) * self.width**2
        return _SECONDS * self.n_steps * bags * n_features / self.point_size * of_point

    def save_native(self, directory: Path) -> None:
        """Write the network's weights as a safetensors file."""
        from safetensors.torch import save

        weights = {name: value.clone() for name, value in self.module_.state_dict().items()}
        (directory / _WEIGHTS).write_bytes(save(weights))

    def load_native(self, directory: Path) -> None:
        """Build the network and read its weights."""
        require_torch()
        import torch
        from safetensors.torch import load_file

        with torch.random.fork_rng(devices=[]):
            module = self._module()
        module.load_state_dict(load_file(directory / _WEIGHTS))
        self.module_ = module.eval()

    def _module(self) -> torch.nn.Module:
        from kit.models.bags.network import DeepSetNetwork

        return DeepSetNetwork(self.point_size, self.width, self.depth, self.head, self.n_outputs, self.pool, self.norm)

    def _standardized(self, points: Floats, there: np.ndarray) -> Floats:
        return np.asarray((points - self.point_mean_) * self.point_scale_ * there[..., None], dtype=np.float32)

    def _train(self, points: Floats, there: np.ndarray, codes: np.ndarray) -> None:
        """Train the network on standardised (n_bags, n_points, point_size) points."""
        import torch

        from kit.models.bags.network import supervised_contrastive
        from kit.models.neural.loop.device import computing, pick_device

        device, rng = pick_device(), np.random.default_rng(self.random_state or 0)
        losses: list[float] = []
        with computing(device):
            torch.manual_seed(self.random_state or 0)
            module = self._module().to(device).train()
            optimizer = torch.optim.AdamW(module.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay)
            schedule = None
            if self.schedule == "one_cycle" and self.n_steps:
                schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, self.learning_rate, total_steps=self.n_steps)
            everything, labels = torch.from_numpy(points).to(device), torch.from_numpy(codes).to(device)
            for bags in self._batches(codes, rng):
                drawn = torch.from_numpy(self._draw(there[bags], rng)).to(device)
                vectors = module(everything[bags], drawn)
                loss = supervised_contrastive(vectors, labels[bags].repeat(self.n_sets), self.temperature)
                if not torch.isfinite(loss):
                    raise RunError(f"deepset: the loss of step {len(losses) + 1} is {loss.item()}; lower learning_rate")
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                if schedule is not None:
                    schedule.step()
                losses.append(float(loss.detach()))
            self.module_ = module.to("cpu").eval()
        self.losses_: Doubles = np.array(losses)

    def _batches(self, codes: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
        """Return the bags of each step, shuffled; a step holds two bags of some label."""
        if self.batch_size is None or self.batch_size >= len(codes):
            return [np.arange(len(codes))] * self.n_steps
        steps: list[np.ndarray] = []
        while len(steps) < self.n_steps:
            order = rng.permutation(len(codes))
            parts = [order[start : start + self.batch_size] for start in range(0, len(order), self.batch_size)]
            steps += [part for part in parts if self.n_sets > 1 or np.bincount(codes[part]).max() > 1]
        return steps[: self.n_steps]

    def _draw(self, there: np.ndarray, rng: np.random.Generator) -> Floats:
        """Return (n_sets, n_bags, n_points) which points represent each bag, 1 or 0."""
        sizes = there.sum(axis=1)
        wanted = sizes * self.sample if isinstance(self.sample, float) else np.full(len(sizes), float(self.sample))
        drawn = wanted + self.sample_sd * rng.standard_normal((self.n_sets, len(sizes)))
        numbers = np.clip(np.rint(drawn), self.sample_min, sizes)[..., None]
        keys = rng.random((self.n_sets, *there.shape))
        keys[:, ~there] = 2.0
        ranks = keys.argsort(axis=2).argsort(axis=2)
        return np.asarray((ranks < numbers) & there, dtype=np.float32)
