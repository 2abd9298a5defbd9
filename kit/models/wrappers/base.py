"""Base class of models that wrap another model."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Floats, Ints
from kit.errors import InputError, ParameterError, did_you_mean
from kit.full_width import FullWidth
from kit.models.base import Model, check_fit_arrays
from kit.plugins import clone, inner_plugins, parameters


class Wrapper(Model):
    """Base of models that fit another model, or several copies of it.

    The model inside must leave nothing to be chosen: rounds and penalties are fixed numbers.
    """

    model: Model
    blocks: dict[str, tuple[int, int]] | None

    reads_full_width = True

    @property
    def reads_classes(self) -> bool:  # type: ignore[override]
        """Whether the model inside takes classes alone."""
        return self.model.reads_classes

    @property
    def allow_nan_features(self) -> bool:  # type: ignore[override]
        """Whether the model inside takes features with gaps."""
        return self.model.allow_nan_features

    @property
    def allow_nan_targets(self) -> bool:  # type: ignore[override]
        """Whether the model inside takes targets with gaps."""
        return self.model.allow_nan_targets

    def check_parameters(self) -> None:
        """Check the parameters, and the model inside.

        Raises:
            ParameterError: A parameter is wrong, or the model inside leaves something to be chosen.
        """
        super().check_parameters()
        self.model.check_parameters()
        if self.model.chooses:
            raise ParameterError(
                f"model: {self.model.kind} leaves its {self.model.path_parameter} to be chosen on held-out rows, which "
                "a wrapped model cannot; give one value"
            )

    def fit(
        self,
        X: ArrayLike,
        Y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        full_width: FullWidth | None = None,
    ) -> Self:
        """Fit copies of the model inside on (n_rows, n_features) features and (n_rows, n_outputs) targets.

        Args:
            X: (n_rows, n_features) features.
            Y: (n_rows, n_outputs) targets.
            sample_weight: (n_rows,) weights.
            full_width: The targets behind Y, for a model that reads them.

        Raises:
            InputError: The arrays do not match, or are not what the wrapper needs: there is no block ``by``, or there
                are fewer rows than folds.
            ParameterError: See `check_parameters`.
        """
        self.check_parameters()
        X, Y, weights = check_fit_arrays(X, Y, sample_weight, self.allow_nan_targets, self.allow_nan_features)
        self._fit(X, Y, weights, full_width)
        self.n_features_in_ = X.shape[1]
        return self

    @abstractmethod
    def _fit(self, X: Floats, Y: Floats, weights: np.ndarray | None, full_width: FullWidth | None) -> None:
        """Set the fitted attributes from checked arrays."""

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return the CPU seconds of one fit of the model inside."""
        return self.model.estimate_seconds(n_rows, n_features, n_outputs)

    def estimate_memory(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return what a fit of the model inside holds."""
        return self.model.estimate_memory(n_rows, n_features, n_outputs)

    @property
    def for_many_rows(self) -> str:
        """What the model inside says."""
        return self.model.for_many_rows

    def _fit_inner(
        self, X: Floats, Y: Floats, rows: Ints, weights: np.ndarray | None, full_width: Any, **supplied: Any
    ) -> Model:
        """Fit a copy of the model inside on some rows; what is ``supplied`` is set wherever the kit fills it in."""
        model = clone(self.model)
        for one in inner_plugins(model):
            # A parameter of the same name that a recipe writes (a kernel's blocks) is another one.
            filled = {parameter.name for parameter in parameters(type(one)) if parameter.supplied is not None}
            one.set_params(**{name: value for name, value in supplied.items() if name in filled})
        params: dict[str, Any] = {}
        if weights is not None:
            params["sample_weight"] = weights[rows]
        if self.model.reads_full_width and full_width is not None:
            params["full_width"] = full_width.select_rows(rows)
        fitted: Model = model.fit(X[rows], Y[rows], **params)
        return fitted


def group_keys(X: Floats, by: str, blocks: dict[str, tuple[int, int]] | None) -> Floats:
    """Return the (n_rows, width) columns of the block that names a row's group.

    Args:
        X: (n_rows, n_features) features.
        by: The block's name.
        blocks: Where the blocks lie in X; without it, all of X is the block.

    Raises:
        InputError: There is no such block.
    """
    if blocks is None:
        return X
    if by not in blocks:
        raise InputError(f"by: the model reads no feature block {by!r}{did_you_mean(by, blocks)}")
    first, last = blocks[by]
    return X[:, first:last]


def match_rows(values: Floats, known: Floats) -> Ints:
    """Return, for each row of ``values``, the position of the equal row of ``known``, or −1 where there is none."""
    position = {row.tobytes(): index for index, row in enumerate(np.ascontiguousarray(known + np.float32(0)))}
    # Adding zero makes −0 and 0 the same bytes.
    return np.array([position.get(row.tobytes(), -1) for row in np.ascontiguousarray(values + np.float32(0))], np.intp)
