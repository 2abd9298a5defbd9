"""An orthonormal basis of the training targets, exactly, from the eigen-decomposition of a small Gram matrix."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from math import sqrt
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from annotated_types import Ge, Gt, Lt
from scipy.linalg import solve_triangular
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats, Ints, as_matrix, blocks, tiles
from kit.errors import InputError, KitWarning
from kit.full_width import FullWidth
from kit.gaps import alike_columns, has_gaps, measured_rows
from kit.large import room, row_blocks
from kit.targets.base import TARGETS, Groups, TargetTransform
from kit.targets.centring import centre_index, centred, group_centres, group_labels
from kit.targets.completion import Completed, complete
from kit.targets.iterated import SHORTER_SIDE, is_iterated, leading_components
from kit.targets.predictable import halves, predictable_rank
from kit.targets.rank import gavish_donoho_rank, numerical_rank, rank_for_share

_DECODED = 2**24
"""Numbers that are decoded in one product."""

_PRODUCT_S, _EIGEN_S = 2e-11, 1.6e-10
"""CPU seconds of a multiplication of the Gram matrix, and by the cube of its side of its eigenvectors (AMD EPYC)."""


@TARGETS.register("svd")
@dataclass(eq=False, repr=False)
class TargetSVD(TargetTransform):
    """Exact truncated SVD of the training targets: a few coordinates a row, in which RMSE and MSE stay exact.

    With fewer rows than targets, the n × n Gram matrix of the (centred) targets gives every singular vector; with
    fewer targets than rows the small matrix is G × G. Sums run in float64, a block of columns at a time, so no
    float64 copy of the targets is made. Signs are fixed by the loading of greatest magnitude, which is positive
    (scikit-learn's ``svd_flip``): the same input gives the same bytes.

    Of more than 4,096 rows and targets, a fixed number of components is found by subspace iteration, a few passes over
    the rows, until their sum of squares changes by less than a millionth: see `kit.targets.iterated`.

    Targets with gaps (NaN) are completed by a low-rank model first, see `kit.targets.completion`; a KitWarning says
    where its iteration does not converge. The coordinates of a row with gaps are those of the row completed by the
    regularised least-squares fit of its measured targets; a row without any has the coordinates 0.

    Args:
        n_components: How many components to keep: a number; a share in (0, 1) of the training targets' sum of squares
            (of what centring leaves); or ``gavish_donoho``, the optimal hard threshold for white noise of unknown
            size. No more are kept than the numerical rank, so a fold with fewer rows than the number asked for keeps
            as many as it has, and never fewer than one: targets that centring leaves at zero keep the first target's
            axis, in which they all have the coordinate 0.
        center: What is subtracted first: ``none``, the ``mean`` of the training rows, or the mean of each row's
            ``group``; rows of a group that `fit` has not seen are centred by the mean of all training rows.

    Attributes:
        components_: (n_components_, n_targets) float32 orthonormal basis V'.
        singular_values_: (n_components_,) float64.
        explained_variance_ratio_: (n_components_,) float64 shares of the (centred) targets' sum of squares.
        n_components_: How many components were kept.
        centres_: (n_centres, n_targets) float32 means: none, one, or one a group and then that of all rows.
        prior_variances_: (n_components_,) float64 mean squares of the training rows' coordinates.
        noise_variance_: Variance of a measured value around the components.
        n_iterations_: How often gaps were filled; 0 where there were none.
        converged_: Whether the filled gaps changed no more in the end.
        n_passes_: How often the rows were gone over where components were iterated for; 0 where they are exact.
        groups_: The sorted labels of the groups, where there are any.
    """

    n_components: Annotated[int, Ge(1)] | Annotated[float, Gt(0), Lt(1)] | Literal["auto", "gavish_donoho"] = 32
    center: Literal["none", "mean", "group"] = "none"

    allow_nan_targets: ClassVar[bool] = True
    fills_gaps: ClassVar[bool] = True

    @property
    def linear(self) -> bool:
        """True: the basis is orthonormal, the centre is the same for y and its prediction."""
        return True

    def fit(self, Y: Floats, groups: Groups = None) -> Self:
        """Compute the basis of (n_rows, n_targets) targets.

        Args:
            Y: (n_rows, n_targets) float32 targets of the training rows alone.
            groups: (n_rows,) labels; needed where ``center`` is ``group``, unread elsewhere.

        Raises:
            InputError: Y is no finite matrix with a row and a column, or the groups do not match it.
            ParameterError: A parameter is out of range.
        """
        self.check_parameters()
        Y = as_matrix(Y, "Y", allow_nan=True)
        if 0 in Y.shape:
            raise InputError(f"Y: expected at least one row and one target, got shape {Y.shape}")
        if not measured_rows(Y).any():
            raise InputError("Y: no target was measured in any row (all are NaN), expected at least one finite value")
        completed = self._completed(Y, groups) if has_gaps(Y) else None
        self.n_iterations_, self.converged_, self.n_passes_ = 0, True, 0
        if completed is not None:
            Y, self.n_iterations_, self.converged_ = completed.values, completed.n_iterations, completed.converged
        self._fit_centres(Y, groups)
        index = self._index(groups, Y.shape[0])

        norm = sqrt(float(np.einsum("ij,ij->", Y, Y, dtype=np.float64)))
        found = self._iterated(Y, index, norm) if self._is_iterated(Y.shape) else self._exact(Y, index, norm)
        values, basis, total = found
        k = len(basis)
        if k == 0:
            basis = np.zeros((1, Y.shape[1]))
            basis[0, 0] = 1.0
            values, k = np.zeros(1), 1
        self.components_: Floats = _fix_signs(basis)
        self.n_components_ = k
        self.singular_values_: Doubles = values[:k].copy()
        self.explained_variance_ratio_: Doubles = self.singular_values_**2 / total if total > 0 else np.zeros(k)
        self.prior_variances_: Doubles = self.singular_values_**2 / len(Y)
        left = max(total - float((self.singular_values_**2).sum()), 0.0)
        self.noise_variance_ = left / Y.size if completed is None else completed.noise
        return self

    def transform(self, Y: Floats, groups: Groups = None) -> Floats:
        """Return the (n, n_components_) coordinates V'(y − centre), float32.

        Raises:
            InputError: Y has another number of targets than the training rows, or there is not one group label a row.
        """
        Y = self._checked(Y)
        return self._coordinates(Y, self._index(groups, Y.shape[0])).astype(np.float32)

    def inverse_transform(self, Z: Floats, groups: Groups = None) -> Floats:
        """Return (n, n_targets) float32: centre + Vz.

        Raises:
            InputError: Z has another number of components, or the groups do not match it.
        """
        check_is_fitted(self, "components_")
        Z = as_matrix(Z, "Z", n_columns=self.n_components_)
        decoded: Floats = room((Z.shape[0], self.components_.shape[1]))
        index = self._index(groups, Z.shape[0])
        for rows in row_blocks(decoded, _DECODED):
            np.matmul(Z[rows], self.components_, out=decoded[rows])
        if index is not None:
            for rows, columns in tiles(*decoded.shape):
                decoded[rows, columns] += self.centres_[index[rows], columns]
        return decoded

    def project(self, Y: Floats) -> Floats:
        """Return the (n, n_components_) float32 linear part V'y, nothing subtracted."""
        return self._coordinates(as_matrix(self._checked(Y), "Y"), None).astype(np.float32)

    def report(self) -> dict[str, Any]:
        """Return how many components were kept, and by how many passes over the rows where they were iterated for."""
        check_is_fitted(self, "components_")
        return {"n_components": self.n_components_} | ({"passes": self.n_passes_} if self.n_passes_ else {})

    def expected_components(self, n_rows: int, n_targets: int) -> int | None:
        """Return the number that was asked for, one a row and a target at most; None for a share of the variance."""
        return min(self.n_components, n_rows, n_targets) if isinstance(self.n_components, int) else None

    def estimate_seconds(self, n_rows: int, n_targets: int) -> float:
        """Return those of the Gram matrix and its eigenvectors; 0 where components are iterated for."""
        side = self._side(n_rows, n_targets)
        return _PRODUCT_S * n_rows * n_targets * side + _EIGEN_S * side**3

    def estimate_memory(self, n_rows: int, n_targets: int) -> float:
        """Return that of the Gram matrix, its eigenvectors and what finding them takes; 0 below .7 GiB."""
        side = self._side(n_rows, n_targets)
        return 5.0 * 8 * side**2 if side > SHORTER_SIDE else 0.0

    @property
    def for_many_rows(self) -> str:
        """A number of components, which are then iterated for."""
        return "give n_components as a number, such as 64: a few components of many rows and targets are iterated for"

    def residual(self, Y: Floats, groups: Groups = None) -> Doubles:
        """Return ‖y − centre − Vz‖² of each row over what was measured, (n,) float64, never negative.

        It is summed from the differences themselves: ‖y‖² − ‖z‖² would cancel where the residual is small.
        """
        Y = self._checked(Y)
        index = self._index(groups, Y.shape[0])
        Z = self._coordinates(Y, index)
        total = np.zeros(Y.shape[0])
        for rows, columns in tiles(*Y.shape):
            rest = centred(Y[rows], columns, self.centres_, _of(index, rows)) - Z[rows] @ self.components_[:, columns]
            np.nan_to_num(rest, copy=False)
            total[rows] += np.einsum("ij,ij->i", rest, rest)
        return total

    def full_width(self, Y: Floats, groups: Groups = None) -> FullWidth:
        """Return the targets, gaps filled as in `transform`, with the basis, the centres and the rows' residuals.

        Raises:
            InputError: As in `transform`.
        """
        Y = self._checked(Y)
        index = self._index(groups, Y.shape[0])
        if index is None:
            centres, index = np.zeros((1, Y.shape[1]), dtype=np.float32), np.zeros(Y.shape[0], dtype=np.intp)
        else:
            centres = self.centres_
        if has_gaps(Y):
            Y = np.where(np.isnan(Y), self.inverse_transform(self.transform(Y, groups), groups), Y)
        return FullWidth(Y, self.components_, centres, index, self.residual(Y, groups))

    def _side(self, n_rows: int, n_targets: int) -> int:
        """Return the side of the Gram matrix that is decomposed; 0 where none is."""
        return 0 if self._is_iterated((n_rows, n_targets)) else min(n_rows, n_targets)

    def _is_iterated(self, shape: tuple[int, int]) -> bool:
        return isinstance(self.n_components, int) and is_iterated(shape, self.n_components)

    def _exact(self, Y: Floats, index: Ints | None, norm: float) -> tuple[Doubles, Doubles | Floats, float]:
        """Return all singular values, the basis of those that are kept, and the sum of their squares."""
        wide = Y.shape[0] <= Y.shape[1]
        grams = self._grams(Y, index, wide)
        eigenvalues, vectors = np.linalg.eigh(sum(grams[1:], start=grams[0]))
        values, vectors = np.sqrt(np.maximum(eigenvalues[::-1], 0.0)), vectors[:, ::-1]
        rank = numerical_rank(values, norm)
        k = min(rank, predictable_rank(*grams) if len(grams) == 2 else self._wanted(values, Y.shape))
        wanted = vectors[:, :k]
        basis = self._basis_from_rows(Y, index, (wanted / values[:k]).T) if wide and k else wanted.T
        return values, basis, float(np.maximum(eigenvalues, 0.0).sum())

    def _iterated(self, Y: Floats, index: Ints | None, norm: float) -> tuple[Doubles, Doubles | Floats, float]:
        """Return the same by iteration, of the leading singular values alone."""
        assert isinstance(self.n_components, int)
        found = leading_components(Y, self.centres_, index, self.n_components)
        self.n_passes_ = found.passes
        return found.values, found.basis[: numerical_rank(found.values, norm)], found.total

    def _completed(self, Y: Floats, groups: Groups) -> Completed:
        """Return training targets with gaps completed."""

        def centres_of(filled: Floats) -> tuple[Floats, Ints | None]:
            self._fit_centres(filled, groups)
            return self.centres_, self._index(groups, len(filled))

        completed = complete(Y, centres_of)
        if not completed.converged:
            warnings.warn(
                f"{self.kind}: the gaps of the targets ({np.isnan(Y).mean():.0%} of the values) still change after "
                f"{completed.n_iterations} rounds of filling them; the basis is that of the last one. Targets or rows "
                "with next to no measured values may be the reason",
                KitWarning,
                stacklevel=3,
            )
        return completed

    def _fit_centres(self, Y: Floats, groups: Groups) -> None:
        self.groups_ = np.asarray([], dtype=str)
        if self.center == "group":
            self.groups_, codes = np.unique(group_labels(groups, Y.shape[0]), return_inverse=True)
            self.centres_: Floats = group_centres(Y, codes, len(self.groups_))
        elif self.center == "mean":
            self.centres_ = group_centres(Y, np.zeros(Y.shape[0], dtype=np.intp), 1)[-1:]
        else:
            self.centres_ = np.empty((0, Y.shape[1]), dtype=np.float32)

    def _index(self, groups: Groups, n_rows: int) -> Ints | None:
        """Return which row of ``centres_`` each row is centred by; None where nothing is subtracted."""
        if self.center == "none":
            return None
        if self.center == "mean":
            return np.zeros(n_rows, dtype=np.intp)
        return centre_index(group_labels(groups, n_rows), self.groups_)

    def _wanted(self, values: Doubles, shape: tuple[int, int]) -> int:
        if isinstance(self.n_components, str):  # the optimal threshold
            means = {"none": 0, "mean": 1, "group": len(self.groups_)}[self.center]
            free = max(1, shape[0] - means)
            return max(1, gavish_donoho_rank(values[: min(free, shape[1])], free, shape[1]))
        if self.n_components < 1:
            return rank_for_share(values, float(self.n_components))
        return int(self.n_components)

    def _grams(self, Y: Floats, index: Ints | None, wide: bool) -> list[Doubles]:
        """Return the Gram matrix of the shorter side, for ``auto`` its two parts: halves of the longer one."""
        if wide:
            columns = halves(Y.shape[1]) if self.n_components == "auto" else [slice(None)]
            return [_row_gram(Y[:, half], self.centres_[:, half], index) for half in columns]
        rows = halves(Y.shape[0]) if self.n_components == "auto" else [slice(None)]
        return [_column_gram(Y[half], self.centres_, None if index is None else index[half]) for half in rows]

    def _basis_from_rows(self, Y: Floats, index: Ints | None, combination: Doubles) -> Floats:
        """Return the orthonormal rows ``combination @ Y``, (k, n_targets).

        Components of tiny singular values lose their orthogonality in the Gram matrix, which squares the spread; a
        Cholesky factor of their inner products gives it back (each is corrected by those before it alone).
        """
        basis = np.empty((len(combination), Y.shape[1]), dtype=np.float32)
        identity = np.eye(len(combination))
        for _ in range(3):
            products = np.zeros_like(identity)
            for columns in blocks(*Y.shape[::-1]):
                block = combination @ centred(Y, columns, self.centres_, index)
                products += block @ block.T
                basis[:, columns] = block
            if np.abs(products - identity).max() < 1e-9:
                break
            combination = solve_triangular(np.linalg.cholesky(products), combination, lower=True)
        return basis

    def _coordinates(self, Y: Floats, index: Ints | None) -> Doubles:
        Z, gaps = np.zeros((Y.shape[0], self.n_components_)), has_gaps(Y)
        for rows, columns in tiles(*Y.shape):
            # Where nothing is subtracted, only the sum over blocks needs float64: coordinates are float32 in the end.
            block: Floats | Doubles = Y[rows, columns]
            if index is not None or gaps:
                block = centred(Y[rows], columns, self.centres_, _of(index, rows))
            if gaps:
                np.nan_to_num(block, copy=False)
            Z[rows] += block @ self.components_[:, columns].T
        if gaps:
            self._complete_coordinates(Z, np.isnan(Y))
        return Z

    def _complete_coordinates(self, Z: Doubles, missing: np.ndarray) -> None:
        """Add to coordinates of what was measured, in place, those of what the measured values let expect in gaps.

        With V_o the measured targets' part of the basis, the fit is the minimum over z of ‖y_o − V_o'z‖² / noise +
        Σ z² / variance, and the gaps add (1 − V_o V_o') z.
        """
        identity = np.eye(self.n_components_)
        penalty = np.diag(self.noise_variance_ / np.maximum(self.prior_variances_, np.finfo(np.float64).tiny))
        for rows in alike_columns(missing.T):
            absent = missing[rows[0]]
            if not absent.any() or absent.all():
                continue
            few = self.components_[:, absent if 2 * absent.sum() < len(absent) else ~absent].astype(np.float64)
            measured = identity - few @ few.T if 2 * absent.sum() < len(absent) else few @ few.T
            fitted = np.linalg.solve(measured + penalty, Z[rows].T)
            Z[rows] += ((identity - measured) @ fitted).T

    def _checked(self, Y: Floats) -> Floats:
        check_is_fitted(self, "components_")
        return as_matrix(Y, "Y", n_columns=self.components_.shape[1], allow_nan=True)


def _of(index: Ints | None, rows: slice) -> Ints | None:
    """Return the centres of some rows."""
    return None if index is None else index[rows]


def _row_gram(Y: Floats, centres: Floats, index: Ints | None) -> Doubles:
    gram = np.zeros((Y.shape[0], Y.shape[0]))
    for columns in blocks(*Y.shape[::-1]):
        block = centred(Y, columns, centres, index)
        gram += block @ block.T
    return gram


def _column_gram(Y: Floats, centres: Floats, index: Ints | None) -> Doubles:
    gram = np.zeros((Y.shape[1], Y.shape[1]))
    for rows in blocks(*Y.shape):
        block = centred(Y[rows], slice(None), centres, _of(index, rows))
        gram += block.T @ block
    return gram


def _fix_signs(basis: Doubles | Floats) -> Floats:
    """Return the basis in float32, each row's entry of greatest magnitude positive."""
    basis = np.ascontiguousarray(basis, dtype=np.float32)
    peaks = basis[np.arange(len(basis)), np.abs(basis).argmax(axis=1)]
    basis *= np.where(peaks < 0, np.float32(-1), np.float32(1))[:, None]
    return basis
