"""Base class of networks: everything but the architecture.

A network names its own parameters as fields and builds a module; training, prediction, choosing the number of epochs,
saving and devices are here and in the modules beside this one:

    @network("mlp")
    class MLP(NetworkModel):
        width: Annotated[int, Ge(1)] = 256

        def _module(self, n_features: int, n_outputs: int, blocks: Blocks) -> torch.nn.Module:
            from kit.models.neural.modules.mlp import Perceptron

            return Perceptron(n_features, self.width, n_outputs)

Torch takes seconds to import and is an optional extra: modules that need it at import (`kit.models.neural.modules`,
`loop`, `losses`, …) are imported inside functions only.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, dataclass_transform

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix
from kit.arrays import blocks as column_blocks
from kit.classes import as_probabilities, softmax
from kit.errors import InputError, MissingDependencyError, StateError
from kit.full_width import FullWidth
from kit.gaps import has_gaps, split_gaps
from kit.models.base import MODELS, Loss, Model, check_fit_arrays
from kit.models.neural.loop.options import TrainingOptions
from kit.plugins import check_is_fitted, clone

if TYPE_CHECKING:
    import torch

    from kit.models.neural.loop.watch import Watch

Blocks = dict[str, tuple[int, int]]
"""First and past-the-end column of each feature block in X, by name."""

OnEpoch = Callable[[int, float], None]
"""Is told the number of epochs done, from 1, and the training loss of the last one."""

C = TypeVar("C", bound=type["NetworkModel"])

_WEIGHTS = "weights.safetensors"


@dataclass_transform(field_specifiers=(field,))
def network(kind: str) -> Callable[[C], C]:
    """Return a class decorator that writes a network's constructor from its fields and registers it as ``kind``."""

    def enter(cls: C) -> C:
        dataclass(eq=False, repr=False)(cls)
        return MODELS.register(kind)(cls)

    return enter


class NetworkModel(TrainingOptions, Model):
    """Base of the neural networks: one training loop, one way to predict, choose, save and load.

    Runs on one thread of the CPU, or on a GPU if there is one, deterministically; the global state of torch is as it
    was when a call returns. A row's prediction depends on that row alone. Targets may have gaps (NaN in Y), which have
    no part in the loss; but not with the loss ``cross_entropy``, where they are classes.

    Attributes:
        module_: The trained torch.nn.Module, on the CPU, in eval mode.
        n_features_in_: Number of features.
        n_outputs_: Number of outputs.
        blocks_: The feature blocks it was trained with.
        feature_mean_: (n_features,) float32, subtracted from the features.
        feature_scale_: (n_features,) float32, by which they are then multiplied; 0 for constant features.
        output_mean_: (n_outputs,) float32, added to the module's outputs after
        output_scale_: they are multiplied by this.
        losses_: (n epochs trained,) float64, the mean training loss of each epoch.
        best_epoch_: The number of epochs after which the weights are those of ``module_``.
    """

    reads_full_width: ClassVar[bool] = True
    allow_nan_targets: ClassVar[bool] = True
    path_parameter: ClassVar[str | None] = "n_epochs"
    restraints: ClassVar[tuple[str, ...]] = ("n_epochs", "learning_rate")
    native_attributes = ("module_",)
    libraries = ("torch",)

    @abstractmethod
    def _module(self, n_features: int, n_outputs: int, blocks: Blocks) -> torch.nn.Module:
        """Build the network, with fresh weights: (n, n_features) float32 → (n, n_outputs).

        It may read parameters and what `_learn` has kept, and must not mix rows but in batch normalisation. Its class
        must be importable (defined in a module, not in a function), so that a fitted model can go to another process.
        """

    def _learn(self, X: Floats, blocks: Blocks) -> None:
        """Keep, as fitted attributes, what `_module` needs to know of the training features; the default is nothing.

        Raises:
            InputError: The features are not what the network reads.
        """

    def _raw_columns(self, blocks: Blocks) -> list[tuple[int, int]]:
        """Return the ranges of columns that are never standardised (codes of categories); the default is none."""
        return []

    def check_parameters(self) -> None:
        """Check every parameter against its annotation, and what concerns several.

        Raises:
            ParameterError: A parameter is wrong, or nothing would read it.
        """
        super().check_parameters()
        self.check_options()

    def fit(
        self,
        X: ArrayLike,
        Y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        full_width: FullWidth | None = None,
        *,
        validation: tuple[ArrayLike, Loss] | None = None,
        checkpoint: Path | None = None,
        checkpoint_every: int = 10,
        on_epoch: OnEpoch | None = None,
    ) -> Self:
        """Train ``n_epochs`` epochs.

        Args:
            X: (n_rows, n_features) features.
            Y: (n_rows, n_outputs) targets, or their coordinates in an orthonormal basis.
            sample_weight: (n_rows,) weights of the rows' losses; only their ratios count.
            full_width: The targets behind the coordinates. Without it, Y counts as all there is.
            validation: Features of held-out rows and a function that scores the (n_val, n_outputs) prediction for
                them after every epoch. The weights of the epoch of least loss are kept, and training stops after
                ``early_stopping_epochs`` epochs without improvement.
            checkpoint: A file to which the state of the training is written, by rename; if it is there when `fit` is
                called again with the same arguments, training goes on from it, to the same bytes as without a break.
                It is left when training is done: remove it once the model is saved.
            checkpoint_every: After how many epochs it is written.
            on_epoch: Called after each epoch.

        Raises:
            ParameterError: See `check_parameters`.
            InputError: The arrays do not fit together or are not finite, or ``loss_space`` is full without
                ``full_width``.
            MissingDependencyError: Torch is not installed.
            RunError: The training loss became infinite or NaN.
            StateError: The checkpoint is damaged or belongs to another fit.
        """
        from_file = None if checkpoint is None else (Path(checkpoint), checkpoint_every)
        self._train(X, Y, sample_weight, full_width, validation, from_file, on_epoch)
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return (n_rows, n_outputs) float32."""
        check_is_fitted(self, "module_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_)
        from kit.models.neural.loop.device import computing, pick_device
        from kit.models.neural.loop.epochs import outputs

        device = pick_device()
        with computing(device):
            predicted = outputs(self.module_.to(device), self._standardized(X), device)
            self.module_.to("cpu")
        return self._scaled_back(predicted)

    @property
    def chooses(self) -> bool:
        """Whether the number of epochs is to be chosen on held-out rows."""
        return self.early_stopping_epochs is not None

    def choose(self, X: ArrayLike, Y: ArrayLike, X_val: ArrayLike, loss: Loss, **fit_params: Any) -> int:
        """Return the number of epochs (1 to ``n_epochs``) with the least loss on ``X_val``; nothing else is kept.

        Raises:
            RunError: No epoch had a finite loss.
        """
        trial = clone(self)
        weights, full_width = fit_params.get("sample_weight"), fit_params.get("full_width")
        return trial._train(X, Y, weights, full_width, (X_val, loss), None, fit_params.get("on_epoch")).best_epoch

    def freeze_choice(self, value: Any) -> dict[str, Any]:
        """Return the parameters for exactly ``value`` epochs along the same learning rates."""
        whole = self.n_epochs if self.schedule_epochs is None else self.schedule_epochs
        return {"n_epochs": value, "schedule_epochs": whole, "early_stopping_epochs": None}

    def report(self) -> dict[str, Any]:
        """Return the training loss of every epoch, and the epoch whose weights were kept."""
        return {"losses": self.losses_.tolist(), "best_epoch": int(self.best_epoch_)}

    def save_native(self, directory: Path) -> None:
        """Write the module's weights as a safetensors file."""
        from safetensors.torch import save

        weights = save({name: value.clone() for name, value in self.module_.state_dict().items()})
        (directory / _WEIGHTS).write_bytes(weights)

    def load_native(self, directory: Path) -> None:
        """Build the module and read its weights.

        Raises:
            StateError: The weights do not fit the module that the parameters describe.
        """
        require_torch()
        import torch
        from safetensors.torch import load_file

        with torch.random.fork_rng(devices=[]):
            module = self._module(self.n_features_in_, self.n_outputs_, self.blocks_)
        try:
            module.load_state_dict(load_file(directory / _WEIGHTS))
        except RuntimeError as error:
            raise StateError(
                f"{directory / _WEIGHTS} does not fit this {self.kind}: {error}; it was saved by a version with "
                "another architecture, fit it again"
            ) from None
        self.module_ = module.eval()

    def _train(
        self,
        X: ArrayLike,
        Y: ArrayLike,
        sample_weight: ArrayLike | None,
        full_width: FullWidth | None,
        validation: tuple[ArrayLike, Loss] | None,
        checkpoint: tuple[Path, int] | None,
        on_epoch: OnEpoch | None,
    ) -> Watch:
        """Check the arrays, train, keep the fitted attributes and return what was seen on the held-out rows."""
        self.check_parameters()
        require_torch()
        X, Y, weights = check_fit_arrays(X, Y, sample_weight, allow_nan=not self.reads_classes)
        for name, matrix in {"X": X, "Y": Y}.items():
            if matrix.shape[1] == 0:
                raise InputError(f"{name}: expected at least one column, got shape {matrix.shape}")
        if self.reads_classes:
            Y = as_probabilities(Y)
        from kit.models.neural.loop.training import Job, train

        self._prepare(X, Y, weights)
        held = None
        if validation is not None:
            X_val = as_matrix(validation[0], "X_val", n_columns=X.shape[1])
            if not len(X_val):
                raise InputError("X_val: expected at least one row to choose the number of epochs on, got 0")
            held = (self._standardized(X_val), lambda outputs: validation[1](self._scaled_back(outputs)))
        job = Job(
            options=self,
            params=self.get_params(deep=False),
            build=lambda: self._module(X.shape[1], Y.shape[1], self.blocks_),
            X=self._standardized(X),
            Y=Y,
            weights=weights,
            full_width=full_width,
            output_mean=self.output_mean_,
            output_scale=self.output_scale_,
            validation=held,
            checkpoint=checkpoint,
            on_epoch=on_epoch,
        )
        trained = train(job)
        self.module_ = trained.module
        self.losses_: Doubles = np.asarray(trained.losses)
        self.best_epoch_ = trained.watch.best_epoch or len(trained.losses)
        return trained.watch

    def _prepare(self, X: Floats, Y: Floats, weights: Doubles | None) -> None:
        """Keep the scales of features and outputs, and what the architecture wants to know of the features."""
        self.n_features_in_, self.n_outputs_ = X.shape[1], Y.shape[1]
        self.blocks_: Blocks = _checked_blocks(self.blocks, X.shape[1])
        self._learn(X, self.blocks_)
        mean, spread = np.zeros(X.shape[1]), np.ones(X.shape[1])
        if self.standardize:
            mean, spread = _moments(X, weights)
            for first, past in self._raw_columns(self.blocks_):
                mean[first:past], spread[first:past] = 0.0, 1.0
        self.feature_mean_: Floats = mean.astype(np.float32)
        self.feature_scale_: Floats = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0).astype("f4")
        self.output_mean_: Floats = np.zeros(Y.shape[1], dtype=np.float32)
        self.output_scale_ = 1.0
        if self.scale_targets and not self.reads_classes:
            mean, spread = _moments(Y, weights)
            self.output_mean_ = mean.astype(np.float32)
            self.output_scale_ = float(np.float32(np.sqrt(np.mean(spread**2)) or 1.0))

    def _standardized(self, X: Floats) -> Floats:
        return (X - self.feature_mean_) * self.feature_scale_

    @property
    def reads_classes(self) -> bool:  # type: ignore[override]
        """Whether outputs are the scores of classes, which the targets then must be."""
        return self.loss == "cross_entropy"

    def _scaled_back(self, outputs: Floats) -> Floats:
        if self.reads_classes:
            return softmax(outputs)
        return outputs * np.float32(self.output_scale_) + self.output_mean_


def require_torch() -> None:
    """Raise a `MissingDependencyError` if torch or safetensors is not installed."""
    try:
        import safetensors  # noqa: F401
        import torch  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            f"neural networks need torch and safetensors ({error}): pip install 'perturbation-kit[torch]'"
        ) from None


def _checked_blocks(blocks: Blocks | None, n_features: int) -> Blocks:
    """Return the blocks, one of all columns where none are given.

    Raises:
        InputError: They do not lie side by side from the first column to the last.
    """
    if blocks is None:
        return {"features": (0, n_features)}
    edge = 0
    for first, past in sorted(tuple(bounds) for bounds in blocks.values()):
        if first != edge or past < first:
            break
        edge = past
    else:
        if edge == n_features:
            return {name: (int(first), int(past)) for name, (first, past) in blocks.items()}
    raise InputError(f"blocks: expected ranges that cover the {n_features} columns of X side by side, got {blocks}")


def _moments(values: Floats, weights: Doubles | None) -> tuple[Doubles, Doubles]:
    """Return the weighted mean and standard deviation of every column; the deviation of a constant one is 0."""
    mean, spread = np.empty(values.shape[1]), np.empty(values.shape[1])
    for columns in column_blocks(*values.shape[::-1]):
        wide = values[:, columns].astype(np.float64)
        if has_gaps(values):
            mean[columns], spread[columns] = _measured_moments(wide, weights)
            continue
        mean[columns] = np.average(wide, axis=0, weights=weights)
        spread[columns] = np.sqrt(np.average(np.square(wide - mean[columns]), axis=0, weights=weights))
    # What is left of a constant column is rounding, which must not be blown up to the size of the others.
    spread[spread <= 1e-6 * np.abs(mean)] = 0.0
    return mean, spread


def _measured_moments(values: Doubles, weights: Doubles | None) -> tuple[Doubles, Doubles]:
    """Return mean and standard deviation of what was measured of every column; 0 and 0 where nothing was."""
    filled, measured = split_gaps(values)
    if weights is not None:
        measured *= weights[:, None]
    totals = np.maximum(measured.sum(axis=0), np.finfo(np.float64).tiny)
    mean = (measured * filled).sum(axis=0) / totals
    return mean, np.sqrt((measured * np.square(filled - mean)).sum(axis=0) / totals)
