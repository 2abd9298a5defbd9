"""The fit of a process: hyperparameters from the mean products of rows, in one stage or two."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.sparse import csr_matrix

from kit.arrays import Doubles, Floats, Ints
from kit.errors import KitWarning
from kit.models.processes.adam import minimize
from kit.models.processes.covariance import Covariance
from kit.models.processes.factors import Parameters, latent_name, latent_vectors, spread_name
from kit.models.processes.gaps import Gapped
from kit.models.processes.large import Features, LargeObjective
from kit.models.processes.large.features import item_column, landmarks_of, n_landmarks
from kit.models.processes.likelihood import JITTER, ROW_NOISE, Moments, Objective, Priors, inverse_of
from kit.models.processes.row_keys import RowKeys, well_covered
from kit.models.processes.starts import (
    NOISE_VARIANCE,
    context_weights,
    free_correlations,
    products_of_level_targets,
    products_of_levels,
    start_parameters,
)
from kit.models.processes.terms import Term, ranks

SECOND_STEPS, SECOND_RATE = 40, 0.05
"""Steps and learning rate of the second stage."""

_FEW_PATTERNS = 32
"""The most patterns of gaps over which what is known of latent vectors is averaged."""


@dataclass(frozen=True)
class Settings:
    """The settings of a fit; see the parameters of `kit.models.processes.CoregionalizedGP`."""

    n_steps: int
    learning_rate: float
    effective_targets: float
    latent_precision: float | None
    prior_strength: float
    scale_rows: bool
    two_stages: bool


@dataclass(frozen=True)
class Training:
    """The rows of a fit.

    Attributes:
        rows: The training rows.
        contexts: (n_rows,) which noise a row has.
        weights: (n_rows,) weights, 1 at most. A row of weight w counts as one to whose targets noise of the variance
            0.6·(1/w − 1) was added.
        S: (n_rows, n_rows) mean products of rows, of mean diagonal 1; None where there are targets in its place.
        gapped: Targets with gaps in the same units, from which the likelihood is taken; None where nothing is missing.
        targets: (n_rows, n_targets) targets in the same units, for a fit without matrices of all rows.
    """

    rows: RowKeys
    contexts: Ints
    weights: Doubles
    S: Doubles | None
    gapped: Gapped | None = None
    targets: Floats | None = None

    @property
    def added(self) -> Doubles:
        """The (n_rows,) variance of noise that is added to rows."""
        return NOISE_VARIANCE * (1 / self.weights - 1)

    def select_rows(self, rows: Ints) -> Training:
        """Return the same for some of the rows."""
        S = None if self.S is None else self.S[np.ix_(rows, rows)]
        targets = None if self.targets is None else self.targets[rows]
        gapped = None if self.gapped is None else self.gapped.select_rows(rows)
        return Training(self.rows.select_rows(rows), self.contexts[rows], self.weights[rows], S, gapped, targets)


@dataclass(frozen=True)
class Process:
    """A fitted process.

    Attributes:
        parameters: All parameters, by name.
        objective: What was minimised, of all training rows.
        values: The objective before every step.
    """

    parameters: Parameters
    objective: Objective | LargeObjective
    values: list[float]


def fit_process(
    terms: Sequence[Term],
    covariance: Covariance,
    training: Training,
    n_levels: dict[str, int],
    n_contexts: int,
    settings: Settings,
    rng: np.random.Generator,
) -> Process:
    """Fit the parameters, and what is left uncertain of the latent vectors."""
    columns = list(ranks(terms))
    precisions = {column: settings.latent_precision or min(20.0, 2 * rank / 3) for column, rank in ranks(terms).items()}
    priors = Priors(precisions, settings.prior_strength, free_correlations(terms))

    def objective(part: Training) -> Objective | LargeObjective:
        if part.targets is not None:
            return LargeObjective(
                Features(terms, landmarks),
                part.rows,
                _with_noise(part.targets, part.added, rng),
                settings.effective_targets,
                part.added + JITTER,
                settings.scale_rows,
                priors,
                n_levels[item_column(terms)],
            )
        assert part.S is not None
        pair = covariance.pair(part.rows, part.rows)
        return Objective(
            covariance,
            pair,
            part.S + np.diag(part.added),
            settings.effective_targets,
            part.contexts,
            part.added + JITTER,
            settings.scale_rows,
            priors,
            part.gapped,
            part.added,
        )

    covered = well_covered(training.contexts, n_contexts)
    start = start_parameters(
        terms,
        covariance,
        training.rows,
        n_levels,
        n_contexts,
        _products(training),
        training.weights,
        context_weights(training.contexts, covered),
        rng,
    )
    landmarks = np.zeros(0, dtype=np.intp) if training.targets is None else _landmarks(terms, start, n_contexts)
    whole = objective(training)
    first = np.flatnonzero(covered[training.contexts])
    if settings.two_stages and len(first) < len(training.rows):
        part = training.select_rows(first)
        start[ROW_NOISE] = start[ROW_NOISE][first]
        learnt, values = minimize(objective(part).value_and_gradient, start, settings.n_steps, settings.learning_rate)
        row_noise = np.zeros(len(training.rows))
        row_noise[first] = learnt[ROW_NOISE]
        learnt[ROW_NOISE] = row_noise
        frozen = {}
        for column in columns:
            known = np.isin(np.arange(n_levels[column]), part.rows.index[column])
            frozen[latent_name(column)] = np.broadcast_to(known[:, None], learnt[latent_name(column)].shape)
        parameters, more = minimize(whole.value_and_gradient, learnt, SECOND_STEPS, SECOND_RATE, frozen)
        values += more
    else:
        parameters, values = minimize(whole.value_and_gradient, start, settings.n_steps, settings.learning_rate)
    spreads = {}
    for column in columns:
        if isinstance(whole, LargeObjective):
            spreads[spread_name(column)] = whole.latent_spreads(parameters, column)
        else:
            spreads[spread_name(column)] = latent_spreads(whole, parameters, whole.moments(parameters), column)
    return Process(parameters | spreads, whole, values)


def _products(training: Training) -> Callable[[csr_matrix, Doubles], Doubles]:
    if training.targets is not None:
        return partial(products_of_level_targets, Y=training.targets)
    assert training.S is not None
    return partial(products_of_levels, S=training.S)


def _landmarks(terms: Sequence[Term], start: Parameters, n_contexts: int) -> Ints:
    column = next((factor.column for term in terms for factor in term if factor.form == "radial"), None)
    if column is None:
        return np.zeros(0, dtype=np.intp)
    vectors = start[latent_name(column)]
    number = n_landmarks(terms, n_contexts, len(vectors))
    if number < len(vectors):
        warnings.warn(
            f"coregionalized_gp: many rows: rbf factors are approximated by the similarities to {number} of "
            f"{len(vectors):,} items (Nyström); all else is exact",
            KitWarning,
            stacklevel=4,
        )
    return landmarks_of(vectors, number)


def _with_noise(targets: Floats, added: Doubles, rng: np.random.Generator) -> Floats:
    """Return targets with the noise that rows of small weight count as having been given.

    The exact path adds its variance to the products of rows; these are never formed here, and it is drawn.
    """
    if not added.any():
        return targets
    return targets + (np.sqrt(added)[:, None] * rng.normal(size=targets.shape)).astype(np.float32)


def latent_spreads(objective: Objective, parameters: Parameters, moments: Moments, column: str) -> Doubles:
    """Return the posterior variance of each level's latent vector: Laplace's approximation with the Fisher information.

    A level's information on a number of its vector is G·Σ P[i,j]·(f_i∘z)' P (f_j∘z) over its rows i and j, averaged
    over the numbers, with P = Σ⁻¹, z that number of all rows and f_i what the vectors are multiplied by in row i. With
    the data of a level its information vanishes, and it becomes an unseen one, of the prior's variance.

    Returns:
        (n_levels + 1,); the last is an unseen level's.
    """
    precision = objective.priors.latent[column]
    vectors = latent_vectors(parameters, column)
    index = objective.pair.rows.index[column]
    sigma = moments.signal.copy()
    sigma[np.diag_indices_from(sigma)] += moments.noise
    inverse = inverse_of(sigma)[1]
    rows = vectors[index]
    products = rows @ rows.T
    scale = np.outer(moments.scale, moments.scale)
    factors = [beside * scale for beside in objective.covariance.beside_latent(parameters, column, moments.parts)]
    information: Doubles = np.zeros(len(vectors))
    gapped = objective.gapped
    patterns = [(1.0, inverse)] if gapped is None else gapped.most_common(_FEW_PATTERNS).precisions(inverse)
    for share, inverse in patterns:
        inner = inverse * products
        for factor in factors:
            shared = inverse * (factor @ inner @ factor.T)
            shared *= index[:, None] == index
            information += share * np.bincount(index, weights=shared.sum(axis=1), minlength=len(vectors))
    information *= objective.effective_targets / vectors.shape[1]
    return 1 / (precision + np.maximum(information, 0))
