"""The process finds what was planted, and says how sure it is."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.errors import InputError, KitWarning, ParameterError
from kit.full_width import FullWidth
from kit.models import GroupMean
from kit.models.processes import CoregionalizedGP
from kit.plugins import Plugin
from tests.models.processes.planted import BLOCKS, Planted, planted, process, terms

PLANTED = planted()


def learnt(model: CoregionalizedGP, term: int) -> np.ndarray:
    """Return the free matrix of a term, in squared units of the targets."""
    root = model.parameters_[f"terms.{term}.context"]
    return root @ root.T * model.mean_square_


def test_the_planted_matrices_are_found_and_the_prediction_is_the_best_within_a_per_cent() -> None:
    model = PLANTED.fitted(process())
    assert PLANTED.error(model.predict(PLANTED.X[PLANTED.hidden])) < 1.01 * PLANTED.error(PLANTED.best())
    pairs = np.triu_indices(4, 1)
    for term, covariance in enumerate((0.075, 0.05)):
        np.testing.assert_allclose(learnt(model, term)[pairs], covariance, atol=0.02)
    # Of the third term, the scale is shared with the latent vectors.
    third = learnt(model, 2)
    np.testing.assert_allclose(third[pairs] / np.diagonal(third).mean(), 0.5, atol=0.06)
    keys, covariance = model._keys(model.rows_), model._covariance()
    signal = covariance.parts(model.parameters_, covariance.pair(keys, keys)).total * model.mean_square_
    planted_signal = PLANTED.signal[np.ix_(~PLANTED.hidden, ~PLANTED.hidden)]
    assert np.linalg.norm(signal - planted_signal) < 0.12 * np.linalg.norm(planted_signal)


@pytest.mark.parametrize(
    "params", [{}, {"target_ratios": False}, {"scale_rows": True}, {"two_stages": True}, {"target_deviations": 0.3}]
)
def test_what_is_expected_of_an_error_is_what_is_seen(params: dict[str, Any]) -> None:
    model = PLANTED.fitted(process(radial=True, **params))
    new, Y = PLANTED.X[PLANTED.hidden], PLANTED.Y[PLANTED.hidden]
    predictions, variance = model.predict(new), model.predict_variance(new)
    assert PLANTED.error(predictions) < 1.03 * PLANTED.error(PLANTED.best())
    seen = np.square(predictions - Y).mean()
    assert variance.mean() == pytest.approx(seen, rel=0.12)
    inside = np.abs(predictions - Y) < 1.645 * np.sqrt(variance)[:, None]
    assert inside.mean() == pytest.approx(0.9, abs=0.03)


def test_a_row_of_little_noise_is_surer_than_one_of_a_context_that_is_hardly_known() -> None:
    model = PLANTED.fitted(process())
    rare = PLANTED.X[:, 0] == 3
    known = model.predict_variance(PLANTED.X[rare & ~PLANTED.hidden])
    hidden = model.predict_variance(PLANTED.X[rare & PLANTED.hidden])
    unseen_item, unseen_context = model.predict_variance(np.float32([[3, -1], [-1, -1]]))
    assert known.mean() < hidden.mean() < unseen_item < unseen_context


def test_fewer_targets_than_rows() -> None:
    few = planted(n_targets=15)
    drawn, free = (few.fitted(process(prior_strength=strength, target_ratios=False)) for strength in (None, 0.0))
    errors = [few.error(model.predict(few.X[few.hidden])) for model in (drawn, free)]
    zeros = few.error(np.zeros_like(few.Y[few.hidden]))
    assert errors[0] < 1.12 * few.error(few.best()) < zeros
    away = [learnt(model, 0) / np.trace(learnt(model, 0)) * 4 - (0.3 + 0.7 * np.eye(4)) for model in (drawn, free)]
    assert np.linalg.norm(away[0]) < np.linalg.norm(away[1])


def test_without_structure_it_is_the_groups_mean() -> None:
    rng = np.random.default_rng(0)
    context = PLANTED.X[:, 0].astype(int)
    means = rng.normal(size=(4, 1000))
    Y = (means[context] + rng.normal(size=PLANTED.Y.shape)).astype(np.float32)
    flat = Planted(PLANTED.X, Y, PLANTED.signal, 1.0, PLANTED.hidden)
    predictions = flat.fitted(process()).predict(flat.X[flat.hidden])
    group = GroupMean().fit(flat.X[~flat.hidden], flat.Y[~flat.hidden]).predict(flat.X[flat.hidden])
    assert flat.error(predictions) < 1.005 * flat.error(group)
    truth = means[context][flat.hidden]
    assert np.square(predictions - truth).mean() < 1.1 * np.square(group - truth).mean()


def test_from_an_unrelated_context_nothing_is_borrowed() -> None:
    between = np.eye(4)
    between[:3, :3] = 0.5 + 0.5 * np.eye(3)
    data = planted(between=between)
    predictions = data.fitted(process()).predict(data.X[data.hidden])
    own = data.X[~data.hidden, 0] == 3
    alone = process().fit(data.X[~data.hidden][own], data.Y[~data.hidden][own]).predict(data.X[data.hidden])
    assert data.error(predictions) < 1.01 * data.error(data.best())
    assert data.error(predictions) < 1.01 * data.error(alone)
    assert data.error(PLANTED.fitted(process()).predict(data.X[data.hidden])) > 1.1 * data.error(predictions)


def test_without_terms_the_first_two_columns_are_context_and_item() -> None:
    terms_of_default = [*terms(30), {"context": "free", "item": {"rbf": "low_rank"}}]
    X = PLANTED.X[~PLANTED.hidden]
    plain = CoregionalizedGP(random_state=0).fit(X, PLANTED.Y[~PLANTED.hidden])
    assert plain.terms_ == terms_of_default
    written = CoregionalizedGP(terms_of_default, random_state=0, blocks=BLOCKS).fit(X, PLANTED.Y[~PLANTED.hidden])
    np.testing.assert_array_equal(plain.predict(PLANTED.X), written.predict(PLANTED.X))
    more = np.hstack([X, np.ones_like(X)])
    np.testing.assert_array_equal(
        CoregionalizedGP(random_state=0).fit(more, PLANTED.Y[~PLANTED.hidden]).predict(more), plain.predict(X)
    )


def test_an_unseen_item_gets_what_its_contexts_items_share() -> None:
    model = PLANTED.fitted(process())
    with pytest.warns(KitWarning, match=r"no training row has the 'item' of 4 of 4 rows to predict"):
        unseen = model.predict(np.float32([[context, -1] for context in range(4)]))
    means = GroupMean().fit(model.rows_, PLANTED.Y[~PLANTED.hidden]).means_[:4]
    for context in range(3):
        assert np.corrcoef(unseen[context], means[context])[0, 1] > 0.9


def test_rows_of_known_noise_are_weighted_by_it() -> None:
    rng = np.random.default_rng(0)
    known = ~PLANTED.hidden
    noisy = rng.random(len(PLANTED.X)) < 0.5
    added = np.where(noisy & known, 2.0, 0.0)[:, None] * rng.normal(size=PLANTED.Y.shape)
    Y = (PLANTED.Y + added).astype(np.float32)
    weights = np.where(noisy, PLANTED.noise / (PLANTED.noise + 4), 1.0)[known]
    X, new = PLANTED.X[known], PLANTED.X[PLANTED.hidden]
    weighted = process(n_steps=30).fit(X, Y[known], weights)
    twice = process(n_steps=30).fit(X, Y[known], 2 * weights)
    np.testing.assert_array_equal(twice.predict(new), weighted.predict(new))
    alike = process(n_steps=30).fit(X, Y[known])
    assert PLANTED.error(weighted.predict(new)) < PLANTED.error(alike.predict(new))


@pytest.mark.parametrize("radial", [False, True])
def test_as_an_items_data_vanish_it_becomes_an_unseen_one(radial: bool) -> None:
    X, Y = PLANTED.X[~PLANTED.hidden], PLANTED.Y[~PLANTED.hidden]
    item, rows = 5, X[:, 1] == 5
    new = np.float32([[3, item]])
    unseen = process(radial=radial).fit(X[~rows], Y[~rows])
    target, variance = unseen.predict(new), unseen.predict_variance(new)
    distances = []
    for weight in (1.0, 1e-2, 1e-6):
        model = process(radial=radial).fit(X, Y, np.where(rows, weight, 1.0))
        distances.append(np.sqrt(np.square(model.predict(new) - target).mean()))
    assert distances[0] > 0.3 * Y.std()
    assert distances[1] < distances[0]
    assert distances[2] < 0.03 * Y.std()
    assert model.predict_variance(new) == pytest.approx(variance, rel=0.03)
    zero = process(radial=radial).fit(X, Y, np.where(rows, 0.0, 1.0))
    np.testing.assert_array_equal(zero.predict(new), target)


def test_an_unseen_item_is_predicted_from_its_structure_by_a_kernel() -> None:
    rng = np.random.default_rng(0)
    structure = rng.normal(size=(60, 2)).astype(np.float32)
    effects = np.stack([np.sin(2 * structure[:, 0]), np.cos(2 * structure[:, 1])], axis=1) @ rng.normal(size=(2, 400))
    context, item = np.divmod(np.arange(180), 60)
    X = np.column_stack([context, np.where(item < 50, item, -1), structure[item]]).astype(np.float32)
    Y = (effects[item] * (1 + 0.2 * context[:, None]) + 0.3 * rng.normal(size=(180, 400))).astype(np.float32)
    new = item >= 50
    kernel = [
        {"context": "free"},
        {"context": "free", "item": "identity"},
        {"context": "free", "item": {"kernel": "rbf", "of": "structure"}},
    ]
    blocks = BLOCKS | {"structure": (2, 4)}
    model = CoregionalizedGP(kernel, random_state=0, blocks=blocks).fit(X[~new], Y[~new])
    blind = CoregionalizedGP(terms(2), random_state=0, blocks=BLOCKS).fit(X[~new, :2], Y[~new])
    with warnings.catch_warnings():
        warnings.simplefilter("error", KitWarning)
        described = model.predict(X[new])
    with pytest.warns(KitWarning, match="no term has a kernel of it"):
        unknown = blind.predict(X[new, :2])
    errors = [np.square(predictions - Y[new]).mean() for predictions in (described, unknown)]
    assert errors[0] < 0.5 * errors[1]


@pytest.mark.parametrize("center", ["target", "context"])
def test_tables_whose_targets_have_a_mean(center: Any) -> None:
    rng = np.random.default_rng(0)
    mean = 8 + rng.normal(size=1000) + (PLANTED.X[:, :1] if center == "context" else 0)
    shifted = Planted(PLANTED.X, (PLANTED.Y + mean).astype(np.float32), PLANTED.signal, PLANTED.noise, PLANTED.hidden)
    predictions = shifted.fitted(process(center=center)).predict(shifted.X[shifted.hidden])
    best = PLANTED.error(PLANTED.best())
    assert shifted.error(predictions) < 1.1 * best
    assert shifted.error(shifted.fitted(process()).predict(shifted.X[shifted.hidden])) > shifted.error(predictions)
    unseen = shifted.fitted(process(center=center)).predict(np.float32([[-1, -1]]))
    assert np.abs(unseen - shifted.Y[~shifted.hidden].mean(axis=0)).mean() < 0.5


def test_rows_of_different_scale() -> None:
    rng = np.random.default_rng(0)
    scale = np.exp(rng.normal(size=24) / 2)[PLANTED.X[:, 1].astype(int)][:, None].astype(np.float32)
    data = Planted(PLANTED.X, PLANTED.Y * scale, PLANTED.signal, PLANTED.noise, PLANTED.hidden)
    errors, agreement = [], []
    for scale_rows in (False, True):
        model = data.fitted(process(scale_rows=scale_rows))
        rest = np.square(model.predict(data.X[data.hidden]) - data.Y[data.hidden]).mean(axis=1)
        errors.append(np.sqrt(rest).mean())
        agreement.append(np.corrcoef(np.log(rest), np.log(model.predict_variance(data.X[data.hidden])))[0, 1])
    assert errors[1] < errors[0]
    assert agreement[1] > 0.8


def test_coordinates_are_predicted_as_the_targets_behind_them_say() -> None:
    known = ~PLANTED.hidden
    Y = PLANTED.Y[known]
    components = np.linalg.svd(Y, full_matrices=False)[2][:10].astype(np.float32)
    Z = Y @ components.T
    rest = np.square(Y).sum(axis=1) - np.square(Z).sum(axis=1)
    full = FullWidth(Y, components, np.zeros((1, 1000), np.float32), np.zeros(len(Y), np.intp), rest)
    model = process(target_ratios=False).fit(PLANTED.X[known], Z, full_width=full)
    whole = process(target_ratios=False).fit(PLANTED.X[known], Y)
    new = PLANTED.X[PLANTED.hidden]
    np.testing.assert_allclose(model.predict(new), whole.predict(new) @ components.T, atol=0.02)
    with pytest.raises(InputError, match=r"set the model's target: \{kind: identity\}, or switch both off"):
        process().fit(PLANTED.X[known], Z, full_width=full)
    weights = np.where(np.arange(len(Z)) < 5, 0.0, 1.0)
    fewer = process(target_ratios=False).fit(PLANTED.X[known], Z, weights, full)
    assert len(fewer.rows_) == len(Z) - 5


def test_it_is_the_same_every_time_and_survives_saving(tmp_path: Path) -> None:
    model = PLANTED.fitted(process(radial=True, scale_rows=True, target_deviations=0.3))
    again = PLANTED.fitted(process(radial=True, scale_rows=True, target_deviations=0.3))
    together = model.predict(PLANTED.X)
    np.testing.assert_array_equal(again.predict(PLANTED.X), together)
    one_by_one = np.vstack([model.predict(PLANTED.X[[row]]) for row in range(0, 96, 7)])
    np.testing.assert_allclose(one_by_one, together[::7], rtol=1e-5, atol=1e-5)
    model.save(tmp_path / "model")
    loaded = Plugin.load(tmp_path / "model")
    assert isinstance(loaded, CoregionalizedGP)
    np.testing.assert_array_equal(loaded.predict(PLANTED.X), together)
    np.testing.assert_array_equal(loaded.predict_variance(PLANTED.X), model.predict_variance(PLANTED.X))
    assert list(model.report()) == ["objective", "noise", *(f"terms.{term}.context" for term in range(4))]


def test_what_is_refused() -> None:
    X, Y = PLANTED.X, PLANTED.Y
    with pytest.raises(InputError, match="terms name feature blocks, but the model was not told where they stand"):
        CoregionalizedGP(terms()).fit(X, Y)
    with pytest.raises(InputError, match="without terms it reads two columns of category codes, X has 1"):
        CoregionalizedGP().fit(X[:, :1], Y)
    with pytest.raises(InputError, match=r"there is no feature block 'contxt'.*did you mean 'context'"):
        CoregionalizedGP([{"contxt": "free"}], blocks=BLOCKS).fit(X, Y)
    with pytest.raises(ParameterError, match=r"terms.0.context: there is no factor 'fee'"):
        CoregionalizedGP([{"context": "fee"}], blocks=BLOCKS).fit(X, Y)
    with pytest.raises(InputError, match="column 1 of X must hold category codes"):
        CoregionalizedGP().fit(X + np.float32([0, 0.5]), Y)


@pytest.mark.parametrize("params", [{}, {"scale_rows": True}, {"target_deviations": 0.3}])
def test_the_joint_forecast_is_the_planted_conditional_covariance(params: dict[str, Any]) -> None:
    model = PLANTED.fitted(process(**params))
    new = PLANTED.X[PLANTED.hidden]
    joint = model.predict_covariance(new)
    np.testing.assert_allclose(np.diagonal(joint.signal) + joint.noise, model.predict_variance(new), rtol=1e-9)
    known = ~PLANTED.hidden
    cross = PLANTED.signal[np.ix_(PLANTED.hidden, known)]
    block = PLANTED.signal[np.ix_(known, known)] + PLANTED.noise * np.eye(known.sum())
    conditional = PLANTED.signal[np.ix_(PLANTED.hidden, PLANTED.hidden)] - cross @ np.linalg.solve(block, cross.T)
    assert np.linalg.norm(joint.signal - conditional) < 0.35 * np.linalg.norm(conditional)
    pairs = np.triu_indices(len(new), 1)
    assert np.corrcoef(joint.signal[pairs], conditional[pairs])[0, 1] > 0.9
