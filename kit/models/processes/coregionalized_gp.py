"""A Gaussian process over rows whose covariance is learnt from all targets."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from annotated_types import Ge, Gt, Le, MinLen
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, Ints, as_matrix, blocks
from kit.errors import InputError, KitWarning
from kit.full_width import FullWidth
from kit.models.base import MODELS, JointForecast, Model
from kit.models.kernels.kernel import Kernel
from kit.models.kernels.kernel_model import weighted_rows
from kit.models.processes.centring import Centring, centres_of, mean_products, row_means
from kit.models.processes.coefficients import exact_coefficients, large_coefficients
from kit.models.processes.costs import FOR_MANY_ROWS, SECONDS_PER_CUBE, fit_memory, fit_seconds
from kit.models.processes.covariance import Covariance
from kit.models.processes.deviations import enlarged_errors, shrunk_deviations
from kit.models.processes.factors import describe_free, latent_vectors
from kit.models.processes.fitting import SECOND_STEPS, Settings, Training, fit_process
from kit.models.processes.gaps import Gapped, missing_values
from kit.models.processes.large import (
    Features,
    LargeObjective,
    Woodbury,
    cross_covariance,
    is_structured,
)
from kit.models.processes.large.features import Feature
from kit.models.processes.likelihood import JITTER, NOISE, ROW_NOISE
from kit.models.processes.row_keys import Levels, NewRows, RowKeys, known_levels, warn_of_unseen
from kit.models.processes.row_scale import fit_effects, predict_scales, root_mean_squares
from kit.models.processes.terms import (
    Term,
    Terms,
    blocks_named,
    category_columns,
    checked_blocks,
    context_column,
    default_terms,
    factors,
    parse_terms,
    ranks,
)
from kit.plugins import NameOf, Supplied, check_is_fitted, clone

_PRIOR_STRENGTH = 10.0
"""Pseudo-targets behind the prior of free matrices where there are fewer targets than rows."""

MOST_EXACT_ROWS = 1500
"""The rows up to which a fit holds matrices of all of them."""

_COLUMNS = 100
"""New rows whose variances are found at a time, about, after a fit on many rows."""


@MODELS.register("coregionalized_gp")
class CoregionalizedGP(Model):
    """Gaussian process over rows; targets are replicates (coregionalization, co-kriging, BLUP, GP-LVM).

    Rows are the variables and targets the replicates: every target is an independent draw of one Gaussian vector over
    all rows, those to be predicted included. Its covariance is a sum of terms, each a product of factors over columns,
    plus noise; its parameters are those of greatest marginal likelihood, which needs of the targets only the mean
    products of rows. The prediction is the conditional mean. In the words of the field: the linear model of
    coregionalization (co-kriging) with latent inputs (GP-LVM: Lawrence, JMLR 6, 2005; latent-variable multiple-output
    GPs: Dai, Álvarez & Lawrence, NeurIPS 2017), and factor-analytic BLUP of multi-environment trials in plant breeding.

    It is meant for ``target: {kind: identity}``: the products of rows must come from the whole targets, since truncated
    coordinates have lost the noise. Before a linear transform such as `svd` it takes them at full width all the same.

    A term is written as the factor of each feature block that it reads. Factors: ``free``, any positive semi-definite
    matrix over the categories; ``identity``, the same category or not; ``{low_rank: 30}``, the inner product of learnt
    vectors of that length, one a category; ``{rbf: low_rank}``, the radial kernel of the same vectors; ``{kernel:
    tanimoto, of: fingerprint}``, a kernel (`kit list kernel`, its parameters beside it) over a feature block, by
    default the column itself. For all but kernels the block is one column of category codes (`category_codes`). The
    context is the first column with a ``free`` factor; each of its categories has a noise of its own.

    Targets may have gaps (NaN in Y): each is a draw of the rows that it has, exactly, whatever the pattern.

    Up to 1,500 rows a fit holds matrices of all of them. Beyond, it is the same model by the algebra of blocks and low
    rank (Woodbury), if every term is a free factor of one column, alone or times ``identity``, ``low_rank`` or ``rbf``
    of another: exact for any pattern of missing pairs, but that ``rbf`` goes by the similarities to 100 items at most
    (Nyström), with a warning, and that the noise that small weights stand for is drawn. Time: rows × contexts.

    A category that no training row has is integrated out: a ``free`` factor takes the average category, ``identity``
    0, and a latent vector is drawn from its prior. So an unseen item gets what its context's items have in common, with
    a warning; it is predicted from its structure only where a term has a kernel factor of it.

    Args:
        terms: The terms. Without them, the covariance has four over the first two columns of X, here called context
            and item, and reads no other: ``{context: free}``, ``{context: free, item: identity}``, ``{context: free,
            item: {low_rank: 30}}``, ``{context: free, item: {rbf: low_rank}}``.
        center: The mean that is taken off the targets and put back on predictions: "none" (targets that are
            differences), each target's mean over the rows ("target"), or over those of a context ("context").
        scale_rows: Whether rows are modelled at one scale. Each is divided by its root mean square, signal plus noise
            have the variance 1 in every row, and a prediction is multiplied by the row's expected root mean square,
            log-additive in the levels. For rows of one norm (ranks); where norms differ, choose it inside the fold.
        target_ratios: Whether each target has a signal-to-noise ratio of its own, averaged over its posterior.
        target_deviations: Power, from 0 to 1, of the shrunk standard deviation of each target in each context, by which
            targets are divided and predictions multiplied; 0 for none.
        two_stages: Whether latent vectors are learnt on the well-covered contexts alone (those with at least half as
            many rows as the largest), and the rest then on all rows.
        latent_precision: Precision of the prior of the latent vectors' numbers, greater than 0: one over the variance
            of an unseen category's. None for two thirds of the vectors' length, 20 at most.
        effective_targets: How many independent targets the likelihood counts at most, at least 1: targets are
            correlated.
        prior_strength: Pseudo-targets by which free matrices are drawn towards one correlation between all categories,
            at least 0; None for 10 where there are fewer targets than rows, else 0.
        n_steps: Steps of Adam.
        learning_rate: Learning rate of the first step; it falls by a cosine to 3 per cent of it.
        random_state: Seed of the small jitter with which the latent vectors begin.
        blocks: First and past-the-end column of every feature block.

    Attributes:
        terms_: The terms in use.
        columns_: The column of X behind each column of categories.
        levels_: For each of them, the sorted codes of the training rows.
        kernels_: The fitted kernels of kernel factors, in the order of the terms.
        parameters_: What was learnt, by name, float64: lower Cholesky factors of free matrices ("terms.0.cell_type"),
            latent vectors ("latent.sm_name", (n_levels, rank)) with the variance that is left of them ("spread.…"), the
            log noise of contexts ("noise") and of rows ("row_noise"), logs of steepness and variance of other factors
            and terms; relative to ``mean_square_``.
        rows_: (n_rows, n_features) float32 training rows, those of weight 0 left out.
        row_factor_: (n_rows,) what a row's covariances are multiplied by.
        row_noise_: (n_rows,) variance of the training rows' noise, relative to ``mean_square_``.
        precision_: (n_rows, n_rows) float64 inverse covariance of the training rows; where targets have gaps, the mean
            over targets of that of the rows that they have. None after a fit on many rows.
        landmarks_: The items that stand for all in rbf factors, after a fit on many rows; else None.
        dual_coef_: (n_rows, n_outputs) float32.
        mean_dual_: (n_rows,) float64, the same for the rows' means over targets.
        mean_square_: Mean square of the targets as modelled.
        centres_: (n_contexts + 1, n_outputs) float32 means put back; the last is an unseen context's.
        deviations_: (n_contexts + 1, n_outputs) float32 factors of targets; None without them.
        enlarged_: Effects of levels on the log of the factor by which they enlarge a row's error; None without them.
        row_scales_: Effects of levels on the log of a row's root mean square; None without row scaling.
        log_ratios_: (n_outputs,) posterior mean of each target's log signal-to-noise ratio, relative to that of all;
            None without them.
        objective_: What was minimised, before every step.
        n_features_in_: The number of features.
    """

    reads_full_width: ClassVar[bool] = True
    allow_nan_targets: ClassVar[bool] = True

    def __init__(
        self,
        terms: Annotated[Annotated[Terms, MinLen(1)] | None, NameOf("block", every=True, inside=blocks_named)] = None,
        center: Centring = "none",
        scale_rows: bool = False,
        target_ratios: bool = True,
        target_deviations: Annotated[float, Ge(0), Le(1)] = 0.0,
        two_stages: bool = False,
        latent_precision: Annotated[float, Gt(0)] | None = None,
        effective_targets: Annotated[float, Ge(1)] = 1000.0,
        prior_strength: Annotated[float, Ge(0)] | None = None,
        n_steps: Annotated[int, Ge(1)] = 60,
        learning_rate: Annotated[float, Gt(0)] = 0.08,
        random_state: Annotated[int | None, Supplied("the recipe's seed")] = None,
        blocks: Annotated[dict[str, tuple[int, int]] | None, Supplied("the recipe's feature blocks")] = None,
    ) -> None:
        self.terms = terms
        self.center = center
        self.scale_rows = scale_rows
        self.target_ratios = target_ratios
        self.target_deviations = target_deviations
        self.two_stages = two_stages
        self.latent_precision = latent_precision
        self.effective_targets = effective_targets
        self.prior_strength = prior_strength
        self.n_steps = n_steps
        self.learning_rate = learning_rate
        self.random_state = random_state
        self.blocks = blocks

    def check_parameters(self) -> None:
        """Check the constructor's parameters, and the terms.

        Raises:
            ParameterError: One is out of range, or a term is no product of known factors.
        """
        super().check_parameters()
        if self.terms is not None:
            parse_terms(self.terms)

    def fit(
        self,
        X: ArrayLike,
        Y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        full_width: FullWidth | None = None,
    ) -> Self:
        """Fit on (n_rows, n_features) features and (n_rows, n_outputs) targets.

        Args:
            X: (n_rows, n_features) features.
            Y: (n_rows, n_outputs) targets, or their coordinates. NaN stands for what was not measured: a target is
                learnt from, and predicted by, the rows that it has.
            sample_weight: (n_rows,) weights, relative to the greatest. A row of weight w counts as one to whose targets
                noise was added, of 0.6·(1/w − 1) times the mean variance of a row.
            full_width: The targets behind coordinates.

        Raises:
            InputError: The arrays do not match, a term names no feature block, or an option needs the targets
                themselves and Y holds coordinates.
            ParameterError: A parameter is out of range.
        """
        self.check_parameters()
        if sample_weight is not None and full_width is not None:
            full_width = full_width.select_rows(np.flatnonzero(np.asarray(sample_weight) > 0))
        X, Y, weights = weighted_rows(X, Y, sample_weight, allow_nan=True)
        whole = None if full_width is None or full_width.components is None else full_width
        if whole is not None and (self.target_ratios or self.target_deviations):
            raise InputError(
                "coregionalized_gp: target_ratios and target_deviations need the targets themselves, and the target "
                "transform gives coordinates; set the model's target: {kind: identity}, or switch both off"
            )
        missing = missing_values(Y, self.kind)
        if missing is not None:
            if whole is not None:
                raise InputError(f"{self.kind}: targets with gaps are modelled themselves, not in coordinates")
            measured = ~missing.all(axis=1)
            X, Y, weights, missing = X[measured], Y[measured], weights[measured], missing[measured]
        weights = weights / weights.max()
        terms = self._learn_columns(X)
        rows, n_levels = self._keys(X), {name: len(levels) for name, levels in self.levels_.items()}
        contexts, n_contexts = self._contexts(rows), self._n_contexts()

        self.centres_ = centres_of(Y, self.center, contexts, n_contexts, weights, missing)
        residual: Floats = Y - self.centres_[contexts]
        means = row_means(residual) if whole is None else np.zeros(len(Y))
        residual -= means[:, None].astype(np.float32)
        if missing is not None:
            residual[missing] = 0
        self.deviations_: Floats | None = None
        if self.target_deviations:
            self.deviations_ = shrunk_deviations(residual, contexts, n_contexts, self.target_deviations, missing)
            residual /= self.deviations_[contexts]
        modelled = residual if whole is None else self._whole(whole, contexts, weights)
        large = self._is_large(len(X), terms, missing)
        S = None if large else mean_products(modelled, missing)
        # Only the lengths of rows where their products are never formed.
        mean_squares = (
            np.einsum("ij,ij->i", modelled, modelled, dtype=np.float64) / modelled.shape[1]
            if S is None
            else np.diagonal(S).copy()
        )
        self.row_scales_: dict[str, Doubles] | None = None
        if self.scale_rows:
            scales = root_mean_squares(mean_squares)
            self.row_scales_ = fit_effects(scales, rows, n_levels, weights)
            mean_squares /= scales**2
            if S is not None:
                S /= np.outer(scales, scales)
            divisor = scales[:, None].astype(np.float32)
            residual /= divisor
            if modelled is not residual:
                modelled /= divisor
            means /= scales
        self.mean_square_ = float(np.average(mean_squares, weights=weights)) or 1.0

        self.kernels_: list[Kernel] = [
            clone(factor.kernel).fit(X, self.blocks) for factor in factors(terms) if factor.kernel is not None
        ]
        rng = np.random.default_rng(self.random_state)
        gapped = None if missing is None else Gapped.of(residual, missing)
        sample = None if gapped is None else gapped.sample(self.mean_square_, rng)
        scaled = None if S is None else S / self.mean_square_
        targets = modelled / np.float32(np.sqrt(self.mean_square_)) if large else None
        training = Training(rows, contexts, weights, scaled, sample, targets)
        n_targets = Y.shape[1] if full_width is None else full_width.n_targets
        settings = self._settings(len(X), n_targets)
        process = fit_process(terms, self._covariance(), training, n_levels, n_contexts, settings, rng)

        self.parameters_, self.objective_ = process.parameters, process.values
        self.rows_, self.n_features_in_ = X, X.shape[1]
        self.landmarks_: Ints | None = None
        if isinstance(process.objective, LargeObjective):
            self.landmarks_ = process.objective.features.landmarks
            found = large_coefficients(process.objective, process.parameters, residual, means, self.target_ratios)
        else:
            exact = process.objective.moments(process.parameters)
            found = exact_coefficients(exact, residual, means, gapped, self.target_ratios)
        moments = process.objective.moments(process.parameters)
        self.row_factor_, self.row_noise_, self.precision_ = moments.scale, moments.noise, found.precision
        self.dual_coef_, self.mean_dual_, self.log_ratios_ = found.dual, found.means, found.log_ratios
        self.enlarged_: dict[str, Doubles] | None = None
        if self.deviations_ is not None:
            enlarged = enlarged_errors(found.solved, self.deviations_, contexts)
            self.enlarged_ = fit_effects(enlarged, rows, n_levels, weights)
        return self

    def _is_large(self, n_rows: int, terms: list[Term], missing: np.ndarray | None) -> bool:
        """Return whether a fit goes without matrices of all rows, and warn where it should and cannot."""
        if n_rows <= MOST_EXACT_ROWS:
            return False
        why = "the targets have gaps" if missing is not None else "" if is_structured(terms) else "of its terms"
        if why:
            warnings.warn(
                f"{self.kind}: {n_rows:,} rows are worked on by matrices of all of them, because {why}; a step costs "
                f"{SECONDS_PER_CUBE * n_rows**3:.0f} CPU s. Many rows are faster where nothing is missing and every "
                "term is a free factor of one column, alone or times identity, low_rank or rbf of another one",
                KitWarning,
                stacklevel=3,
            )
        return not why

    def predict(self, X: ArrayLike) -> Floats:
        """Return the conditional mean, (n_rows, n_outputs) float32, computed in float64 in blocks of outputs."""
        check_is_fitted(self, "dual_coef_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_)
        described = {factor.column for factor in factors(parse_terms(self.terms_)) if factor.kernel is not None}
        warn_of_unseen(self._keys(X), self.levels_, described, self.kind)
        predictions = np.empty((len(X), self.dual_coef_.shape[1]), dtype=np.float32)
        for rows in blocks(len(X), len(self.rows_)):
            new, part = self._new_rows(X[rows]), predictions[rows]
            means = (new.cross @ self.mean_dual_)[:, None]
            for columns in blocks(self.dual_coef_.shape[1], max(len(part), len(self.rows_))):
                signal = new.cross @ self.dual_coef_[:, columns]
                if self.deviations_ is not None:
                    signal *= self.deviations_[new.contexts, columns]
                part[:, columns] = self.centres_[new.contexts, columns] + new.row_scale[:, None] * (signal + means)
        return predictions

    def predict_variance(self, X: ArrayLike) -> Doubles:
        """Return the (n_rows,) float64 expected squared error of a row's prediction, averaged over the outputs.

        It is the conditional variance plus the noise that a measured row has, in squared units of the outputs. It
        takes every target at the signal-to-noise ratio of all.
        """
        check_is_fitted(self, "dual_coef_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_)
        solve = self._solver()
        variances = np.empty(len(X))
        for rows in blocks(len(X), len(self.rows_)):
            new = self._new_rows(X[rows])
            explained = np.einsum("ij,ji->i", new.cross, solve(new.cross.T))
            variances[rows] = (np.maximum(new.signal - explained, 0) + new.noise + JITTER) * self._error_unit(new) ** 2
        return variances

    def predict_covariance(self, X: ArrayLike) -> JointForecast:
        """Return the conditional covariance of rows, and their noise; see `predict_variance`.

        Two rows with categories that no training row has count as rows of one category.
        """
        check_is_fitted(self, "dual_coef_")
        new, covariance = self._new_rows(as_matrix(X, "X", n_columns=self.n_features_in_)), self._covariance()
        signal = covariance.parts(self.parameters_, covariance.pair(new.rows, new.rows)).total
        signal *= np.outer(new.factor, new.factor)
        np.fill_diagonal(signal, new.signal)
        signal -= new.cross @ self._solver()(new.cross.T)
        scales = self._error_unit(new)
        return JointForecast(signal * np.outer(scales, scales), (new.noise + JITTER) * scales**2)

    def latent_vectors(self, X: ArrayLike) -> Doubles:
        """Return the (n_rows, n_numbers) learnt vectors of rows' categories, one column's after another's.

        That of a category that no training row has is its prior's mean, 0.
        """
        check_is_fitted(self, "dual_coef_")
        rows = self._keys(as_matrix(X, "X", n_columns=self.n_features_in_))
        columns = ranks(parse_terms(self.terms_))
        found = [latent_vectors(self.parameters_, column)[rows.index[column]] for column in columns]
        return np.hstack([np.empty((len(rows), 0)), *found])

    def report(self) -> dict[str, Any]:
        """Return the objective before the first and the last step, the noise of contexts, and what free factors learnt.

        Of a free factor: its mean variance, and the mean correlation of two categories.
        """
        noise = np.exp(self.parameters_[NOISE])
        learnt = {"objective": [self.objective_[0], self.objective_[-1]], "noise": noise.tolist()}
        learnt |= describe_free(parse_terms(self.terms_), self.parameters_)
        if self.landmarks_ is not None:
            size = sum(feature.vectors.shape[1] for feature in self._features()[1]) * self._n_contexts()
            learnt["algebra"] = {"rank": size, "landmarks": len(self.landmarks_)}
        return learnt

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds: the steps, and the products with all targets."""
        steps = self.n_steps + (SECOND_STEPS if self.two_stages else 0)
        return fit_seconds(n_rows, n_outputs, steps, self.target_ratios, self._is_exact(n_rows))

    def estimate_memory(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return roughly the bytes of matrices of all rows, where the terms need them; of targets without gaps."""
        return fit_memory(n_rows, self._is_exact(n_rows))

    @property
    def for_many_rows(self) -> str:
        """The terms with which a fit grows with the rows alone."""
        return FOR_MANY_ROWS

    def _is_exact(self, n_rows: int) -> bool:
        return n_rows <= MOST_EXACT_ROWS or not (self.terms is None or is_structured(parse_terms(self.terms)))

    def _learn_columns(self, X: Floats) -> list[Term]:
        """Set the terms in use, the columns that they read and their levels.

        Raises:
            InputError: There are not the columns that the terms name.
        """
        if self.terms is not None:
            self.terms_: Terms = self.terms
            terms = parse_terms(self.terms_)
            places = checked_blocks(terms, self.blocks)
            self.columns_ = {name: places[name][0] for name in category_columns(terms)}
        else:
            if X.shape[1] < 2:
                raise InputError(
                    f"coregionalized_gp: without terms it reads two columns of category codes, X has {X.shape[1]}; "
                    "give the model the features of category_codes of two columns, or write terms"
                )
            self.columns_ = {"context": 0, "item": 1}
            self.terms_ = default_terms(*self.columns_)
            terms = parse_terms(self.terms_)
        self.levels_: Levels = known_levels(X, self.columns_, self.kind)
        return terms

    def _keys(self, X: Floats) -> RowKeys:
        return RowKeys.of(X, self.columns_, self.levels_, self.kind)

    def _covariance(self) -> Covariance:
        terms = parse_terms(self.terms_)
        described = [factor.name for factor in factors(terms) if factor.kernel is not None]
        return Covariance(terms, dict(zip(described, self.kernels_, strict=True)))

    def _contexts(self, rows: RowKeys) -> Ints:
        """Return the (n_rows,) contexts of rows, of which each has its noise; the number of contexts if unseen."""
        column = context_column(parse_terms(self.terms_))
        return np.zeros(len(rows), dtype=np.intp) if column is None else rows.index[column]

    def _n_contexts(self) -> int:
        column = context_column(parse_terms(self.terms_))
        return 1 if column is None else len(self.levels_[column])

    def _whole(self, full_width: FullWidth, contexts: Ints, weights: Doubles) -> Floats:
        """Return the targets behind coordinates as they are modelled, without means."""
        whole = full_width.Y - full_width.centres[full_width.centre_index]
        whole -= centres_of(whole, self.center, contexts, self._n_contexts(), weights)[contexts]
        whole -= row_means(whole)[:, None].astype(np.float32)
        return whole

    def _settings(self, n_rows: int, n_targets: int) -> Settings:
        strength = self.prior_strength
        if strength is None:
            strength = _PRIOR_STRENGTH if n_targets < n_rows else 0.0
        return Settings(
            self.n_steps,
            self.learning_rate,
            min(self.effective_targets, n_targets),
            self.latent_precision,
            strength,
            self.scale_rows,
            self.two_stages,
        )

    def _error_unit(self, new: NewRows) -> Doubles:
        """Return the (n_new,) root mean squared errors of rows whose variance, as modelled, is 1."""
        scales: Doubles = np.sqrt(self.mean_square_) * new.row_scale
        return scales if self.enlarged_ is None else scales * predict_scales(self.enlarged_, new.rows)

    def _solver(self) -> Callable[[Doubles], Doubles]:
        """Return what multiplies by the inverse covariance of the training rows."""
        if self.precision_ is not None:
            return partial(np.matmul, self.precision_)
        rows, (columns, features) = self._keys(self.rows_), self._features()
        contexts, items = rows.index[columns.context], rows.index[columns.item]
        return Woodbury(features, contexts, items, self.row_factor_, self.row_noise_, _COLUMNS).solve

    def _features(self) -> tuple[Features, list[Feature]]:
        assert self.landmarks_ is not None
        columns = Features(parse_terms(self.terms_), self.landmarks_)
        return columns, columns.of(self.parameters_, len(self.levels_[columns.item]))

    def _new_rows(self, X: Floats) -> NewRows:
        rows, training, covariance = self._keys(X), self._keys(self.rows_), self._covariance()
        if self.precision_ is None:
            cross = cross_covariance(*self._features(), rows, training)
        else:
            cross = covariance.parts(self.parameters_, covariance.pair(rows, training)).total
        signal, contexts = covariance.diagonal(self.parameters_, rows), self._contexts(rows)
        noise = np.exp(self.parameters_[NOISE])
        if self.row_scales_ is None:
            # What the rows of a context have in common of their own noise, a new one has too.
            common = np.bincount(self._contexts(training), self.parameters_[ROW_NOISE], len(noise))
            noise = noise * np.exp(common / np.bincount(self._contexts(training), minlength=len(noise)))
        noise = np.append(noise, noise.mean())[contexts]
        factor = row_scale = np.ones(len(X))
        if self.row_scales_ is not None:
            factor = (signal + noise) ** -0.5
            cross *= np.outer(factor, self.row_factor_)
            signal, noise = signal * factor**2, noise * factor**2
            row_scale = predict_scales(self.row_scales_, rows)
        return NewRows(rows, contexts, factor, cross, signal, noise, row_scale)
