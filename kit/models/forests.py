"""Forests of randomised trees: grown by scikit-learn, kept and read as plain arrays.

scikit-learn's trees can be saved by pickle, which executes what it reads, or by skops, which must be told for every
version which classes to trust. A grown tree is five arrays; a saved model that holds nothing else needs no trust.
"""

# No ``from __future__ import annotations`` here: the annotations of the constructors must be types, not text, for
# subclasses in other modules.
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from annotated_types import Ge, Gt, Le, Lt
from numpy.typing import ArrayLike, NDArray

from kit.arrays import Doubles, Floats, as_matrix, blocks
from kit.errors import InputError, ParameterError
from kit.models.base import MODELS, Model, check_fit_arrays
from kit.plugins import Supplied, check_is_fitted, parameters

Count = Annotated[int, Ge(1)]
Share = Annotated[float, Gt(0), Lt(1)]
ShareOrAll = Annotated[float, Gt(0), Le(1)]

# What an output adds to the time of trying a feature.
_SHARE_OF_AN_OUTPUT = 0.05


@dataclass(eq=False, repr=False)
class Forest(Model):
    """Base of the forests: the mean of trees that have all outputs in every leaf.

    Parameters carry scikit-learn's names.

    Args:
        n_estimators: Trees.
        criterion: What a split lessens.
        max_depth: Greatest depth of a tree; None for no limit.
        min_samples_split: Fewest rows of a node that is split, or their share of all.
        min_samples_leaf: Fewest rows in a leaf, or their share of all.
        max_features: Features that are tried in every node: how many, what share, or "sqrt" or "log2" of them. All of
            them is scikit-learn's default; a third of them is Breiman's for regression with random forests.
        max_leaf_nodes: Most leaves of a tree, those of greatest gain first; None for no limit.
        min_impurity_decrease: Least gain of a split.
        bootstrap: Whether every tree is grown on a draw of the rows with replacement instead of all.
        max_samples: How many rows are drawn, or what share; None draws as many as there are.
        random_state: Seed of everything random (None means 0).

    Attributes:
        grower: The name of scikit-learn's estimator, which is imported for a fit.
        seconds_per_cell: Single-thread CPU seconds for one tried feature x row x level of a tree of one output
            (scikit-learn 1.9, AMD EPYC).
        roots_: (n_trees,) the root of every tree among the nodes.
        children_: (n_nodes, 2) int32, where a row goes from a node whose feature is at most the threshold, and where
            otherwise. A leaf leads to itself.
        feature_: (n_nodes,) int32, 0 in leaves.
        threshold_: (n_nodes,) float64, infinite in leaves.
        leaf_: (n_nodes,) int32, the row of a leaf in ``values_``; -1 for nodes that are none.
        values_: (n_leaves, n_outputs) float32.
        depth_: The depth of the deepest tree.
        n_features_in_: Number of features.
    """

    grower: ClassVar[str]
    seconds_per_cell: ClassVar[float]
    restraints: ClassVar[tuple[str, ...]] = ("min_samples_leaf", "min_samples_split", "min_impurity_decrease")

    n_estimators: Count = 100
    criterion: Literal["squared_error", "absolute_error"] = "squared_error"
    max_depth: Count | None = None
    min_samples_split: Annotated[int, Ge(2)] | Share = 2
    min_samples_leaf: Count | Share = 1
    max_features: Count | ShareOrAll | Literal["sqrt", "log2"] = 1.0
    max_leaf_nodes: Annotated[int, Ge(2)] | None = None
    min_impurity_decrease: Annotated[float, Ge(0)] = 0.0
    bootstrap: bool = False
    max_samples: Count | ShareOrAll | None = None
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def check_parameters(self) -> None:
        """Check the parameters.

        Raises:
            ParameterError: One is of the wrong type or out of range, or has no effect.
        """
        super().check_parameters()
        if self.max_samples is not None and not self.bootstrap:
            raise ParameterError(
                f"max_samples={self.max_samples!r}: it has an effect only where bootstrap is true; set that or "
                "remove this"
            )

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit on (n_rows, n_features) features and (n_rows, n_outputs) targets, weights (n_rows,) if given.

        Raises:
            InputError: The arrays do not match or have no column.
            ParameterError: See `check_parameters`.
        """
        from sklearn import ensemble

        self.check_parameters()
        X, Y, weights = check_fit_arrays(X, Y, sample_weight)
        for name, matrix in (("X", X), ("Y", Y)):
            if matrix.shape[1] == 0:
                raise InputError(f"{name}: expected at least one column, got shape {matrix.shape}")
        given = {p.name: getattr(self, p.name) for p in parameters(type(self))}
        given |= {"random_state": (self.random_state or 0) % 2**32, "n_jobs": 1}
        forest = getattr(ensemble, self.grower)(**given).fit(X, Y if Y.shape[1] > 1 else Y[:, 0], sample_weight=weights)
        self._keep([one.tree_ for one in forest.estimators_])
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return (n_rows, n_outputs) float32: the mean over the trees, summed in float64."""
        check_is_fitted(self, "values_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_)
        predictions = np.empty((len(X), self.values_.shape[1]), dtype=np.float32)
        for rows in blocks(len(X), max(len(self.roots_), self.values_.shape[1])):
            leaves = self._leaves(X[rows])
            total = np.zeros(predictions[rows].shape)
            for of_tree in leaves.T:
                total += self.values_[of_tree]
            predictions[rows] = total / len(self.roots_)
        return predictions

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, from a measured cost of trying a feature in a node."""
        levels = min(self.max_depth or n_rows, 1.5 * np.log2(max(2, n_rows)))
        if isinstance(self.max_features, str):
            tried = np.sqrt(n_features) if self.max_features == "sqrt" else np.log2(max(2, n_features))
        else:
            tried = self.max_features * (n_features if isinstance(self.max_features, float) else 1)
        cell = self.seconds_per_cell * (1 + _SHARE_OF_AN_OUTPUT * n_outputs)
        return float(cell * self.n_estimators * n_rows * levels * max(1.0, tried))

    def _keep(self, trees: list[Any]) -> None:
        """Lay scikit-learn's trees behind each other."""
        sizes = np.asarray([tree.node_count for tree in trees])
        self.roots_: NDArray[np.int32] = (np.cumsum(sizes) - sizes).astype(np.int32)
        inner = np.concatenate([tree.children_left for tree in trees]) != -1
        own = np.arange(len(inner), dtype=np.int32)
        sides = []
        for side in ("children_left", "children_right"):
            moved = [getattr(tree, side) + root for tree, root in zip(trees, self.roots_, strict=True)]
            sides.append(np.where(inner, np.concatenate(moved), own))
        self.children_: NDArray[np.int32] = np.stack(sides, axis=1).astype(np.int32)
        self.feature_: NDArray[np.int32] = np.where(inner, np.concatenate([t.feature for t in trees]), 0).astype(
            np.int32
        )
        self.threshold_: Doubles = np.where(inner, np.concatenate([t.threshold for t in trees]), np.inf)
        self.leaf_: NDArray[np.int32] = np.where(inner, -1, np.cumsum(~inner) - 1).astype(np.int32)
        values = [tree.value[tree.children_left == -1, :, 0] for tree in trees]
        self.values_: Floats = np.concatenate(values, dtype=np.float32, casting="same_kind")
        self.depth_ = max(int(tree.max_depth) for tree in trees)

    def _leaves(self, X: Floats) -> NDArray[np.int32]:
        """Return the (n_rows, n_trees) leaf that every row reaches in every tree."""
        node = np.tile(self.roots_, (len(X), 1))
        row = np.arange(len(X))[:, None]
        for _ in range(self.depth_):
            right = X[row, self.feature_[node]] > self.threshold_[node]
            node = self.children_[node, right.astype(np.intp)]
        return self.leaf_[node]


@MODELS.register("extra_trees")
class ExtraTrees(Forest):
    """Extremely randomised trees, all outputs together: the best of one random threshold a feature (scikit-learn's).

    Smooth for a forest and quick to grow. A split is good if it is good for all outputs together, so outputs of greater
    variance count for more, as the first coordinates of a target SVD do.
    """

    grower: ClassVar[str] = "ExtraTreesRegressor"
    seconds_per_cell: ClassVar[float] = 7e-9


@MODELS.register("random_forest")
@dataclass(eq=False, repr=False)
class RandomForest(Forest):
    """A random forest, all outputs together: bootstrapped rows, the best threshold of every feature (scikit-learn's).

    A split is good if it is good for all outputs together, so outputs of greater variance count for more, as the first
    coordinates of a target SVD do.
    """

    grower: ClassVar[str] = "RandomForestRegressor"
    seconds_per_cell: ClassVar[float] = 2e-8

    bootstrap: bool = True
