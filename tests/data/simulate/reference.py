"""Small reference predictors and the metric, independent of the kit's own rooms: oracles for the planted order."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import Ridge

from kit.data.simulate import SimulatedCompetition


def row_rmse(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """The root mean squared error of each row; their mean is MRRMSE."""
    return np.sqrt(np.mean((truth.astype(float) - predicted) ** 2, axis=1))


def zeros(world: SimulatedCompetition) -> np.ndarray:
    return np.zeros(world.test_targets.shape)


def per_cell_type(world: SimulatedCompetition) -> np.ndarray:
    means = _cell_type_means(world)
    return np.stack([means[name] for name in world.test["cell_type"]])


def additive(world: SimulatedCompetition) -> np.ndarray:
    """The cell type's mean plus the compound's mean deviation from it, shrunk by the factor best on left-out rows."""
    means = _cell_type_means(world)
    deviations = world.train_targets - np.stack([means[name] for name in world.train["cell_type"]])
    left_out, own = _other_rows_mean(world, deviations)
    shrink = np.sum(left_out * deviations) / np.sum(left_out**2)
    return per_cell_type(world) + shrink * own


def ridge(world: SimulatedCompetition, n_components: int = 32) -> np.ndarray:
    """Ridge from a compound's leave-one-out profile in SVD space, its products with the cell type, and the cell type.

    The penalty is a 64th of the largest eigenvalue of X'X: heavier than cross-validation over random rows would take,
    because most training rows are of other cell types than the hidden ones.
    """
    _, _, basis = np.linalg.svd(world.train_targets.astype(float), full_matrices=False)
    basis = basis[:n_components]
    coordinates = world.train_targets @ basis.T
    train_profiles, test_profiles = _other_rows_mean(world, coordinates)
    names = [cell_type.name for cell_type in world.design.cell_types]

    def features(profiles: np.ndarray, cell_type: np.ndarray) -> np.ndarray:
        one_hot = (cell_type[:, None] == np.array(names)).astype(float)
        products = (profiles[:, None, :] * one_hot[:, :, None]).reshape(len(profiles), -1)
        return np.hstack([profiles, products, one_hot * scale])

    scale = np.sqrt(np.mean(train_profiles**2) * n_components)
    train = features(train_profiles, world.train["cell_type"].to_numpy())
    test = features(test_profiles, world.test["cell_type"].to_numpy())
    penalty = np.linalg.norm(train, ord=2) ** 2 / 64
    model = Ridge(alpha=penalty, fit_intercept=False)
    return model.fit(train, coordinates).predict(test) @ basis


def noise_free(world: SimulatedCompetition) -> np.ndarray:
    return world.test_noise_free


LADDER = (zeros, per_cell_type, additive, ridge, noise_free)


def _cell_type_means(world: SimulatedCompetition) -> dict[str, np.ndarray]:
    groups = world.train.groupby("cell_type").indices
    return {str(name): world.train_targets[rows].mean(axis=0) for name, rows in groups.items()}


def _other_rows_mean(world: SimulatedCompetition, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean of ``values`` over a compound's other training rows: for each training row, and for each hidden row."""
    train, test = world.train["sm_name"].to_numpy(), world.test["sm_name"].to_numpy()
    for_train = np.stack(
        [values[(train == name) & (np.arange(len(train)) != i)].mean(axis=0) for i, name in enumerate(train)]
    )
    for_test = np.stack([values[train == name].mean(axis=0) for name in test])
    return for_train, for_test
