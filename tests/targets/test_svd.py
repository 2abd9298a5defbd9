from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.decomposition import TruncatedSVD
from sklearn.exceptions import NotFittedError

from kit.errors import InputError, ParameterError
from kit.plugins import Plugin
from kit.targets import TARGETS, TargetSVD, TargetTransform
from tests.real_data import real_data


def make_targets(n_rows: int = 40, n_targets: int = 300, rank: int = 12, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    signal = (rng.normal(size=(n_rows, rank)) * np.geomspace(5, 0.5, rank)) @ rng.normal(size=(rank, n_targets))
    return (signal + 0.3 * rng.normal(size=(n_rows, n_targets)) + 1.0).astype(np.float32)


def make_groups(n_rows: int) -> np.ndarray:
    return np.array(["NK cells", "T cells", "B cells"])[np.arange(n_rows) % 3]


def departure_from_orthonormal(basis: np.ndarray) -> float:
    return float(np.abs(basis.astype(np.float64) @ basis.T.astype(np.float64) - np.eye(len(basis))).max())


@pytest.fixture(autouse=True)
def _several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 40 * 37)


@pytest.mark.parametrize("shape", [(40, 300), (300, 40), (50, 50)], ids=["wide", "tall", "square"])
def test_agrees_with_numpy(shape: tuple[int, int]) -> None:
    Y = make_targets(*shape)
    svd = TargetSVD(10).fit(Y)
    _, values, basis = np.linalg.svd(Y.astype(np.float64), full_matrices=False)
    np.testing.assert_allclose(svd.singular_values_, values[:10], rtol=1e-6)
    np.testing.assert_allclose(svd.explained_variance_ratio_, values[:10] ** 2 / (values**2).sum(), rtol=1e-6)
    np.testing.assert_allclose(np.abs((svd.components_ * basis[:10]).sum(axis=1)), 1.0, atol=1e-5)
    assert departure_from_orthonormal(svd.components_) < 1e-6


def test_agrees_with_sklearn_s_exact_solver_signs_included() -> None:
    Y = make_targets()
    oracle = TruncatedSVD(8, algorithm="arpack", random_state=0).fit(Y.astype(np.float64))
    # scikit-learn fixes signs by another side of the decomposition in some versions; ours by the loadings.
    peaks = oracle.components_[np.arange(8), np.abs(oracle.components_).argmax(axis=1)]
    expected = oracle.components_ * np.sign(peaks)[:, None]
    np.testing.assert_allclose(TargetSVD(8).fit(Y).components_, expected, atol=1e-5)


def test_centred_bases_agree_with_numpy() -> None:
    Y, groups = make_targets(), make_groups(40)
    for center, means in [
        ("mean", Y.mean(axis=0, dtype=np.float64)),
        ("group", pd.DataFrame(Y.astype(np.float64)).groupby(groups).transform("mean").to_numpy()),
    ]:
        values = np.linalg.svd(Y - means, compute_uv=False)
        svd = TargetSVD(10, center=center).fit(Y, groups)
        np.testing.assert_allclose(svd.singular_values_, values[:10], rtol=1e-5)


@given(
    n_rows=st.integers(1, 30),
    n_targets=st.integers(1, 60),
    n_components=st.integers(1, 40),
    center=st.sampled_from(["none", "mean", "group"]),
    scale=st.sampled_from([1e-3, 1.0, 1e3]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_squared_error_is_the_one_in_coordinates_plus_the_residual(
    n_rows: int, n_targets: int, n_components: int, center: str, scale: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    Y = (scale * make_targets(n_rows, n_targets, rank=5, seed=seed)).astype(np.float32)
    new = (scale * rng.normal(size=(6, n_targets))).astype(np.float32)
    groups, new_groups = make_groups(n_rows), np.array(["NK cells", "never seen"] * 3)
    svd = TargetSVD(n_components, center=center).fit(Y, groups)
    assert departure_from_orthonormal(svd.components_) < 1e-6

    Z = svd.transform(new, new_groups)
    Z_hat = (Z + scale * rng.normal(size=Z.shape)).astype(np.float32)
    centre = svd.inverse_transform(np.zeros_like(Z), new_groups).astype(np.float64)
    decoded = centre + Z_hat.astype(np.float64) @ svd.components_.astype(np.float64)
    full = ((new - decoded) ** 2).sum(axis=1)
    residual = svd.residual(new, new_groups)
    reduced = ((Z.astype(np.float64) - Z_hat) ** 2).sum(axis=1) + residual
    assert residual.dtype == np.float64
    assert (residual >= 0).all()
    # Coordinates are float32: where a prediction is far closer to its row than to 0, their rounding is what is left.
    rounding = 2 * np.finfo(np.float32).eps * np.sqrt(full) * np.linalg.norm(Z.astype(np.float64), axis=1)
    assert (np.abs(reduced - full) <= 1e-6 * full + rounding).all()
    np.testing.assert_allclose(svd.inverse_transform(Z_hat, new_groups), decoded, rtol=1e-4, atol=1e-5 * scale)


def test_small_residuals_are_accurate() -> None:
    # A row in the basis but for a part 1e-4 as long: ‖y‖² − ‖z‖² in float32 would be all rounding.
    Y = make_targets()
    svd = TargetSVD(10).fit(Y)
    inside = svd.inverse_transform(svd.transform(Y)).astype(np.float64)
    basis = svd.components_.astype(np.float64)
    outside = np.random.default_rng(0).normal(size=Y.shape)
    outside -= outside @ basis.T @ basis
    outside *= 1e-4 * np.linalg.norm(inside, axis=1, keepdims=True) / np.linalg.norm(outside, axis=1, keepdims=True)
    rows = (inside + outside).astype(np.float32)
    exact = rows.astype(np.float64)
    q, _ = np.linalg.qr(basis.T)
    exact -= exact @ q @ q.T
    np.testing.assert_allclose(svd.residual(rows), (exact**2).sum(axis=1), rtol=1e-5)


def test_all_components_leave_nothing_of_the_training_rows() -> None:
    Y, groups = make_targets(), make_groups(40)
    for center, rank in [("none", 40), ("mean", 39), ("group", 37)]:
        svd = TargetSVD(1000, center=center).fit(Y, groups)
        assert svd.n_components_ == rank
        assert svd.components_.shape == (rank, 300)
        np.testing.assert_allclose(svd.inverse_transform(svd.transform(Y, groups), groups), Y, atol=1e-4)
        assert (svd.residual(Y, groups) < 1e-9 * (Y.astype(np.float64) ** 2).sum(axis=1)).all()


def test_exactly_low_rank_targets_are_cut_at_their_rank() -> None:
    rng = np.random.default_rng(0)
    Y = (rng.normal(size=(30, 4)) @ rng.normal(size=(4, 200))).astype(np.float32)
    svd = TargetSVD(20).fit(np.vstack([Y, Y[:5], np.zeros_like(Y[:3])]))
    assert svd.n_components_ == 4


def test_basis_stays_orthonormal_where_singular_values_are_tiny() -> None:
    rng = np.random.default_rng(0)
    U, V = np.linalg.qr(rng.normal(size=(30, 30)))[0], np.linalg.qr(rng.normal(size=(200, 30)))[0]
    svd = TargetSVD(30).fit((U * np.geomspace(1, 1e-9, 30)) @ V.T)
    assert svd.singular_values_[-1] < 1e-5
    assert departure_from_orthonormal(svd.components_) < 1e-6


def test_share_keeps_the_least_number_that_explains_it() -> None:
    Y = make_targets()
    svd = TargetSVD(0.9).fit(Y)
    assert svd.explained_variance_ratio_.sum() >= 0.9
    assert svd.explained_variance_ratio_[:-1].sum() < 0.9


@pytest.mark.parametrize("center", ["none", "mean", "group"])
def test_gavish_donoho_recovers_the_planted_rank(center: str) -> None:
    rng = np.random.default_rng(0)
    Y = 3 * rng.normal(size=(60, 6)) @ rng.normal(size=(6, 400)) + rng.normal(size=(60, 400))
    assert TargetSVD("gavish_donoho", center=center).fit(Y, make_groups(60)).n_components_ == 6


def test_gavish_donoho_takes_no_notice_of_what_centring_removed() -> None:
    # 30 means of 60 rows leave 30 singular values at zero; counted in, they would halve the median.
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(30).astype(str), 2)
    Y = 3 * rng.normal(size=(60, 4)) @ rng.normal(size=(4, 400)) + rng.normal(size=(60, 400))
    assert TargetSVD("gavish_donoho", center="group").fit(Y, groups).n_components_ == 4


@pytest.mark.parametrize("n_components", [3, 0.5, "gavish_donoho", "auto"])
@pytest.mark.parametrize("center", ["none", "mean", "group"])
@pytest.mark.parametrize("Y", [np.zeros((4, 5)), np.full((4, 5), 1e6 / 3), np.ones((1, 5)), np.zeros((1, 1))])
def test_degenerate_targets_keep_one_component(Y: np.ndarray, center: str, n_components: int) -> None:
    groups = make_groups(len(Y))
    svd = TargetSVD(n_components, center=center).fit(Y, groups)
    assert svd.n_components_ == 1
    assert departure_from_orthonormal(svd.components_) < 1e-6
    np.testing.assert_allclose(svd.inverse_transform(svd.transform(Y, groups), groups), Y, rtol=1e-6)
    assert np.isfinite(svd.explained_variance_ratio_).all()


def test_constant_columns_do_no_harm() -> None:
    Y = make_targets()
    Y[:, 100:200] = 7.0
    svd = TargetSVD(5, center="mean").fit(Y)
    assert np.abs(svd.components_[:, 100:200]).max() < 1e-6


def test_same_input_gives_the_same_bytes_and_positive_peaks() -> None:
    Y = make_targets()
    first, second = TargetSVD(12).fit(Y), TargetSVD(12).fit(Y.copy())
    assert first.components_.tobytes() == second.components_.tobytes()
    peaks = first.components_[np.arange(12), np.abs(first.components_).argmax(axis=1)]
    assert (peaks > 0).all()


def test_order_of_training_rows_changes_nothing_but_rounding() -> None:
    Y, groups = make_targets(), make_groups(40)
    order = np.random.default_rng(0).permutation(40)
    first, second = (
        TargetSVD(12, center="group").fit(Y, groups),
        TargetSVD(12, center="group").fit(Y[order], groups[order]),
    )
    np.testing.assert_allclose(first.components_, second.components_, atol=1e-5)


def test_unseen_groups_are_centred_by_the_mean_of_all_rows() -> None:
    Y, groups = make_targets(), make_groups(40)
    svd = TargetSVD(5, center="group").fit(Y, groups)
    Z = np.zeros((2, 5), dtype=np.float32)
    decoded = svd.inverse_transform(Z, ["never seen", "T cells"])
    np.testing.assert_allclose(decoded[0], Y.mean(axis=0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(decoded[1], Y[groups == "T cells"].mean(axis=0), rtol=1e-5, atol=1e-6)


def test_project_is_the_linear_part_alone() -> None:
    Y, groups = make_targets(), make_groups(40)
    svd = TargetSVD(5, center="group").fit(Y, groups)
    np.testing.assert_allclose(svd.project(Y), Y @ svd.components_.T, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(svd.project(Y[:2] + Y[2:4]), svd.project(Y[:2]) + svd.project(Y[2:4]), atol=1e-4)


@pytest.mark.parametrize("center", ["none", "mean", "group"])
def test_a_row_s_coordinates_depend_on_that_row_alone(center: str) -> None:
    Y, groups = make_targets(), make_groups(40)
    svd = TargetSVD(12, center=center).fit(Y[:30], groups[:30])
    state = svd.components_.tobytes(), svd.centres_.tobytes()
    mixed = Y.copy()
    mixed[::2] = 1e4 * np.random.default_rng(0).normal(size=mixed[::2].shape)
    order = np.random.default_rng(0).permutation(40)
    mixed, mixed_groups = mixed[order], groups[order]
    at = np.argsort(order)[1::2]
    Z, residual = svd.transform(Y, groups)[1::2], svd.residual(Y, groups)[1::2]
    np.testing.assert_allclose(svd.transform(mixed, mixed_groups)[at], Z, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(svd.residual(mixed, mixed_groups)[at], residual, rtol=1e-5)
    np.testing.assert_allclose(svd.transform(Y[1:2], groups[1:2])[0], Z[0], rtol=1e-5, atol=1e-5)
    assert (svd.components_.tobytes(), svd.centres_.tobytes()) == state


def test_arguments_stay_as_they_are() -> None:
    Y, groups = make_targets(), make_groups(40)
    before = Y.copy()
    svd = TargetSVD(5, center="group").fit(Y, groups)
    svd.inverse_transform(svd.transform(Y, groups), groups)
    svd.residual(Y, groups)
    np.testing.assert_array_equal(Y, before)


@pytest.mark.parametrize("center", ["none", "mean", "group"])
def test_saved_and_loaded_is_the_same(tmp_path: Path, center: str) -> None:
    Y, groups = make_targets(), make_groups(40)
    svd = TargetSVD("gavish_donoho", center=center).fit(Y, groups)
    svd.save(tmp_path / "svd")
    loaded = Plugin.load(tmp_path / "svd")
    assert isinstance(loaded, TargetSVD)
    assert loaded.get_params() == svd.get_params()
    assert loaded.transform(Y, groups).tobytes() == svd.transform(Y, groups).tobytes()
    assert loaded.residual(Y, groups).tobytes() == svd.residual(Y, groups).tobytes()


def test_is_registered_linear_and_clonable() -> None:
    assert TARGETS.get("svd") is TargetSVD
    svd = clone(TargetSVD(0.5, center="mean"))
    assert isinstance(svd, TargetTransform)
    assert svd.linear
    assert svd.get_params() == {"n_components": 0.5, "center": "mean"}


@pytest.mark.parametrize(
    "params", [{"n_components": 0}, {"n_components": 1.5}, {"n_components": "all"}, {"center": "median"}]
)
def test_parameters_out_of_range_are_refused(params: dict[str, object]) -> None:
    with pytest.raises(ParameterError, match=next(iter(params))):
        TargetSVD(**params).fit(make_targets())  # type: ignore[arg-type]


def test_wrong_shapes_are_refused() -> None:
    Y, groups = make_targets(), make_groups(40)
    svd = TargetSVD(5, center="group")
    with pytest.raises(NotFittedError):
        svd.transform(Y, groups)
    with pytest.raises(InputError, match="got None"):
        svd.fit(Y)
    svd.fit(Y, groups)
    with pytest.raises(InputError, match="300 columns"):
        svd.transform(Y[:, :10], groups)
    with pytest.raises(InputError, match="5 columns"):
        svd.inverse_transform(Y, groups)
    with pytest.raises(InputError, match="one label a row"):
        svd.residual(Y, groups[:3])
    with pytest.raises(InputError, match="at least one row"):
        svd.fit(Y[:0], groups[:0])
    with pytest.raises(InputError, match="finite"):
        svd.fit(np.full_like(Y, np.nan), groups)


def test_real_measurements_agree_with_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    table = pd.read_parquet(real_data("open-problems-ranks") / "de_train.parquet")
    Y = table.iloc[:100, 5:].to_numpy(np.float32)
    svd = TargetSVD(64).fit(Y)
    np.testing.assert_allclose(
        svd.singular_values_, np.linalg.svd(Y.astype(np.float64), compute_uv=False)[:64], rtol=1e-6
    )
    assert departure_from_orthonormal(svd.components_) < 1e-6
